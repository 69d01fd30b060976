from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingestion.errors import QuotaExhausted

from tests.unit.fakes.configuration import BERLIN, DAILY, LONDON, daily, seller
from tests.unit.fakes.lake import FakeLake


def test_nothing_due_means_nothing_written(lake: FakeLake) -> None:
    for _ in range(6):
        lake.dispatching.tick()
        lake.clock.forward(minutes=1)
    saves = lake.ledger.saves

    assert set(lake.dispatching.tick().values()) == {0}
    assert lake.ledger.saves == saves


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


def test_an_account_that_login_with_amazon_refused_is_left_alone_for_a_while(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2020, 1, 1, tzinfo=UTC))
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, authorization_refused_at=lake.clock()))

    assert lake.dispatching.tick()["started"] == 0
    lake.clock.forward(minutes=16)
    assert lake.dispatching.tick()["started"] == 16


def test_a_source_that_was_switched_off_is_not_asked(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))
    lake.configuration.switched_on.clear()

    assert lake.dispatching.tick()["started"] == 0


def test_every_window_waits_for_something_or_is_under_way(lake: FakeLake) -> None:
    lake.dispatching.tick()

    for window in lake.windows():
        assert window.in_flight or window.next_action_at is not None
        assert window.updated_at is not None
        assert window.updated_at - lake.clock() < timedelta(seconds=1)


def test_what_cannot_be_started_is_considered_again_later(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))
    for attempt in lake.attempts():
        lake.fail(attempt)
    lake.clock.forward(hours=1)
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, authorization_refused_at=lake.clock()))
    as_of = datetime(2026, 11, 4, 1, tzinfo=UTC)
    assert lake.dispatching.tick(as_of)["postponed"] == 1
    assert [window.next_action_at for window in lake.windows()] == [as_of + timedelta(minutes=15)]

    lake.configuration.switched_on.clear()
    as_of += timedelta(minutes=15)
    assert lake.dispatching.tick(as_of)["postponed"] == 1
    assert [window.next_action_at for window in lake.windows()] == [as_of + timedelta(hours=6)]


def test_an_account_that_changed_is_registered_anew_and_keeps_what_was_learnt(lake: FakeLake) -> None:
    lake.dispatching.tick(datetime(2020, 1, 1, tzinfo=UTC))
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, notified=True))
    lake.configuration.add(replace(lake.account, selling_partner_id="A-OTHER", region="na"))
    for _ in range(2):
        lake.dispatching.tick(datetime(2020, 1, 1, tzinfo=UTC))
    known = lake.ledger.account("northwind")
    assert known is not None
    assert (known.selling_partner_id, known.region, known.notified, known.lock) == ("A-OTHER", "na", True, 3)


def test_a_tick_starts_nothing_more_after_half_a_minute(lake: FakeLake) -> None:
    """It has a minute: what is left is due in the next one."""
    start = lake.machines.start

    def slow(state_machine_arn: str, name: str, data: Mapping[str, Any]) -> bool:
        lake.clock.forward(seconds=10)
        return start(state_machine_arn, name, data)

    lake.machines.start = slow  # type: ignore[method-assign]
    figures = lake.dispatching.tick()
    assert (figures["started"], figures["postponed"]) == (4, 0)  # the fourth began after exactly thirty seconds
    lake.clock.forward(minutes=1)
    assert lake.dispatching.tick()["started"] == 4


def test_a_tick_plans_a_thousand_windows_at_most() -> None:
    """The years before come with the following ticks, whichever line they are of."""
    lake = FakeLake(seller(start_date=date(2023, 1, 1), marketplaces=(BERLIN, LONDON)))
    lake.configuration.raw["daily"] = daily(history="P4Y")
    planned = [lake.dispatching.tick()["planned"] for _ in range(4)]
    assert planned == [1000, 1000, 2 * 1420 - 2000, 0]


def test_a_turn_that_has_come_already_is_taken_a_second_later(lake: FakeLake) -> None:
    """Never at once: a window that is due in the same instant again would be considered again and again."""
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))  # planned and started
    now = lake.clock()

    def exhausted(*_: object) -> datetime:
        raise QuotaExhausted(now - timedelta(minutes=1))

    lake.quotas.reserve = exhausted  # type: ignore[assignment,method-assign]
    lake.dispatching.tick()
    waiting = [window for window in lake.windows() if not window.in_flight]
    assert {window.next_action_at for window in waiting} >= {now + timedelta(seconds=1)}
    assert all(window.next_action_at and window.next_action_at > now for window in waiting)
