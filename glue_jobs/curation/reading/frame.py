"""The one frame in which workers return what they read: rows of all tables, of quarantine, and a summary per task.

The kind of a row tells which of these it is. The columns of all tables stand side by side: Spark would copy a struct
per table as a whole, row by row, at every step, and could not cache its columns.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql import types as t

from curation.conforming.conform import Conformed, Quarantined
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.model import Contract, Table
from curation.contracts.spark_types import spark_schema

TASK = "_task"
KIND = "_kind"
QUARANTINE = "_quarantine"
SUMMARY = "_summary"
_QUARANTINE_ARROW = pa.struct(
    [
        ("table", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("record", pa.string()),
    ]
)
_QUARANTINE_SPARK = "struct<table:string,line:bigint,column:string,reason:string,record:string>"


def frame_schema(contract: Contract) -> t.StructType:
    """Return the Spark schema of a source's frame; FrameWriter writes the same in Arrow."""
    columns = [
        t.StructField(_flat(table, one.name), one.dataType) for table in contract.tables for one in spark_schema(table)
    ]
    return t.StructType(
        [
            t.StructField(TASK, t.IntegerType()),
            t.StructField(KIND, t.StringType()),
            *columns,
            t.StructField(QUARANTINE, t._parse_datatype_string(_QUARANTINE_SPARK)),
            t.StructField(SUMMARY, t.StringType()),
        ]
    )


def rows_of(frame: DataFrame, table: Table) -> DataFrame:
    """Return the rows of a table in a frame of decoded documents."""
    columns = [f.col(f"`{_flat(table, column.name)}`").alias(column.name) for column in table.fields]
    return frame.where(f.col(KIND) == table.name).select(columns)


class FrameWriter:
    """Writes record batches in the schema of a source's frame."""

    def __init__(self, contract: Contract) -> None:
        columns = [(_flat(table, one.name), one.type) for table in contract.tables for one in arrow_schema(table)]
        self._schema = pa.schema(
            [(TASK, pa.int32()), (KIND, pa.string()), *columns, (QUARANTINE, _QUARANTINE_ARROW), (SUMMARY, pa.string())]
        )

    def rows(self, task: int, table: Table, conformed: Conformed) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table and its records in quarantine, as far as there are any."""
        if conformed.rows.num_rows:
            columns = {
                _flat(table, one.name): array
                for one, array in zip(conformed.rows.schema, conformed.rows.columns, strict=True)
            }
            yield self._batch(task, table.name, conformed.rows.num_rows, columns)
        if conformed.quarantined:
            yield self._batch(
                task, QUARANTINE, len(conformed.quarantined), {QUARANTINE: _quarantine(table, conformed.quarantined)}
            )

    def summary(self, task: int, summary: Mapping[str, Any]) -> pa.RecordBatch:
        """Return the one row that holds the summary of a task, as JSON."""
        return self._batch(task, SUMMARY, 1, {SUMMARY: pa.array([json.dumps(summary)], pa.string())})

    def _batch(self, task: int, kind: str, size: int, given: Mapping[str, pa.Array]) -> pa.RecordBatch:
        given = {**given, TASK: pa.repeat(pa.scalar(task, pa.int32()), size), KIND: pa.repeat(pa.scalar(kind), size)}
        return pa.RecordBatch.from_arrays(
            [given[one.name] if one.name in given else pa.nulls(size, one.type) for one in self._schema],
            schema=self._schema,
        )


def _flat(table: Table, column: str) -> str:
    """Return the name of a table's column in the frame of all tables."""
    return f"{table.name}/{column}"


def _quarantine(table: Table, quarantined: Sequence[Quarantined]) -> pa.Array:
    rows = [
        {"table": table.name, "line": one.line, "column": one.column, "reason": one.reason, "record": one.record}
        for one in quarantined
    ]
    return pa.array(rows, _QUARANTINE_ARROW)
