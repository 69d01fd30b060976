from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    AttemptClosed,
    AttemptNotFound,
    QuotaExhausted,
    ReportNotCreated,
    RequestRefused,
    SellingPartnerUnavailable,
    Throttled,
)
from ingestion.identity import AttemptKey
from ingestion.ledger.attempts import Outcome
from ingestion.ledger.reports import ReportOwner
from ingestion.ledger.windows import WindowState
from ingestion.reports_api.values import Question

from tests.unit.fakes.configuration import daily
from tests.unit.fakes.lake import FakeLake


def test_asks_the_question_of_the_window(lake: FakeLake) -> None:
    lake.ask(lake.one())

    question = lake.amazon.questions[0]
    assert question.report_type == "GET_DAILY_REPORT"
    assert question.marketplace_ids == ("A1PA6795UKMFR9",)
    assert (question.data_start_time, question.data_end_time) == ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z")
    assert question.options == {"granularity": "DAY"}  # null options are not sent


def test_the_intent_is_written_before_the_call(lake: FakeLake, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = lake.one()
    seen: list[datetime | None] = []
    create = lake.amazon.create

    def watched(question: Question) -> str:
        seen.append(lake.in_flight("2026-11-20").intent_at)
        return create(question)

    monkeypatch.setattr(lake.amazon, "create", watched)

    lake.ask(attempt)

    assert seen == [lake.clock()]


def test_a_second_call_creates_no_second_report(lake: FakeLake) -> None:
    attempt = lake.one()

    assert lake.ask(attempt) == lake.ask(attempt)
    assert lake.amazon.calls.count("createReport") == 1


def test_a_lost_answer_is_found_again(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.lost_answers.append(SellingPartnerUnavailable("timeout"))
    with pytest.raises(SellingPartnerUnavailable):
        lake.ask(attempt)
    lake.clock.forward(seconds=2)

    report_id = lake.ask(attempt)

    assert lake.amazon.calls.count("createReport") == 1
    assert lake.ledger.report_owner("A3TH9S8BH6GOGM", report_id) is not None


def test_only_an_unclaimed_report_of_the_same_question_is_taken(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.faults["createReport"] = [SellingPartnerUnavailable("reset")]  # never reached Amazon
    with pytest.raises(SellingPartnerUnavailable):
        lake.ask(attempt)
    intent = lake.in_flight("2026-11-20").intent_at
    assert intent is not None
    mine = lake.amazon.create
    lake.ask(lake.in_flight("2026-11-19"))
    question = lake.amazon.questions[0]
    claimed = mine(replace(question, data_start_time="2026-11-20T00:00:00Z", data_end_time="2026-11-20T00:00:00Z"))
    lake.ledger.save(
        ReportOwner(
            selling_partner_id="A3TH9S8BH6GOGM",
            report_id=claimed,
            attempt=AttemptKey(request="other", revision=1, attempt=1),
        )
    )
    older = mine(replace(question, data_start_time="2026-11-20T00:00:00Z", data_end_time="2026-11-20T00:00:00Z"))
    lake.amazon.reports[older] = replace(lake.amazon.reports[older], created_time=intent - timedelta(minutes=5))
    elsewhere = mine(
        replace(
            question,
            data_start_time="2026-11-20T00:00:00Z",
            data_end_time="2026-11-20T00:00:00Z",
            marketplace_ids=("A1F83G8C2ARO7P",),
        )
    )
    lake.clock.forward(minutes=10)

    assert lake.ask(attempt) not in (claimed, older, elsewhere)
    assert lake.in_flight("2026-11-20").intent_at == lake.clock()  # a new intent, because it was asked anew


def test_an_intent_is_looked_up_only_if_it_has_no_report(lake: FakeLake) -> None:
    lake.ask(lake.one())

    assert "getReports" not in lake.amazon.calls


def test_429_empties_the_buckets_and_tells_when_to_come_back(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.faults["createReport"] = [Throttled("429")]

    with pytest.raises(QuotaExhausted) as told:
        lake.ask(attempt)

    wait_until = json.loads(str(told.value))["wait_until"]
    assert wait_until.endswith("Z")
    assert told.value.wait_until >= lake.clock() + timedelta(seconds=59)
    assert lake.in_flight("2026-11-20").intent_at is None  # nothing was created: nothing to look up
    with pytest.raises(QuotaExhausted):
        lake.ask(attempt)
    lake.clock.now = told.value.wait_until
    lake.ask(attempt)
    assert "getReports" not in lake.amazon.calls


def test_an_expired_token_gives_the_reservation_back(lake: FakeLake) -> None:
    attempt = lake.one()
    arrivals = dict(lake.quotas.arrivals)
    lake.amazon.faults["createReport"] = [AccessTokenExpired("403")]

    with pytest.raises(AccessTokenExpired):
        lake.ask(attempt)
    assert lake.in_flight("2026-11-20").intent_at is None
    lake.ask(attempt)

    assert lake.quotas.arrivals == arrivals


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RequestRefused("InvalidInput: dates"), WindowState.REFUSED),
        (AccessDenied("Unauthorized"), WindowState.NOT_ENTITLED),
        (RequestRefused("InvalidInput: not enrolled"), WindowState.NOT_ENTITLED),
    ],
)
def test_a_refusal_is_recorded_with_its_reason_and_fails_the_execution(
    lake: FakeLake, error: Exception, state: WindowState
) -> None:
    attempt = lake.one()
    lake.amazon.faults["createReport"] = [error]

    with pytest.raises(type(error)):
        lake.ask(attempt)

    window = lake.window("2026-11-20")
    assert (window.state, window.reason, window.next_action_at) == (state, f"createReport: {error}", None)
    closed = lake.ledger.attempt(attempt.key)
    assert closed is not None
    assert closed.outcome in (Outcome.REFUSED, Outcome.NOT_ENTITLED)


def test_unknown_attempts_attempts_without_a_report_and_closed_ones_are_refused(lake: FakeLake) -> None:
    with pytest.raises(AttemptNotFound):
        lake.requesting.request(AttemptKey(request="daily-0000000000000000", revision=1, attempt=1))
    attempt = lake.one()
    with pytest.raises(ReportNotCreated):
        lake.checking.finished(attempt.key)
    with pytest.raises(ReportNotCreated):
        lake.fetch(attempt)
    lake.collect(attempt, b"a")
    with pytest.raises(AttemptClosed):
        lake.ask(attempt)


def test_conflicts_with_other_writers_are_retried(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ledger.conflicts = 2

    lake.ask(attempt)

    assert lake.amazon.calls.count("createReport") == 1


FIRST, OTHER = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (FIRST, FIRST, True),
        (None, None, True),
        (None, FIRST, True),
        (FIRST, None, True),
        (OTHER, None, False),
        (None, OTHER, False),
        (FIRST, OTHER, False),
        (OTHER, FIRST, False),
    ],
)
def test_a_report_is_found_again_unless_one_of_its_dates_contradicts(
    lake: FakeLake, start: datetime | None, end: datetime | None, found: bool
) -> None:
    attempt = lake.one()
    lake.amazon.lost_answers.append(SellingPartnerUnavailable("timeout"))
    with pytest.raises(SellingPartnerUnavailable):
        lake.ask(attempt)
    report = lake.amazon.reports["50000"]
    lake.amazon.reports["50000"] = replace(report, data_start_time=start, data_end_time=end)
    lake.clock.forward(minutes=10)  # quota for another report

    assert (lake.ask(attempt) == "50000") is found


def test_a_report_is_found_again_for_a_question_without_dates() -> None:
    snapshot = daily(grain="snapshot", bounds="none", available_after="PT6H", restatement_delays=[])
    lake = FakeLake(contracts={"daily": snapshot})
    attempt = lake.one("2026-11-23")
    lake.amazon.lost_answers.append(SellingPartnerUnavailable("timeout"))
    with pytest.raises(SellingPartnerUnavailable):
        lake.ask(attempt)
    report = lake.amazon.reports["50000"]
    lake.amazon.reports["50000"] = replace(report, data_start_time=FIRST, data_end_time=OTHER)

    assert lake.ask(attempt) == "50000"
