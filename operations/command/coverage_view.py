"""Coverage as `lake status` and the demo show it: tables for people, JSON for programs."""

from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.table import Table

from operations.command.screen import cell
from operations.lake.coverage import Coverage, OpenWindow, what_to_do


def coverage_table(rows: list[Coverage]) -> Table:
    """Return coverage for people, a row per account, source, variant and marketplace."""
    table = _table("account", "source", "in", "from", "to")
    for name in ("windows", "curated", "no data", "coming", "missing"):
        table.add_column(name, justify="right")
    for row in rows:
        places = (row.account, _source(row, rows), row.marketplace, row.first or "-", row.last or "-")
        missing = cell(len(row.missing), "red" if row.missing else "")
        style = "green" if row.expected and row.complete == row.expected else ""
        table.add_row(
            *places,
            str(row.expected),
            str(row.curated),
            str(row.no_data),
            str(len(row.in_progress)),
            missing,
            style=style,
        )
    return table


def _table(*columns: str, title: str | None = None) -> Table:
    """Return an empty table with columns that are never wrapped."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, title=title, title_justify="left")
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def _source(row: Coverage, rows: list[Coverage]) -> str:
    """The source, with its variant where an account has several of it."""
    variants = {other.variant for other in rows if (other.account, other.source) == (row.account, row.source)}
    return row.source if len(variants) == 1 else f"{row.source} ({row.variant})"


def faults_table(faults: list[str]) -> Table | None:
    """Return the parameters that cannot be read, with the reasons; None without any."""
    table = _table(title="Configuration that cannot be read: what it is about is neither requested nor shown")
    table.add_column("parameter and reason", overflow="fold")
    for fault in faults:
        table.add_row(cell(fault), style="red")
    return table if faults else None


def credentials_table(rows: list[Coverage]) -> Table | None:
    """Return the accounts of which nothing is requested because a secret is empty; None without any."""
    table = _table("account", title="Waiting for credentials")
    table.add_column("what to do", no_wrap=True)
    table.add_column("why", overflow="fold")
    for account, why in {row.account: row.waits for row in rows if row.waits is not None}.items():
        table.add_row(account, what_to_do(account), cell(why))
    return table if table.rows else None


def open_table(rows: list[Coverage], now: datetime) -> Table | None:
    """Return the windows that are not complete: which, why, and when something will happen to them; None without any.

    Windows in the same state share a row.
    """
    groups: dict[tuple[str, str, str, str], list[OpenWindow]] = {}
    for row in rows:
        for window in (*row.missing, *row.in_progress):
            groups.setdefault((row.account, _source(row, rows), row.marketplace, window.why), []).append(window)
    if not groups:
        return None
    table = _table("account", "source", "in", title="Not complete")
    table.add_column("windows", overflow="fold")
    table.add_column("why", overflow="fold")
    table.add_column("next", no_wrap=True)
    for (account, source, marketplace, why), windows in groups.items():
        names = (
            windows[0].window if len(windows) == 1 else f"{len(windows)}: {windows[0].window} ... {windows[-1].window}"
        )
        next_at = min((window.comes_at for window in windows if window.comes_at), default=None)
        table.add_row(account, source, marketplace, names, cell(why), _when(next_at, now))
    return table


def waiting_table(rows: list[Coverage], now: datetime) -> Table | None:
    """Return the sources of which nothing is due yet, with the time of their first window; None without any."""
    table = _table("account", "source", "in", "first due", title="Nothing due yet, by the contract")
    for row in rows:
        if not row.expected and row.looked is None:
            first_due = (
                _when(row.next_window_at, now)
                if row.next_window_at
                else "never: no whole window lies between the account's dates"
            )
            table.add_row(row.account, _source(row, rows), row.marketplace, first_due)
    return table if table.rows else None


def discovered_table(rows: list[Coverage], now: datetime) -> Table | None:
    """Return the sources whose reports Amazon makes by itself; None without any.

    Of each: how many reports were found, and when Amazon's list of them was read.
    """
    table = _table("account", "source", "in", title="Made by Amazon itself, found in its list of reports")
    table.add_column("documents", justify="right")
    table.add_column("last looked", no_wrap=True)
    table.add_column("next look", no_wrap=True)
    table.add_column("why not", overflow="fold")
    for row in rows:
        if row.looked is not None:
            next_look = _when(row.looked.next_at, now) if row.looked.next_at else "within minutes"
            why_not = row.looked.reason
            if row.waits is not None:
                next_look, why_not = "-", what_to_do(row.account)
            reason = cell(why_not, "red") if why_not else "-"
            table.add_row(
                row.account,
                _source(row, rows),
                row.marketplace,
                str(row.expected),
                instant(row.looked.at) or "never",
                next_look,
                reason,
            )
    return table if table.rows else None


def row_as_json(row: Coverage) -> dict[str, Any]:
    """Return coverage for programs."""
    return {
        "account": row.account,
        "source": row.source,
        "variant": row.variant,
        "marketplace": row.marketplace,
        "first": row.first,
        "last": row.last,
        "windows": {
            "expected": row.expected,
            "complete": row.complete,
            "curated": row.curated,
            "no_data": row.no_data,
            "in_progress": len(row.in_progress),
            "missing": len(row.missing),
            "asked_again": row.asked_again,
        },
        "in_progress": [_open_as_json(window) for window in row.in_progress],
        "missing": [_open_as_json(window) for window in row.missing],
        "next_window_at": instant(row.next_window_at),
        "waits_for_credentials": row.waits,
        "looked": None
        if row.looked is None
        else {"at": instant(row.looked.at), "next_at": instant(row.looked.next_at), "why_not": row.looked.reason},
    }


def _open_as_json(window: OpenWindow) -> dict[str, Any]:
    return {"window": window.window, "state": window.state, "why": window.why, "comes_at": instant(window.comes_at)}


def instant(moment: datetime | None) -> str | None:
    """Return an instant in UTC as programs read it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _when(moment: datetime | None, now: datetime) -> str:
    """How far away an instant is, in the largest unit that says enough."""
    if moment is None:
        return "-"
    seconds = int((moment - now).total_seconds())
    if seconds <= 0:
        return "now"
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"in {seconds // length} {unit}"
    return f"in {seconds} s"
