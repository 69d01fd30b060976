"""Quota arithmetic: the generic cell rate algorithm (GCRA).

It keeps one number per bucket, the theoretical arrival time of the next call. A bucket of `burst` calls that refills at
`rate` calls per second is the usage plan's token bucket (SP-API docs, Usage plans and rate limits). All times are epoch
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.configuration.contracts import RequestLimit

_DAY = 86_400.0
TOLERANCE = 0.001
"""Seconds: instants are written to the millisecond."""


@dataclass(frozen=True)
class UsagePlan:
    """Requests per second, and how many may come at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Bucket:
    """One bucket: who shares it (`key`), and its plan."""

    key: str
    plan: UsagePlan

    @property
    def interval(self) -> float:
        """Seconds until one more call is allowed."""
        return 1.0 / self.plan.rate


def available_at(arrival: float | None, plan: UsagePlan) -> float:
    """When the next call is allowed, given the bucket's theoretical arrival time (None: never used)."""
    if arrival is None:
        return 0.0
    return arrival - (plan.burst - 1) / plan.rate


def after_call(arrival: float | None, plan: UsagePlan, now: float) -> float:
    """The theoretical arrival time after one more call at `now`."""
    return max(arrival or 0.0, now) + 1.0 / plan.rate


def after_refund(arrival: float, plan: UsagePlan) -> float:
    """The theoretical arrival time when a reserved call was not made after all."""
    return arrival - 1.0 / plan.rate


def after_refusal(arrival: float | None, plan: UsagePlan, now: float) -> float:
    """The theoretical arrival time after Amazon answered 429: the bucket is empty, whatever we computed."""
    return max(arrival or 0.0, now + plan.burst / plan.rate)


def scaled(plan: UsagePlan, scale: float) -> UsagePlan:
    """The plan with its rate multiplied (the local cloud runs a demo in minutes)."""
    return UsagePlan(plan.rate * scale, plan.burst)


def limit_plans(limit: RequestLimit) -> dict[str, UsagePlan]:
    """The buckets that keep a contract's limit, by name.

    A bucket lets through `burst + rate * period` calls in any period, so a daily quota gives part of itself to the
    burst and the rest to the rate: never more than `per_day` in any 24 hours, wherever Amazon's day begins.
    """
    plans = {}
    if limit.every_seconds:
        plans["every"] = UsagePlan(1.0 / limit.every_seconds, 1)
    if limit.per_day:
        burst = 1 if limit.every_seconds else max(1, limit.per_day // 4)
        plans["per_day"] = UsagePlan(max(limit.per_day - burst, 1) / _DAY, burst)
    return plans
