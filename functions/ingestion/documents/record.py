"""The record of a stored document: what its sidecar, the manifests and the ledger say about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Any

from ingestion.documents.object_keys import RawKey
from ingestion.identity import LineKey, WindowKey
from ingestion.instants import iso, parse_instant
from ingestion.ledger.attempts import Attempt
from ingestion.reports_api.values import Report, ReportDocument

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


@dataclass(frozen=True)
class StoredObject:
    """A document in the raw store."""

    bucket: str
    key: str
    stored_bytes: int
    content_bytes: int
    content_sha256: str
    content_type: str | None
    charset: str | None


def charset_of(content_type: str | None) -> str | None:
    """The charset that a Content-Type header names, as it is written there."""
    if content_type is None:
        return None
    header = Message()
    header["content-type"] = content_type
    charset = header.get_param("charset")
    return charset if isinstance(charset, str) and charset else None


def raw_key(attempt: Attempt, report_id: str) -> RawKey:
    """Where the attempt's document belongs."""
    line = attempt.line
    return RawKey(attempt.question.report_type, line.account, line.marketplace, attempt.window.key, report_id)


def document_record(
    attempt: Attempt, report: Report, document: ReportDocument, stored: StoredObject, now: datetime
) -> DocumentRecord:
    """Everything known about a stored document; times as ISO instants."""
    return {
        "account": attempt.account,
        "kind": attempt.kind,
        "region": attempt.region,
        "source": attempt.line.source,
        "variant": attempt.line.variant,
        "report_type": attempt.question.report_type,
        "report_options": dict(attempt.question.options),
        "marketplace_id": attempt.marketplace_id,
        "marketplace_ids": list(attempt.question.marketplace_ids),
        "window": attempt.window.key,
        "window_start": attempt.window.start,
        "window_end": attempt.window.end,
        "data_start_time": attempt.question.data_start_time,
        "data_end_time": attempt.question.data_end_time,
        "request": attempt.key.request,
        "revision": attempt.key.revision,
        "attempt": attempt.key.attempt,
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
        # One error for all that can be wrong with a sidecar.
        raise ValueError(f"the sidecar {sidecar_key} is not a JSON object")  # noqa: TRY004 (see above)
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
    line = LineKey(
        account=record["account"],
        source=record["source"],
        variant=record["variant"],
        marketplace=place.marketplace,
    )
    return WindowKey(line=line, window=record["window"])
