"""Values of the Reports API: questions, reports, pages and documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

FINISHED = frozenset({"DONE", "CANCELLED", "FATAL"})


@dataclass(frozen=True)
class Question:
    """The body of createReport."""

    report_type: str
    marketplace_ids: tuple[str, ...]
    data_start_time: str | None
    data_end_time: str | None
    options: dict[str, str]


@dataclass(frozen=True)
class Report:
    """A report as getReport returns it. It carries no options."""

    report_id: str
    report_type: str
    processing_status: str
    created_time: datetime
    marketplace_ids: tuple[str, ...] = ()
    data_start_time: datetime | None = None
    data_end_time: datetime | None = None
    processing_start_time: datetime | None = None
    processing_end_time: datetime | None = None
    report_document_id: str | None = None

    @property
    def finished(self) -> bool:
        """Whether Amazon will do no more about it."""
        return self.processing_status in FINISHED

    @property
    def report_time(self) -> datetime:
        """The instant as of which the report speaks.

        Documents are ordered by it, never by the time of a download or a notification.
        """
        return self.processing_start_time or self.created_time


@dataclass(frozen=True)
class ReportPage:
    """One page of Amazon's list of reports; `last`: there are no more."""

    reports: tuple[Report, ...]
    last: bool


@dataclass(frozen=True)
class ReportDocument:
    """A document and its signed URL, valid for five minutes: it is never stored, logged or passed on."""

    report_document_id: str
    url: str

    def __repr__(self) -> str:
        """Without the URL."""
        return f"ReportDocument({self.report_document_id!r})"


@dataclass(frozen=True)
class Download:
    """An open download: the headers that matter and the bytes, never decoded by the HTTP library."""

    content_type: str | None
    chunks: Iterable[bytes]
