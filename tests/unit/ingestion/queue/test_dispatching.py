from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from ingestion.configuration.accounts import Enablement
from ingestion.errors import ConfigurationMissing, QuotaExhausted, SellingPartnerUnavailable
from ingestion.ledger.attempts import Attempt
from ingestion.ledger.windows import WindowState

from tests.unit.fakes.configuration import BERLIN, DAILY, LONDON, daily, seller
from tests.unit.fakes.lake import FakeLake


def test_plans_each_due_window_once_and_starts_it(lake: FakeLake) -> None:
    figures = lake.dispatching.tick()

    # 1 to 20 November: the 21st ends at midnight of the 22nd in Berlin, and is published 48 hours later.
    assert figures == {"planned": 20, "started": 16, "postponed": 4, "lost": 0}
    assert [window.key.window for window in lake.windows()] == [f"2026-11-{day:02}" for day in range(1, 21)]
    assert lake.dispatching.tick()["planned"] == 0


def test_the_latest_windows_are_asked_for_first(lake: FakeLake) -> None:
    lake.dispatching.tick()

    waiting = sorted(window.key.window for window in lake.windows() if not window.in_flight)
    assert waiting == ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]


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


def test_nothing_due_means_nothing_written(lake: FakeLake) -> None:
    for _ in range(6):
        lake.dispatching.tick()
        lake.clock.forward(minutes=1)
    saves = lake.ledger.saves

    assert lake.dispatching.tick() == {"planned": 0, "started": 0, "postponed": 0, "lost": 0}
    assert lake.ledger.saves == saves


def test_windows_without_quota_come_back_when_their_turn_is(lake: FakeLake) -> None:
    lake.dispatching.tick()

    turns = sorted(window.next_action_at for window in lake.windows() if window.next_action_at and not window.in_flight)
    assert len(turns) == 4
    assert turns[0] > lake.clock()
    assert all(59 < (later - earlier).total_seconds() < 61 for earlier, later in itertools.pairwise(turns))
    lake.clock.forward(minutes=10)
    assert lake.dispatching.tick()["started"] == 4


def test_a_limit_of_the_report_type_paces_all_accounts_of_the_application() -> None:
    lake = FakeLake(
        contracts={"daily": DAILY | {"limits": [{"scope": "application", "every": "PT15M", "per_day": 96}]}}
    )
    lake.configuration.add(seller(name="second", selling_partner_id="A2"))
    lake.configuration.switched_on.append(Enablement("second", "daily", None))

    assert lake.dispatching.tick()["started"] == 1
    lake.clock.forward(minutes=10)
    assert lake.dispatching.tick()["started"] == 0
    lake.clock.forward(minutes=6)
    assert lake.dispatching.tick()["started"] == 1


def test_quota_scale_multiplies_rates() -> None:
    lake = FakeLake(
        contracts={"daily": DAILY | {"limits": [{"scope": "application", "every": "PT15M", "per_day": 96}]}}, scale=1000
    )

    assert lake.dispatching.tick()["started"] == 20  # one every 0.9 s: all within the coming minute, each with its time


def test_reserved_quota_is_used_at_its_time_and_not_taken_twice() -> None:
    lake = FakeLake(contracts={"daily": DAILY | {"limits": [{"scope": "application", "every": "PT15M"}]}}, scale=1000)
    lake.dispatching.tick()
    last = max(lake.attempts(), key=lambda attempt: attempt.reserved_for or lake.clock())
    arrivals = dict(lake.quotas.arrivals)

    with pytest.raises(QuotaExhausted) as told:
        lake.ask(last)
    assert last.reserved_for is not None
    assert told.value.wait_until == last.reserved_for
    lake.clock.now = told.value.wait_until
    lake.ask(last)
    assert lake.quotas.arrivals == arrivals


def test_as_of_is_the_clock_for_what_is_due(lake: FakeLake) -> None:
    lake.configuration.add(seller(start_date=date(2021, 6, 1)))

    lake.dispatching.tick(datetime(2021, 6, 14, tzinfo=UTC))

    assert max(window.key.window for window in lake.windows()) == "2021-06-11"


def test_windows_outside_the_accounts_dates_are_never_planned() -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 10), end_date=date(2026, 11, 12)))

    lake.dispatching.tick()
    lake.clock.forward(days=30)
    lake.dispatching.tick()

    assert [window.key.window for window in lake.windows()] == ["2026-11-10", "2026-11-11", "2026-11-12"]


def test_a_source_for_vendors_is_not_asked_of_a_seller() -> None:
    lake = FakeLake(contracts={"daily": DAILY | {"accounts": ["vendor"]}})

    assert lake.dispatching.tick()["planned"] == 0


def test_account_wide_sources_name_all_marketplaces_and_none() -> None:
    lake = FakeLake(seller(marketplaces=(BERLIN, LONDON)), {"daily": DAILY | {"scope": "account_region"}})

    attempt = lake.one()

    assert attempt.line.marketplace == "all"
    assert attempt.marketplace_id is None
    assert attempt.question.marketplace_ids == (BERLIN.id, LONDON.id)


