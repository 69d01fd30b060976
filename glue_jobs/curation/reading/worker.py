"""Documents into DataFrames: read by name inside the workers, decoded and cast there, with a summary per document."""

import gc
import json
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t

from curation.conforming.conform import Conformed, Quarantined
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.model import Contract, Marketplace, Table
from curation.contracts.spark_types import spark_schema
from curation.errors import DecodeAgainError, RefusedError
from curation.manifest import DocumentRecord
from curation.platform.stores import Store
from curation.reading.document import DocumentDecoder

logger = logging.getLogger(__name__)

LARGE = 64 << 20
"""Content bytes from which a document is streamed to Spark as it is decoded and cut for several tasks; smaller ones are
whole in memory first.
"""

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


@dataclass(frozen=True)
class Task:
    """One worker's share of a document: every `parts`-th block from `part` on. `charset`: the codec to start with after
    a failed attempt.
    """

    number: int
    document: DocumentRecord
    part: int = 0
    parts: int = 1
    charset: str | None = None


@dataclass
class Counts:
    """Records of one document for one table, before publishing."""

    records: int = 0
    conformed: int = 0
    quarantined: int = 0
    excluded: int = 0
    excluded_by: dict[str, int] = field(default_factory=dict)

    def add(self, other: Mapping[str, Any]) -> None:
        """Add what another task counted."""
        self.records += other["records"]
        self.conformed += other["conformed"]
        self.quarantined += other["quarantined"]
        self.excluded += other["excluded"]
        for name, count in other["excluded_by"].items():
            self.excluded_by[name] = self.excluded_by.get(name, 0) + count


@dataclass
class Reading:
    """What reading one document gave: its counts by table, or why it was refused."""

    document: DocumentRecord
    counts: dict[str, Counts] = field(default_factory=dict)
    charset: str = ""
    unknown: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    refusal: RefusedError | None = None


@dataclass
class Batch:
    """The documents of one source, read: a cached DataFrame whose rows belong to one table each, or to quarantine; and
    a Reading per document.
    """

    contract: Contract
    frame: DataFrame
    readings: dict[str, Reading]
    valid: frozenset[int]

    def rows(self, table: Table, without: Iterable[str] = ()) -> DataFrame:
        """Return the conformed rows of a table, without the named documents and those that were refused."""
        left_out = set(without)
        tasks = [number for number, name in self._tasks() if number in self.valid and name not in left_out]
        frame = self.frame if len(tasks) == len(self._names) else self.frame.where(f.col(TASK).isin(tasks))
        return rows_of(frame, table)

    def quarantined(self) -> DataFrame:
        """Return the records in quarantine, with the name of their document."""
        names = f.create_map(*[f.lit(value) for number, name in self._tasks() for value in (number, name)])
        return self.frame.where((f.col(KIND) == QUARANTINE) & f.col(TASK).isin(list(self.valid))).select(
            names[f.col(TASK)].alias("document"), f"{QUARANTINE}.*"
        )

    def _tasks(self) -> Iterator[tuple[int, str]]:
        yield from self._names.items()

    _names: dict[int, str] = field(default_factory=dict)

    def release(self) -> None:
        """Give the cached rows back."""
        self.frame.unpersist()


def read_documents(
    spark: SparkSession,
    contract: Contract,
    documents: Sequence[DocumentRecord],
    marketplaces: Mapping[str, Marketplace],
    store: Store,
) -> Batch:
    """Read and decode all documents of one source, each once; a large one again with the next charset until one fits."""
    cores = spark.sparkContext.defaultParallelism
    tasks = _first_tasks(documents, cores)
    frame, summaries = _run(spark, contract, tasks, marketplaces, store)
    while again := list(_tasks_with_next_charset(tasks, summaries, cores)):
        more, later = _run(spark, contract, again, marketplaces, store)
        frame, summaries = frame.unionByName(more), summaries | later
        repeated = {task.document.name for task in again}
        tasks = [task for task in tasks if task.document.name not in repeated] + again
    readings = _readings(contract, tasks, summaries)
    valid = frozenset(task.number for task in tasks if readings[task.document.name].refusal is None)
    return Batch(contract, frame, readings, valid, {task.number: task.document.name for task in tasks})


