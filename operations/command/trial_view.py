"""The report of `lake try` for people: rows, drift, quarantine, rules, and the outcome."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.printable import printable_line

Json = Mapping[str, Any]

MOST_QUARANTINED = 20
LONGEST = 200
"""Characters of a value or a record that are shown."""


def show(
    screen: Console, found: Json, *, table: str | None = None, rows: int = 3, marketplace_given: bool = True
) -> None:
    """Print the report of a trial: the first `rows` rows of each table (or of `table`), and what was found.

    Drift, quarantine and rules follow the rows; the outcome of the document comes last.
    """
    for name, records in found["tables"].items():
        if table in (None, name):
            screen.print(_heading(f"{name}: {_counted(len(records), 'row')}"))
            if records[:rows]:
                screen.print(rows_table(records[:rows]))
    for kind, names in found["drift"].items():
        screen.print(_heading(f"drift, {kind}: ") + Text(", ".join(map(printable_line, names)), style="yellow"))
    if found["quarantine"]:
        screen.print(_heading(f"quarantine: {_counted(len(found['quarantine']), 'row')}"))
        screen.print(quarantine_table(found["quarantine"][:MOST_QUARANTINED]))
    if found["quality"]:
        screen.print(_heading("rules"))
        screen.print(rules_table(found["quality"]))
    if not marketplace_given:
        screen.print(
            "no --marketplace given: its code page, decimal mark, time zone and currency were not used", style="dim"
        )
    screen.print(outcome(found["document"]))


def outcome(document: Json) -> Text:
    """Return the outcome of the document in one line."""
    refused = document["refused"]
    if refused:
        return Text("would be refused", style="bold red") + Text(
            f": {refused['code']}: {printable_line(refused['message'])}", style="not bold"
        )
    counts = [
        _counted(document["rows"], "row") + " in the document",
        f"{document['published']} published",
        f"{document['quarantined']} in quarantine",
    ]
    read = f"; read as {document['charset']}" if document["charset"] else ""
    return Text("would be published", style="bold green") + Text(f": {', '.join(counts)}{read}", style="not bold")


def rows_table(records: Sequence[Json]) -> Table:
    """Return rows side by side, a line for each column: a terminal is too narrow for most tables."""
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    shown.add_column("column", no_wrap=True)
    for number in range(1, len(records) + 1):
        shown.add_column(f"row {number}", overflow="fold")
    for name in records[0]:
        shown.add_row(name, *(_value(record[name]) for record in records))
    return shown


def quarantine_table(quarantine: Sequence[Json]) -> Table:
    """Return the rows in quarantine, with line, column and reason."""
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    shown.add_column("line", justify="right")
    for name in ("column", "reason", "row"):
        shown.add_column(name, overflow="fold")
    for one in quarantine:
        shown.add_row(str(one["line"]), *(_value(one[name]) for name in ("column", "reason", "row")))
    return shown


def rules_table(quality: Sequence[Json]) -> Table:
    """Return the result of each rule."""
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("table", "rule", "severity", "result"):
        shown.add_column(name, overflow="fold")
    for one in quality:
        style = "green" if one["success"] else "red" if one["severity"] == "critical" else "yellow"
        shown.add_row(
            one["table"], one["rule"], one["severity"], Text("holds" if one["success"] else "broken", style=style)
        )
    return shown


def _heading(text: str) -> Text:
    return Text(printable_line(text), style="bold")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _value(value: object) -> Text:
    if value is None:
        return Text("null", style="dim")
    text = str(value).lower() if isinstance(value, bool) else printable_line(str(value))
    return Text(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")
