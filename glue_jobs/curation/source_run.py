"""One source of a run: what its documents change is computed, judged, and published."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from curation.contracts.model import Table
from curation.judging import gate
from curation.judging.expectations import Judge
from curation.judging.statistics import document_statistics
from curation.manifest import DocumentRecord, WindowUnit
from curation.publishing import commits
from curation.publishing.change_set import ChangeSet
from curation.publishing.changes import ParentTable, changes_for_documents, changes_for_rows
from curation.reading.batch import Batch
from curation.reading.summary import Reading
from curation.recording.earlier_runs import EarlierRuns, previous_records
from curation.recording.outcomes import Outcome, outcome_of, refused
from curation.settings import Settings


@dataclass
class SourceRun:
    """One source of a run.

    `documents_table` is the full name of operations.documents. After `publish`, `outcomes` holds an outcome per
    document, `verdicts` all verdicts on the way, and `rows_put` the rows put into each table.
    """

    spark: SparkSession
    settings: Settings
    batch: Batch
    judge: Judge
    earlier: EarlierRuns
    documents_table: str
    outcomes: list[Outcome] = field(default_factory=list)
    verdicts: list[gate.Verdict] = field(default_factory=list)
    rows_put: dict[str, int] = field(default_factory=dict)
    _broken: dict[str, list[str]] = field(default_factory=dict)
    """Critical rules that are broken, by the document that the gate stopped for them."""

    def publish(self) -> None:
        """Judge the batch without the documents that break critical rules, and publish what passes."""
        readings = self.batch.readings.values()
        self.outcomes += [refused(reading, reading.refusal) for reading in readings if reading.refusal is not None]
        newest, changes = self._changes_that_pass()
        self.outcomes += [
            outcome_of(reading, changes, newest.keys(), self._broken.get(reading.document.name))
            for reading in readings
            if reading.refusal is None
        ]
        for change in changes:
            commits.merge(self.spark, change)
            self.rows_put[change.table.name] = change.rows_put
        _release(changes)

    def _changes_that_pass(self) -> tuple[dict[str, DocumentRecord], list[ChangeSet]]:
        """Return the newest documents of their windows and what the batch changes, without the stopped documents."""
        while True:
            standing = [
                reading
                for reading in self.batch.readings.values()
                if reading.refusal is None and reading.document.name not in self._broken
            ]
            newest = self._newest_of_windows(standing)
            changes = [self._changes(table, newest) for table in self.batch.contract.tables]
            judgement = self._judged(changes, standing)
            self.verdicts += judgement.verdicts
            if not judgement.stopped:
                return newest, changes
            # Documents that a stopped one superseded count again, so the changes are computed anew.
            for document, broken in judgement.stopped.items():
                self._broken.setdefault(document, []).extend(broken)
            _release(changes)

    def _newest_of_windows(self, readings: Sequence[Reading]) -> dict[str, DocumentRecord]:
        """Return the newest document of each window unit, by name.

        Documents that are superseded by an announced or by a published one are left out.
        """
        newest: dict[WindowUnit, DocumentRecord] = {}
        for reading in readings:
            document = reading.document
            if document.superseded_by or self.earlier.supersede(document):
                continue
            other = newest.get(document.window_unit)
            if other is None or other.order < document.order:
                newest[document.window_unit] = document
        return {document.name: document for document in newest.values()}

    def _changes(self, table: Table, newest: dict[str, DocumentRecord]) -> ChangeSet:
        rows = self._rows(table)
        name = self.settings.name(table)
        replayed = self.earlier.judged_any(reading.document for reading in self.batch.readings.values())
        if table.unit == "window":
            return changes_for_documents(self.spark, table, name, rows, list(newest.values()), replayed=replayed)
        return changes_for_rows(self.spark, table, name, rows, self._parent(table), replayed=replayed)

    def _parent(self, table: Table) -> ParentTable | None:
        if table.units_of is None:
            return None
        parent = next(one for one in self.batch.contract.tables if one.name == table.units_of)
        return ParentTable(self._rows(parent), self.settings.name(parent))

    def _rows(self, table: Table) -> DataFrame:
        return self.batch.rows(table, without=self._broken)

    def _judged(self, changes: Sequence[ChangeSet], standing: Sequence[Reading]) -> gate.Judgement:
        """Judge what would be published."""
        views = {change.table.name: f"{change.table.name}_batch" for change in changes}
        frames = [change.to_publish() for change in changes]
        for change, frame in zip(changes, frames, strict=True):
            frame.createOrReplaceTempView(views[change.table.name])
        candidates = [
            gate.Candidate(
                change.table,
                frame,
                documents=tuple(sorted(document for document in change.counts if change.published(document))),
                restricted=_Restricted(frame),
                statistics=self._statistics(change, standing),
                views=views,
                personal=self.batch.contract.personal,
            )
            for change, frame in zip(changes, frames, strict=True)
        ]
        return gate.judge(self.judge, candidates)

    def _statistics(self, change: ChangeSet, standing: Sequence[Reading]) -> tuple[dict[str, object], ...]:
        """Return a row per document for the rules that judge documents; none where the table has no such rule."""
        if not any(rule.per_document for rule in change.table.rules):
            return ()
        previous = previous_records(self.spark, self.documents_table, self.batch.contract.source, change.table.name)
        rows = []
        for reading in standing:
            document, counts = reading.document, reading.counts[change.table.name]
            if not change.superseded(document.name):
                rows.append(
                    document_statistics(
                        document.name,
                        records=counts.records,
                        published=change.published(document.name),
                        quarantined=counts.quarantined,
                        excluded=counts.excluded,
                        previous=previous.get(document.series),
                    )
                )
        return tuple(rows)


@dataclass(frozen=True)
class _Restricted:
    """The rows of a frame that come from some documents."""

    frame: DataFrame

    def __call__(self, documents: Sequence[str]) -> DataFrame:
        return self.frame.where(f.col("source_document").isin(list(documents)))


def _release(changes: Sequence[ChangeSet]) -> None:
    for change in changes:
        change.release()
