"""What an attempt's end means for its window: the state it is in, why, and when something happens next. Pure: items in,
items out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ingestion.attempts.classification import Refusal
from ingestion.ledger.items import Attempt, DocumentState, LedgerWindow, NewestDocument, Outcome, WindowState

CORROBORATE_AFTER = timedelta(days=1)
CORROBORATE_SNAPSHOT_AFTER = timedelta(hours=4)
AUTHORIZATION_PAUSE = timedelta(minutes=15)
_FAILURE_FIRST, _FAILURE_LONGEST, _FAILURE_LIMIT = timedelta(minutes=5), timedelta(hours=6), 8
_PUBLICATION_FIRST, _PUBLICATION_LONGEST, _PUBLICATION_LIMIT = timedelta(hours=1), timedelta(hours=24), 10
_UNEXPLAINED_LIMIT = 3
_HAS_DATA = (WindowState.STORED, WindowState.CURATED, WindowState.SUPERSEDED)
_UNDISPUTED = (DocumentState.STORED, DocumentState.CURATED, DocumentState.SUPERSEDED)


def _backoff(first: timedelta, longest: timedelta, failures: int) -> timedelta:
    factor: int = 2 ** min(failures - 1, 16)
    return min(first * factor, longest)


def started(window: LedgerWindow, attempt: Attempt, now: datetime) -> LedgerWindow:
    """The window while an attempt is under way."""
    state = WindowState.REQUESTED if window.state is WindowState.PLANNED else window.state
    return replace(
        window,
        state=state,
        request=attempt.request,
        question=attempt.question,
        revision=attempt.revision,
        attempt=attempt.attempt,
        in_flight=True,
        open_intent_at=None,
        open_report_id=None,
        asked_at=attempt.as_of,
        updated_at=now,
        next_action_at=None,
    )


def belongs(window: LedgerWindow, attempt: Attempt) -> bool:
    """Whether the window still waits for this attempt (an attempt given up by the sweep may report back late)."""
    return window.in_flight and (window.request, window.revision, window.attempt) == (
        attempt.request,
        attempt.revision,
        attempt.attempt,
    )


def closed(attempt: Attempt, outcome: Outcome, reason: str | None, now: datetime) -> Attempt:
    """The attempt with its outcome; nobody looks after it any more, and its task token is gone."""
    return replace(
        attempt, outcome=outcome, reason=reason, closed_at=now, watch_at=None, task_token=None, reserved_for=None
    )


def after_document(
    window: LedgerWindow, attempt: Attempt, document: NewestDocument, outcome: Outcome, now: datetime
) -> LedgerWindow:
    """A document arrived: stored, or unchanged. Asked again when Amazon restates."""
    newest = window.newest
    if newest is None or document.order > newest.order:
        newest = document
    state = window.state
    if outcome is Outcome.STORED and state is not WindowState.CURATED:
        state = WindowState.STORED
    elif outcome is Outcome.UNCHANGED and state not in (WindowState.CURATED, WindowState.STORED):
        state = WindowState(newest.state.value)
    reason = None if newest.state in _UNDISPUTED else window.reason
    moved = replace(
        window, newest=newest, state=state, reason=reason, failures=0, empty_answers=0, in_flight=False, updated_at=now
    )
    return _restated(moved, attempt)


def after_no_data(window: LedgerWindow, attempt: Attempt, reason: str, now: datetime) -> LedgerWindow:
    """CANCELLED is no failure, and no proof either: asked once more later, and whenever Amazon restates."""
    state = window.state if window.newest else WindowState.NO_DATA
    moved = replace(
        window,
        state=state,
        reason=reason,
        failures=0,
        empty_answers=window.empty_answers + 1,
        in_flight=False,
        updated_at=now,
    )
    moved = _restated(moved, attempt)
    if moved.empty_answers > 1 or moved.newest is not None:
        return moved
    again = attempt.planning_time(now) + (CORROBORATE_SNAPSHOT_AFTER if attempt.snapshot else CORROBORATE_AFTER)
    if moved.next_action_at is not None and moved.next_action_at <= again:
        return moved
    return replace(moved, revision=attempt.revision + 1, attempt=1, next_action_at=again)


def after_refusal(window: LedgerWindow, outcome: Outcome, reason: str, now: datetime) -> LedgerWindow:
    """The same question would be refused again: nothing happens until the contract asks otherwise (see `reopened`).
    Data that is there stays.
    """
    refused = WindowState.NOT_ENTITLED if outcome is Outcome.NOT_ENTITLED else WindowState.REFUSED
    state = window.state if window.state in _HAS_DATA else refused
    return replace(window, state=state, reason=reason, in_flight=False, updated_at=now, next_action_at=None)


def reopened(window: LedgerWindow, now: datetime) -> LedgerWindow:
    """A window that ended for good, when something has changed since: asked at once, as if for the first time."""
    state = WindowState.PLANNED if window.newest is None else window.state
    return replace(
        window,
        state=state,
        reason=None,
        revision=window.revision + 1,
        attempt=1,
        failures=0,
        empty_answers=0,
        updated_at=now,
        next_action_at=now,
    )


def after_deferral(
    window: LedgerWindow, attempt: Attempt, refusal: Refusal, reason: str, now: datetime
) -> LedgerWindow:
    """FATAL, but it may pass: asked again after the report type's cooldown, ever more patiently, and given up in the
    end.
    """
    failures = window.failures + 1
    first, longest, limit = _FAILURE_FIRST, _FAILURE_LONGEST, _FAILURE_LIMIT
    if refusal is Refusal.NOT_YET_PUBLISHED:
        first, longest, limit = _PUBLICATION_FIRST, _PUBLICATION_LONGEST, _PUBLICATION_LIMIT
    elif refusal is Refusal.UNEXPLAINED:
        limit = _UNEXPLAINED_LIMIT
    wait = max(timedelta(seconds=attempt.cooldown_seconds), _backoff(first, longest, failures))
    return _asked_again(window, attempt, failures, limit, wait, reason, now)


def after_failure(
    window: LedgerWindow, attempt: Attempt, reason: str, now: datetime, *, same_report: bool, counts: bool
) -> LedgerWindow:
    """The attempt died. What it left behind is taken up by the next one: its report (unless `same_report` is false), or
    the intent to create one.
    """
    failures = window.failures + counts
    wait = _backoff(_FAILURE_FIRST, _FAILURE_LONGEST, failures) if counts else AUTHORIZATION_PAUSE
    moved = _asked_again(window, attempt, failures, _FAILURE_LIMIT, wait, reason, now)
    if moved.state is WindowState.LOST:
        return moved
    report_id = attempt.report_id if same_report else None
    intent_at = attempt.intent_at if attempt.report_id is None else None
    return replace(moved, open_report_id=report_id, open_intent_at=intent_at)


def _asked_again(  # noqa: PLR0917
    window: LedgerWindow, attempt: Attempt, failures: int, limit: int, wait: timedelta, reason: str, now: datetime
) -> LedgerWindow:
    state = WindowState.PLANNED if window.state is WindowState.REQUESTED else window.state
    moved = replace(window, state=state, reason=reason, failures=failures, in_flight=False, updated_at=now)
    if failures >= limit:
        lost = state if state in _HAS_DATA else WindowState.LOST
        return _restated(
            replace(moved, state=lost, reason=f"given up after {failures} attempts: {reason}", failures=0), attempt
        )
    return replace(moved, attempt=attempt.attempt + 1, next_action_at=attempt.planning_time(now) + wait)


def _restated(window: LedgerWindow, attempt: Attempt) -> LedgerWindow:
    """The next revision is due when Amazon restates, if it still does."""
    if attempt.restatement_at is None:
        return replace(window, next_action_at=None)
    return replace(window, revision=attempt.revision + 1, attempt=1, next_action_at=attempt.restatement_at)


def after_curation(
    window: LedgerWindow, report_id: str, outcome: DocumentState, reason: str | None, now: datetime
) -> LedgerWindow:
    """What became of a stored document of the window.

    Data that was published before stays published, so the window stays curated.
    """
    newest = window.newest
    if newest is not None and newest.stored_as == report_id:
        newest = replace(newest, state=outcome)
    moved = replace(window, newest=newest, updated_at=now)
    if outcome is DocumentState.CURATED:
        return replace(
            moved,
            state=WindowState.CURATED,
            reason=None if newest is None or newest.state is DocumentState.CURATED else window.reason,
        )
    if (
        outcome is DocumentState.SUPERSEDED
        and newest is not None
        and newest.stored_as == report_id
        and window.state is not WindowState.CURATED
    ):
        return replace(
            moved, state=WindowState.SUPERSEDED, reason=None
        )  # documents of other windows say all that it says, and later
    if outcome in (DocumentState.REFUSED, DocumentState.QUARANTINED) and (newest is None or newest.state is outcome):
        state = window.state if window.state is WindowState.CURATED else WindowState(outcome.value)
        return replace(moved, state=state, reason=reason)
    return moved
