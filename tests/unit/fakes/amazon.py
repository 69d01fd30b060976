"""Amazon in memory: the Reports API, and the notifications that it sends."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from ingestion.errors import DocumentUrlExpired
from ingestion.reports_api.values import Download, Question, Report, ReportDocument, ReportPage

from tests.unit.fakes.clock import FakeClock


class FakeAmazon:
    """The Reports API.

    `faults[operation]` are raised before the call has an effect, `lost_answers` after createReport has had one.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.reports: dict[str, Report] = {}
        self.documents: dict[str, bytes] = {}
        self.questions: list[Question] = []
        self.calls: list[str] = []
        self.listed_since: list[datetime] = []
        self.faults: dict[str, list[Exception]] = {}
        self.lost_answers: list[Exception] = []
        self.dead_urls = 0

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)

    def create(self, question: Question) -> str:
        self._called("createReport")
        self.questions.append(question)
        report_id = str(50_000 + len(self.reports))
        self.reports[report_id] = Report(
            report_id,
            question.report_type,
            "IN_QUEUE",
            self.clock().replace(microsecond=0),
            question.marketplace_ids,
            _instant(question.data_start_time),
            _instant(question.data_end_time),
        )
        if self.lost_answers:
            raise self.lost_answers.pop(0)
        return report_id

    def finish(
        self, report_id: str, status: str = "DONE", content: bytes | None = None, *, wire: bytes | None = None
    ) -> None:
        document = f"doc-{report_id}" if content is not None or wire is not None else None
        if document:
            self.documents[document] = wire if wire is not None else gzip.compress(content or b"")
        self.reports[report_id] = replace(
            self.reports[report_id],
            processing_status=status,
            report_document_id=document,
            processing_start_time=self.clock().replace(microsecond=0),
        )

    def get(self, report_id: str) -> Report:
        self._called("getReport")
        return self.reports[report_id]

    def list(self, report_type: str, marketplace_ids: Sequence[str], created_since: datetime) -> Iterator[ReportPage]:
        """Pages of three, newest first, as the Reports API lists them."""
        self.listed_since.append(created_since)
        listed = [r for r in self.reports.values() if r.report_type == report_type and r.created_time >= created_since]
        listed.sort(key=lambda report: report.created_time, reverse=True)
        for begin in range(0, max(len(listed), 1), 3):
            self._called("getReports")
            yield ReportPage(tuple(listed[begin : begin + 3]), last=begin + 3 >= len(listed))

    def document(self, report_document_id: str, *, restricted: bool) -> ReportDocument:
        self._called("getReportDocument")
        return ReportDocument(
            report_document_id, f"https://documents.example/{report_document_id}?X-Amz-Signature=canary"
        )

    @contextmanager
    def download(self, document: ReportDocument) -> Iterator[Download]:
        self._called("download")
        if self.dead_urls:
            self.dead_urls -= 1
            raise DocumentUrlExpired(document.report_document_id)
        wire = self.documents[document.report_document_id]
        yield Download("text/plain; charset=Cp1252", (wire[i : i + 100] for i in range(0, len(wire), 100)))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def notification(
    report_id: str,
    *,
    seller_id: str | None = "A3TH9S8BH6GOGM",
    account_id: str = "amzn1.merchant.o.A3TH9S8BH6GOGM",
    version: str = "1.0",
) -> str:
    """A REPORT_PROCESSING_FINISHED message as Amazon sends it."""
    finished = {
        "accountId": account_id,
        "reportId": report_id,
        "reportType": "GET_DAILY_REPORT",
        "processingStatus": "DONE",
        "reportDocumentId": "doc",
    }
    if seller_id:
        finished["sellerId"] = seller_id
    return json.dumps(
        {
            "notificationVersion": "2020-09-04",
            "notificationType": "REPORT_PROCESSING_FINISHED",
            "payloadVersion": version,
            "eventTime": "2026-11-23T12:00:00Z",
            "payload": {"reportProcessingFinishedNotification": finished},
            "notificationMetadata": {
                "applicationId": "app",
                "subscriptionId": "s",
                "publishTime": "2026-11-23T12:00:00Z",
                "notificationId": "n",
            },
        }
    )
