"""Collecting the outcome of a report: its document, that there is none, or why it was refused."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace

from ingestion.attempts.classification import Refusal, classify
from ingestion.attempts.document_turn import wait_for_turn
from ingestion.attempts.explaining import read_explanation
from ingestion.attempts.outcomes import after_deferral, after_document, after_no_data, after_refusal
from ingestion.attempts.recording import Recording, the_attempt
from ingestion.documents.compression import Packer, content_of
from ingestion.documents.object_keys import RawKey
from ingestion.documents.port import RawStore
from ingestion.documents.record import StoredObject, charset_of, document_record, raw_key
from ingestion.errors import (
    DocumentDamaged,
    DocumentUrlExpired,
    QuotaExhausted,
    ReportNotCreated,
    SellingPartnerUnavailable,
    Throttled,
)
from ingestion.identity import AttemptKey
from ingestion.instants import Clock
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.item import Item
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow, NewestDocument, WindowState
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api.port import Reports, ReportsFor
from ingestion.reports_api.values import Report, ReportDocument

_TRIES = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """What fetch_document answers its state machine."""

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

    def fetch(self, key: AttemptKey) -> Fetched:
        """Collect and record the outcome of an attempt. May be called again after any failure."""
        attempt = the_attempt(self.ledger, key)
        if attempt.outcome is not None:
            return self._repeated(attempt, attempt.outcome)
        if attempt.report_id is None:
            raise ReportNotCreated(f"{key} has no report to fetch")
        reports = self.reports_for(attempt.account, attempt.region)
        with self.allowances.call("getReport", attempt.account):
            report = reports.get(attempt.report_id)
        if report.processing_status == "DONE" and report.report_document_id:
            return self._collect(reports, attempt, report, report.report_document_id)
        if report.processing_status in ("CANCELLED", "DONE"):
            return self._no_data(attempt, report)
        if report.processing_status == "FATAL":
            return self._explain(reports, attempt, report)
        raise SellingPartnerUnavailable(f"report {report.report_id} is still {report.processing_status}")

    @property
    def _recording(self) -> Recording:
        return Recording(self.ledger, self.clock)

    def _repeated(self, attempt: Attempt, outcome: Outcome) -> Fetched:
        """The answer of an earlier call, which did not arrive. A stored document may still lack its sidecar."""
        if outcome is Outcome.STORED and attempt.report_id:
            document = self.ledger.document(attempt.account, attempt.report_id)
            if document is not None:
                self.raw_store.put_sidecar(raw_key(attempt, attempt.report_id).sidecar, document.record.encode())
        return Fetched(outcome, attempt.reason)

    def _no_data(self, attempt: Attempt, report: Report) -> Fetched:
        reason = (
            "Amazon cancelled the report: no data, or requested too often"
            if report.processing_status == "CANCELLED"
            else "the report has no document"
        )
        self._recording.conclude(
            attempt,
            Outcome.NO_DATA,
            reason,
            lambda window: after_no_data(window, attempt, reason, self.clock()),
        )
        return Fetched(Outcome.NO_DATA, reason)

    def _explain(self, reports: Reports, attempt: Attempt, report: Report) -> Fetched:
        """FATAL: the document that may come with it says why."""
        text = ""
        if (document_id := report.report_document_id) is not None:
            text = read_explanation(reports, lambda: self._document(reports, attempt, document_id))
        refusal = classify(text) if text else Refusal.UNEXPLAINED
        reason = f"{refusal.value}: {text or 'the report ended FATAL without an explanation'}"
        log.warning(
            "Amazon ended a report FATAL",
            extra={"request": attempt.key.request, "report_id": report.report_id, "reason": reason},
        )
        if refusal in (Refusal.BAD_QUESTION, Refusal.NOT_ENTITLED):
            return self._refused(attempt, refusal, reason)
        return self._deferred(attempt, refusal, reason)

    def _refused(self, attempt: Attempt, refusal: Refusal, reason: str) -> Fetched:
        outcome = Outcome.REFUSED if refusal is Refusal.BAD_QUESTION else Outcome.NOT_ENTITLED
        self._recording.conclude(
            attempt, outcome, reason, lambda window: after_refusal(window, outcome, reason, self.clock())
        )
        return Fetched(outcome, reason)

    def _deferred(self, attempt: Attempt, refusal: Refusal, reason: str) -> Fetched:
        window = self._recording.conclude(
            attempt,
            Outcome.RETRY_LATER,
            reason,
            lambda window: after_deferral(window, attempt, refusal, reason, self.clock()),
        )
        if window.state is WindowState.LOST:  # given up: the execution ends as refused, so that an alarm is sent
            return Fetched(Outcome.REFUSED, window.reason)
        return Fetched(Outcome.RETRY_LATER, reason)

    def _document(self, reports: Reports, attempt: Attempt, report_document_id: str) -> ReportDocument:
        bucket = self.allowances.operation("getReportDocument", attempt.account)
        wait_for_turn(self.ledger, self.allowances.quotas, bucket, attempt.key, self.clock)
        try:
            return reports.document(report_document_id, restricted=attempt.terms.restricted)
        except Throttled as error:
            raise QuotaExhausted(self.allowances.quotas.exhaust([bucket], self.clock())) from error

    def _collect(self, reports: Reports, attempt: Attempt, report: Report, report_document_id: str) -> Fetched:
        """Download and store. After an expired URL or damaged bytes it is downloaded again, a few times."""
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
            return self._stored(attempt, report, document, stored, sidecar=key.sidecar)
        if isinstance(problem, DocumentDamaged):
            raise problem
        raise SellingPartnerUnavailable("the document's URL expires before it can be read")

    def _transfer(
        self, reports: Reports, attempt: Attempt, document: ReportDocument, key: RawKey
    ) -> StoredObject | None:
        """Stream the document into the raw store.

        None, and nothing stored, when the newest document of its window has the same content.
        """
        window = self.ledger.window(attempt.window_key)
        newest = window.newest if window is not None else None
        upload, packer, kept = self.raw_store.upload(key.document), Packer(), False
        try:
            with reports.download(document) as download:
                for piece in packer.pack(content_of(download.chunks)):
                    upload.write(piece)
                content_type = download.content_type
            if newest is not None and newest.content_sha256 == packer.content_sha256:
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
        self, attempt: Attempt, report: Report, document: ReportDocument, stored: StoredObject, *, sidecar: str
    ) -> Fetched:
        """Write the ledger first, because the document can be found from there, and the sidecar last."""
        record = json.dumps(document_record(attempt, report, document, stored, self.clock()), indent=1)
        newest = NewestDocument(
            report_id=report.report_id,
            report_time=report.report_time,
            content_sha256=stored.content_sha256,
            stored_as=report.report_id,
        )

        def documents() -> tuple[Item, ...]:
            known = self.ledger.document(attempt.account, report.report_id)
            return (
                LedgerDocument(
                    lock=known.lock if known else 0,
                    account=attempt.account,
                    report_id=report.report_id,
                    window_key=attempt.window_key,
                    report_time=report.report_time,
                    record=record,
                    waits_from=self.clock(),
                ),
            )

        self._recording.conclude(
            attempt,
            Outcome.STORED,
            None,
            lambda window: after_document(window, attempt, newest, Outcome.STORED, self.clock()),
            also=documents,
        )
        self.raw_store.put_sidecar(sidecar, record.encode())
        log.info(
            "stored a document",
            extra={
                "request": attempt.key.request,
                "report_id": report.report_id,
                "content_bytes": stored.content_bytes,
            },
        )
        return Fetched(Outcome.STORED, None)

    def _unchanged(self, attempt: Attempt, report: Report) -> Fetched:
        reason = "the same content as the newest document of the window"

        def decide(window: LedgerWindow) -> LedgerWindow:
            if window.newest is None:
                raise SellingPartnerUnavailable("the window's newest document has disappeared")
            moved = replace(window.newest, report_id=report.report_id, report_time=report.report_time)
            return after_document(window, attempt, moved, Outcome.UNCHANGED, self.clock())

        self._recording.conclude(attempt, Outcome.UNCHANGED, reason, decide)
        return Fetched(Outcome.UNCHANGED, reason)
