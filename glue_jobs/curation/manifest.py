"""The manifest: which documents a run curates, as fetch_document recorded them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WindowUnit = tuple[str, str | None, str, str]
"""The unit that a document of a window replaces: account, marketplace, variant, window (as in WINDOW_UNIT)."""

Series = tuple[str, str | None, str]
"""Documents of a source that follow each other: account, marketplace, variant."""


@dataclass(frozen=True)
class DocumentRecord:
    """One document of the manifest.

    Times are aware instants; sizes in bytes; `superseded_by` is a newer document of the same window.
    """

    account: str
    report_id: str
    source: str
    request: str
    variant: str
    report_type: str
    marketplace_id: str | None
    marketplace_ids: tuple[str, ...]
    report_options: Mapping[str, str]
    window: str
    window_start: str | None
    window_end: str | None
    data_start_time: str | None
    data_end_time: str | None
    report_time: datetime
    bucket: str
    key: str
    content_bytes: int
    content_sha256: str
    charset: str | None
    stored_at: datetime | None
    superseded_by: str | None = None

    @property
    def name(self) -> str:
        """Return account/report id: the name of the document in all tables."""
        return f"{self.account}/{self.report_id}"

    @property
    def uri(self) -> str:
        """Return where the content is: an S3 URI, or a path when there is no bucket."""
        return f"s3://{self.bucket}/{self.key}" if self.bucket else self.key

    @property
    def order(self) -> tuple[datetime, str]:
        """Return the place in the total order of documents: report time, then the document's name."""
        return (self.report_time, self.name)

    @property
    def window_unit(self) -> WindowUnit:
        """Return the window unit that the document replaces."""
        return (self.account, self.marketplace_id, self.variant, self.window)

    @property
    def series(self) -> Series:
        """Return the series that the document belongs to."""
        return (self.account, self.marketplace_id, self.variant)


def parse_instant(text: str) -> datetime:
    """Return an ISO 8601 instant in UTC; one without offset is taken as UTC."""
    value = datetime.fromisoformat(text)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def parse_document(value: Mapping[str, Any]) -> DocumentRecord:
    """Return one entry of the manifest."""
    return DocumentRecord(
        account=value["account"],
        report_id=value["report_id"],
        source=value["source"],
        request=value["request"],
        variant=value["variant"],
        report_type=value["report_type"],
        marketplace_id=value.get("marketplace_id"),
        marketplace_ids=tuple(value.get("marketplace_ids") or ()),
        report_options={
            key: option for key, option in (value.get("report_options") or {}).items() if option is not None
        },
        window=value["window"],
        window_start=value.get("window_start"),
        window_end=value.get("window_end"),
        data_start_time=value.get("data_start_time"),
        data_end_time=value.get("data_end_time"),
        report_time=parse_instant(value["report_time"]),
        bucket=value.get("bucket") or "",
        key=value["key"],
        content_bytes=int(value.get("content_bytes") or 0),
        content_sha256=value.get("content_sha256") or "",
        charset=value.get("charset"),
        stored_at=parse_instant(value["stored_at"]) if value.get("stored_at") else None,
        superseded_by=value.get("superseded_by"),
    )


def parse_manifest(manifest: Mapping[str, Any]) -> tuple[str, tuple[DocumentRecord, ...]]:
    """Return the run's id and its documents; a document named twice counts once, the later entry wins."""
    documents = {document.name: document for document in map(parse_document, manifest["documents"])}
    return manifest["run_id"], tuple(documents.values())
