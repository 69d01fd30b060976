"""What the lake has, what it lacks, why, and when it comes: the windows that are due, compared with the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from ingestion.configuration.accounts import Account, Enablement
from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.identity import WindowKey
from ingestion.ledger.lines import DiscoveryState
from ingestion.ledger.windows import LedgerWindow, WindowState
from ingestion.windows.calendar import due_at, due_windows, next_window
from ingestion.windows.lines import Line, lines_of

COMPLETE = frozenset({WindowState.CURATED, WindowState.NO_DATA, WindowState.SUPERSEDED})
IN_PROGRESS = frozenset({WindowState.REQUESTED, WindowState.STORED})
WHY = {
    WindowState.PLANNED: "planned; waits for its turn in Amazon's quota",
    WindowState.REQUESTED: "requested; Amazon is preparing the report",
    WindowState.STORED: "stored; waits for curation",
    WindowState.REFUSED: "refused",
    WindowState.NOT_ENTITLED: "the account is not entitled to this report",
    WindowState.QUARANTINED: "stored, but kept out of the tables",
    WindowState.LOST: "lost",
}
NOT_PLANNED = "due, not planned yet: dispatch_reports plans each minute"


LOST_MEANWHILE = "; the snapshot of a day that passes before cannot be taken"


def what_to_do(account: str) -> str:
    """Return what an account waits for that has no credentials, and the command that stores them."""
    return f"waits for credentials: lake account add {account}"


@dataclass(frozen=True)
class OpenWindow:
    """A window that is due and not complete.

    `comes_at` is when something will next happen to it; None when nothing will by itself.
    """

    window: str
    state: str
    why: str
    comes_at: datetime | None


@dataclass(frozen=True)
class Looked:
    """How a source's list of reports was read, where Amazon makes the reports by itself.

    `at`: when it was last read; `reason`: why it could not be read; `next_at`: when it will be next, None for at once.
    """

    at: datetime | None
    reason: str | None
    next_at: datetime | None


@dataclass(frozen=True)
class Coverage:
    """One source of one account in one marketplace and variant: the windows due by now, by their outcome.

    The marketplace is "all" where a request is for the whole region. Which reports Amazon makes by itself cannot be
    known beforehand: of such a source (`looked` is set) those that were found are expected, and no others.

    `waits` is the secret that the account waits for, in words; None: it has its credentials. While it waits, nothing of
    it is planned, so its windows are missing; they are planned when the credentials come.
    """

    account: str
    source: str
    variant: str
    marketplace: str
    first: str | None
    last: str | None
    expected: int
    curated: int
    no_data: int
    asked_again: int
    in_progress: tuple[OpenWindow, ...] = ()
    missing: tuple[OpenWindow, ...] = ()
    next_window_at: datetime | None = None
    looked: Looked | None = None
    waits: str | None = None

    @property
    def complete(self) -> int:
        """The number of windows that are complete, apart from restatements."""
        return self.expected - len(self.in_progress) - len(self.missing)


@dataclass
class _Tally:
    """Windows of one coverage row while they are counted."""

    states: dict[WindowState, int] = field(default_factory=dict)
    asked_again: int = 0
    in_progress: list[OpenWindow] = field(default_factory=list)
    missing: list[OpenWindow] = field(default_factory=list)
    waits: str | None = None
    what_to_do: str = ""


def coverage(
    accounts: Mapping[str, Account],
    enablements: Iterable[Enablement],
    contracts: Mapping[str, RequestContract],
    ledger: Iterable[LedgerWindow],
    *,
    now: datetime,
    discovery: Iterable[DiscoveryState] = (),
    waiting: Mapping[str, str] = MappingProxyType({}),
) -> list[Coverage]:
    """Return one row per enabled account, source, variant and marketplace, in that order.

    `ledger` and `discovery` are those of these accounts, `waiting` is what accounts wait for that have no credentials;
    `now` is an instant with a time zone. What is enabled of an account or contract that cannot be read has no row.
    """
    known = {item.key: item for item in ledger}
    states = {state.line: state for state in discovery}
    rows = []
    for enabled in sorted(enablements, key=lambda entry: (entry.account, entry.source)):
        if enabled.account not in accounts or enabled.source not in contracts:
            continue
        waits = waiting.get(enabled.account)
        for line in lines_of(accounts[enabled.account], contracts[enabled.source], enabled):
            if line.contract.window.grain is Grain.DISCOVERED:
                rows.append(_discovered_row(line, known, states.get(line.key), waits))
            else:
                rows.append(_row(line, known, now, waits))
    return rows


def _tally(line: Line, waits: str | None) -> _Tally:
    snapshot = line.contract.window.grain is Grain.SNAPSHOT
    return _Tally(waits=waits, what_to_do=what_to_do(line.account.name) + (LOST_MEANWHILE if snapshot else ""))


def _discovered_row(
    line: Line, known: Mapping[WindowKey, LedgerWindow], state: DiscoveryState | None, waits: str | None
) -> Coverage:
    tally = _tally(line, waits)
    found = [item for item in known.values() if item.line == line.key]
    for item in sorted(found, key=lambda item: (item.window.starts_at, item.window.key)):
        _count(tally, item.window.key, item)
    first = min((item.window.start for item in found), default=None)
    last = max((item.window.end for item in found), default=None)
    looked = Looked(state.read_at, state.reason, state.next_read_at) if state else Looked(None, None, None)
    return _tallied(line, tally, first=first, last=last, expected=len(found), looked=looked)


def _row(line: Line, known: Mapping[WindowKey, LedgerWindow], now: datetime, waits: str | None) -> Coverage:
    account, rule = line.account, line.contract.window
    tally = _tally(line, waits)
    windows = list(due_windows(rule, line.time_zone, line.start_date, account.end_date, after=None, now=now))
    for window in windows:
        _count(tally, window.key, known.get(line.window_key(window.key)))
    after = windows[-1].ends_at if windows else None
    following = next_window(rule, line.time_zone, line.start_date, account.end_date, after=after, now=now)
    first, last = (windows[0].start, windows[-1].end) if windows else (None, None)
    next_window_at = due_at(rule, following) if following else None
    return _tallied(line, tally, first=first, last=last, expected=len(windows), next_window_at=next_window_at)


def _tallied(
    line: Line,
    tally: _Tally,
    *,
    first: str | None,
    last: str | None,
    expected: int,
    next_window_at: datetime | None = None,
    looked: Looked | None = None,
) -> Coverage:
    return Coverage(
        line.account.name,
        line.contract.source,
        line.variant,
        line.marketplace,
        first=first,
        last=last,
        expected=expected,
        curated=tally.states.get(WindowState.CURATED, 0) + tally.states.get(WindowState.SUPERSEDED, 0),
        no_data=tally.states.get(WindowState.NO_DATA, 0),
        asked_again=tally.asked_again,
        in_progress=tuple(tally.in_progress),
        missing=tuple(tally.missing),
        next_window_at=next_window_at,
        looked=looked,
        waits=tally.waits,
    )


def _count(tally: _Tally, key: str, item: LedgerWindow | None) -> None:
    if tally.waits is not None and (item is None or (item.state is WindowState.PLANNED and not item.in_flight)):
        tally.missing.append(OpenWindow(key, "not_planned" if item is None else item.state, tally.what_to_do, None))
        if item is not None:
            tally.states[item.state] = tally.states.get(item.state, 0) + 1
        return
    if item is None:
        tally.missing.append(OpenWindow(key, "not_planned", NOT_PLANNED, None))
        return
    tally.states[item.state] = tally.states.get(item.state, 0) + 1
    if item.state in COMPLETE:
        tally.asked_again += item.in_flight
        return
    coming = item.state in IN_PROGRESS or item.in_flight
    # What is on its way comes by itself; the ledger's next action is then something else (a deadline, a restatement).
    described = OpenWindow(key, str(item.state), _why(item), None if coming else item.next_action_at)
    (tally.in_progress if coming else tally.missing).append(described)


def _why(item: LedgerWindow) -> str:
    if item.state is WindowState.PLANNED and item.in_flight:
        return "its execution has started"
    words = WHY.get(item.state, str(item.state))
    return f"{words}: {item.reason}" if item.reason else words
