"""The Reports API v2021-06-30: requests, their life cycle, and their documents; its other parts are report_*.py."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local_cloud.selling_partner.accounts import Account
from local_cloud.selling_partner.clock import Clock
from local_cloud.selling_partner.documents import DocumentStore
from local_cloud.selling_partner.errors import invalid_input, not_found, quota_exceeded, unauthorized
from local_cloud.selling_partner.given_documents import GivenDocument
from local_cloud.selling_partner.models import model, parameter_violations, violations
from local_cloud.selling_partner.report import Report
from local_cloud.selling_partner.report_answers import Answer, ReportAnswers
from local_cloud.selling_partner.report_search import search
from local_cloud.selling_partner.timetable import Timetable
from local_cloud.selling_partner.usage_plans import UsagePlans
from local_cloud.world.business import Document
from local_cloud.world.randomness import draws

_log = logging.getLogger(__name__)
MODEL = "reports_2021-06-30"


class ReportService:
    """All reports of all accounts. `finished` is called with each report that reaches its final status."""

    def __init__(
        self,
        clock: Clock,
        timetable: Timetable,
        documents: DocumentStore,
        answers: ReportAnswers,
        plans: UsagePlans,
        *,
        seed: int,
        time_scale: float,
        finished: Callable[[Report], None],
    ) -> None:
        self._clock = clock
        self._timetable = timetable
        self._documents = documents
        self._answers = answers
        self._plans = plans
        self._seed = seed
        self._time_scale = time_scale
        self._finished = finished
        self._reports: dict[str, list[Report]] = {}
        self._newest_id = 0
        self._lock = threading.RLock()

    def create(self, account: Account, application: str, body: object) -> dict[str, Any]:
        """createReport: accept a request and put it into the queue; an ApiError (errors.py) says why not."""
        wrong = violations(MODEL, "CreateReportSpecification", body)
        if wrong or not isinstance(body, dict):
            raise invalid_input("Invalid input", "; ".join(wrong))
        report = self._accepted(account, body)
        if not self._plans.take_report_type(report.report_type, application, account.name):
            raise quota_exceeded()
        given = self._answers.given(report)
        with self._lock:
            self._reports.setdefault(account.name, []).append(report)
        wait, work = self._durations(report)
        self._timetable.at(report.created + wait, lambda: self._begin(report, work, given))
        return {"reportId": report.id}

    def get(self, account: Account, report_id: str) -> dict[str, Any]:
        """getReport."""
        with self._lock:
            return self._find(account, report_id).shown()

    def cancel(self, account: Account, report_id: str) -> None:
        """cancelReport: only what is still IN_QUEUE can be cancelled."""
        with self._lock:
            report = self._find(account, report_id)
            if report.status != "IN_QUEUE":
                raise invalid_input(
                    "Invalid input", f"Report {report_id} is {report.status}; only reports IN_QUEUE can be cancelled."
                )
            report.status = "CANCELLED"
            report.processing_end = self._clock.now()
        self._finished(report)

    def search(self, account: Account, parameters: dict[str, list[str]]) -> dict[str, Any]:
        """getReports: the reports of all applications and Amazon's own, newest first, page by page."""
        wanted = search(MODEL, parameters)
        with self._lock:
            page, token = wanted.page(self._reports.get(account.name, []), self._clock.now())
            answer: dict[str, Any] = {"reports": [report.shown() for report in page]}
        return answer if token is None else {**answer, "nextToken": token}

    def document(
        self, account: Account, document_id: str, parameters: dict[str, list[str]], base_url: str
    ) -> dict[str, Any]:
        """getReportDocument: a URL that works for five minutes."""
        wrong = parameter_violations(MODEL, "/reports/2021-06-30/documents/{reportDocumentId}", "get", parameters)
        if wrong:
            raise invalid_input("Invalid input", "; ".join(wrong))
        with self._lock:
            if not any(report.document_id == document_id for report in self._reports.get(account.name, [])):
                raise not_found("One or more of the provided ReportDocumentIds could not be found.")
        header = parameters.get("enableContentEncodingUrlHeader", ["false"])[-1] == "true"
        url = self._documents.sign(base_url, document_id, content_encoding_header=header)
        return {"compressionAlgorithm": "GZIP", "reportDocumentId": document_id, "url": url}

    def publish(self, report: Report, make: Callable[[], Document], *, announce: bool) -> None:
        """Add a finished report that Amazon made by itself; its document is written when it is first fetched."""
        report.document_id = report.new_document_id()
        report.status = "DONE"
        self._documents.put_later(report.document_id, make)
        with self._lock:
            self._reports.setdefault(report.account.name, []).append(report)
        if announce:
            self._finished(report)

    def _accepted(self, account: Account, body: dict[str, Any]) -> Report:
        report_type = body["reportType"]
        entry = model("report_types").get(report_type)
        if entry is None:
            raise invalid_input("Invalid input", f"Report type {report_type} is invalid.")
        if account.kind not in entry["callers"]:
            raise unauthorized("")
        if not entry["requestable"]:
            raise invalid_input(f"Request for report type {report_type} is not allowed at this time")
        foreign = [item for item in body["marketplaceIds"] if item not in account.marketplaces]
        if foreign:
            raise invalid_input(
                "Invalid input", f"Marketplace {', '.join(foreign)} is not valid for this selling partner."
            )
        now = self._clock.now()
        start, end = (_moment(body.get(name)) for name in ("dataStartTime", "dataEndTime"))
        _check_times(start, end, now)
        return Report(
            self._new_id(now),
            account,
            report_type,
            tuple(body["marketplaceIds"]),
            body.get("reportOptions", {}),
            start,
            end,
            now,
        )

    def _new_id(self, now: datetime) -> str:
        """Ids grow with time, so that they stay unique for a seller even after a restart."""
        with self._lock:
            self._newest_id = max(self._newest_id + 1, int(now.timestamp() * 100))
            return str(self._newest_id)

    def _durations(self, report: Report) -> tuple[timedelta, timedelta]:
        source = draws(
            self._seed,
            report.account.name,
            report.report_type,
            report.start,
            report.end,
            sorted(report.options.items()),
            "duration",
        )
        wait, work = source.uniform(8, 25), source.uniform(50, 95)
        return timedelta(seconds=wait / self._time_scale), timedelta(seconds=work / self._time_scale)

    def _begin(self, report: Report, work: timedelta, given: GivenDocument | None) -> None:
        with self._lock:
            if report.status != "IN_QUEUE":
                return
            report.status = "IN_PROGRESS"
            report.processing_start = self._clock.now()
        try:
            answer = self._answers.answer(report, report.processing_start, given)
        except Exception:  # noqa: BLE001 - as at Amazon, an error on this side ends the report
            _log.exception("report %s of type %s failed", report.id, report.report_type)
            answer = Answer("FATAL")
        if answer.compressed is not None:
            self._documents.put(report.new_document_id(), answer.compressed, answer.content_type)
        end = report.processing_start + work
        has_document = answer.compressed is not None
        self._timetable.at(end, lambda: self._finish(report, answer.status, has_document=has_document))

    def _finish(self, report: Report, status: str, *, has_document: bool) -> None:
        with self._lock:
            report.status = status
            report.processing_end = self._clock.now()
            report.document_id = report.new_document_id() if has_document else None
        self._finished(report)

    def _find(self, account: Account, report_id: str) -> Report:
        for report in self._reports.get(account.name, []):
            if report.id == report_id:
                return report
        raise not_found("One or more of the provided ReportRequestIds could not be found.")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _check_times(start: datetime | None, end: datetime | None, now: datetime) -> None:
    """Model: both "must be prior to or equal to the current date and time"."""
    if start and start > now:
        raise invalid_input("Invalid input", "dataStartTime must be prior to or equal to the current date and time.")
    if end and end > now:
        raise invalid_input("Invalid input", "dataEndTime must be prior to or equal to the current date and time.")
    if start and end and start > end:
        raise invalid_input("Invalid input", "dataStartTime must not be after dataEndTime.")
