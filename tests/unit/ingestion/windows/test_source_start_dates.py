"""A source of an account may begin later than the account: years of one report, weeks of another."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, timedelta

import boto3
import pytest
from adapters.parameters import ParameterConfiguration
from ingestion.configuration.accounts import Enablement
from ingestion.errors import ConfigurationMissing
from ingestion.windows.lines import enabled_lines
from ingestion.windows.planning import Planning
from moto import mock_aws

from tests.unit.fakes.configuration import DAILY, daily, seller
from tests.unit.fakes.lake import FakeLake


def planned(lake: FakeLake) -> list[str]:
    lake.dispatching.tick()
    return [window.key.window for window in lake.windows()]


def begin(lake: FakeLake, start: date | None) -> None:
    lake.configuration.switched_on[:] = [Enablement("northwind", "daily", None, start)]


@pytest.mark.parametrize(
    ("start", "first"),
    [
        (None, "2026-11-01"),
        (date(2026, 11, 15), "2026-11-15"),
        (date(2026, 10, 1), "2026-11-01"),
    ],  # the account begins on 1 November
)
def test_the_later_of_both_dates_counts(lake: FakeLake, start: date | None, first: str) -> None:
    begin(lake, start)
    assert planned(lake)[0] == first


def test_each_source_has_its_own() -> None:
    lake = FakeLake(contracts={"daily": DAILY, "terms": DAILY | {"report_type": "GET_TERMS"}})
    lake.configuration.switched_on[:] = [
        Enablement("northwind", "daily", None),
        Enablement("northwind", "terms", None, date(2026, 11, 19)),
    ]
    lake.dispatching.tick()
    assert [len(list(lake.ledger.windows("northwind", source))) for source in ("daily", "terms")] == [20, 2]


def test_weeks_begin_with_the_first_whole_one() -> None:
    lake = FakeLake(contracts={"daily": daily(grain="week", per_request="P7D", available_after="PT1H")})
    begin(lake, date(2026, 11, 9))
    assert planned(lake) == ["2026-11-15--2026-11-21"]


def test_a_date_in_the_future_plans_nothing_before_it(lake: FakeLake) -> None:
    begin(lake, date(2026, 12, 1))
    assert planned(lake) == []
    lake.clock.now = datetime(2026, 12, 5, tzinfo=UTC)
    assert planned(lake) == ["2026-12-01", "2026-12-02"]


def test_a_date_moved_later_counts_from_then_on(lake: FakeLake) -> None:
    assert planned(lake)[-1] == "2026-11-20"
    begin(lake, date(2026, 11, 30))
    lake.clock.now = datetime(2026, 12, 5, tzinfo=UTC)
    assert [day for day in planned(lake) if day > "2026-11-20"] == ["2026-11-30", "2026-12-01", "2026-12-02"]


def test_a_date_moved_back_plans_what_lies_before(lake: FakeLake) -> None:
    begin(lake, date(2026, 11, 15))
    assert planned(lake) == [f"2026-11-{day}" for day in range(15, 21)]
    begin(lake, date(2026, 11, 5))
    assert planned(lake) == [f"2026-11-{day:02}" for day in range(5, 21)]
    begin(lake, date(2026, 11, 10))
    assert lake.dispatching.tick()["planned"] == 0
    begin(lake, None)
    assert planned(lake) == [f"2026-11-{day:02}" for day in range(1, 21)]
    assert lake.dispatching.tick()["planned"] == 0
    lake.clock.forward(days=1)
    assert lake.dispatching.tick()["planned"] == 1


def test_years_moved_back_come_bit_by_bit_the_latest_first() -> None:
    lake = FakeLake(seller(start_date=date(2024, 12, 1)))
    begin(lake, date(2026, 11, 20))
    assert len(planned(lake)) == 1
    begin(lake, None)
    planning, configured = Planning(lake.ledger), next(enabled_lines(lake.configuration))
    counts, days = [], []
    for _ in range(5):
        [cursor] = lake.ledger.cursors("northwind")
        counts.append(planning.plan(configured, cursor, lake.clock(), 200))
        days.append(lake.windows()[0].key.window)
    assert (sum(counts), counts[:3], counts[-1]) == ((date(2026, 11, 20) - date(2024, 12, 1)).days, [200, 200, 200], 0)
    assert days[0] == "2026-05-04"
    assert days[-1] == "2024-12-01"


@pytest.mark.parametrize(
    "window",
    [
        {"per_request": "P7D"},
        {"grain": "week", "per_request": "P7D"},
        {"grain": "month", "per_request": "P1M", "history": "P2Y"},
    ],
)
def test_moved_back_no_day_is_in_two_windows_and_none_is_left_out(window: dict[str, str]) -> None:
    lake = FakeLake(
        seller(start_date=date(2026, 3, 1), end_date=date(2026, 11, 30)),
        {"daily": daily(available_after="PT1H", **window)},
    )
    begin(lake, date(2026, 9, 16))
    planned(lake)
    begin(lake, None)
    planned(lake)
    spans = sorted((entry.window.start, entry.window.end) for entry in lake.windows())
    assert spans[0][0] == "2026-03-01"
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert date.fromisoformat(start) == date.fromisoformat(end) + timedelta(days=1)


def test_an_end_inside_a_period_ends_the_planning() -> None:
    lake = FakeLake(seller(end_date=date(2026, 11, 11)), {"daily": daily(per_request="P7D", available_after="PT1H")})
    ends = [window.split("--")[-1] for window in planned(lake)]
    assert (ends[-1], lake.dispatching.tick()["planned"]) == ("2026-11-11", 0)
    assert all(window.window.start <= window.window.end for window in lake.windows())


def test_it_is_read_from_the_sources_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        ssm = boto3.client("ssm", region_name="eu-west-1")
        values: dict[str, dict[str, object]] = {
            "a": {"variants": None},
            "b": {"variants": ["v"], "start_date": None},
            "c": {"variants": None, "start_date": "2026-11-05"},
        }
        for source, value in values.items():
            ssm.put_parameter(
                Name=f"/lake/accounts/northwind/sources/{source}",
                Type="SecureString",
                Value=json.dumps({"source": source} | value),
            )
        assert ParameterConfiguration(ssm, "lake").enablements() == [
            Enablement("northwind", "a", None),
            Enablement("northwind", "b", ("v",)),
            Enablement("northwind", "c", None, date(2026, 11, 5)),
        ]


def test_a_date_that_is_none_names_the_parameter() -> None:
    with pytest.raises(ConfigurationMissing, match="source 'terms' of account 'northwind'"):
        Enablement.parse("northwind", "terms", {"variants": None, "start_date": "soon"})
