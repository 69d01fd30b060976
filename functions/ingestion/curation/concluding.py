"""Ending a curation run: results into the ledger, the lease released, people told."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.attempts.recording import retried
from ingestion.curation.closing import CurationEnd
from ingestion.ledger.items import DocumentName, DocumentState
from ingestion.ports import Alarms, Artifacts, Ledger, Metrics

_NOT_PUBLISHED = (DocumentState.REFUSED, DocumentState.QUARANTINED)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CurationFinish:
    """Records how runs ended."""

    ledger: Ledger
    artifacts: Artifacts
    alarms: Alarms
    metrics: Metrics
    end: CurationEnd

    def fail(self, run_id: str, error: str, cause: str) -> bool:
        """The run died; see CurationEnd."""
        failed = self.end.fail(run_id, error, cause)
        if failed:
            self.metrics.count({"CurationFailures": 1})
        return failed

    def finish(self, run_id: str, results_uri: str) -> dict[str, Any]:
        """Record the job's results.

        May be repeated; a run that lost the lease records too (its tables are written), but releases nothing.
        """
        results: dict[str, Any] = json.loads(self.artifacts.read(results_uri))
        lease = self.ledger.lease()
        outcomes = {(entry["account"], entry["report_id"]): entry for entry in results["documents"]}
        claimed = lease.documents if lease.holder == run_id else ()
        revived = _revived(claimed, outcomes)
        counts: Counter[str] = Counter()
        for (account, report_id), entry in outcomes.items():
            if (account, report_id) in revived:
                continue
            self._record(account, report_id, entry, run_id)
            counts[entry["outcome"]] += 1
        missing = [name for name in claimed if (name.account, name.report_id) not in outcomes]
        for name in missing:
            self.end.defer(name, "the job gave no result for it", run_id, alone=len(claimed) == 1)
        self.end.release(run_id)
        self.end.note(run_id, "SUCCEEDED", len(outcomes), counts, None)
        tables: Mapping[str, Any] = results.get("tables") or {}
        changed = sum(rows for rows in tables.values() if isinstance(rows, int))
        self.metrics.count(
            {"CurationRuns": 1, "RowsChanged": changed}
            | {f"Documents{outcome.capitalize()}": counts[outcome] for outcome in DOCUMENT_OUTCOMES}
        )
        self._tell_unpublished(run_id, outcomes.values())
        log.info(
            "recorded a curation run", extra={"run_id": run_id, "documents": len(outcomes), "outcomes": dict(counts)}
        )
        return {
            "run_id": run_id,
            "documents": len(outcomes),
            **{outcome: counts[outcome] for outcome in DOCUMENT_OUTCOMES},
        }

    def _record(self, account: str, report_id: str, entry: Mapping[str, Any], run_id: str) -> None:
        outcome = DocumentState(entry["outcome"])
        told = ": ".join(str(entry[part]) for part in ("code", "message") if entry.get(part))[:1000]
        reason = told if outcome in _NOT_PUBLISHED else None

        def work() -> None:
            document = self.ledger.document(account, report_id)
            if document is None:
                log.error(
                    "a result for a document that the ledger does not know",
                    extra={"account": account, "report_id": report_id},
                )
                return
            self.end.close(document, outcome, reason, run_id)

        retried(work)

    def _tell_unpublished(self, run_id: str, entries: Sequence[Mapping[str, Any]] | Any) -> None:
        unpublished = [entry for entry in entries if entry["outcome"] in _NOT_PUBLISHED]
        if not unpublished:
            return
        lines = [
            f"{e['outcome']}: {e.get('source')} of {e['account']}, report {e['report_id']}: {e.get('code')}: {e.get('message')}"
            for e in unpublished[:20]
        ]
        self.alarms.publish(f"{len(unpublished)} documents were not published", "\n".join([run_id, *lines]))


DOCUMENT_OUTCOMES = ("curated", "superseded", "refused", "quarantined")


def _revived(
    claimed: Sequence[DocumentName], outcomes: Mapping[tuple[str, str], Mapping[str, Any]]
) -> set[tuple[str, str]]:
    """Documents that were passed over for a newer one of the same run which was not published then: they stay in the
    queue and get their turn.
    """
    unpublished = {(name.account, name.report_id) for name in claimed} - {
        name for name, entry in outcomes.items() if entry["outcome"] not in _NOT_PUBLISHED
    }
    return {
        (name.account, name.report_id)
        for name in claimed
        if name.superseded_by and (name.account, name.superseded_by) in unpublished
    }
