"""The history of curation runs: for people, and to distinguish a bad document from a bad time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ingestion.instants import Clock
from ingestion.ledger.curation import CurationRun
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried

_KEPT = timedelta(days=90)
_SEARCHED_FOR_REPEAT = 50
_SEARCHED_FOR_SUCCESS = 200


def keep_run(
    ledger: Ledger,
    clock: Clock,
    *,
    run_id: str,
    status: str,
    documents: int,
    counts: Mapping[str, int],
    reason: str | None,
) -> None:
    """Keep what a run did. `counts` are of documents by outcome."""

    def work() -> None:
        now = clock()
        known = next((run for run in ledger.runs(_SEARCHED_FOR_REPEAT) if run.run_id == run_id), None)
        ledger.save(
            CurationRun(
                lock=known.lock if known else 0,
                run_id=run_id,
                status=status,
                documents=documents,
                curated=counts.get("curated", 0),
                superseded=counts.get("superseded", 0),
                refused=counts.get("refused", 0),
                quarantined=counts.get("quarantined", 0),
                reason=reason,
                finished_at=now,
                expires_at=now + _KEPT,
            )
        )

    retried(work)


def succeeded_since(ledger: Ledger, moment: datetime) -> bool:
    """Whether a run succeeded after `moment`."""
    return any(run.status == "SUCCEEDED" and run.finished_at > moment for run in ledger.runs(_SEARCHED_FOR_SUCCESS))
