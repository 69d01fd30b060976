from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from ingestion.errors import SellingPartnerUnavailable

from tests.unit.fakes.configuration import BERLIN, DAILY, LONDON, daily, seller
from tests.unit.fakes.lake import FakeLake


def test_input_and_name_come_from_the_ledger_alone(lake: FakeLake) -> None:
    attempt = lake.one()

    name = f"{attempt.key.request}-r1-a1"
    assert lake.machines.executions[name] == {
        "request": attempt.key.request,
        "revision": 1,
        "attempt": 1,
        "account": "northwind",
        "source": "daily",
        "polled": True,
        "deadline_seconds": 14400,
        "poll_seconds": 120,
    }
    assert attempt.execution_arn == f"arn:aws:states:eu-west-1:123456789012:execution:lake-report:{name}"


def test_a_subscribed_account_is_not_polled(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2020, 1, 1, tzinfo=UTC))
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, notified=True))

    assert not lake.one().polled


def test_account_wide_sources_name_all_marketplaces_and_none() -> None:
    lake = FakeLake(seller(marketplaces=(BERLIN, LONDON)), {"daily": DAILY | {"scope": "account_region"}})

    attempt = lake.one()

    assert attempt.line.marketplace == "all"
    assert attempt.marketplace_id is None
    assert attempt.question.marketplace_ids == (BERLIN.id, LONDON.id)


def test_two_dispatchers_start_a_window_once(lake: FakeLake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))
    stale = [replace(window, in_flight=False, next_action_at=lake.clock()) for window in lake.windows()]
    started = len(lake.machines.executions)
    behind = [replace(window, lock=window.lock - 1) for window in stale]
    monkeypatch.setattr(lake.ledger, "due_windows", lambda until, limit: behind)

    arrivals = dict(lake.quotas.arrivals)

    assert lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))["started"] == 0
    assert len(lake.machines.executions) == started
    assert lake.quotas.arrivals == pytest.approx(
        arrivals, rel=0, abs=0.01
    )  # whoever comes second gives back what it reserved, and only that


def test_a_trailing_report_looks_back_from_the_moment_of_asking() -> None:
    lake = FakeLake(
        contracts={
            "daily": daily(
                grain="snapshot", bounds="trailing", trailing="PT72H", available_after="PT6H", restatement_delays=[]
            )
        }
    )

    attempt = lake.one("2026-11-23")

    assert (attempt.question.data_start_time, attempt.question.data_end_time) == (
        "2026-11-20T12:00:00Z",
        "2026-11-23T12:00:00Z",
    )


def test_changed_options_are_another_question(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.collect(attempt, b"a")
    lake.configuration.raw["daily"] = DAILY | {"variants": {"child": {"granularity": "WEEK"}}}
    lake.clock.forward(days=3)
    lake.dispatching.tick()

    again = lake.in_flight("2026-11-20")
    assert again.key.request != attempt.key.request
    assert (again.key.revision, again.key.attempt) == (3, 1)  # the second revision would have been the restatement


def test_options_that_are_changed_and_changed_back_block_nothing(lake: FakeLake) -> None:
    asked: list[tuple[str, int, int]] = []
    for granularity in ("DAY", "WEEK", "DAY", "WEEK"):
        lake.configuration.raw["daily"] = DAILY | {"variants": {"child": {"granularity": granularity}}}
        due = lake.window("2026-11-20").next_action_at if asked else None
        lake.clock.now = max(due or lake.clock(), lake.clock())
        lake.dispatching.tick()
        attempt = lake.in_flight("2026-11-20")
        asked.append((attempt.key.request, attempt.key.revision, attempt.key.attempt))
        lake.fail(attempt, "FAILED")

    requests = [request for request, _, _ in asked]
    assert requests[0] == requests[2] != requests[1] == requests[3]
    assert [revision for _, revision, _ in asked] == [1, 2, 3, 4]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("answer_lost", [False, True])
def test_other_options_do_not_take_up_what_was_asked_with_the_former_ones(lake: FakeLake, answer_lost: bool) -> None:
    attempt = lake.one()
    if answer_lost:
        lake.amazon.lost_answers.append(SellingPartnerUnavailable("timeout"))
        with pytest.raises(SellingPartnerUnavailable):
            lake.ask(attempt)
    else:
        lake.ask(attempt)
    lake.fail(attempt, "FAILED")
    lake.configuration.raw["daily"] = DAILY | {"variants": {"child": {"granularity": "WEEK"}}}
    lake.clock.forward(minutes=6)

    report_id = lake.ask(lake.one())

    assert report_id != "50000"
    assert [question.options for question in lake.amazon.questions] == [{"granularity": "DAY"}, {"granularity": "WEEK"}]


def test_a_window_of_several_days_is_asked_from_its_first_to_its_last() -> None:
    lake = FakeLake(
        seller(start_date=date(2026, 11, 1)), {"daily": daily(grain="week", per_request="P7D", available_after="PT1H")}
    )
    lake.dispatching.tick()
    question = lake.in_flight("2026-11-15--2026-11-21").question
    assert (question.data_start_time, question.data_end_time) == ("2026-11-15T00:00:00Z", "2026-11-21T00:00:00Z")


def test_a_report_of_another_question_is_not_taken_up_although_the_options_are_the_same(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ask(attempt)
    lake.fail(attempt, "FAILED")
    lake.configuration.raw["daily"] = DAILY | {"report_type": "GET_OTHER_REPORT"}
    lake.clock.forward(minutes=6)

    again = lake.one()

    assert (again.key.request, again.report_id) == (attempt.key.request, None)
    assert again.question_digest not in (None, attempt.question_digest)
    assert lake.window("2026-11-20").question_digest == again.question_digest
    assert lake.ask(again) != "50000"


def test_the_creation_right_is_kept_for_thirty_days(lake: FakeLake) -> None:
    attempt = lake.one()

    right = lake.ledger.creation_right("northwind", "GET_DAILY_REPORT", "DE", "2026-11-20")

    assert right is not None
    assert (right.holder, right.expires_at) == (attempt.key, lake.clock() + timedelta(days=30))
