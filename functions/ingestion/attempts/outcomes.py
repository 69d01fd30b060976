"""What an attempt's outcome means for its window: its state, why, and when something happens next.

Pure: items in, items out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ingestion.attempts.classification import Refusal
from ingestion.attempts.retries import (
    AUTHORIZATION_REFUSED,
    DEFERRED,
    EXECUTION_FAILED,
    NO_DATA_WAIT,
    SNAPSHOT_NO_DATA_WAIT,
)
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import LedgerWindow, Leftover, NewestDocument, WindowState
from ingestion.retry_rule import RetryRule

_HAS_DATA = (WindowState.STORED, WindowState.CURATED, WindowState.SUPERSEDED)
_UNDISPUTED = (DocumentState.STORED, DocumentState.CURATED, DocumentState.SUPERSEDED)


def started(window: LedgerWindow, attempt: Attempt, now: datetime) -> LedgerWindow:
    """The window while an attempt is in flight."""
    state = WindowState.REQUESTED if window.state is WindowState.PLANNED else window.state
    return replace(
        window,
        state=state,
        request=attempt.key.request,
        question_digest=attempt.question_digest,
        revision=attempt.key.revision,
        attempt=attempt.key.attempt,
        in_flight=True,
        leftover=None,
        updated_at=now,
        next_action_at=None,
    )


def belongs(window: LedgerWindow, attempt: Attempt) -> bool:
    """Whether the window still waits for this attempt: one that the sweep recorded as failed may end later."""
    key = attempt.key
    return window.in_flight and (window.request, window.revision, window.attempt) == (
        key.request,
        key.revision,
        key.attempt,
    )


def closed(attempt: Attempt, outcome: Outcome, reason: str | None, now: datetime) -> Attempt:
    """The attempt with its outcome: the sweep no longer watches it, and its task token is gone."""
    return replace(
        attempt, outcome=outcome, reason=reason, closed_at=now, watch_at=None, task_token=None, reserved_for=None
    )


def after_document(
    window: LedgerWindow, attempt: Attempt, document: NewestDocument, outcome: Outcome, now: datetime
) -> LedgerWindow:
    """A document arrived: stored, or unchanged. Requested again when Amazon restates."""
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
    """CANCELLED is no failure, and no proof either: requested once more later, and whenever Amazon restates."""
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
    again = attempt.planning_time(now) + (SNAPSHOT_NO_DATA_WAIT if attempt.terms.snapshot else NO_DATA_WAIT)
    if moved.next_action_at is not None and moved.next_action_at <= again:
        return moved
    return replace(moved, revision=attempt.key.revision + 1, attempt=1, next_action_at=again)


def after_refusal(window: LedgerWindow, outcome: Outcome, reason: str, now: datetime) -> LedgerWindow:
    """The same question would be refused again: nothing happens until the window is reopened.

    Data that is there stays.
    """
    refused = WindowState.NOT_ENTITLED if outcome is Outcome.NOT_ENTITLED else WindowState.REFUSED
    state = window.state if window.state in _HAS_DATA else refused
    return replace(window, state=state, reason=reason, in_flight=False, updated_at=now, next_action_at=None)


def after_deferral(
    window: LedgerWindow, attempt: Attempt, refusal: Refusal, reason: str, now: datetime
) -> LedgerWindow:
    """FATAL, but it may pass: requested again after the report type's cooldown at the earliest, or given up."""
    rule, failures = DEFERRED[refusal], window.failures + 1
    wait = max(timedelta(seconds=attempt.terms.cooldown_seconds), rule.wait(failures))
    return _retried(window, attempt, reason, now, failures=failures, wait=wait, rule=rule)


def after_failure(
    window: LedgerWindow, attempt: Attempt, reason: str, now: datetime, *, same_report: bool
) -> LedgerWindow:
    """The execution failed. Its report (unless `same_report` is false) or its intent is left to the next attempt.

    Given up, it leaves nothing: the next revision asks what Amazon says then, which the report of this one does not.
    """
    failures, rule = window.failures + 1, EXECUTION_FAILED
    moved = _retried(window, attempt, reason, now, failures=failures, wait=rule.wait(failures), rule=rule)
    return moved if rule.exhausted(failures) else _leaving(moved, attempt, same_report=same_report)


def after_refused_authorization(window: LedgerWindow, attempt: Attempt, reason: str, now: datetime) -> LedgerWindow:
    """Login with Amazon refused the account, or a secret is empty: no failure of the window, and not counted as one."""
    rule = AUTHORIZATION_REFUSED
    moved = _retried(window, attempt, reason, now, failures=window.failures, wait=rule.wait(1), rule=rule)
    return _leaving(moved, attempt, same_report=True)


def _leaving(window: LedgerWindow, attempt: Attempt, *, same_report: bool) -> LedgerWindow:
    leftover = Leftover(
        report_id=attempt.report_id if same_report else None,
        intent_at=attempt.intent_at if attempt.report_id is None else None,
    )
    return replace(window, leftover=leftover)


def _retried(
    window: LedgerWindow,
    attempt: Attempt,
    reason: str,
    now: datetime,
    *,
    failures: int,
    wait: timedelta,
    rule: RetryRule,
) -> LedgerWindow:
    """The window with its next attempt after `wait`; or given up until Amazon restates, if the rule is exhausted."""
    state = WindowState.PLANNED if window.state is WindowState.REQUESTED else window.state
    moved = replace(window, state=state, reason=reason, failures=failures, in_flight=False, updated_at=now)
    if rule.exhausted(failures):
        lost = state if state in _HAS_DATA else WindowState.LOST
        given_up = f"given up after {failures} attempts: {reason}"
        return _restated(replace(moved, state=lost, reason=given_up, failures=0), attempt)
    return replace(moved, attempt=attempt.key.attempt + 1, next_action_at=attempt.planning_time(now) + wait)


def _restated(window: LedgerWindow, attempt: Attempt) -> LedgerWindow:
    """The next revision is due when Amazon restates, if it still does."""
    if attempt.restatement_at is None:
        return replace(window, next_action_at=None)
    return replace(window, revision=attempt.key.revision + 1, attempt=1, next_action_at=attempt.restatement_at)