def test_variants_of_one_report_type_and_window_go_one_after_the_other() -> None:
    variants = {"parent": {"asinGranularity": "PARENT"}, "child": {"asinGranularity": "CHILD"}}
    lake = FakeLake(seller(start_date=date(2026, 11, 20)), {"daily": DAILY | {"variants": variants}})

    lake.dispatching.tick()
    first = lake.attempts()
    assert len(first) == 1
    lake.clock.forward(minutes=2)
    lake.dispatching.tick()
    assert len(lake.attempts()) == 1

    lake.ask(first[0])  # its report has an id now: nothing can be mistaken any more
    lake.clock.forward(minutes=2)
    lake.dispatching.tick()
    assert {attempt.line.variant for attempt in lake.attempts()} == {"parent", "child"}


def test_two_dispatchers_start_a_window_once(lake: FakeLake) -> None:
    due = lake.ledger.due_windows
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))
    stale = [replace(window, in_flight=False, next_action_at=lake.clock()) for window in lake.windows()]
    started = len(lake.machines.executions)
    lake.ledger.due_windows = lambda until, limit: [replace(window, lock=window.lock - 1) for window in stale]  # type: ignore[method-assign]

    arrivals = dict(lake.quotas.arrivals)

    assert lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))["started"] == 0
    assert len(lake.machines.executions) == started
    assert lake.quotas.arrivals == pytest.approx(
        arrivals, rel=0, abs=0.01
    )  # whoever comes second gives back what it reserved, and only that
    lake.ledger.due_windows = due  # type: ignore[method-assign]


def test_an_account_that_login_with_amazon_refused_is_left_alone_for_a_while(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2020, 1, 1, tzinfo=UTC))
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, authorization_refused_at=lake.clock()))

    assert lake.dispatching.tick()["started"] == 0
    lake.clock.forward(minutes=16)
    assert lake.dispatching.tick()["started"] == 16


def test_a_snapshot_is_asked_on_its_day_or_never() -> None:
    lake = FakeLake(
        contracts={"daily": daily(grain="snapshot", bounds="none", available_after="PT6H", restatement_delays=[])}
    )
    lake.dispatching.tick()
    attempt = lake.in_flight("2026-11-23")
    assert attempt.question.data_start_time is None
    assert len(lake.windows()) == 1

    lake.clock.forward(days=1)
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, authorization_refused_at=lake.clock()))
    lake.dispatching.tick()  # the 24th is planned and held back
    lake.clock.forward(days=1)
    lake.dispatching.tick()

    missed = lake.window("2026-11-24")
    assert missed.state is WindowState.LOST
    assert missed.reason == "the day passed before it could be requested"
    assert lake.in_flight("2026-11-25")


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


def test_a_source_that_was_switched_off_is_not_asked(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))
    lake.configuration.switched_on.clear()

    assert lake.dispatching.tick()["started"] == 0


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
    asked = []
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


WRONG, MENDED = {"variants": {"child": {}}}, {"variants": {"child": {"reportPeriod": "DAY"}}}


def refused(
    lake: FakeLake, attempt: Attempt, text: bytes = b"This report type requires the reportPeriod reportOption"
) -> None:
    lake.amazon.finish(lake.ask(attempt), "FATAL", text)
    lake.fetch(attempt)


@pytest.mark.parametrize(
    ("mended", "text", "state"),
    [
        (MENDED, b"This report type requires the reportPeriod reportOption", WindowState.REFUSED),
        (MENDED, b"not authorized", WindowState.NOT_ENTITLED),
        ({"report_type": "GET_OTHER_REPORT"}, b"unsupported report type", WindowState.REFUSED),
        ({"window": DAILY["window"] | {"bounds": "instants"}}, b"invalid date range", WindowState.REFUSED),  # type: ignore[operator]
    ],
)
def test_what_amazon_refused_is_asked_again_when_the_contract_asks_otherwise(
    mended: dict[str, object], text: bytes, state: WindowState
) -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 20)), {"daily": DAILY | WRONG})
    refused(lake, lake.one(), text)
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    assert (lake.window("2026-11-20").state, lake.window("2026-11-20").next_action_at) == (state, None)

    lake.configuration.raw["daily"] = DAILY | WRONG | mended
    again = lake.one()
    assert again.key.revision > 1
    lake.collect(again, b"a")
    lake.curate()

    assert lake.window("2026-11-20").state is WindowState.CURATED


def test_what_amazon_refused_stays_refused_while_the_contract_asks_as_before() -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 20)), {"daily": DAILY | WRONG})
    refused(lake, lake.one())
    lake.configuration.raw["daily"] = (
        DAILY | WRONG | {"deadline": "PT8H", "limits": [{"scope": "account", "every": "PT1M"}]}
    )
    read: list[str] = []
    windows = lake.ledger.windows
    lake.ledger.windows = lambda account, source=None: read.append(account) or windows(account, source)  # type: ignore[method-assign,func-returns-value]
    for _ in range(3):
        lake.clock.forward(hours=1)
        lake.dispatching.tick()
    assert not read  # nothing is looked through while nothing has changed

    assert lake.window("2026-11-20").state is WindowState.REFUSED
    assert len(lake.attempts()) == 1


