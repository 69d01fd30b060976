"""A bucket never lets through more than its plan or its daily quota."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion.configuration.contracts import RequestLimit
from ingestion.quotas.buckets import UsagePlan, after_call, available_at, limit_plans


@given(st.lists(st.floats(0, 600), max_size=60), st.floats(0.01, 5), st.integers(1, 20))
@settings(deadline=None)
def test_a_bucket_never_lets_more_through_than_its_plan(gaps, rate, burst):
    plan, arrival, now, allowed = UsagePlan(rate, burst), None, 1_000_000.0, []
    for gap in gaps:
        now += gap
        if available_at(arrival, plan) <= now:
            arrival = after_call(arrival, plan, now)
            allowed.append(now)
    for i, begin in enumerate(allowed):
        for j in range(i, len(allowed)):
            assert j - i + 1 <= burst + rate * (allowed[j] - begin) + 1e-6


@given(st.integers(1, 500), st.booleans())
def test_a_daily_quota_holds_in_any_24_hours(per_day, every):
    plans = limit_plans(RequestLimit("account", 86_400 // per_day if every else None, per_day))
    plan = plans["per_day"]
    assert plan.burst + plan.rate * 86_400 <= max(per_day, 2) + 1e-6
