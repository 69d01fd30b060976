"""The end of a curation run as the ledger sees it: documents closed or sent back to wait, the lease released, the run
noted.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestion.attempts.outcomes import after_curation
from ingestion.attempts.recording import retried
from ingestion.documents.object_keys import RawKey
from ingestion.instants import Clock
from ingestion.ledger.items import CurationRun, DocumentName, DocumentState, Item, LedgerDocument
from ingestion.ports import Alarms, Ledger
from ingestion.telling import tell

_FAILED_ALONE = 3
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
_RUNS_LOOKED_AT = 200
_KEPT = timedelta(days=90)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CurationEnd:
    """What every end of a run does to documents and lease, and all that a run's death means."""

    ledger: Ledger
    alarms: Alarms
    clock: Clock

    def fail(self, run_id: str, error: str, cause: str) -> bool:
        """A run died. Its documents wait for another, fewer at a time; False if the run holds no lease (its end was
        recorded before).
        """
        lease = self.ledger.lease()
        if lease.holder != run_id:
            return False
        reason = " ".join(f"{error}: {cause}".split())[:500]
        for name in lease.documents:
            self.defer(name, reason, run_id, alone=len(lease.documents) == 1)
        self.release(run_id)
        self.note(run_id, "FAILED", len(lease.documents), Counter(), reason)
        log.error("a curation run failed", extra={"run_id": run_id, "reason": reason})
        tell(self.ledger, self.alarms, self.clock, f"curation run failed: {error}"[:90], f"{run_id}: {reason}")
        return True

    def close(self, document: LedgerDocument, outcome: DocumentState, reason: str | None, run_id: str) -> None:
        """A document's way ends: it waits no more, and its window knows what became of it."""
        items: list[Item] = [replace(document, state=outcome, reason=reason, run_id=run_id, waits_from=None)]
        window = self.ledger.window(document.key)
        if window is not None:
            items.append(after_curation(window, document.report_id, outcome, reason, self.clock()))
        self.ledger.save(*items)

    def defer(self, name: DocumentName, reason: str, run_id: str, *, alone: bool) -> None:
        """Once more at once (most deaths are accidents), then ever later and in smaller company (see
        curation_start.batch_size).

        A document is blamed only for runs that had no other, and of those that follow each other without a success in
        between for one: while all runs die, it is the job, its role or the service. What is given up is quarantined,
        its bytes kept, and people are told.
        """

        def work() -> LedgerDocument | None:
            document = self.ledger.document(name.account, name.report_id)
            if document is None:
                return None
            document = replace(document, failed_runs=document.failed_runs + 1)
            if alone:
                counts = document.failed_alone_at is None or self._succeeded_since(document.failed_alone_at)
                document = replace(document, failed_alone=document.failed_alone + counts, failed_alone_at=self.clock())
            if document.failed_alone >= _FAILED_ALONE:
                why = f"{document.failed_alone} curation runs that had no other document failed, while others succeeded: {reason}"
                self.close(document, DocumentState.QUARANTINED, why, run_id)
                return replace(document, reason=why)
            self.ledger.save(replace(document, waits_from=self._waits_from(document.failed_runs)))
            return None

        given_up = retried(work)
        if given_up is not None:
            key = given_up.key
            log.error(
                "a document was given up",
                extra={"account": key.account, "report_id": given_up.report_id, "reason": given_up.reason},
            )
            self.alarms.publish(
                f"{key.account} {key.source}: a document was given up",
                f"{key.source} of {key.account}, {key.marketplace} {key.window}, report {given_up.report_id}, is not in the tables: {given_up.reason}\n"
                f"To replay: {RawKey.parse(json.loads(given_up.record)['key']).sidecar}",
            )

    def _succeeded_since(self, moment: datetime) -> bool:
        return any(run.status == "SUCCEEDED" and run.finished_at > moment for run in self.ledger.runs(_RUNS_LOOKED_AT))

    def _waits_from(self, failed_runs: int) -> datetime:
        wait: timedelta = timedelta(0) if failed_runs == 1 else _FIRST_WAIT * 4 ** min(failed_runs - 2, 8)
        return self.clock() + min(wait, _LONGEST_WAIT)

    def release(self, run_id: str) -> None:
        """Give the lease back, if the run still holds it."""

        def work() -> None:
            lease = self.ledger.lease()
            if lease.holder == run_id:
                self.ledger.save(lease.released())

        retried(work)

    def note(self, run_id: str, status: str, documents: int, counts: Counter[str], reason: str | None) -> None:
        """Keep what the run did, for people."""

        def work() -> None:
            now = self.clock()
            known = next((run for run in self.ledger.runs(50) if run.run_id == run_id), None)
            self.ledger.save(
                CurationRun(
                    lock=known.lock if known else 0,
                    run_id=run_id,
                    status=status,
                    documents=documents,
                    curated=counts["curated"],
                    superseded=counts["superseded"],
                    refused=counts["refused"],
                    quarantined=counts["quarantined"],
                    reason=reason,
                    finished_at=now,
                    expires_at=now + _KEPT,
                )
            )

        retried(work)
