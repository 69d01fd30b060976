"""The port to the Reports API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from ingestion.reports_api.values import Download, Question, Report, ReportDocument, ReportPage


class Reports(Protocol):
    """The Reports API for one account.

    Every call may raise Throttled, AccessTokenExpired, AccessDenied, RequestRefused, SellingPartnerUnavailable.
    """

    def create(self, question: Question) -> str:
        """Create a report and return its id. Not idempotent."""

    def get(self, report_id: str) -> Report:
        """A report's state."""

    def list(self, report_type: str, marketplace_ids: Sequence[str], created_since: datetime) -> Iterator[ReportPage]:
        """Reports of a type, newest first as Amazon lists them, page by page.

        Each page is a call, and there is at least one.
        """

    def document(self, report_document_id: str, *, restricted: bool) -> ReportDocument:
        """A fresh signed URL of a document."""

    def download(self, document: ReportDocument) -> AbstractContextManager[Download]:
        """The document's bytes as they come over the wire. DocumentUrlExpired when the URL has expired."""


ReportsFor = Callable[[str, str], Reports]
"""The Reports API of (account, region), ready to call.

Its access token has been read; AccessTokenExpired when there is none that is valid.
"""
