"""Windows of any rule, zone and age follow each other without gap or overlap."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.configuration.durations import Duration
from ingestion.windows.calendar import due_at, due_windows, local_midnight, next_window, question_dates

from tests.unit.fakes.configuration import DAILY

ZONES = [
    "Europe/Berlin",
    "Europe/London",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Australia/Sydney",
    "UTC",
]
GRAINS = {
    "day": ["P1D", "P7D"],
    "week": ["P7D", "P2W"],
    "month": ["P1M", "P3M"],
    "quarter": ["P3M"],
    "year": ["P1Y"],
    "instant": ["PT1H", "PT6H"],
}


def rule(grain: str, per_request: str, **more: str):
    window = DAILY["window"] | {"grain": grain, "per_request": per_request, "history": "P30Y"} | more
    return RequestContract.parse("s", DAILY | {"window": window}).window


rules = st.sampled_from([(grain, size) for grain, sizes in GRAINS.items() for size in sizes]).map(
    lambda pair: rule(*pair)
)
days = st.dates(date(2023, 1, 1), date(2027, 12, 31))
ages = st.integers(0, 500)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (its bounds must be naive)


def beginning(rule, now, age):
    """An account's first day; windows below a day are many, so it is young then."""
    return now.date() - timedelta(days=age // 20 if rule.grain is Grain.INSTANT else age)


@given(rules, st.sampled_from(ZONES), ages, instants)
@settings(max_examples=100, deadline=None)
def test_windows_follow_each_other_without_gap_or_overlap(rule, zone, age, now):
    first = beginning(rule, now, age)
    windows = list(due_windows(rule, zone, first, None, after=None, now=now))
    for earlier, later in pairwise(windows):
        assert earlier.ends_at == later.starts_at
        assert earlier.key != later.key
    for window in windows:
        assert due_at(rule, window) <= now
        assert window.starts_at >= local_midnight(first, ZoneInfo(zone))


@given(rules, st.sampled_from(ZONES), ages, instants, st.timedeltas(timedelta(0), timedelta(days=40)))
@settings(max_examples=100, deadline=None)
def test_planning_in_two_steps_is_planning_in_one(rule, zone, age, now, later):
    first = beginning(rule, now, age)
    at_once = [w.key for w in due_windows(rule, zone, first, None, after=None, now=now + later)]
    begun = list(due_windows(rule, zone, first, None, after=None, now=now))
    following = next_window(rule, zone, first, None, after=begun[-1].ends_at if begun else None, now=now)
    assert following is not None
    rest = [w.key for w in due_windows(rule, zone, first, None, after=following.starts_at, now=now + later)]
    assert [w.key for w in begun] + rest == at_once


@given(rules, st.sampled_from(ZONES), ages, ages, instants)
@settings(max_examples=60, deadline=None)
def test_the_calendar_and_not_the_account_fixes_the_boundaries(rule, zone, age, other_age, now):
    first, other = beginning(rule, now, age), beginning(rule, now, other_age)
    if rule.grain is Grain.DAY:
        rule = replace(rule, per_request=Duration.parse("P1D"))
    mine = {w.key for w in due_windows(rule, zone, first, None, after=None, now=now)}
    others = {w.key for w in due_windows(rule, zone, other, None, after=None, now=now)}
    assert mine <= others or others <= mine


@given(st.sampled_from(ZONES), days)
def test_a_day_begins_on_its_own_date_and_ends_where_the_next_begins(zone, day):
    begins = local_midnight(day, ZoneInfo(zone))
    assert begins.astimezone(ZoneInfo(zone)).date() == day
    assert (begins - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/Los_Angeles", "2026-11-01", 25),
    ],
)
def test_days_on_which_clocks_change(zone, day, hours):
    start = date.fromisoformat(day)
    window = next(
        due_windows(
            rule("day", "P1D", bounds="instants"), zone, start, None, after=None, now=datetime(2026, 12, 31, tzinfo=UTC)
        )
    )
    assert window.key == day
    assert window.ends_at - window.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("grain", "size", "first", "key", "asked"),
    [
        ("day", "P1D", "2026-11-20", "2026-11-20", ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z")),
        ("week", "P7D", "2026-11-10", "2026-11-15--2026-11-21", ("2026-11-15T00:00:00Z", "2026-11-21T00:00:00Z")),
        ("month", "P1M", "2026-10-02", "2026-11-01--2026-11-30", ("2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z")),
        ("quarter", "P3M", "2026-02-01", "2026-04-01--2026-06-30", ("2026-04-01T00:00:00Z", "2026-06-30T00:00:00Z")),
        ("year", "P1Y", "2025-01-01", "2025-01-01--2025-12-31", ("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z")),
        ("instant", "PT6H", "2026-11-20", "20261120T000000Z--20261120T060000Z", None),
    ],
)
def test_keys_and_dates_of_each_grain(grain, size, first, key, asked):
    now = datetime(2027, 1, 15, tzinfo=UTC)
    window = next(
        due_windows(
            rule(grain, size),
            "Europe/Berlin" if grain != "instant" else "UTC",
            date.fromisoformat(first),
            None,
            after=None,
            now=now,
        )
    )
    assert window.key == key
    if asked:
        assert question_dates(rule(grain, size), window, now) == asked


def test_local_midnights_become_instants():
    window = next(
        due_windows(
            rule("day", "P1D", bounds="instants"),
            "Europe/Berlin",
            date(2026, 7, 1),
            None,
            after=None,
            now=datetime(2026, 12, 1, tzinfo=UTC),
        )
    )
    assert question_dates(rule("day", "P1D", bounds="instants"), window, window.ends_at) == (
        "2026-06-30T22:00:00Z",
        "2026-07-01T22:00:00Z",
    )


def test_discovered_sources_have_no_windows():
    assert (
        list(
            due_windows(
                rule("discovered", "P1D"),
                "UTC",
                date(2020, 1, 1),
                None,
                after=None,
                now=datetime(2027, 1, 1, tzinfo=UTC),
            )
        )
        == []
    )


def test_an_account_that_ends_inside_a_period_has_no_window_after_it():
    days, last, now = rule("day", "P4D"), date(2021, 6, 19), datetime(2021, 7, 1, tzinfo=UTC)
    windows = list(due_windows(days, "UTC", date(2021, 6, 10), last, after=None, now=now))
    assert windows[-1].end == "2021-06-19"
    assert next_window(days, "UTC", date(2021, 6, 10), last, after=windows[-1].ends_at, now=now) is None
