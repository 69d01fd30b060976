"""The documents of one source, read by Spark's workers: the driver's side."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from curation.contracts.model import Contract, Marketplace, Table
from curation.manifest import DocumentRecord
from curation.platform.stores import Store
from curation.reading.frame import KIND, QUARANTINE, SUMMARY, TASK, frame_schema, rows_of
from curation.reading.summary import Reading, readings_of
from curation.reading.tasks import Task, first_tasks, shares, tasks_with_next_charset
from curation.reading.worker import worker


@dataclass
class Batch:
    """The documents of one source, read.

    `frame` is cached; each of its rows belongs to one table, or to quarantine. `readings` holds a Reading per document,
    by name; `tasks` the documents' names by task number; `valid` the tasks of documents that were not refused.
    """

    contract: Contract
    frame: DataFrame
    readings: dict[str, Reading]
    tasks: dict[int, str]
    valid: frozenset[int]

    def rows(self, table: Table, without: Iterable[str] = ()) -> DataFrame:
        """Return the conformed rows of a table, without the named documents and those that were refused."""
        left_out = set(without)
        chosen = [number for number, name in self.tasks.items() if number in self.valid and name not in left_out]
        frame = self.frame if len(chosen) == len(self.tasks) else self.frame.where(f.col(TASK).isin(chosen))
        return rows_of(frame, table)

    def quarantined(self) -> DataFrame:
        """Return the records in quarantine, with the name of their document."""
        names = f.create_map(*[f.lit(value) for number, name in self.tasks.items() for value in (number, name)])
        return self.frame.where((f.col(KIND) == QUARANTINE) & f.col(TASK).isin(list(self.valid))).select(
            names[f.col(TASK)].alias("document"), f"{QUARANTINE}.*"
        )

    def release(self) -> None:
        """Release the cached rows."""
        self.frame.unpersist()


@dataclass(frozen=True)
class DocumentReader:
    """Reads documents of any source on Spark's workers."""

    spark: SparkSession
    marketplaces: Mapping[str, Marketplace]
    store: Store

    def read(self, contract: Contract, documents: Sequence[DocumentRecord]) -> Batch:
        """Read and decode all documents of one source, each once.

        A large document is read again with the next charset until one fits.
        """
        cores = self.spark.sparkContext.defaultParallelism
        tasks = first_tasks(documents, cores)
        frame, summaries = self._run(contract, tasks)
        while again := list(tasks_with_next_charset(tasks, summaries, cores)):
            more, later = self._run(contract, again)
            frame, summaries = frame.unionByName(more), summaries | later
            repeated = {task.document.name for task in again}
            tasks = [task for task in tasks if task.document.name not in repeated] + again
        readings = readings_of(contract, tasks, summaries)
        valid = frozenset(task.number for task in tasks if readings[task.document.name].refusal is None)
        return Batch(contract, frame, readings, {task.number: task.document.name for task in tasks}, valid)

    def decoded(self, contract: Contract, tasks: Sequence[Task]) -> DataFrame:
        """Return what the workers make of the tasks: rows, quarantine, and a summary per task (see `frame`)."""
        slices = min(self.spark.sparkContext.defaultParallelism, len(tasks))
        return self.spark.range(0, slices, 1, slices).mapInArrow(
            worker(contract, shares(tasks, slices), dict(self.marketplaces), self.store), frame_schema(contract)
        )

    def _run(self, contract: Contract, tasks: Sequence[Task]) -> tuple[DataFrame, dict[int, Any]]:
        frame = self.decoded(contract, tasks).persist(StorageLevel.MEMORY_AND_DISK)
        return frame, dict(_summaries(frame))


def _summaries(frame: DataFrame) -> Iterator[tuple[int, Any]]:
    for row in frame.where(f.col(KIND) == SUMMARY).select(TASK, SUMMARY).collect():
        yield row[TASK], json.loads(row[SUMMARY])
