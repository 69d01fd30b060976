"""An attempt's turn in the queue for getReportDocument.

One call a minute per account: if each attempt waited for the next free call, a hundred attempts would wake up a hundred
times. So each reserves a call for its own time, and is retried then.
"""

from __future__ import annotations

from dataclasses import replace

from ingestion.attempts.recording import the_attempt
from ingestion.errors import QuotaExhausted
from ingestion.identity import AttemptKey
from ingestion.instants import Clock
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried
from ingestion.quotas.buckets import Bucket
from ingestion.quotas.port import Quotas

_LONGEST_QUEUE_SECONDS = 6 * 3600.0


def wait_for_turn(ledger: Ledger, quotas: Quotas, bucket: Bucket, key: AttemptKey, clock: Clock) -> None:
    """Return when the attempt may call now; QuotaExhausted tells when its turn is."""

    def work() -> None:
        attempt, now = the_attempt(ledger, key), clock()
        if attempt.document_at is None:
            turn = quotas.reserve([bucket], now, _LONGEST_QUEUE_SECONDS)
            if turn <= now:
                return
            ledger.save(replace(attempt, document_at=turn))
            raise QuotaExhausted(turn)
        if attempt.document_at > now:
            raise QuotaExhausted(attempt.document_at)
        ledger.save(replace(attempt, document_at=None))

    retried(work)
