"""The record of a test document, as fetch_document writes it and a manifest names it."""

from typing import Any

RECORD: dict[str, Any] = {
    "account": "a",
    "report_id": "1",
    "source": "s",
    "request": "s-0",
    "variant": "v",
    "report_type": "GET_TEST",
    "report_options": {},
    "marketplace_id": None,
    "marketplace_ids": [],
    "window": "2026-11-01",
    "window_start": "2026-11-01",
    "window_end": "2026-11-01",
    "data_start_time": None,
    "data_end_time": None,
    "report_time": "2026-11-02T00:00:00Z",
    "bucket": "",
    "key": "k",
    "content_bytes": 0,
    "content_sha256": "",
    "charset": None,
    "stored_at": None,
    "superseded_by": None,
}


def document_record(**changes: Any) -> dict[str, Any]:
    """Return the record with some of its values changed."""
    return RECORD | changes
