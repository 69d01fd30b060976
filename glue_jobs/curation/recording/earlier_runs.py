"""What earlier runs recorded in operations.documents, as far as a batch needs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from curation.manifest import DocumentRecord, Series, WindowUnit
from curation.platform import sql
from curation.recording.outcomes import CURATED


@dataclass(frozen=True)
class EarlierRuns:
    """What earlier runs recorded of a batch's documents and of their windows.

    `outcomes`: the outcome of each document that was judged before; `newest`: time and name of the newest document that
    was published, by source and window unit.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    newest: dict[tuple[str, WindowUnit], tuple[datetime, str]] = field(default_factory=dict)

    def supersede(self, document: DocumentRecord) -> bool:
        """Tell whether they published a newer document of the same source and window."""
        newest = self.newest.get((document.source, document.window_unit))
        return newest is not None and newest > document.order

    def judged_any(self, documents: Iterable[DocumentRecord]) -> bool:
        """Tell whether they judged any of the documents."""
        return any(document.name in self.outcomes for document in documents)


def earlier_runs(spark: SparkSession, name: str, documents: Sequence[DocumentRecord]) -> EarlierRuns:
    """Return what the table `name` (operations.documents) says of the documents' windows."""
    keys = [(document.source, document.account, document.window) for document in documents]
    spark.createDataFrame(
        sorted(set(keys)), "source string, account_id string, request_window string"
    ).createOrReplaceTempView("batch_windows")
    rows = spark.sql(f"""
        SELECT DISTINCT
            d.account_id, d.report_id, d.source, d.marketplace_id, d.request_variant, d.request_window, d.outcome,
            d.report_time
        FROM {name} d LEFT SEMI JOIN batch_windows w
        ON d.source = w.source AND d.account_id = w.account_id AND d.request_window = w.request_window""").collect()
    found = EarlierRuns()
    for row in rows:
        document = f"{row.account_id}/{row.report_id}"
        found.outcomes[document] = row.outcome
        if row.outcome == CURATED:
            unit = (row.source, (row.account_id, row.marketplace_id, row.request_variant, row.request_window))
            order = (row.report_time.replace(tzinfo=UTC), document)
            found.newest[unit] = max(found.newest.get(unit, order), order)
    return found


def previous_records(spark: SparkSession, name: str, source: str, table: str) -> dict[Series, int]:
    """Return how many records the newest curated document of each series had for a table.

    `name` is the full name of operations.documents.
    """
    rows = spark.sql(f"""
        SELECT account_id, marketplace_id, request_variant, max_by(records, report_time) AS records
        FROM {name}
        WHERE source = {sql.quoted(source)} AND table_name = {sql.quoted(table)} AND outcome = '{CURATED}'
        GROUP BY ALL""").collect()
    return {(row.account_id, row.marketplace_id, row.request_variant): row.records for row in rows}
