"""Reports API v2021-06-30, and the store of its documents."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from ingestion.errors import DocumentUrlExpired, SellingPartnerUnavailable
from ingestion.instants import iso, parse_instant
from ingestion.reports_api.values import Download, Question, Report, ReportDocument, ReportPage
from urllib3.exceptions import HTTPError

from selling_partner.document_urls import HOSTS, require_document_url
from selling_partner.http import TIMEOUT, Api

_REPORTS = "/reports/2021-06-30/reports"
_DOCUMENTS = "/reports/2021-06-30/documents"
_CHUNK = 1 << 18
_PAGE = "100"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReportsApi:
    """The reports of one selling partner account in one region."""

    api: Api
    session: requests.Session
    document_hosts: Sequence[str] = HOSTS
    """Patterns of the hosts from which documents are downloaded."""

    def create(self, question: Question) -> str:
        """createReport; the report id. Not idempotent: a second call makes a second report."""
        body: dict[str, Any] = {"reportType": question.report_type, "marketplaceIds": list(question.marketplace_ids)}
        if question.data_start_time:
            body["dataStartTime"] = question.data_start_time
        if question.data_end_time:
            body["dataEndTime"] = question.data_end_time
        if question.options:
            body["reportOptions"] = dict(question.options)
        return str(self._field(self.api.call("createReport", "POST", _REPORTS, body=body), "reportId"))

    def get(self, report_id: str) -> Report:
        """getReport."""
        return self._report(self.api.call("getReport", "GET", f"{_REPORTS}/{quote(report_id, safe='')}"))

    def list(self, report_type: str, marketplace_ids: Sequence[str], created_since: datetime) -> Iterator[ReportPage]:
        """getReports, page by page.

        With nextToken every other parameter is left out; at most ten marketplaces may be named.
        """
        query = {"reportTypes": report_type, "pageSize": _PAGE, "createdSince": iso(created_since)}
        if len(marketplace_ids) <= 10:
            query["marketplaceIds"] = ",".join(marketplace_ids)
        while True:
            answer = self.api.call("getReports", "GET", _REPORTS, query=query)
            following = answer.get("nextToken")
            yield ReportPage(tuple(self._report(data) for data in answer.get("reports") or ()), last=not following)
            if not following:
                return
            query = {"nextToken": str(following)}

    def document(self, report_document_id: str, *, restricted: bool) -> ReportDocument:
        """getReportDocument: a URL that is valid for five minutes.

        A restricted document needs a token of its own, which is kept within this call only.
        """
        path = f"{_DOCUMENTS}/{quote(report_document_id, safe='')}"
        token = self._restricted_token(path) if restricted else None
        answer = self.api.call("getReportDocument", "GET", path, access_token=token)
        return ReportDocument(str(self._field(answer, "reportDocumentId")), str(self._field(answer, "url")))

    def _restricted_token(self, path: str) -> str:
        """createRestrictedDataToken (Tokens API v2021-03-01) for exactly this path."""
        body = {"restrictedResources": [{"method": "GET", "path": path}]}
        return str(
            self._field(
                self.api.call("createRestrictedDataToken", "POST", "/tokens/2021-03-01/restrictedDataToken", body=body),
                "restrictedDataToken",
            )
        )

    @contextmanager
    def download(self, document: ReportDocument) -> Iterator[Download]:
        """The document's bytes as they come over the wire.

        No access token goes to the store, no redirect is followed, and no error names the URL.
        """
        require_document_url(document.url, document.report_document_id, self.document_hosts, self.api.endpoint)
        try:
            with self.session.get(
                document.url,
                stream=True,
                timeout=TIMEOUT,
                headers={"accept-encoding": "identity"},
                allow_redirects=False,
            ) as answer:
                log.info(
                    "downloading a document",
                    extra={"status": answer.status_code, "host": urlsplit(document.url).hostname},
                )
                if answer.status_code == 403:
                    raise DocumentUrlExpired(f"the URL of {document.report_document_id} has expired")
                if answer.status_code != 200:
                    raise SellingPartnerUnavailable(
                        f"the document store answers HTTP {answer.status_code} for {document.report_document_id}"
                    )
                yield Download(answer.headers.get("content-type"), self._chunks(answer, document.report_document_id))
        except requests.RequestException as error:
            raise SellingPartnerUnavailable(
                f"the document store: {type(error).__name__} for {document.report_document_id}"
            ) from None

    def _chunks(self, answer: requests.Response, name: str) -> Iterator[bytes]:
        """Raw bytes: the HTTP library must not unpack them, because documents.compression goes by the bytes.

        Fewer than announced is a broken connection.
        """
        announced, received = answer.headers.get("content-length"), 0
        try:
            while chunk := answer.raw.read(_CHUNK, decode_content=False):
                received += len(chunk)
                yield chunk
        except (HTTPError, OSError) as error:
            raise SellingPartnerUnavailable(f"the download of {name} broke off: {type(error).__name__}") from None
        if announced is not None and announced.isdigit() and received != int(announced):
            raise SellingPartnerUnavailable(f"the download of {name} ended after {received} of {announced} bytes")

    def _report(self, data: dict[str, Any]) -> Report:
        return Report(
            report_id=str(self._field(data, "reportId")),
            report_type=str(self._field(data, "reportType")),
            processing_status=str(self._field(data, "processingStatus")),
            created_time=parse_instant(str(self._field(data, "createdTime"))),
            marketplace_ids=tuple(data.get("marketplaceIds") or ()),
            data_start_time=_instant(data.get("dataStartTime")),
            data_end_time=_instant(data.get("dataEndTime")),
            processing_start_time=_instant(data.get("processingStartTime")),
            processing_end_time=_instant(data.get("processingEndTime")),
            report_document_id=data.get("reportDocumentId"),
        )

    @staticmethod
    def _field(data: dict[str, Any], name: str) -> Any:
        value = data.get(name)
        if not value:
            raise SellingPartnerUnavailable(f"Amazon's answer lacks {name}")
        return value


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None
