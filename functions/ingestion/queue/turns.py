"""Turns of windows that wait for the same quota, within one tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.errors import QuotaExhausted
from ingestion.instants import from_epoch
from ingestion.quotas.buckets import Bucket
from ingestion.quotas.port import Quotas

_HORIZON_SECONDS = 60.0  # a tick: what may be called before the next one is reserved now


@dataclass
class Turns:
    """Reserves calls. Windows that find their buckets empty line up one interval apart, each with a turn of its own."""

    quotas: Quotas
    now: datetime
    _next_turn: dict[str, float] = field(default_factory=dict)

    def reserve(self, buckets: Sequence[Bucket]) -> datetime:
        """Take one call from every bucket; when it may be made. QuotaExhausted tells when the window's turn comes."""
        if not any(bucket.key in self._next_turn for bucket in buckets):
            try:
                return self.quotas.reserve(buckets, self.now, _HORIZON_SECONDS)
            except QuotaExhausted as error:
                self._next_turn |= {bucket.key: error.wait_until.timestamp() for bucket in buckets}
        raise QuotaExhausted(self._take_turn(buckets))

    def _take_turn(self, buckets: Sequence[Bucket]) -> datetime:
        empty = [bucket for bucket in buckets if bucket.key in self._next_turn]
        turn = max(self._next_turn[bucket.key] for bucket in empty)
        for bucket in empty:
            self._next_turn[bucket.key] = turn + bucket.interval
        return from_epoch(turn)
