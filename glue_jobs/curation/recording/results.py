"""What became of every document: the rows of the operations tables, and results.json for finish_curation."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from curation.errors import AccountingError, RefusedError
from curation.manifest import DocumentRecord
from curation.reading.worker import Reading

CURATED, SUPERSEDED, REFUSED, QUARANTINED = "curated", "superseded", "refused", "quarantined"


@dataclass(frozen=True)
class TableCounts:
    """Records of one document for one table: records = published + superseded + quarantined + excluded."""

    records: int = 0
    published: int = 0
    superseded: int = 0
    quarantined: int = 0
    excluded: int = 0


@dataclass
class Outcome:
    """What became of one document."""

    document: DocumentRecord
    outcome: str
    code: str | None = None
    message: str | None = None
    charset: str | None = None
    drift: Mapping[str, list[str]] = field(default_factory=dict)
    tables: dict[str, TableCounts] = field(default_factory=dict)


def check_accounts(document: str, table: str, counts: TableCounts) -> TableCounts:
    """Return the counts. Raises AccountingError when they do not add up."""
    if counts.records != counts.published + counts.superseded + counts.quarantined + counts.excluded:
        raise AccountingError(f"{document}, table {table}: {counts.records} records are not the sum of {counts}")
    return counts


def drift_of(reading: Reading) -> dict[str, list[str]]:
    """Return the unknown and the missing fields of a document, without empty lists."""
    return {
        name: sorted(found) for name, found in (("unknown", reading.unknown), ("missing", reading.missing)) if found
    }


def refused(reading: Reading, refusal: RefusedError) -> Outcome:
    """Return the outcome of a document that could not be used."""
    charset = (
        None if refusal.code == "CharsetUnknown" else reading.charset or None
    )  # of a large document some parts may have found one
    return Outcome(reading.document, REFUSED, refusal.code, refusal.message, charset, drift_of(reading))


def document_rows(outcome: Outcome, run_id: str, curated_at: datetime) -> Iterable[dict[str, Any]]:
    """Yield the rows of operations.documents: one per table, or one without table for a document refused as a whole."""
    document = outcome.document
    row: dict[str, Any] = {
        "account_id": document.account,
        "report_id": document.report_id,
        "source": document.source,
        "report_type": document.report_type,
        "marketplace_id": document.marketplace_id,
        "request_variant": document.variant,
        "request_window": document.window,
        "outcome": outcome.outcome,
        "code": outcome.code,
        "message": outcome.message,
        "charset": outcome.charset,
        "drift": json.dumps(outcome.drift, ensure_ascii=False, sort_keys=True) if outcome.drift else None,
        "content_sha256": document.content_sha256 or None,
        "content_bytes": document.content_bytes,
        "object_key": document.key,
        "report_time": document.report_time.replace(tzinfo=None),
        "stored_at": document.stored_at.replace(tzinfo=None) if document.stored_at else None,
        "curated_at": curated_at.replace(tzinfo=None),
        "run_id": run_id,
    }
    if not outcome.tables:
        yield row
    for table, counts in outcome.tables.items():
        yield {**row, "table_name": table, **vars(counts)}


def results_json(
    run_id: str,
    outcomes: Sequence[Outcome],
    changed: Mapping[str, int],
    quality: Mapping[str, int],
    *,
    times: tuple[datetime, datetime],
) -> dict[str, Any]:
    """Return results.json: what finish_curation reads. `times`: when the run started and finished."""
    return {
        "run_id": run_id,
        "documents": [
            {
                "account": one.document.account,
                "report_id": one.document.report_id,
                "source": one.document.source,
                "request": one.document.request,
                "outcome": one.outcome,
                "code": one.code,
                "message": one.message,
                "tables": {table: vars(counts) for table, counts in one.tables.items()},
            }
            for one in outcomes
        ],
        "tables": dict(changed),
        "quality": dict(quality),
        "started_at": times[0].isoformat(),
        "finished_at": times[1].isoformat(),
    }
