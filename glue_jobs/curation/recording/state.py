# ruff: noqa: S608 - the SQL is made of names of contracts and of the catalogue
"""What earlier runs recorded in operations.documents, as far as a batch needs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from curation.manifest import DocumentRecord
from curation.recording.results import CURATED

Series = tuple[str, str | None, str]
"""Documents that follow each other: account, marketplace, variant."""


@dataclass(frozen=True)
class Recorded:
    """What is known of the batch's documents and of their windows."""

    outcomes: dict[str, str]
    newest: dict[tuple[str, tuple[str, str | None, str, str]], tuple[datetime, str]]

    def superseded(self, document: DocumentRecord) -> bool:
        """Tell whether a newer document of the same source and window was published before."""
        newest = self.newest.get((document.source, document.window_unit))
        return newest is not None and newest > document.order

    def replayed(self, documents: Iterable[DocumentRecord]) -> bool:
        """Tell whether any of the documents was judged before."""
        return any(document.name in self.outcomes for document in documents)


NOTHING = Recorded({}, {})


def recorded(spark: SparkSession, name: str, documents: Sequence[DocumentRecord]) -> Recorded:
    """Return what the table `name` (operations.documents) says of the documents' windows."""
    keys = [(document.source, document.account, document.window) for document in documents]
    spark.createDataFrame(
        sorted(set(keys)), "source string, account_id string, request_window string"
    ).createOrReplaceTempView("batch_windows")
    rows = spark.sql(f"""
        SELECT DISTINCT d.account_id, d.report_id, d.source, d.marketplace_id, d.request_variant, d.request_window, d.outcome, d.report_time
        FROM {name} d LEFT SEMI JOIN batch_windows w
        ON d.source = w.source AND d.account_id = w.account_id AND d.request_window = w.request_window""").collect()
    outcomes: dict[str, str] = {}
    newest: dict[tuple[str, tuple[str, str | None, str, str]], tuple[datetime, str]] = {}
    for row in rows:
        document = f"{row.account_id}/{row.report_id}"
        outcomes[document] = row.outcome
        if row.outcome == CURATED:
            unit = (row.source, (row.account_id, row.marketplace_id, row.request_variant, row.request_window))
            order = (row.report_time.replace(tzinfo=UTC), document)
            newest[unit] = max(newest.get(unit, order), order)
    return Recorded(outcomes, newest)


def previous_records(spark: SparkSession, name: str, source: str, table: str) -> dict[Series, int]:
    """Return how many records the newest curated document of each series had for a table, from operations.documents
    (`name`).
    """
    rows = spark.sql(
        f"SELECT account_id, marketplace_id, request_variant, max_by(records, report_time) AS records FROM {name} "
        f"WHERE source = '{source}' AND table_name = '{table}' AND outcome = '{CURATED}' GROUP BY ALL"
    ).collect()
    return {(row.account_id, row.marketplace_id, row.request_variant): row.records for row in rows}
