"""The port to the token buckets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ingestion.quotas.buckets import Bucket


class Quotas(Protocol):
    """Token buckets shared by all functions."""

    def reserve(self, buckets: Sequence[Bucket], now: datetime, horizon_seconds: float = 0.0) -> datetime:
        """Take one call from every bucket, or from none; when it may be made: now, or within the horizon.

        QuotaExhausted: it would be later.
        """

    def refund(self, buckets: Sequence[Bucket]) -> None:
        """Give back one call to every bucket: it was not made."""

    def exhaust(self, buckets: Sequence[Bucket], now: datetime) -> datetime:
        """Empty the buckets, because Amazon answered 429; when the next call may be made."""

    def observe(self, bucket: Bucket, rate: float) -> None:
        """Keep the rate (requests per second) that Amazon says applies."""
