"""One curation run: read, judge, publish, record; by source and table, the tables first and the record of it after."""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from curation.contracts.model import Bundle, Contract, Table
from curation.contracts.parsing import parse_bundle
from curation.contracts.spark_types import spark_schema
from curation.errors import InvalidContractError
from curation.judging import gate, quality_page
from curation.judging.expectations import Expectations, Judge
from curation.manifest import DocumentRecord, parse_manifest
from curation.platform.spark_session import CATALOGUE, fit_to
from curation.platform.stores import Store
from curation.publishing import units as publishing
from curation.publishing.units import ChangeSet
from curation.reading.worker import Batch, Counts, Reading, read_documents
from curation.recording import results, state
from curation.recording.results import Outcome, TableCounts
from curation.tables import schema
from curation.tables.lake_formation import Tagger


@dataclass(frozen=True)
class Settings:
    """The job's arguments: URIs of what it reads and writes, and the names of the databases."""

    manifest: str
    results: str
    contracts: str
    curated_database: str
    operations_database: str
    warehouse: str
    data_docs: str

    def name(self, table: Table) -> str:
        """Return the full name of a table."""
        return f"{CATALOGUE}.{self.database(table)}.{table.name}"

    def database(self, table: Table) -> str:
        """Return the database of a table: report tables are curated, the job's own are operations."""
        return self.curated_database if table.automatic else self.operations_database

    def location(self, table: Table) -> str:
        """Return where the table lies."""
        return f"{self.warehouse.rstrip('/')}/{self.database(table)}/{table.name}"


@dataclass
class Run:
    """What a run has and what it has found so far."""

    spark: SparkSession
    settings: Settings
    store: Store
    bundle: Bundle
    run_id: str
    started_at: datetime
    recorded: state.Recorded = state.NOTHING
    outcomes: list[Outcome] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)
    verdicts: list[gate.Verdict] = field(default_factory=list)
    judge: Judge | None = None
    quarantined: list[DataFrame] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)


def run(spark: SparkSession, settings: Settings, store: Store, tagger: Tagger) -> dict[str, Any]:
    """Curate the documents of the manifest and return results.json, which is also written, last."""
    started_at = datetime.now(UTC)
    bundle = parse_bundle(_json(store, settings.contracts))
    run_id, documents = parse_manifest(_json(store, settings.manifest))
    by_source = _by_source(bundle, documents)
    fit_to(spark, sum(document.content_bytes for document in documents))
    this = Run(spark, settings, store, bundle, run_id, started_at)
    prepared = _prepare_tables(this, [bundle.contracts[source] for source in by_source], tagger)
    if documents and not next(change.new for change in prepared if change.table.name == "documents"):
        this.recorded = state.recorded(spark, settings.name(_operations_table(bundle, "documents")), documents)
    for source, of_source in by_source.items():
        _curate_source(this, bundle.contracts[source], of_source)
    _record(this)
    for batch in this.batches:
        batch.release()
    verdicts = gate.merged(this.verdicts)
    quality_page.write(
        store, settings.data_docs, run_id, judged_at=started_at, verdicts=verdicts, outcomes=this.outcomes
    )
    answer = results.results_json(
        run_id, this.outcomes, this.changed, gate.summary(verdicts), times=(started_at, datetime.now(UTC))
    )
    store.write(settings.results, json.dumps(answer, ensure_ascii=False, indent=1).encode(), "application/json")
    return answer


def _json(store: Store, uri: str) -> Any:
    with store.open(uri) as file:
        return json.load(file)


def _by_source(bundle: Bundle, documents: Iterable[DocumentRecord]) -> dict[str, list[DocumentRecord]]:
    found: dict[str, list[DocumentRecord]] = {}
    for document in documents:
        contract = bundle.contracts.get(document.source)
        if contract is None or contract.document is None:
            raise InvalidContractError(
                f"the manifest names the source {document.source}, for which the bundle has no report contract"
            )
        found.setdefault(document.source, []).append(document)
    return found


def _operations_table(bundle: Bundle, name: str) -> Table:
    contract = bundle.contracts.get(name)
    if contract is None or contract.document is not None:
        raise InvalidContractError(f"the bundle has no operations contract {name}")
    return next(table for table in contract.tables if table.name == name)


def _prepare_tables(this: Run, contracts: Sequence[Contract], tagger: Tagger) -> list[schema.Change]:
    """Make all tables follow their contracts.

    All are planned first: a change that cannot be made stops the run before anything is written.
    """
    wanted = [table for contract in contracts for table in contract.tables]
    wanted += [_operations_table(this.bundle, name) for name in ("documents", "quality_results", "quarantine")]
    plans = [
        schema.plan(this.spark, table, this.settings.name(table), this.settings.location(table)) for table in wanted
    ]
    for change in plans:
        schema.apply(this.spark, change)
        if change.tagging:
            tagger.tag(this.settings.database(change.table), change.table)
            schema.mark_tagged(this.spark, change)
    return plans


