"""Concluding a curation run: its results into the ledger, the lease released, figures and alarms sent."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.curation import lease as curation_lease
from ingestion.curation.document_outcomes import NOT_PUBLISHED, DocumentOutcomes
from ingestion.curation.failing import CurationFailure
from ingestion.curation.port import Artifacts
from ingestion.curation.run_history import keep_run
from ingestion.failures import Failures
from ingestion.instants import Clock
from ingestion.ledger.curation import DocumentName
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried
from ingestion.telling import Alarms, Metrics

DOCUMENT_OUTCOMES = ("curated", "superseded", "refused", "quarantined")
_LISTED_IN_ALARM = 20
log = logging.getLogger(__name__)

Entry = Mapping[str, Any]
"""What the job's results say about one document."""


@dataclass(frozen=True)
class Concluding:
    """Records how runs ended."""

    ledger: Ledger
    artifacts: Artifacts
    alarms: Alarms
    metrics: Metrics
    clock: Clock

    def fail(self, run_id: str, error: str, cause: str) -> bool:
        """Record and count the failure of a run; see CurationFailure."""
        failed = CurationFailure(self.ledger, self.alarms, self.clock).record(run_id, error, cause)
        if failed:
            self.metrics.record({"CurationFailures": 1})
        return failed

    def finish(self, run_id: str, results_uri: str) -> dict[str, Any]:
        """Record the job's results.

        May be repeated; a run that lost the lease records too (its tables are written), but releases nothing. A result
        that cannot be recorded stops no other: its document waits for another run, and RoundFailed names it.
        """
        failures = Failures("finish_curation", self.ledger, self.clock)
        results: dict[str, Any] = json.loads(self.artifacts.read(results_uri))
        entries = {(entry["account"], entry["report_id"]): entry for entry in results["documents"]}
        lease = self.ledger.lease()
        claimed = lease.documents if lease.holder == run_id else ()
        counts = self._record_all(run_id, claimed, entries, failures)
        self._requeue_missing(run_id, claimed, entries, failures)
        curation_lease.release(self.ledger, run_id)
        keep_run(
            self.ledger,
            self.clock,
            run_id=run_id,
            status="SUCCEEDED",
            documents=len(entries),
            counts=counts,
            reason=None,
        )
        self._count(counts, results.get("tables") or {})
        self._tell_unpublished(run_id, entries.values())
        log.info(
            "recorded a curation run", extra={"run_id": run_id, "documents": len(entries), "outcomes": dict(counts)}
        )
        failures.raise_news()
        return {
            "run_id": run_id,
            "documents": len(entries),
            **{outcome: counts[outcome] for outcome in DOCUMENT_OUTCOMES},
        }

    @property
    def _outcomes(self) -> DocumentOutcomes:
        return DocumentOutcomes(self.ledger, self.alarms, self.clock)

    def _record_all(
        self,
        run_id: str,
        claimed: Sequence[DocumentName],
        entries: Mapping[tuple[str, str], Entry],
        failures: Failures,
    ) -> Counter[str]:
        """Record the outcome of each document, but of those that stay in the queue; how many, by outcome."""
        staying = _staying(claimed, entries)
        counts: Counter[str] = Counter()
        for (account, report_id), entry in entries.items():
            if (account, report_id) in staying:
                continue
            with failures.apart(f"report {report_id} of {account}"):
                self._record(account, report_id, entry, run_id)
                counts[entry["outcome"]] += 1
        return counts

    def _record(self, account: str, report_id: str, entry: Entry, run_id: str) -> None:
        outcome = DocumentState(entry["outcome"])
        explained = ": ".join(str(entry[part]) for part in ("code", "message") if entry.get(part))[:1000]
        reason = explained if outcome in NOT_PUBLISHED else None

        def work() -> None:
            document = self.ledger.document(account, report_id)
            if document is None:
                log.error(
                    "a result for a document that the ledger does not know",
                    extra={"account": account, "report_id": report_id},
                )
                return
            self._outcomes.close(document, outcome, reason, run_id)

        retried(work)

    def _requeue_missing(
        self,
        run_id: str,
        claimed: Sequence[DocumentName],
        entries: Mapping[tuple[str, str], Entry],
        failures: Failures,
    ) -> None:
        for name in claimed:
            if (name.account, name.report_id) not in entries:
                reason = "the job gave no result for it"
                with failures.apart(f"report {name.report_id} of {name.account}"):
                    self._outcomes.requeue(name, reason, run_id, alone=len(claimed) == 1)

    def _count(self, counts: Counter[str], tables: Mapping[str, Any]) -> None:
        changed = sum(rows for rows in tables.values() if isinstance(rows, int))
        documents = {f"Documents{outcome.capitalize()}": counts[outcome] for outcome in DOCUMENT_OUTCOMES}
        self.metrics.record({"CurationRuns": 1, "RowsChanged": changed} | documents)

    def _tell_unpublished(self, run_id: str, entries: Iterable[Entry]) -> None:
        unpublished = [entry for entry in entries if entry["outcome"] in NOT_PUBLISHED]
        if not unpublished:
            return
        lines = [
            f"{entry['outcome']}: {entry.get('source')} of {entry['account']}, report {entry['report_id']}: "
            f"{entry.get('code')}: {entry.get('message')}"
            for entry in unpublished[:_LISTED_IN_ALARM]
        ]
        self.alarms.publish(f"{len(unpublished)} documents were not published", "\n".join([run_id, *lines]))


def _staying(claimed: Sequence[DocumentName], entries: Mapping[tuple[str, str], Entry]) -> set[tuple[str, str]]:
    """Documents that were passed over for a newer one of the same run which was not published then.

    They stay in the queue and get their turn.
    """
    published = {name for name, entry in entries.items() if entry["outcome"] not in NOT_PUBLISHED}
    unpublished = {(name.account, name.report_id) for name in claimed} - published
    return {
        (name.account, name.report_id)
        for name in claimed
        if name.superseded_by and (name.account, name.superseded_by) in unpublished
    }
