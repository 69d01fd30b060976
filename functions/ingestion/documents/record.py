"""The record of a stored document: the sidecar beside it, the manifest's entries, and what the ledger keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingestion.documents.object_keys import RawKey
from ingestion.instants import iso, parse_instant
from ingestion.ledger.items import Attempt, WindowKey
from ingestion.ports import StoredObject
from ingestion.reports_api import Report, ReportDocument

DocumentRecord = dict[str, Any]

_TEXTS = (
    "account",
    "kind",
    "region",
    "source",
    "variant",
    "report_type",
    "window",
    "window_start",
    "window_end",
    "request",
    "report_id",
    "report_time",
    "bucket",
    "key",
    "content_sha256",
)


def raw_key(attempt: Attempt, report_id: str) -> RawKey:
    """Where the attempt's document belongs."""
    return RawKey(attempt.report_type, attempt.account, attempt.key.marketplace, attempt.key.window, report_id)


def document_record(
    attempt: Attempt, report: Report, document: ReportDocument, stored: StoredObject, now: datetime
) -> DocumentRecord:
    """All that is known about a stored document; times as ISO instants."""
    return {
        "account": attempt.account,
        "kind": attempt.kind,
        "region": attempt.region,
        "source": attempt.key.source,
        "variant": attempt.key.variant,
        "report_type": attempt.report_type,
        "report_options": dict(attempt.options),
        "marketplace_id": attempt.marketplace_id,
        "marketplace_ids": list(attempt.marketplace_ids),
        "window": attempt.key.window,
        "window_start": attempt.window_start,
        "window_end": attempt.window_end,
        "data_start_time": attempt.data_start_time,
        "data_end_time": attempt.data_end_time,
        "request": attempt.request,
        "revision": attempt.revision,
        "attempt": attempt.attempt,
        "report_id": report.report_id,
        "report_document_id": document.report_document_id,
        "created_time": _optional(report.created_time),
        "processing_start_time": _optional(report.processing_start_time),
        "processing_end_time": _optional(report.processing_end_time),
        "report_time": iso(report.report_time),
        "bucket": stored.bucket,
        "key": stored.key,
        "stored_bytes": stored.stored_bytes,
        "content_bytes": stored.content_bytes,
        "content_sha256": stored.content_sha256,
        "content_type": stored.content_type,
        "charset": stored.charset,
        "stored_at": iso(now),
    }


def _optional(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None


def parse_record(text: bytes | str, sidecar_key: str) -> DocumentRecord:
    """A sidecar's content, checked: ValueError unless it is a record and lies beside the document it names."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError(f"the sidecar {sidecar_key} is not a JSON object")  # noqa: TRY004 (one error for all that a sidecar can have wrong)
    missing = [name for name in _TEXTS if not isinstance(data.get(name), str) or not data[name]]
    if missing:
        raise ValueError(f"the sidecar {sidecar_key} lacks {', '.join(missing)}")
    place = RawKey.parse(sidecar_key)
    expected = (place.report_type, place.account, place.window, place.report_id, place.document)
    if expected != (data["report_type"], data["account"], data["window"], data["report_id"], data["key"]):
        raise ValueError(f"the sidecar {sidecar_key} describes another document: {data['key']}")
    parse_instant(data["report_time"])
    return data


def window_key_of(record: Mapping[str, Any]) -> WindowKey:
    """The window that a record belongs to."""
    place = RawKey.parse(record["key"])
    return WindowKey(
        account=record["account"],
        source=record["source"],
        variant=record["variant"],
        marketplace=place.marketplace,
        window=record["window"],
    )