def _curate_source(this: Run, contract: Contract, documents: Sequence[DocumentRecord]) -> None:
    batch = read_documents(this.spark, contract, documents, this.bundle.marketplaces, this.store)
    this.batches.append(batch)
    readings = batch.readings
    this.outcomes += [
        results.refused(reading, reading.refusal) for reading in readings.values() if reading.refusal is not None
    ]
    readable = [reading for reading in readings.values() if reading.refusal is None]
    stopped: dict[str, list[str]] = {}
    while True:
        standing = [reading for reading in readable if reading.document.name not in stopped]
        speaking = _speaking(this, contract, standing)
        changes = [_changes(this, batch, table, speaking, stopped) for table in contract.tables]
        judgement = _judged(this, contract, standing, changes)
        this.verdicts += judgement.verdicts
        if not judgement.stopped:
            break
        # Documents that a stopped one superseded speak again, so the change is computed anew.
        for document, broken in judgement.stopped.items():
            stopped.setdefault(document, []).extend(broken)
        _release(changes)
    for reading in readable:
        this.outcomes.append(_outcome(reading, changes, speaking, stopped))
    for change in changes:
        publishing.merge(this.spark, change)
        this.changed[change.table.name] = change.rows_put
    _release(changes)
    this.quarantined.append(batch.quarantined())


def _judged(this: Run, contract: Contract, readings: Sequence[Reading], changes: Sequence[ChangeSet]) -> gate.Judgement:
    """Judge what would be published."""
    if this.judge is None:
        this.judge = Expectations("spark")
    views = {change.table.name: f"{change.table.name}_batch" for change in changes}
    frames = {change.table.name: change.to_publish() for change in changes}
    for name, frame in frames.items():
        frame.createOrReplaceTempView(views[name])
    return gate.judge(
        this.judge,
        [
            _candidate(this, contract, change, frames[change.table.name], views=views, readings=readings)
            for change in changes
        ],
    )


def _candidate(
    this: Run,
    contract: Contract,
    change: ChangeSet,
    frame: DataFrame,
    *,
    views: Mapping[str, str],
    readings: Sequence[Reading],
) -> gate.Candidate:
    documents = sorted(document for document in change.counts if change.published(document))

    def restricted(chosen: Sequence[str]) -> DataFrame:
        return frame.where(f.col("source_document").isin(list(chosen)))

    statistics: tuple[Mapping[str, Any], ...] = ()
    if any(rule.per_document for rule in change.table.rules):
        previous = state.previous_records(
            this.spark,
            this.settings.name(_operations_table(this.bundle, "documents")),
            contract.source,
            change.table.name,
        )
        statistics = tuple(
            _statistics(reading, change, previous)
            for reading in readings
            if not change.superseded(reading.document.name)
        )
    return gate.Candidate(change.table, frame, tuple(documents), restricted, statistics, views)


def _statistics(reading: Reading, change: ChangeSet, previous: Mapping[state.Series, int]) -> dict[str, Any]:
    """Return the row that rules about documents judge."""
    document, counts = reading.document, reading.counts[change.table.name]
    before = previous.get((document.account, document.marketplace_id, document.variant))
    return {
        "source_document": document.name,
        "records": counts.records,
        "published": change.published(document.name),
        "quarantined": counts.quarantined,
        "excluded": counts.excluded,
        "previous_records": before,
        "change_in_records": counts.records / before if before else None,
    }


def _release(changes: Sequence[ChangeSet]) -> None:
    for change in changes:
        change.release()


def _speaking(this: Run, contract: Contract, readings: Sequence[Reading]) -> dict[str, DocumentRecord]:
    """Return the newest document of each window unit that nothing recorded or announced supersedes, by name."""
    newest: dict[tuple[str, str | None, str, str], DocumentRecord] = {}
    for reading in readings:
        document = reading.document
        if document.superseded_by or this.recorded.superseded(document):
            continue
        other = newest.get(document.window_unit)
        if other is None or other.order < document.order:
            newest[document.window_unit] = document
    return {document.name: document for document in newest.values()}


def _changes(
    this: Run, batch: Batch, table: Table, speaking: Mapping[str, DocumentRecord], stopped: Iterable[str]
) -> ChangeSet:
    rows = batch.rows(table, without=stopped)
    name = this.settings.name(table)
    replayed = this.recorded.replayed(reading.document for reading in batch.readings.values())
    if table.unit == "window":
        return publishing.changes_for_documents(
            this.spark, table, name, rows, list(speaking.values()), replayed=replayed
        )
    naming = None
    if table.units_of:
        other = next(one for one in batch.contract.tables if one.name == table.units_of)
        naming = publishing.Naming(batch.rows(other, without=stopped), this.settings.name(other))
    return publishing.changes_for_rows(this.spark, table, name, rows, naming, replayed=replayed)