def _first_tasks(documents: Sequence[DocumentRecord], cores: int) -> list[Task]:
    tasks: list[Task] = []
    for document in documents:
        parts = max(1, min(cores, -(-document.content_bytes // LARGE)))
        tasks += [Task(len(tasks) + part, document, part, parts) for part in range(parts)]
    return tasks


def _tasks_with_next_charset(tasks: Sequence[Task], summaries: Mapping[int, Any], cores: int) -> Iterator[Task]:
    number = max(summaries) + 1
    charsets: dict[str, tuple[DocumentRecord, str]] = {}
    for task in tasks:
        charset = summaries[task.number].get("again")
        if charset:
            charsets[task.document.name] = (task.document, charset)
    for document, charset in charsets.values():
        for task in _first_tasks([document], cores):
            yield replace(task, number=number, charset=charset)
            number += 1


def _run(
    spark: SparkSession,
    contract: Contract,
    tasks: Sequence[Task],
    marketplaces: Mapping[str, Marketplace],
    store: Store,
) -> tuple[DataFrame, dict[int, Any]]:
    frame = decoded(spark, contract, tasks, marketplaces, store).persist(StorageLevel.MEMORY_AND_DISK)
    summaries = {
        row[TASK]: json.loads(row[SUMMARY])
        for row in frame.where(f.col(KIND) == SUMMARY).select(TASK, SUMMARY).collect()
    }
    return frame, summaries


def decoded(
    spark: SparkSession,
    contract: Contract,
    tasks: Sequence[Task],
    marketplaces: Mapping[str, Marketplace],
    store: Store,
) -> DataFrame:
    """Return what the workers make of the tasks: rows of tables, of quarantine, and a summary per task, told apart by
    their kind.

    The columns of all tables stand side by side: a struct per table would be copied whole, row by row, at every step,
    and cached without its columns.
    """
    slices = min(spark.sparkContext.defaultParallelism, len(tasks))
    shares = _shares(tasks, slices)
    fields = [t.StructField(TASK, t.IntegerType()), t.StructField(KIND, t.StringType())]
    fields += [
        t.StructField(_flat(table, one.name), one.dataType) for table in contract.tables for one in spark_schema(table)
    ]
    fields += [
        t.StructField(QUARANTINE, t._parse_datatype_string(_QUARANTINE_SPARK)),
        t.StructField(SUMMARY, t.StringType()),
    ]
    return spark.range(0, slices, 1, slices).mapInArrow(
        _worker(contract, shares, dict(marketplaces), store), t.StructType(fields)
    )


def rows_of(frame: DataFrame, table: Table) -> DataFrame:
    """Return the rows of a table in a frame of decoded documents."""
    columns = [f.col(f"`{_flat(table, column.name)}`").alias(column.name) for column in table.fields]
    return frame.where(f.col(KIND) == table.name).select(columns)


def _shares(tasks: Sequence[Task], slices: int) -> list[list[Task]]:
    """Deal the tasks out, the largest first and always to the smallest share."""
    shares: list[list[Task]] = [[] for _ in range(slices)]
    weights = [0] * slices
    for task in sorted(tasks, key=lambda one: -one.document.content_bytes // one.parts):
        lightest = weights.index(min(weights))
        shares[lightest].append(task)
        weights[lightest] += task.document.content_bytes // task.parts + 10_000
    return shares


def _worker(
    contract: Contract, shares: Sequence[Sequence[Task]], marketplaces: Mapping[str, Marketplace], store: Store
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        output = _Output(contract)
        # millions of acyclic records: reference counting frees them, and looking for cycles takes a third of the time
        gc.disable()
        try:
            for batch in batches:
                for share in batch.column(0).to_pylist():
                    for task in shares[share]:
                        yield from _read(contract, task, marketplaces, store, output)
        finally:
            gc.enable()

    return read


def _read(
    contract: Contract, task: Task, marketplaces: Mapping[str, Marketplace], store: Store, output: "_Output"
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one task and at last its summary.

    Rows of a small document wait until all of it could be read.
    """
    charset = task.charset
    while True:
        attempt = _Attempt(
            contract,
            task,
            marketplaces.get(task.document.marketplace_id or next(iter(task.document.marketplace_ids), "")),
            charset,
        )
        try:
            pieces = attempt.pieces(store)
            if task.parts > 1 or task.document.content_bytes >= LARGE:
                for table, conformed in pieces:
                    yield from output.rows(task.number, table, conformed)
            else:
                for table, conformed in list(pieces):
                    yield from output.rows(task.number, table, conformed)
        except DecodeAgainError as error:
            if task.parts == 1 and task.document.content_bytes < LARGE:
                charset = error.charset
                continue
            attempt.again = error.charset
        except RefusedError as error:
            attempt.refusal = error
            _log_fault(task.document, error)
        yield output.summary(task.number, attempt.summary())
        return


def _log_fault(document: DocumentRecord, refusal: RefusedError) -> None:
    """Log where the decoder failed, without the error's words, which may hold values of the document."""
    if refusal.code == "DecodingFailed" and refusal.__cause__ is not None:
        frames = "".join(traceback.format_tb(refusal.__cause__.__traceback__))
        logger.error(
            "document %s, %s: the decoder failed: %s\n%s",
            document.name,
            document.uri,
            type(refusal.__cause__).__name__,
            frames,
        )


class _Attempt:
    """One reading of one document, with what it counts."""

    def __init__(self, contract: Contract, task: Task, marketplace: Marketplace | None, charset: str | None) -> None:
        self._task = task
        self._charset = charset
        self._decoder = DocumentDecoder(contract, task.document, marketplace)
        self._counts: dict[str, Counts] = defaultdict(Counts)
        self.refusal: RefusedError | None = None
        self.again: str | None = None

    def pieces(self, store: Store) -> Iterator[tuple[Table, Conformed]]:
        with store.open(self._task.document.uri) as stored:
            for table, conformed in self._decoder.rows(
                stored, charset=self._charset, part=self._task.part, parts=self._task.parts
            ):
                self._counts[table.name].add(
                    {
                        "records": conformed.records,
                        "conformed": conformed.rows.num_rows,
                        "quarantined": len(conformed.quarantined),
                        "excluded": sum(conformed.excluded.values()),
                        "excluded_by": conformed.excluded,
                    }
                )
                yield table, conformed

    def summary(self) -> dict[str, Any]:
        return {
            "refusal": [self.refusal.code, self.refusal.message] if self.refusal else None,
            "again": self.again,
            "charset": self._decoder.charset,
            "unknown": sorted(self._decoder.unknown),
            "missing": sorted(self._decoder.missing),
            "counts": {name: vars(counts) for name, counts in self._counts.items()},
        }


class _Output:
    """Record batches in the one schema of a source's frame."""

    def __init__(self, contract: Contract) -> None:
        columns = [(_flat(table, one.name), one.type) for table in contract.tables for one in arrow_schema(table)]
        self._schema = pa.schema(
            [(TASK, pa.int32()), (KIND, pa.string()), *columns, (QUARANTINE, _QUARANTINE_ARROW), (SUMMARY, pa.string())]
        )

    def rows(self, task: int, table: Table, conformed: Conformed) -> Iterator[pa.RecordBatch]:
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


def _readings(contract: Contract, tasks: Sequence[Task], summaries: Mapping[int, Any]) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    for task in tasks:
        summary = summaries[task.number]
        reading = readings.setdefault(
            task.document.name, Reading(task.document, {table.name: Counts() for table in contract.tables})
        )
        for name, counts in summary["counts"].items():
            reading.counts[name].add(counts)
        reading.charset = summary["charset"] or reading.charset
        reading.unknown |= set(summary["unknown"])
        reading.missing |= set(summary["missing"])
        if summary["refusal"] and reading.refusal is None:
            reading.refusal = RefusedError(*summary["refusal"])
    return readings
