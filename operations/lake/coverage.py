"""What the lake has, what it lacks, why, and when it comes: the windows that are due, compared with the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.configuration.accounts import Account, Enablement
from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.ledger.items import LedgerWindow, Look, WindowKey, WindowState
from ingestion.windows.calendar import due_at, due_windows, next_window
from ingestion.windows.planning import Subject, subjects

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


def coverage(
    accounts: Mapping[str, Account],
    enablements: Iterable[Enablement],
    contracts: Mapping[str, RequestContract],
    ledger: Iterable[LedgerWindow],
    *,
    now: datetime,
    looks: Iterable[Look] = (),
) -> list[Coverage]:
    """Return one row per enabled account, source, variant and marketplace, in that order.

    `ledger` and `looks` are those of these accounts; `now` is an instant with a time zone.
    """
    known = {item.key: item for item in ledger}
    looked = {(look.account, look.source, look.variant, look.marketplace): look for look in looks}
    rows = []
    for enabled in sorted(enablements, key=lambda entry: (entry.account, entry.source)):
        for subject in subjects(accounts[enabled.account], contracts[enabled.source], enabled):
            if subject.contract.window.grain is Grain.DISCOVERED:
                rows.append(
                    _discovered_row(
                        subject,
                        known,
                        looked.get((enabled.account, enabled.source, subject.variant, subject.marketplace)),
                    )
                )
            else:
                rows.append(_row(subject, known, now))
    return rows


def _discovered_row(subject: Subject, known: Mapping[WindowKey, LedgerWindow], look: Look | None) -> Coverage:
    tally = _Tally()
    found = [item for item in known.values() if item.key == subject.window_key(item.key.window)]
    for item in sorted(found, key=lambda item: (item.starts_at, item.key.window)):
        _count(tally, item.key.window, item)
    first = min((item.window_start for item in found), default=None)
    last = max((item.window_end for item in found), default=None)
    looked = Looked(look.looked_at, look.reason, look.next_look_at) if look else Looked(None, None, None)
    return _tallied(subject, tally, first=first, last=last, expected=len(found), looked=looked)


def _row(subject: Subject, known: Mapping[WindowKey, LedgerWindow], now: datetime) -> Coverage:
    account, rule = subject.account, subject.contract.window
    tally = _Tally()
    windows = list(due_windows(rule, subject.time_zone, subject.start_date, account.end_date, None, now))
    for window in windows:
        _count(tally, window.key, known.get(subject.window_key(window.key)))
    following = next_window(
        rule, subject.time_zone, subject.start_date, account.end_date, windows[-1].ends_at if windows else None, now
    )
    first, last = (windows[0].start, windows[-1].end) if windows else (None, None)
    next_window_at = due_at(rule, following) if following else None
    return _tallied(subject, tally, first=first, last=last, expected=len(windows), next_window_at=next_window_at)


def _tallied(
    subject: Subject,
    tally: _Tally,
    *,
    first: str | None,
    last: str | None,
    expected: int,
    next_window_at: datetime | None = None,
    looked: Looked | None = None,
) -> Coverage:
    return Coverage(
        subject.account.name,
        subject.contract.source,
        subject.variant,
        subject.marketplace,
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
    )


def _count(tally: _Tally, key: str, item: LedgerWindow | None) -> None:
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
