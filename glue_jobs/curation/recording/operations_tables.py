"""The operations tables: what a run writes to documents, quality_results and quarantine."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from curation.contracts.model import Bundle, Table
from curation.contracts.spark_types import spark_schema
from curation.errors import InvalidContractError
from curation.judging.gate import Verdict
from curation.publishing import commits
from curation.recording.earlier_runs import EarlierRuns
from curation.recording.outcomes import CURATED, SUPERSEDED, Outcome
from curation.settings import Settings

NAMES = ("documents", "quality_results", "quarantine")
_COLUMNS_OF_QUARANTINE = {"table_name": "table", "column_name": "column"}
"""Columns of operations.quarantine that have another name in the frames of records in quarantine."""


def operations_table(bundle: Bundle, name: str) -> Table:
    """Return an operations table of the bundle. Raises InvalidContractError where it has no contract of it."""
    contract = bundle.contracts.get(name)
    if contract is None or contract.document is not None:
        raise InvalidContractError(f"the bundle has no operations contract {name}")
    return next(table for table in contract.tables if table.name == name)


@dataclass(frozen=True)
class OperationsTables:
    """Writes what a run did to the operations tables, after the tables that they describe.

    The documents come first: once they are recorded, a repeated run replaces whatever it finds of them; before that
    there is nothing to replace.
    """

    spark: SparkSession
    settings: Settings
    bundle: Bundle
    run_id: str
    started_at: datetime

    def record(
        self,
        outcomes: Sequence[Outcome],
        verdicts: Sequence[Verdict],
        quarantined: Sequence[DataFrame],
        earlier: EarlierRuns,
    ) -> None:
        """Write the outcomes of the documents, the verdicts, and the records in quarantine.

        `quarantined` holds a frame per source (see Batch.quarantined). A document that was recorded as curated stays so
        when a newer one has superseded it since.
        """
        kept = [
            one
            for one in outcomes
            if not (one.outcome == SUPERSEDED and earlier.outcomes.get(one.document.name) == CURATED)
        ]
        replayed = earlier.judged_any(outcome.document for outcome in kept)
        rows = [row for outcome in kept for row in document_rows(outcome, self.run_id, self.started_at)]
        self._write_rows("documents", rows, replayed=replayed)
        judged_at = self.started_at.replace(tzinfo=None)
        self._write_rows(
            "quality_results", [verdict.row(self.run_id, judged_at) for verdict in verdicts], replayed=replayed
        )
        if replayed or any(counts.quarantined for outcome in kept for counts in outcome.tables.values()):
            self._write_quarantine(kept, quarantined, replayed=replayed)

    def _write_rows(self, name: str, rows: Sequence[Mapping[str, Any]], *, replayed: bool) -> None:
        if not rows:
            return
        table = operations_table(self.bundle, name)
        frame = self._frame(table, rows)
        self._write(table, frame, units=frame, replayed=replayed)

    def _write_quarantine(
        self, outcomes: Sequence[Outcome], quarantined: Sequence[DataFrame], *, replayed: bool
    ) -> None:
        table = operations_table(self.bundle, "quarantine")
        units = self._frame(
            table,
            [
                {
                    "account_id": one.document.account,
                    "report_id": one.document.report_id,
                    "observed_at": one.document.report_time.replace(tzinfo=None),
                }
                for one in outcomes
            ],
        )
        known = units.select(
            "account_id", "report_id", "observed_at", f.concat_ws("/", "account_id", "report_id").alias("document")
        )
        found = functools.reduce(DataFrame.unionByName, quarantined)
        rows = found.join(f.broadcast(known), "document").select(*self._columns_of_quarantine(table))
        self._write(table, rows, units=units, replayed=replayed)

    def _columns_of_quarantine(self, table: Table) -> Iterator[Any]:
        for one in spark_schema(table):
            value = (
                f.lit(self.run_id) if one.name == "run_id" else f.col(_COLUMNS_OF_QUARANTINE.get(one.name, one.name))
            )
            yield value.cast(one.dataType).alias(one.name)

    def _write(self, table: Table, rows: DataFrame, *, units: DataFrame, replayed: bool) -> None:
        name = self.settings.name(table)
        if replayed:
            commits.replace_units(self.spark, table, name, rows, units)
        else:
            commits.append(table, name, rows)

    def _frame(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> DataFrame:
        names = [column.name for column in table.fields]
        return self.spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], spark_schema(table))


def document_rows(outcome: Outcome, run_id: str, curated_at: datetime) -> Iterator[dict[str, Any]]:
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
