"""Token buckets in memory. They pass the same suite as the real ones (tests/unit/adapters/test_quotas.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ingestion.errors import QuotaExhausted
from ingestion.instants import from_epoch
from ingestion.quotas.buckets import TOLERANCE, Bucket, UsagePlan, after_call, after_refund, after_refusal, available_at


class FakeQuotas:
    def __init__(self) -> None:
        self.arrivals: dict[str, float] = {}
        self.rates: dict[str, float] = {}

    def _plan(self, bucket: Bucket) -> UsagePlan:
        return UsagePlan(self.rates.get(bucket.key, bucket.plan.rate), bucket.plan.burst)

    def reserve(self, buckets: Sequence[Bucket], now: datetime, horizon_seconds: float = 0.0) -> datetime:
        moment = now.timestamp()
        allowed = max([moment, *(available_at(self.arrivals.get(b.key), self._plan(b)) for b in buckets)])
        if allowed > moment + horizon_seconds + TOLERANCE:
            raise QuotaExhausted(from_epoch(allowed))
        for b in buckets:
            self.arrivals[b.key] = after_call(self.arrivals.get(b.key), self._plan(b), allowed)
        return from_epoch(allowed)

    def refund(self, buckets: Sequence[Bucket]) -> None:
        for b in buckets:
            if b.key in self.arrivals:
                self.arrivals[b.key] = after_refund(self.arrivals[b.key], self._plan(b))

    def exhaust(self, buckets: Sequence[Bucket], now: datetime) -> datetime:
        for b in buckets:
            self.arrivals[b.key] = after_refusal(self.arrivals.get(b.key), self._plan(b), now.timestamp())
        return from_epoch(max(available_at(self.arrivals[b.key], self._plan(b)) for b in buckets))

    def observe(self, bucket: Bucket, rate: float) -> None:
        self.rates[bucket.key] = rate