def test_a_refusal_that_comes_after_the_contract_was_mended_is_asked_again_too() -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 19)), {"daily": DAILY | WRONG})
    attempt = lake.one()
    refused(lake, lake.in_flight("2026-11-19"))
    lake.configuration.raw["daily"] = DAILY | MENDED
    lake.clock.forward(minutes=1)
    lake.dispatching.tick()
    assert lake.in_flight("2026-11-19").question.options == {"reportPeriod": "DAY"}
    refused(lake, attempt)
    lake.clock.forward(minutes=1)

    assert lake.one().question.options == {"reportPeriod": "DAY"}
    lake.clock.forward(minutes=1)
    lake.dispatching.tick()
    digest = lake.in_flight("2026-11-20").question_digest
    assert {cursor.question_digest for cursor in lake.ledger.cursors("northwind")} == {digest}


def test_many_refused_windows_come_back_over_several_calls_the_latest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.queue.dispatching._PLANNED_PER_TICK", 4)
    lake = FakeLake(seller(start_date=date(2026, 11, 15)), {"daily": DAILY | WRONG})
    for _ in range(2):
        lake.dispatching.tick()
        lake.clock.forward(minutes=1)
    for attempt in lake.attempts():
        refused(lake, attempt)
    lake.configuration.raw["daily"] = DAILY | MENDED
    states = []
    for _ in range(3):
        lake.quotas.arrivals.clear()
        lake.dispatching.tick()
        states.append(sorted(window.key.window for window in lake.windows() if window.state is WindowState.REFUSED))
        lake.clock.forward(minutes=1)

    assert states == [["2026-11-15", "2026-11-16"], [], []]


def test_a_refused_picture_of_a_day_that_has_passed_does_not_come_back() -> None:
    snapshot = daily(grain="snapshot", bounds="none", available_after="PT6H", restatement_delays=[])
    lake = FakeLake(contracts={"daily": snapshot | WRONG})
    refused(lake, lake.one("2026-11-23"))
    lake.clock.forward(days=1)
    lake.configuration.raw["daily"] = snapshot | MENDED
    lake.dispatching.tick()

    assert lake.window("2026-11-23").state is WindowState.REFUSED
    assert lake.in_flight("2026-11-24")


def test_a_person_may_have_asked_again_what_ended_for_good(lake: FakeLake) -> None:
    """A role that was granted later changes no contract; nor does the end of an outage that lasted longer than all
    attempts.
    """
    refused(lake, lake.one(), b"not authorized")
    given_up = lake.in_flight("2026-11-19")
    lake.ledger.save(replace(lake.window("2026-11-19"), failures=7))
    lake.fail(given_up, "FAILED", "SellingPartnerUnavailable")
    lost = lake.window("2026-11-19")
    assert lost.state is WindowState.LOST
    lake.ledger.save(replace(lost, next_action_at=None))  # settled: Amazon restates no more
    lake.collect(lake.in_flight("2026-11-18"), b"a")
    lake.curate()
    curated = lake.window("2026-11-18")

    assert lake.reopen("northwind", "daily") == 2
    assert lake.reopen("northwind", "daily") == 0
    lake.clock.forward(minutes=5)
    lake.dispatching.tick()

    assert [
        (lake.in_flight(day).key.revision, lake.in_flight(day).key.attempt) for day in ("2026-11-20", "2026-11-19")
    ] == [
        (2, 1),
        (lost.revision + 1, 1),
    ]
    assert lake.window("2026-11-18") == curated


@pytest.mark.parametrize(("account", "source"), [("northwind", "elsewhere"), ("nobody", "daily")])
def test_what_is_not_switched_on_cannot_be_asked_again(lake: FakeLake, account: str, source: str) -> None:
    with pytest.raises(ConfigurationMissing, match=f"{source} is not switched on for {account}"):
        lake.reopen(account, source)


def test_two_years_of_days_are_planned_in_few_writes() -> None:
    lake = FakeLake(seller(start_date=date(2024, 11, 24)))
    planned = 0
    for _ in range(3):
        planned += lake.dispatching.tick()["planned"]
        lake.clock.forward(minutes=1)

    assert planned == len(lake.windows()) == 727
    assert lake.ledger.saves < 60


def test_the_backlog_does_not_hide_a_fresh_window() -> None:
    lake = FakeLake(
        seller(start_date=date(2024, 11, 24)), {"daily": DAILY | {"limits": [{"scope": "account", "every": "PT1H"}]}}
    )
    for _ in range(20):
        lake.dispatching.tick()
        lake.clock.forward(minutes=1)
    lake.clock.now = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)  # the 21st was published at 23:00 UTC
    lake.quotas.arrivals.clear()

    lake.dispatching.tick()

    assert lake.window("2026-11-21").in_flight


def test_every_window_waits_for_something_or_is_under_way(lake: FakeLake) -> None:
    lake.dispatching.tick()

    for window in lake.windows():
        assert window.in_flight or window.next_action_at is not None
        assert window.updated_at is not None
        assert window.updated_at - lake.clock() < timedelta(seconds=1)
