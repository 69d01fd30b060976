"""Reading the document that explains why a report ended FATAL."""

from __future__ import annotations

import json
from collections.abc import Callable

from ingestion.documents.compression import content_of
from ingestion.errors import DocumentDamaged, DocumentUrlExpired
from ingestion.reports_api.port import Reports
from ingestion.reports_api.values import ReportDocument

_TRIES = 3
_BYTES = 65_536


def read_explanation(reports: Reports, fresh_document: Callable[[], ReportDocument]) -> str:
    """The explanation, or why it cannot be read. `fresh_document` returns the document with a fresh URL."""
    for _ in range(_TRIES):
        try:
            with reports.download(fresh_document()) as download:
                content = bytearray()
                for piece in content_of(download.chunks):
                    content += piece
                    if len(content) > _BYTES:
                        break
            return _readable(bytes(content[:_BYTES]))
        except DocumentUrlExpired:
            continue
        except DocumentDamaged as error:
            return f"the explanation cannot be read: {error}"
    return "the explanation cannot be downloaded: its URL keeps expiring"


def _readable(content: bytes) -> str:
    """The readable part of an explanation, on one line of at most 1,000 characters.

    It is JSON with `errorDetails` and the like, or plain text.
    """
    text = content.decode("utf-8", errors="backslashreplace")
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if isinstance(data, dict):
        parts = [str(data[key]) for key in ("errorDetails", "errorMessage", "message", "error") if data.get(key)]
        text = "; ".join(parts) or text
    return " ".join(text.split())[:1000]
