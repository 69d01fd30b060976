"""Collecting what Amazon has to say about a report: its document, that there is none, or why it was refused."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from email.message import Message

from ingestion.attempts.classification import Refusal, classify, explanation
from ingestion.attempts.outcomes import after_deferral, after_document, after_no_data, after_refusal
from ingestion.attempts.recording import conclude, retried, the_attempt
from ingestion.documents.object_keys import RawKey
from ingestion.documents.record import document_record, raw_key
from ingestion.documents.streams import Packer, content_of
from ingestion.errors import (
    DocumentDamaged,
    DocumentUrlExpired,
    QuotaExhausted,
    SellingPartnerUnavailable,
    Throttled,
    UnknownRequest,
)
from ingestion.instants import Clock
from ingestion.ledger.items import Attempt, Item, LedgerDocument, LedgerWindow, NewestDocument, Outcome, WindowState
from ingestion.ports import Ledger, RawStore, Reports, ReportsFor, StoredObject
from ingestion.quotas.allowances import Allowances
from ingestion.quotas.buckets import Bucket
from ingestion.reports_api import Report, ReportDocument

_TRIES = 3
_EXPLANATION_BYTES = 65_536
_LONGEST_QUEUE_SECONDS = 6 * 3600.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """What fetch_document tells its state machine."""

    outcome: Outcome
    reason: str | None


@dataclass(frozen=True)
class Fetching:
    """Collects outcomes."""

    ledger: Ledger
    reports_for: ReportsFor
    allowances: Allowances
    raw_store: RawStore
    clock: Clock

    def fetch(self, request: str, revision: int, attempt: int) -> Fetched:
        """Collect and record the outcome of an attempt. May be called again after any failure."""
        current = the_attempt(self.ledger, request, revision, attempt)
        if current.closed:
            return self._again(current)
        if current.report_id is None:
            raise UnknownRequest(f"attempt {attempt} of revision {revision} of {request} has no report to fetch")
        reports = self.reports_for(current.account, current.region)
        with self.allowances.call("getReport", current.account):
            report = reports.get(current.report_id)
        if report.processing_status == "DONE" and report.report_document_id:
            return self._collect(reports, current, report, report.report_document_id)
        if report.processing_status in ("CANCELLED", "DONE"):
            return self._no_data(current, report)
        if report.processing_status == "FATAL":
            return self._explain(reports, current, report)
        raise SellingPartnerUnavailable(f"report {report.report_id} is still {report.processing_status}")

    def _again(self, attempt: Attempt) -> Fetched:
        """The answer that was lost on the way. A stored document may lack its sidecar still."""
        if attempt.outcome is None:
            raise UnknownRequest(f"{attempt.request} is not closed")
        if attempt.outcome is Outcome.STORED and attempt.report_id:
            document = self.ledger.document(attempt.account, attempt.report_id)
            if document is not None:
                self.raw_store.put_sidecar(raw_key(attempt, attempt.report_id).sidecar, document.record.encode())
        return Fetched(attempt.outcome, attempt.reason)

    def _no_data(self, attempt: Attempt, report: Report) -> Fetched:
        reason = (
            "Amazon cancelled the report: no data, or asked too often"
            if report.processing_status == "CANCELLED"
            else "the report has no document"
        )
        conclude(
            self.ledger,
            attempt,
            Outcome.NO_DATA,
            reason,
            self.clock,
            lambda window: after_no_data(window, attempt, reason, self.clock()),
        )
        return Fetched(Outcome.NO_DATA, reason)

    def _explain(self, reports: Reports, attempt: Attempt, report: Report) -> Fetched:
        """FATAL: the document that may come with it says why."""
        text = self._explanation(reports, attempt, report.report_document_id)
        refusal = classify(text) if text else Refusal.UNEXPLAINED
        reason = f"{refusal.value}: {text or 'the report ended FATAL without an explanation'}"
        log.warning(
            "Amazon ended a report FATAL",
            extra={"request": attempt.request, "report_id": report.report_id, "reason": reason},
        )
        if refusal in (Refusal.BAD_QUESTION, Refusal.NOT_ENTITLED):
            outcome = Outcome.REFUSED if refusal is Refusal.BAD_QUESTION else Outcome.NOT_ENTITLED
            conclude(
                self.ledger,
                attempt,
                outcome,
                reason,
                self.clock,
                lambda window: after_refusal(window, outcome, reason, self.clock()),
            )
            return Fetched(outcome, reason)
        window = conclude(
            self.ledger,
            attempt,
            Outcome.RETRY_LATER,
            reason,
            self.clock,
            lambda window: after_deferral(window, attempt, refusal, reason, self.clock()),
        )
        if window.state is WindowState.LOST:  # given up: the execution ends as refused, so that somebody is told
            return Fetched(Outcome.REFUSED, window.reason)
        return Fetched(Outcome.RETRY_LATER, reason)

    def _explanation(self, reports: Reports, attempt: Attempt, report_document_id: str | None) -> str:
        if report_document_id is None:
            return ""
        for _ in range(_TRIES):
            document = self._document(reports, attempt, report_document_id)
            try:
                with reports.download(document) as download:
                    content = bytearray()
                    for piece in content_of(download.chunks):
                        content += piece
                        if len(content) > _EXPLANATION_BYTES:
                            break
                return explanation(bytes(content[:_EXPLANATION_BYTES]))
            except DocumentUrlExpired:
                continue
            except DocumentDamaged as error:
                return f"the explanation cannot be read: {error}"
        return "the explanation cannot be downloaded: its URL keeps expiring"

    def _document(self, reports: Reports, attempt: Attempt, report_document_id: str) -> ReportDocument:
        bucket = self.allowances.operation("getReportDocument", attempt.account)
        self._take_turn(attempt, bucket)
        try:
            return reports.document(report_document_id, restricted=attempt.restricted)
        except Throttled as error:
            raise QuotaExhausted(self.allowances.quotas.exhaust([bucket], self.clock())) from error

    def _take_turn(self, attempt: Attempt, bucket: Bucket) -> None:
        """Wait in a queue: the call is reserved for its time, and the attempt comes back then.

        One document a minute and account: were everybody told when the *next* call is free, a hundred documents would
        wake a hundred times.
        """

        def work() -> None:
            current, now = the_attempt(self.ledger, attempt.request, attempt.revision, attempt.attempt), self.clock()
            if current.document_at is None:
                turn = self.allowances.quotas.reserve([bucket], now, _LONGEST_QUEUE_SECONDS)
                if turn <= now:
                    return
                self.ledger.save(replace(current, document_at=turn))
                raise QuotaExhausted(turn)
            if current.document_at > now:
                raise QuotaExhausted(current.document_at)
            self.ledger.save(replace(current, document_at=None))

        retried(work)

    def _collect(self, reports: Reports, attempt: Attempt, report: Report, report_document_id: str) -> Fetched:
        """Download and store. A dead URL or damaged bytes are asked for again, a bounded number of times."""
        key = raw_key(attempt, report.report_id)
        problem: Exception | None = None
        for _ in range(_TRIES):
            document = self._document(reports, attempt, report_document_id)
            try:
                stored = self._transfer(reports, attempt, document, key)
            except (DocumentUrlExpired, DocumentDamaged) as error:
                problem = error
                continue
            if stored is None:
                return self._unchanged(attempt, report)
            return self._stored(attempt, report, document, stored, key)
        if isinstance(problem, DocumentDamaged):
            raise problem
        raise SellingPartnerUnavailable("the document's URL expires before it can be read")

    def _transfer(
        self, reports: Reports, attempt: Attempt, document: ReportDocument, key: RawKey
    ) -> StoredObject | None:
        """Stream the document into the raw store; None (and nothing stored) when the newest of its window has the same
        content.
        """
        window = self.ledger.window(attempt.key)
        upload, packer, kept = self.raw_store.upload(key.document), Packer(), False
        try:
            with reports.download(document) as download:
                for piece in packer.pack(content_of(download.chunks)):
                    upload.write(piece)
                content_type = download.content_type
            if (
                window is not None
                and window.newest is not None
                and window.newest.content_sha256 == packer.content_sha256
            ):
                return None
            upload.complete()
            kept = True
        finally:
            if not kept:
                upload.abort()
        return StoredObject(
            self.raw_store.bucket,
            key.document,
            packer.stored_bytes,
            packer.content_bytes,
            packer.content_sha256,
            content_type,
            charset_of(content_type),
        )

    def _stored(
        self, attempt: Attempt, report: Report, document: ReportDocument, stored: StoredObject, key: RawKey
    ) -> Fetched:
        """Ledger first (the document can be found from there), the sidecar last."""
        record = json.dumps(document_record(attempt, report, document, stored, self.clock()), indent=1)
        newest = NewestDocument(
            report_id=report.report_id,
            report_time=report.report_time,
            content_sha256=stored.content_sha256,
            stored_as=report.report_id,
        )

        def documents(_: LedgerWindow) -> tuple[Item, ...]:
            known = self.ledger.document(attempt.account, report.report_id)
            return (
                LedgerDocument(
                    lock=known.lock if known else 0,
                    account=attempt.account,
                    report_id=report.report_id,
                    key=attempt.key,
                    report_time=report.report_time,
                    record=record,
                    waits_from=self.clock(),
                ),
            )

        conclude(
            self.ledger,
            attempt,
            Outcome.STORED,
            None,
            self.clock,
            lambda window: after_document(window, attempt, newest, Outcome.STORED, self.clock()),
            documents,
        )
        self.raw_store.put_sidecar(key.sidecar, record.encode())
        log.info(
            "stored a document",
            extra={"request": attempt.request, "report_id": report.report_id, "content_bytes": stored.content_bytes},
        )
        return Fetched(Outcome.STORED, None)

    def _unchanged(self, attempt: Attempt, report: Report) -> Fetched:
        reason = "the same content as the newest document of the window"

        def decide(window: LedgerWindow) -> LedgerWindow:
            newest = window.newest
            if newest is None:
                raise SellingPartnerUnavailable("the window's newest document went away")
            moved = NewestDocument(
                report_id=report.report_id,
                report_time=report.report_time,
                content_sha256=newest.content_sha256,
                stored_as=newest.stored_as,
                state=newest.state,
            )
            return after_document(window, attempt, moved, Outcome.UNCHANGED, self.clock())

        conclude(self.ledger, attempt, Outcome.UNCHANGED, reason, self.clock, decide)
        return Fetched(Outcome.UNCHANGED, reason)


def charset_of(content_type: str | None) -> str | None:
    """The charset that a Content-Type header names, as it is written there."""
    if content_type is None:
        return None
    header = Message()
    header["content-type"] = content_type
    charset = header.get_param("charset")
    return charset if isinstance(charset, str) and charset else None
