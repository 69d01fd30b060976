"""The curation lease: one run at a time writes to the tables."""

from __future__ import annotations

from datetime import timedelta

from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried

LEASE_TIME = timedelta(hours=6)
"""How long a run is expected to hold the lease at most."""


def release(ledger: Ledger, run_id: str) -> None:
    """Give the lease back, if the run still holds it."""

    def work() -> None:
        lease = ledger.lease()
        if lease.holder == run_id:
            ledger.save(lease.released())

    retried(work)
