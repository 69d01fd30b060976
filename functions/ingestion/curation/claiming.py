"""Starting a curation run: known documents are claimed under the lease, listed in a manifest, and an execution is
started for them.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ingestion.attempts.recording import retried
from ingestion.documents.object_keys import RawKey
from ingestion.documents.record import DocumentRecord, parse_record, window_key_of
from ingestion.errors import LedgerConflict
from ingestion.identity import execution_arn, run_id
from ingestion.instants import Clock, parse_instant
from ingestion.ledger.items import (
    DocumentName,
    DocumentState,
    Item,
    Lease,
    LedgerDocument,
    LedgerWindow,
    NewestDocument,
    WindowState,
)
from ingestion.ports import Artifacts, Ledger, RawStore, StateMachines

BATCH = 200
_LEASE_TIME = timedelta(hours=6)
_RESUME_AFTER = timedelta(minutes=2)
_LOOKED_AT = 400
_SPEAKING = (DocumentState.CURATED, DocumentState.SUPERSEDED)
log = logging.getLogger(__name__)


def batch_size(failed_runs: int) -> int:
    """Documents whose run died are curated in ever smaller company, until the one that kills it is alone."""
    size: int = BATCH // 8**failed_runs
    return max(1, size)


@dataclass(frozen=True)
class CurationStart:
    """Takes in stored documents and starts runs."""

    ledger: Ledger
    raw_store: RawStore
    artifacts: Artifacts
    state_machines: StateMachines
    state_machine_arn: str
    clock: Clock

    def notice(self, sidecar_key: str) -> str:
        """A sidecar appeared. `known` (its document is queued or curated), or `adopted`: the ledger did not know it.
        ValueError if it is no record.

        The ledger does not know documents that were restored from a backup, or whose attempt had been given up when
        they came. They are taken in rather than rejected: only fetch_document writes to the raw bucket, and a document
        that is kept but never curated would be a hole that nobody sees.
        """
        place = RawKey.parse(sidecar_key)
        if self.ledger.document(place.account, place.report_id) is not None:
            return "known"
        record = parse_record(self.raw_store.sidecar(sidecar_key), sidecar_key)
        retried(lambda: self._adopt(record))
        log.warning(
            "adopted a document that the ledger did not know",
            extra={"account": place.account, "report_id": place.report_id, "window": place.window},
        )
        return "adopted"

    def replay(self, key: str) -> None:
        """Curate a document again, whatever became of it before. `key` is that of its sidecar, or its own."""
        place = RawKey.parse(key)
        if self.notice(place.sidecar) == "adopted":
            return

        def work() -> None:
            document = self.ledger.document(place.account, place.report_id)
            if document is None:
                return
            self.ledger.save(
                replace(
                    document,
                    state=DocumentState.STORED,
                    failed_runs=0,
                    failed_alone=0,
                    failed_alone_at=None,
                    waits_from=self.clock(),
                )
            )

        retried(work)

    def _adopt(self, record: DocumentRecord) -> None:
        """Enter a document, its window if need be, and its place in the queue."""
        key, at = window_key_of(record), parse_instant(record["report_time"])
        newest = NewestDocument(
            report_id=record["report_id"],
            report_time=at,
            content_sha256=record["content_sha256"],
            stored_as=record["report_id"],
        )
        items: list[Item] = [
            LedgerDocument(
                account=record["account"],
                report_id=record["report_id"],
                key=key,
                report_time=at,
                record=json.dumps(record, indent=1),
                waits_from=self.clock(),
            ),
        ]
        window = self.ledger.window(key)
        if window is None:
            starts_at, ends_at = _instants(record)
            items.append(
                LedgerWindow(
                    key=key,
                    marketplace_id=record.get("marketplace_id"),
                    window_start=record["window_start"],
                    window_end=record["window_end"],
                    starts_at=starts_at,
                    ends_at=ends_at,
                    state=WindowState.STORED,
                    request=record["request"],
                    revision=int(record.get("revision") or 1) + 1,
                    newest=newest,
                    updated_at=self.clock(),
                )
            )
        elif window.newest is None or newest.order > window.newest.order:
            state = window.state if window.state is WindowState.CURATED else WindowState.STORED
            items.append(replace(window, newest=newest, state=state, reason=None, updated_at=self.clock()))
        self.ledger.save(*items)

    def start(self) -> str | None:
        """Start a run for what waits; its id. None when nothing waits, or when a run is under way: that one looks for
        more when it ends.
        """
        lease = self.ledger.lease()
        if lease.holder is not None:
            return self._resume(lease)
        documents = self._claim()
        if not documents:
            return None
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
            held_until=now + _LEASE_TIME,
        )
        try:
            self.ledger.save(taken)
        except LedgerConflict:
            log.info("another run has taken the lease")
            return None
        return self._run(replace(taken, lock=taken.lock + 1))

    def _resume(self, lease: Lease) -> str | None:
        """A run that took the lease but was interrupted before its execution started.

        All that follows can be repeated.
        """
        if lease.started or lease.taken_at is None or self.clock() - lease.taken_at < _RESUME_AFTER:
            log.info("a curation run is under way; the documents wait", extra={"run_id": lease.holder})
            return None
        log.warning("resuming a curation run that did not start", extra={"run_id": lease.holder})
        return self._run(lease)

    def _claim(self) -> tuple[DocumentName, ...]:
        """The documents for one run: those that wait longest, of equally many failed runs, in the order of their
        reports.
        """
        listed = self.ledger.waiting_documents(self.clock(), _LOOKED_AT)
        # The list may lag behind the ledger: each document is read again.
        current = [self.ledger.document(document.account, document.report_id) for document in listed]
        waiting = [document for document in current if document is not None and document.waits_from is not None]
        if not waiting:
            return ()
        failed_runs = min(document.failed_runs for document in waiting)
        chosen = [document for document in waiting if document.failed_runs == failed_runs][: batch_size(failed_runs)]
        claimed = frozenset((document.account, document.report_id) for document in chosen)
        return tuple(
            self._named(document, claimed)
            for document in sorted(chosen, key=lambda document: (document.report_time, document.report_id))
        )

    def _named(self, document: LedgerDocument, claimed: frozenset[tuple[str, str]]) -> DocumentName:
        window = self.ledger.window(document.key)
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
            log.info("the run was faster than its own start", extra={"run_id": run})
        log.info("started a curation run", extra={"run_id": run, "documents": len(lease.documents)})
        return run

    def _entry(self, name: DocumentName) -> DocumentRecord:
        document = self.ledger.document(name.account, name.report_id)
        if document is None:
            raise LookupError(f"the ledger lost the document {name.account}/{name.report_id}")
        record: DocumentRecord = json.loads(document.record)
        return record | {"superseded_by": name.superseded_by}


def superseded_by(window: LedgerWindow, document: LedgerDocument, claimed: frozenset[tuple[str, str]]) -> str | None:
    """The newer report whose document speaks for the window: one that was curated, or that the same run (`claimed`) is
    to curate.

    One that waits for a later run may turn out to be unreadable there, so it silences nobody yet: the older document is
    published, and the newer replaces it.
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


def _instants(record: DocumentRecord) -> tuple[datetime, datetime]:
    """A window's instants as well as a record tells them; local dates are taken as UTC days, which is near enough for a
    window that is not planned any more.
    """
    start, end = record["window_start"], record["window_end"]
    if "T" in start:
        return parse_instant(start), parse_instant(end)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return datetime.combine(first, time.min, UTC), datetime.combine(last + timedelta(days=1), time.min, UTC)
