"""Which due windows compete for quota, in which order, and which of them must not be requested."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingestion.configuration.contracts import Grain
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow
from ingestion.windows.lines import Line

_PER_SHARD = 25
_FRESH = timedelta(days=7)


def candidates(ledger: Ledger, as_of: datetime) -> list[LedgerWindow]:
    """Windows that are due by `as_of`, the most valuable first."""
    return sorted(ledger.due_windows(as_of, _PER_SHARD), key=lambda window: _rank(window, as_of))


def longest_wait(windows: list[LedgerWindow], as_of: datetime) -> int:
    """For how many seconds the window that waits longest has been due, or planned if it was due before that.

    A window whose turn for a quota comes later is not due until then.
    """
    waits = [
        (as_of - max(window.next_action_at, window.updated_at or window.next_action_at)).total_seconds()
        for window in windows
        if window.next_action_at is not None
    ]
    return int(max(0, *waits)) if waits else 0


def may_be_requested(window: LedgerWindow, line: Line) -> bool:
    """Amazon refuses requests for what it makes by itself.

    Such a window that was planned, when the contract was another one, has no report.
    """
    return window.adopted is not None or line.contract.window.grain is not Grain.DISCOVERED


def is_missed(window: LedgerWindow, line: Line, as_of: datetime) -> bool:
    """Whether the day of a snapshot has passed: requested now, it would show another day under the old date."""
    return line.contract.window.grain is Grain.SNAPSHOT and as_of >= window.window.ends_at


def _rank(window: LedgerWindow, as_of: datetime) -> tuple[int, float]:
    """Order: windows just published, repeats of failed ones, restatements, the past; the latest windows first."""
    latest_first = -window.window.ends_at.timestamp()
    if window.newest is None and window.failures == 0 and as_of - window.window.ends_at < _FRESH:
        return 0, latest_first
    due = window.next_action_at.timestamp() if window.next_action_at else 0.0
    if window.failures or window.empty_answers:
        return 1, due
    if window.newest is not None:
        return 2, due
    return 3, latest_first
