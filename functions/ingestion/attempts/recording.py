"""Putting decisions into the ledger: read, decide, write on condition, and begin again when somebody was faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ingestion.attempts.outcomes import belongs, closed
from ingestion.errors import LedgerConflict, UnknownRequest
from ingestion.instants import Clock
from ingestion.ledger.items import Asking, Attempt, Item, LedgerWindow, Outcome
from ingestion.ports import Ledger

_T = TypeVar("_T")
_TRIES = 8


def retried(work: Callable[[], _T]) -> _T:
    """Run work that reads, decides and saves; again when another writer came first (a few times: conflicts are rare and
    short).
    """
    for turn in range(_TRIES):
        try:
            return work()
        except LedgerConflict:
            if turn == _TRIES - 1:
                raise
            time.sleep(0.01 * 2**turn)
    raise AssertionError("unreachable")


def the_attempt(ledger: Ledger, request: str, revision: int, attempt: int) -> Attempt:
    """An attempt that exists; UnknownRequest otherwise."""
    found = ledger.attempt(request, revision, attempt)
    if found is None:
        raise UnknownRequest(f"the ledger has no attempt {attempt} of revision {revision} of {request}")
    return found


def given_up_asking(ledger: Ledger, attempt: Attempt) -> tuple[Asking, ...]:
    """The attempt's right to create reports given up, if it still holds it: to be saved with whatever ends its need."""
    asking = ledger.asking(attempt.account, attempt.report_type, attempt.key.marketplace, attempt.key.window)
    return (replace(asking, holder=None),) if asking is not None and asking.holder == holder_of(attempt) else ()


def holder_of(attempt: Attempt) -> str:
    """How an attempt signs its right to create reports."""
    return f"{attempt.request}-r{attempt.revision}-a{attempt.attempt}"


def conclude(  # noqa: PLR0917
    ledger: Ledger,
    attempt: Attempt,
    outcome: Outcome,
    reason: str | None,
    clock: Clock,
    decide: Callable[[LedgerWindow], LedgerWindow],
    also: Callable[[LedgerWindow], tuple[Item, ...]] = lambda _: (),
) -> LedgerWindow:
    """Close an attempt and move its window in one transaction; the window as it is afterwards.

    A closed attempt changes nothing; one that the window no longer waits for only closes.
    """

    def work() -> LedgerWindow:
        now = clock()
        current = the_attempt(ledger, attempt.request, attempt.revision, attempt.attempt)
        window = ledger.window(attempt.key)
        if window is None:
            raise UnknownRequest(f"the ledger has no window {attempt.key}")
        if current.closed:
            return window
        items: list[Item] = [closed(current, outcome, reason, now)]
        if belongs(window, current):
            window = decide(window)
            items.append(window)
            items += also(window)
        ledger.save(*items, *given_up_asking(ledger, current))
        return window

    return retried(work)
