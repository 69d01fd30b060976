"""Documents that a test or a user supplies, served in place of generated ones.

The folder holds the files and an index.json, read again at each createReport: [{"file", "report_type",
"marketplace_ids", "report_options", "data_start_time", "data_end_time", "content_type", "processing_status"}]
Everything but `file` and `report_type` may be left out and then fits any request; times are compared by their beginning
("2021-06-11"). Of several fitting entries the last wins. A file whose name ends in .gz is served as it is, also when it
is no gzip; any other is compressed.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.world.business import Question

CONTENT_TYPES = {"json": "application/json", "xml": "text/xml; charset=UTF-8", "csv": "text/csv; charset=UTF-8"}


@dataclass(frozen=True)
class GivenDocument:
    """A supplied document: its bytes as served, its Content-Type, and the status with which the report ends."""

    compressed: bytes
    content_type: str
    processing_status: str


class GivenDocuments:
    """The folder; without one, nothing ever fits."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, question: Question, report_format: str) -> GivenDocument | None:
        """Return the last entry that fits the question, read now."""
        if self._folder is None or not (self._folder / "index.json").exists():
            return None
        entries: list[dict[str, Any]] = json.loads((self._folder / "index.json").read_text(encoding="utf-8"))
        fitting = [entry for entry in entries if _fits(entry, question)]
        if not fitting:
            return None
        entry = fitting[-1]
        content = (self._folder / entry["file"]).read_bytes()
        return GivenDocument(
            compressed=content if entry["file"].endswith(".gz") else gzip.compress(content, mtime=0),
            content_type=entry.get("content_type")
            or CONTENT_TYPES.get(report_format)
            or f"text/plain; charset={question.marketplace.charset}",
            processing_status=entry.get("processing_status", "DONE"),
        )


def _fits(entry: dict[str, Any], question: Question) -> bool:
    if entry["report_type"] != question.report_type:
        return False
    if entry.get("marketplace_ids") and sorted(entry["marketplace_ids"]) != sorted(question.marketplace_ids):
        return False
    if entry.get("report_options") is not None and entry["report_options"] != dict(question.options):
        return False
    for name, moment in (("data_start_time", question.start), ("data_end_time", question.end)):
        if entry.get(name) and not (moment and moment.isoformat().startswith(entry[name].removesuffix("Z"))):
            return False
    return True
