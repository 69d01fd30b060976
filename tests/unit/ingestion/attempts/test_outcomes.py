"""What each outcome makes of a window: items in, items out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ingestion.attempts.classification import Refusal
from ingestion.attempts.outcomes import (
    after_deferral,
    after_document,
    after_failure,
    after_no_data,
    after_refusal,
    after_refused_authorization,
    started,
)
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import LedgerWindow, NewestDocument, WindowState

from tests.unit.fakes.lake import FakeLake

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 24, tzinfo=UTC)
WITH_DATA = [WindowState.STORED, WindowState.CURATED, WindowState.SUPERSEDED]


def pair(**changes: Any) -> tuple[LedgerWindow, Attempt]:
    """A window in flight and its attempt, dispatched at noon; Amazon restates no more."""
    lake = FakeLake()
    attempt = replace(lake.one(), restatement_at=None)
    return replace(lake.window("2026-11-20"), **changes), attempt


def document(report_id: str = "1", state: DocumentState = DocumentState.STORED, hour: int = 1) -> NewestDocument:
    return NewestDocument(
        report_id=report_id,
        report_time=datetime(2026, 11, 23, hour, tzinfo=UTC),
        content_sha256="x",
        stored_as=report_id,
        state=state,
    )


def test_a_started_window_is_in_flight_and_nothing_else_is_due() -> None:
    window, attempt = pair(state=WindowState.PLANNED, in_flight=False, next_action_at=NOW)
    moved = started(window, attempt, NOW)
    assert (moved.state, moved.in_flight, moved.next_action_at, moved.updated_at) == (
        WindowState.REQUESTED,
        True,
        None,
        NOW,
    )
    assert (moved.request, moved.revision, moved.attempt) == (attempt.key.request, 1, 1)
    assert moved.question_digest == attempt.question_digest
    assert started(replace(window, state=WindowState.CURATED), attempt, NOW).state is WindowState.CURATED


def test_a_document_ends_the_attempt_and_forgets_what_failed_before() -> None:
    window, attempt = pair(failures=3, empty_answers=1, reason="once")
    moved = after_document(window, attempt, document(), Outcome.STORED, NOW)
    assert (moved.failures, moved.empty_answers, moved.in_flight, moved.reason) == (0, 0, False, None)
    assert (moved.state, moved.newest, moved.updated_at, moved.next_action_at) == (
        WindowState.STORED,
        document(),
        NOW,
        None,
    )


def test_the_newest_document_is_the_one_with_the_latest_report_time() -> None:
    window, attempt = pair(newest=document("9", hour=5))
    assert after_document(window, attempt, document("1", hour=4), Outcome.STORED, NOW).newest == window.newest
    assert after_document(window, attempt, document("1", hour=6), Outcome.STORED, NOW).newest == document("1", hour=6)


@pytest.mark.parametrize(
    ("state", "outcome", "newest", "expected"),
    [
        (WindowState.CURATED, Outcome.STORED, DocumentState.STORED, WindowState.CURATED),
        (WindowState.REFUSED, Outcome.STORED, DocumentState.STORED, WindowState.STORED),
        (WindowState.CURATED, Outcome.UNCHANGED, DocumentState.REFUSED, WindowState.CURATED),
        (WindowState.STORED, Outcome.UNCHANGED, DocumentState.CURATED, WindowState.STORED),
        (WindowState.NO_DATA, Outcome.UNCHANGED, DocumentState.CURATED, WindowState.CURATED),
        (WindowState.REFUSED, Outcome.UNCHANGED, DocumentState.REFUSED, WindowState.REFUSED),
        (WindowState.QUARANTINED, Outcome.UNCHANGED, DocumentState.QUARANTINED, WindowState.QUARANTINED),
    ],
)
def test_the_state_after_a_document(
    state: WindowState, outcome: Outcome, newest: DocumentState, expected: WindowState
) -> None:
    window, attempt = pair(state=state)
    assert after_document(window, attempt, document(state=newest), outcome, NOW).state is expected


@pytest.mark.parametrize(
    ("newest", "reason"),
    [
        (DocumentState.STORED, None),
        (DocumentState.CURATED, None),
        (DocumentState.SUPERSEDED, None),
        (DocumentState.REFUSED, "unreadable"),
        (DocumentState.QUARANTINED, "unreadable"),
    ],
)
def test_the_reason_stays_while_the_newest_document_is_disputed(newest: DocumentState, reason: str | None) -> None:
    window, attempt = pair(reason="unreadable")
    assert after_document(window, attempt, document(state=newest), Outcome.UNCHANGED, NOW).reason == reason


def test_amazons_next_restatement_is_a_new_revision() -> None:
    window, attempt = pair(next_action_at=NOW)
    attempt = replace(attempt, key=replace(attempt.key, revision=2, attempt=3), restatement_at=LATER)
    moved = after_document(replace(window, attempt=3), attempt, document(), Outcome.STORED, NOW)
    assert (moved.revision, moved.attempt, moved.next_action_at) == (3, 1, LATER)
    settled = after_document(window, replace(attempt, restatement_at=None), document(), Outcome.STORED, NOW)
    assert settled.next_action_at is None


@pytest.mark.parametrize(
    ("restatement_at", "next_action_at"),
    [
        (None, NOW + timedelta(days=1)),
        (NOW + timedelta(hours=23), NOW + timedelta(hours=23)),
        (NOW + timedelta(days=1, minutes=1), NOW + timedelta(days=1)),
        (LATER, NOW + timedelta(days=1)),
    ],
)
def test_no_data_is_corroborated_in_a_day_or_when_amazon_restates(
    restatement_at: datetime | None, next_action_at: datetime
) -> None:
    window, attempt = pair(failures=2)
    moved = after_no_data(window, replace(attempt, restatement_at=restatement_at), "cancelled", NOW)
    assert (moved.state, moved.reason, moved.failures, moved.empty_answers) == (WindowState.NO_DATA, "cancelled", 0, 1)
    assert (moved.revision, moved.attempt, moved.next_action_at) == (2, 1, next_action_at)
    assert (moved.in_flight, moved.updated_at) == (False, NOW)


def test_no_data_of_a_snapshot_is_corroborated_within_its_day() -> None:
    window, attempt = pair()
    attempt = replace(attempt, terms=replace(attempt.terms, snapshot=True))
    assert after_no_data(window, attempt, "cancelled", NOW).next_action_at == NOW + timedelta(hours=4)


def test_no_data_is_corroborated_once_only_and_not_where_there_is_data() -> None:
    window, attempt = pair(empty_answers=1)
    assert after_no_data(window, attempt, "cancelled", NOW).next_action_at is None
    window, attempt = pair(newest=document(), state=WindowState.CURATED)
    moved = after_no_data(window, attempt, "cancelled", NOW)
    assert (moved.state, moved.next_action_at) == (WindowState.CURATED, None)


@pytest.mark.parametrize("state", WITH_DATA)
def test_data_that_is_there_outlives_a_refusal_and_a_restatement_that_is_given_up(state: WindowState) -> None:
    window, attempt = pair(state=state, failures=9)
    refused = after_refusal(window, Outcome.REFUSED, "no", NOW)
    assert (refused.state, refused.reason, refused.next_action_at, refused.in_flight) == (state, "no", None, False)
    for given_up in (
        after_failure(window, attempt, "down", NOW, same_report=True),
        after_deferral(window, attempt, Refusal.NOT_YET_PUBLISHED, "down", NOW),
    ):
        assert (given_up.state, given_up.reason) == (state, "given up after 10 attempts: down")
        assert (given_up.failures, given_up.in_flight, given_up.next_action_at) == (0, False, None)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.REFUSED, WindowState.REFUSED), (Outcome.NOT_ENTITLED, WindowState.NOT_ENTITLED)],
)
def test_without_data_a_refusal_is_the_state(outcome: Outcome, state: WindowState) -> None:
    window, _ = pair()
    assert after_refusal(window, outcome, "no", NOW).state is state


def test_a_failure_leaves_its_report_or_its_intent_to_the_next_attempt() -> None:
    window, attempt = pair()
    with_report = replace(attempt, report_id="7", intent_at=NOW)
    intended = replace(attempt, intent_at=NOW)

    def left(failed: Attempt, *, same_report: bool) -> tuple[str | None, datetime | None]:
        leftover = after_failure(window, failed, "down", NOW, same_report=same_report).leftover
        assert leftover is not None
        return leftover.report_id, leftover.intent_at

    assert left(with_report, same_report=True) == ("7", None)
    assert left(with_report, same_report=False) == (None, None)
    assert left(intended, same_report=True) == (None, NOW)


def test_a_refused_authorization_counts_as_no_failure_and_is_never_given_up() -> None:
    window, attempt = pair(failures=9)
    moved = after_refused_authorization(window, attempt, "invalid_grant", NOW)
    assert (moved.state, moved.failures, moved.attempt) == (WindowState.PLANNED, 9, 2)
    assert moved.next_action_at == NOW + timedelta(minutes=15)