def _outcome(
    reading: Reading,
    changes: Sequence[ChangeSet],
    speaking: Mapping[str, DocumentRecord],
    stopped: Mapping[str, Sequence[str]],
) -> Outcome:
    document = reading.document
    outcome = Outcome(document, results.CURATED, charset=reading.charset or None, drift=results.drift_of(reading))
    if document.name in stopped:
        outcome.outcome, outcome.code = results.QUARANTINED, "RuleBroken"
        outcome.message = "critical rules are broken: " + ", ".join(sorted(set(stopped[document.name])))
    for change in changes:
        counts = reading.counts[change.table.name]
        outcome.tables[change.table.name] = results.check_accounts(
            document.name, change.table.name, _counted(counts, change, document.name, document.name in stopped)
        )
    if document.name not in stopped and _was_superseded(outcome, changes, speaking):
        outcome.outcome = results.SUPERSEDED
        outcome.message = (
            f"superseded by {document.superseded_by}"
            if document.superseded_by
            else "a newer document speaks for the same"
        )
    return outcome


def _counted(counts: Counts, change: ChangeSet, document: str, stopped: bool) -> TableCounts:
    if stopped:
        return TableCounts(counts.records, 0, 0, counts.conformed + counts.quarantined, counts.excluded)
    return TableCounts(
        counts.records, change.published(document), change.superseded(document), counts.quarantined, counts.excluded
    )


def _was_superseded(outcome: Outcome, changes: Sequence[ChangeSet], speaking: Mapping[str, DocumentRecord]) -> bool:
    if all(change.table.unit == "window" for change in changes) and outcome.document.name not in speaking:
        return True
    published = sum(counts.published for counts in outcome.tables.values())
    return not published and any(counts.superseded for counts in outcome.tables.values())


def _record(this: Run) -> None:
    """Write the operations tables, after the tables they speak of. What was recorded as curated stays so when a newer
    document has superseded it since.

    The documents come first: when they have been recorded, a repeated run replaces whatever it finds of them; before
    that there is nothing to replace.
    """
    kept = [
        one
        for one in this.outcomes
        if not (one.outcome == results.SUPERSEDED and this.recorded.outcomes.get(one.document.name) == results.CURATED)
    ]
    replayed = this.recorded.replayed(outcome.document for outcome in kept)
    rows = [row for outcome in kept for row in results.document_rows(outcome, this.run_id, this.started_at)]
    judged = [verdict.row(this.run_id, this.started_at.replace(tzinfo=None)) for verdict in gate.merged(this.verdicts)]
    for name, of_table in (("documents", rows), ("quality_results", judged)):
        table = _operations_table(this.bundle, name)
        frame = _frame(this, table, of_table)
        if of_table:
            _write(this, table, frame, frame, replayed=replayed)
    if replayed or any(counts.quarantined for outcome in kept for counts in outcome.tables.values()):
        _write_quarantine(this, kept, replayed=replayed)


def _write(this: Run, table: Table, rows: DataFrame, units: DataFrame, *, replayed: bool) -> None:
    if replayed:
        publishing.replace_units(this.spark, table, this.settings.name(table), rows, units)
    else:
        publishing.append(table, this.settings.name(table), rows)


def _frame(this: Run, table: Table, rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    names = [column.name for column in table.fields]
    return this.spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], spark_schema(table))


def _write_quarantine(this: Run, kept: Sequence[Outcome], *, replayed: bool) -> None:
    table = _operations_table(this.bundle, "quarantine")
    told = [
        {
            "account_id": one.document.account,
            "report_id": one.document.report_id,
            "observed_at": one.document.report_time.replace(tzinfo=None),
        }
        for one in kept
    ]
    units = _frame(this, table, told)
    found = functools.reduce(DataFrame.unionByName, this.quarantined)
    known = units.select(
        "account_id", "report_id", "observed_at", f.concat_ws("/", "account_id", "report_id").alias("document")
    )
    renamed = {"table_name": "table", "column_name": "column"}
    values = {
        column.name: f.col(renamed.get(column.name, column.name)) for column in table.fields if column.name != "run_id"
    }
    values["run_id"] = f.lit(this.run_id)
    types = {one.name: one.dataType for one in spark_schema(table)}
    rows = found.join(f.broadcast(known), "document").select(
        *[values[column.name].cast(types[column.name]).alias(column.name) for column in table.fields]
    )
    _write(this, table, rows, units, replayed=replayed)
