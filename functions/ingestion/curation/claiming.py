"""Claiming waiting documents under the lease and starting a curation run for them."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from ingestion.curation.batching import Batching
from ingestion.curation.lease import LEASE_TIME
from ingestion.curation.port import Artifacts
from ingestion.curation.retries import batch_size
from ingestion.documents.record import DocumentRecord
from ingestion.errors import LedgerConflict
from ingestion.failures import Failures
from ingestion.identity import execution_arn, run_id
from ingestion.instants import Clock
from ingestion.ledger.curation import DocumentName, Lease
from ingestion.ledger.documents import DocumentState, LedgerDocument
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow
from ingestion.state_machines import StateMachines

_RESUME_AFTER = timedelta(minutes=2)
_LISTED = 400
_COUNTED = 100
_SPEAKING = (DocumentState.CURATED, DocumentState.SUPERSEDED)
log = logging.getLogger(__name__)


def documents_wait(ledger: Ledger, now: datetime) -> bool:
    """Whether stored documents wait and no run curates them.

    A run that took the lease and never started counts: it is resumed.
    """
    lease = ledger.lease()
    if lease.holder is not None:
        return not lease.started
    return bool(ledger.waiting_documents(now, 1))


def waiting_figures(ledger: Ledger, now: datetime) -> dict[str, int]:
    """How many documents wait for curation (at most a hundred are counted), and for how long the first has waited."""
    waiting = ledger.waiting_documents(now, _COUNTED)
    since = [document.waits_from for document in waiting if document.waits_from is not None]
    longest = now - min(since) if since else timedelta(0)
    return {"documents_waiting": len(waiting), "oldest_document_seconds": int(longest.total_seconds())}


@dataclass(frozen=True)
class Claiming:
    """Starts curation runs."""

    ledger: Ledger
    artifacts: Artifacts
    state_machines: StateMachines
    state_machine_arn: str
    batching: Batching
    clock: Clock

    def start(self, *, at_once: bool = False) -> str | None:
        """Start a run for what waits; its id.

        None when nothing waits, when what waits is not worth a run yet (unless `at_once`), or when a run is in
        progress: when that ends, it starts the next. A document that cannot be read stays out of the run; RoundFailed
        names it, once the run has started.
        """
        failures = Failures("start_curation", self.ledger, self.clock)
        lease = self.ledger.lease()
        if lease.holder is not None:
            return self._resume(lease)
        documents = self._claim(failures, at_once=at_once)
        run = self._take(lease, documents) if documents else None
        failures.raise_news()
        return run

    def _take(self, lease: Lease, documents: tuple[DocumentName, ...]) -> str | None:
        """Take the lease for these documents and start their run."""
        fence = lease.fence + 1
        run = run_id(fence, [f"{document.account}/{document.report_id}" for document in documents])
        now = self.clock()
        taken = Lease(
            lock=lease.lock,
            fence=fence,
            holder=run,
            documents=documents,
            execution_arn=execution_arn(self.state_machine_arn, run),
            taken_at=now,
            held_until=now + LEASE_TIME,
        )
        try:
            self.ledger.save(taken)
        except LedgerConflict:
            log.info("another run has taken the lease")
            return None
        return self._run(replace(taken, lock=taken.lock + 1))

    def _resume(self, lease: Lease) -> str | None:
        """Start a run that took the lease but was interrupted before its execution started.

        All that follows can be repeated.
        """
        if lease.started or lease.taken_at is None or self.clock() - lease.taken_at < _RESUME_AFTER:
            log.info("a curation run is in progress; the documents wait", extra={"run_id": lease.holder})
            return None
        log.warning("resuming a curation run that did not start", extra={"run_id": lease.holder})
        return self._run(lease)

    def _claim(self, failures: Failures, *, at_once: bool) -> tuple[DocumentName, ...]:
        """The documents for one run: those that wait longest, of equally many failed runs, ordered by report time."""
        now = self.clock()
        listed = self.ledger.waiting_documents(now, _LISTED)
        if not at_once and not self.batching.is_due(listed, now):
            log.info("the documents that wait are not worth a run yet", extra={"documents": len(listed)})
            return ()
        waiting = []
        for document in listed:
            with failures.apart(f"report {document.report_id} of {document.account}"):
                # The list may lag behind the ledger: each document is read again.
                current = self.ledger.document(document.account, document.report_id)
                if current is not None and current.waits_from is not None:
                    _record_of(current)
                    waiting.append(current)
        if not waiting:
            return ()
        failed_runs = min(document.failed_runs for document in waiting)
        chosen = [document for document in waiting if document.failed_runs == failed_runs][: batch_size(failed_runs)]
        claimed = frozenset((document.account, document.report_id) for document in chosen)
        named = []
        for document in sorted(chosen, key=lambda document: (document.report_time, document.report_id)):
            with failures.apart(f"report {document.report_id} of {document.account}"):
                named.append(self._named(document, claimed))
        return tuple(named)

    def _named(self, document: LedgerDocument, claimed: frozenset[tuple[str, str]]) -> DocumentName:
        window = self.ledger.window(document.window_key)
        newer = superseded_by(window, document, claimed) if window else None
        return DocumentName(account=document.account, report_id=document.report_id, superseded_by=newer)

    def _run(self, lease: Lease) -> str | None:
        run = lease.holder
        if run is None:
            return None
        manifest = self.artifacts.put_manifest(
            run, json.dumps({"run_id": run, "documents": [self._entry(name) for name in lease.documents]}).encode()
        )
        self.state_machines.start(
            self.state_machine_arn,
            run,
            {"run_id": run, "manifest": manifest, "results": self.artifacts.results_uri(run)},
        )
        try:
            self.ledger.save(replace(lease, started=True))
        except LedgerConflict:  # the run has ended already
            log.info("the run ended before its start was recorded", extra={"run_id": run})
        log.info("started a curation run", extra={"run_id": run, "documents": len(lease.documents)})
        return run

    def _entry(self, name: DocumentName) -> DocumentRecord:
        document = self.ledger.document(name.account, name.report_id)
        if document is None:
            raise LookupError(f"the ledger lost the document {name.account}/{name.report_id}")
        return _record_of(document) | {"superseded_by": name.superseded_by}


def _record_of(document: LedgerDocument) -> DocumentRecord:
    record: Any = json.loads(document.record)
    if not isinstance(record, dict):
        raise TypeError("its record is no JSON object")
    return cast("DocumentRecord", record)


def superseded_by(window: LedgerWindow, document: LedgerDocument, claimed: frozenset[tuple[str, str]]) -> str | None:
    """The newer report whose document replaces this one: it was curated, or the same run (`claimed`) is to curate it.

    One that waits for a later run may turn out to be unreadable there, so it supersedes nothing yet: the older document
    is published, and the newer replaces it.
    """
    newest = window.newest
    if (
        newest is None
        or newest.stored_as == document.report_id
        or newest.order <= (document.report_time, document.report_id)
    ):
        return None
    speaks = newest.state in _SPEAKING or (document.account, newest.stored_as) in claimed
    return newest.stored_as if speaks else None
