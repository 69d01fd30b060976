from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from ingestion.configuration.accounts import Enablement

from tests.unit.fakes.configuration import DAILY, daily, seller
from tests.unit.fakes.lake import FakeLake


def test_plans_each_due_window_once_and_starts_it(lake: FakeLake) -> None:
    figures = lake.dispatching.tick()

    # 1 to 20 November: the 21st ends at midnight of the 22nd in Berlin, and is published 48 hours later.
    assert figures == {
        "due": 20,
        "oldest_due_seconds": 0,
        "planned": 20,
        "started": 16,
        "postponed": 4,
        "lost": 0,
        "waiting": 0,
        "failed": 0,
    }
    assert [window.key.window for window in lake.windows()] == [f"2026-11-{day:02}" for day in range(1, 21)]
    assert lake.dispatching.tick()["planned"] == 0


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


@pytest.mark.parametrize("end", [date(2026, 11, 14), None], ids=["moved", "taken away"])
def test_days_until_a_later_end_date_are_planned(end: date | None) -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 10), end_date=date(2026, 11, 12)))
    lake.dispatching.tick()

    lake.configuration.add(seller(start_date=date(2026, 11, 10), end_date=end))
    lake.dispatching.tick()
    assert [window.key.window for window in lake.windows()][:5] == [f"2026-11-{day}" for day in range(10, 15)]
    assert lake.dispatching.tick()["planned"] == 0


def test_days_of_a_line_that_had_none_at_first_are_planned_when_its_end_date_is_taken_away() -> None:
    short = {"daily": daily(history="P5D")}
    lake = FakeLake(seller(start_date=date(2026, 11, 1), end_date=date(2026, 11, 12)), short)
    lake.dispatching.tick()
    assert lake.windows() == []

    lake.configuration.add(seller(start_date=date(2026, 11, 1)))
    lake.dispatching.tick()
    fresh = FakeLake(seller(start_date=date(2026, 11, 1)), short)
    fresh.dispatching.tick()
    assert [window.key.window for window in lake.windows()] == [window.key.window for window in fresh.windows()] != []


def test_a_source_for_vendors_is_not_asked_of_a_seller() -> None:
    lake = FakeLake(contracts={"daily": DAILY | {"accounts": ["vendor"]}})

    assert lake.dispatching.tick()["planned"] == 0


def test_two_years_of_days_are_planned_in_few_writes() -> None:
    lake = FakeLake(seller(start_date=date(2024, 11, 24)))
    planned = 0
    for _ in range(3):
        planned += lake.dispatching.tick()["planned"]
        lake.clock.forward(minutes=1)

    assert planned == len(lake.windows()) == 727
    assert lake.ledger.saves < 60


@pytest.mark.parametrize(
    ("chosen", "planned"),
    [(None, {"child", "parent"}), (("parent",), {"parent"}), ((), set())],
    ids=["all", "one", "none"],
)
def test_only_the_chosen_variants_are_planned(chosen: tuple[str, ...] | None, planned: set[str]) -> None:
    variants = {"child": {"granularity": "DAY"}, "parent": {"granularity": "WEEK"}}
    lake = FakeLake(contracts={"daily": DAILY | {"variants": variants}})
    lake.configuration.switched_on = [Enablement("northwind", "daily", chosen)]

    lake.dispatching.tick()

    assert {window.line.variant for window in lake.windows()} == planned
