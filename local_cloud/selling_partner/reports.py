"""The Reports API v2021-06-30: requests, their life cycle, and their documents."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local_cloud.selling_partner.accounts import Account
from local_cloud.selling_partner.clock import Clock, iso
from local_cloud.selling_partner.documents import DocumentStore
from local_cloud.selling_partner.errors import invalid_input, not_found, quota_exceeded, unauthorized
from local_cloud.selling_partner.given_documents import GivenDocument, GivenDocuments
from local_cloud.selling_partner.models import model, parameter_violations, violations
from local_cloud.selling_partner.report_rules import TOO_SOON, Verdict, fatal, judge
from local_cloud.selling_partner.timetable import Timetable
from local_cloud.selling_partner.usage_plans import UsagePlans
from local_cloud.world.business import Document, Question
from local_cloud.world.documents import PRODUCERS
from local_cloud.world.randomness import draws, number

_log = logging.getLogger(__name__)
MODEL = "reports_2021-06-30"
RETENTION = timedelta(days=90)
_FINAL = ("DONE", "CANCELLED", "FATAL")


@dataclass
class Report:
    """One report of an account, whoever asked for it."""

    id: str
    account: Account
    report_type: str
    marketplace_ids: tuple[str, ...]
    options: Mapping[str, str]
    start: datetime | None
    end: datetime | None
    created: datetime
    status: str = "IN_QUEUE"
    processing_start: datetime | None = None
    processing_end: datetime | None = None
    document_id: str | None = None

    def shown(self) -> dict[str, Any]:
        """Return the report as the API shows it; report options are not part of it."""
        shown: dict[str, Any] = {
            "reportType": self.report_type,
            "processingEndTime": self.processing_end and iso(self.processing_end),
            "processingStatus": self.status,
            "marketplaceIds": list(self.marketplace_ids),
            "reportDocumentId": self.document_id,
            "reportId": self.id,
            "dataEndTime": self.end and iso(self.end),
            "createdTime": iso(self.created),
            "processingStartTime": self.processing_start and iso(self.processing_start),
            "dataStartTime": self.start and iso(self.start),
        }
        return {name: value for name, value in shown.items() if value is not None}


class ReportService:
    """All reports of all accounts. `finished` is called with each report that reaches its final status."""

    def __init__(
        self,
        clock: Clock,
        timetable: Timetable,
        documents: DocumentStore,
        given: GivenDocuments,
        plans: UsagePlans,
        *,
        seed: int,
        time_scale: float,
        quota_scale: float,
        finished: Callable[[Report], None],
    ) -> None:
        self._clock = clock
        self._timetable = timetable
        self._documents = documents
        self._given = given
        self._plans = plans
        self._seed = seed
        self._time_scale = time_scale
        self._quota_scale = quota_scale
        self._finished = finished
        self._reports: dict[str, list[Report]] = {}
        self._answered: dict[tuple[object, ...], datetime] = {}
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
        given = self._given.find(
            self._question(report, report.created), model("report_types")[report.report_type]["format"]
        )
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
        wrong = parameter_violations(MODEL, "/reports/2021-06-30/reports", "get", parameters)
        if wrong:
            raise invalid_input("Invalid input", "; ".join(wrong))
        if "nextToken" in parameters and len(parameters) > 1:
            raise invalid_input("Invalid input", "nextToken must be the only parameter.")
        if "nextToken" not in parameters and "reportTypes" not in parameters:
            raise invalid_input("Invalid input", "Either reportTypes or nextToken is required.")
        filters = _opened(parameters["nextToken"][0]) if "nextToken" in parameters else _filters(parameters)
        with self._lock:
            fitting = [report for report in self._reports.get(account.name, []) if self._fits(report, filters)]
            fitting.sort(key=lambda report: (report.created, report.id), reverse=True)
            page = [report.shown() for report in fitting[: filters["size"]]]
        answer: dict[str, Any] = {"reports": page}
        if len(fitting) > len(page):
            last = fitting[len(page) - 1]
            answer["nextToken"] = base64.b64encode(
                json.dumps({**filters, "after": [last.created.isoformat(), last.id]}).encode()
            ).decode()
        return answer

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
        report.document_id = _document_id(report)
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
            status, compressed, content_type = self._answer(report, report.processing_start, given)
        except Exception:  # noqa: BLE001 - as at Amazon: an error on this side ends the report, it does not leave it in progress for ever
            _log.exception("report %s of type %s failed", report.id, report.report_type)
            status, compressed, content_type = "FATAL", None, ""
        if compressed is not None:
            self._documents.put(_document_id(report), compressed, content_type)
        end = report.processing_start + work
        self._timetable.at(end, lambda: self._finish(report, status, has_document=compressed is not None))

    def _finish(self, report: Report, status: str, *, has_document: bool) -> None:
        with self._lock:
            report.status = status
            report.processing_end = self._clock.now()
            report.document_id = _document_id(report) if has_document else None
        self._finished(report)

    def _answer(self, report: Report, asked_at: datetime, given: GivenDocument | None) -> tuple[str, bytes | None, str]:
        if given is not None:
            return given.processing_status, given.compressed, given.content_type
        question = self._question(report, asked_at)
        verdict = judge(question) or self._too_soon(question)
        if verdict is None:
            verdict = self._produced(question)
        return (
            verdict.status,
            None if verdict.content is None else gzip.compress(verdict.content, mtime=0),
            verdict.content_type,
        )

    def _produced(self, question: Question) -> Verdict:
        producer = PRODUCERS.get(question.report_type)
        document = producer(question) if producer else None
        if document is None:
            return Verdict("CANCELLED")
        self._answered[_repeat_key(question)] = question.asked_at
        return Verdict("DONE", document.content, document.content_type)

    def _too_soon(self, question: Question) -> Verdict | None:
        if question.report_type not in TOO_SOON:
            return None
        interval, ending, _ = TOO_SOON[question.report_type]
        before = self._answered.get(_repeat_key(question))
        if before is None or question.asked_at - before >= interval / self._quota_scale:
            return None
        return (
            fatal("The report was requested too soon after the previous one.") if ending == "FATAL" else Verdict(ending)
        )

    def _question(self, report: Report, asked_at: datetime) -> Question:
        """The question that a report puts to the world.

        A range without an end ends now (model: "The default is now"); one without a start is left to the rules of its
        type.
        """
        business = report.account.business(self._seed)
        asked = asked_at.replace(microsecond=0)
        end = report.end or (asked if report.start else None)
        return Question(
            business, report.report_type, report.marketplace_ids, report.options, report.start, end, asked_at=asked
        )

    def _find(self, account: Account, report_id: str) -> Report:
        for report in self._reports.get(account.name, []):
            if report.id == report_id:
                return report
        raise not_found("One or more of the provided ReportRequestIds could not be found.")

    def _fits(self, report: Report, filters: dict[str, Any]) -> bool:
        if report.created < self._clock.now() - RETENTION or report.report_type not in filters["types"]:
            return False
        if filters["statuses"] and report.status not in filters["statuses"]:
            return False
        if filters["marketplaces"] and not set(filters["marketplaces"]) & set(report.marketplace_ids):
            return False
        if filters["since"] and report.created < datetime.fromisoformat(filters["since"]):
            return False
        if filters["until"] and report.created > datetime.fromisoformat(filters["until"]):
            return False
        after = filters.get("after")
        return after is None or (report.created, report.id) < (datetime.fromisoformat(after[0]), after[1])


def _filters(parameters: dict[str, list[str]]) -> dict[str, Any]:
    def several(name: str) -> list[str]:
        return [part for text in parameters.get(name, []) for part in text.split(",")]

    def single(name: str) -> str | None:
        return parameters[name][-1] if name in parameters else None

    return {
        "types": several("reportTypes"),
        "statuses": several("processingStatuses"),
        "marketplaces": several("marketplaceIds"),
        "since": single("createdSince"),
        "until": single("createdUntil"),
        "size": int(single("pageSize") or 10),
    }


def _opened(token: str) -> dict[str, Any]:
    try:
        filters: dict[str, Any] = json.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid_input("Invalid input", "nextToken is invalid.") from error
    return filters


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


def _repeat_key(question: Question) -> tuple[object, ...]:
    whole_type = question.report_type in TOO_SOON and TOO_SOON[question.report_type][2]
    rest = (
        ()
        if whole_type
        else (question.marketplace_ids, question.start, question.end, tuple(sorted(question.options.items())))
    )
    return question.business, question.report_type, *rest


def _document_id(report: Report) -> str:
    identity = uuid.UUID(
        int=number(report.account.name, report.id, "a") << 64 | number(report.account.name, report.id, "b"), version=4
    )
    return f"amzn1.spdoc.1.4.{report.account.region}.{identity}.T{report.id[-13:]}.2700"
