"""One curation run: it reads, judges and publishes source by source, and then records what it did."""

import functools
import json
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from curation.contracts.model import Contract
from curation.contracts.parsing import parse_bundle
from curation.errors import InvalidContractError
from curation.judging import gate
from curation.judging.expectations import Expectations
from curation.manifest import DocumentRecord, parse_manifest
from curation.platform.spark_session import fit_to
from curation.platform.stores import Store
from curation.reading.batch import Batch, DocumentReader
from curation.recording import operations_tables, quality_page
from curation.recording.earlier_runs import EarlierRuns, earlier_runs
from curation.recording.operations_tables import OperationsTables, operations_table
from curation.recording.outcomes import Outcome
from curation.recording.results_file import results_json
from curation.settings import Settings
from curation.source_run import SourceRun
from curation.tables import schema
from curation.tables.lake_formation import Tagger


class CurationRun:
    """The curation of the documents of one manifest."""

    def __init__(self, spark: SparkSession, settings: Settings, store: Store, tagger: Tagger) -> None:
        self._started_at = datetime.now(UTC)
        self._spark = spark
        self._settings = settings
        self._store = store
        self._tagger = tagger
        self._bundle = parse_bundle(self._json(settings.contracts))
        self._run_id, self._documents = parse_manifest(self._json(settings.manifest))
        self._documents_table = operations_table(self._bundle, "documents")
        self._earlier = EarlierRuns()
        self._batches: list[Batch] = []
        self._outcomes: list[Outcome] = []
        self._verdicts: list[gate.Verdict] = []
        self._rows_put: dict[str, int] = {}

    def run(self) -> dict[str, Any]:
        """Curate the documents and return the content of results.json, which is also written, last."""
        by_source = self._documents_by_source()
        fit_to(self._spark, sum(document.content_bytes for document in self._documents))
        plans = self._prepare_tables([self._bundle.contracts[source] for source in by_source])
        self._earlier = self._earlier_runs(plans)
        for source, documents in by_source.items():
            self._curate(self._bundle.contracts[source], documents)
        self._record()
        for batch in self._batches:
            batch.release()
        return self._write_results()

    def _json(self, uri: str) -> Any:
        with self._store.open(uri) as file:
            return json.load(file)

    def _documents_by_source(self) -> dict[str, list[DocumentRecord]]:
        found: dict[str, list[DocumentRecord]] = {}
        for document in self._documents:
            contract = self._bundle.contracts.get(document.source)
            if contract is None or contract.document is None:
                raise InvalidContractError(
                    f"the manifest names the source {document.source}, for which the bundle has no report contract"
                )
            found.setdefault(document.source, []).append(document)
        return found

    def _prepare_tables(self, contracts: list[Contract]) -> list[schema.Change]:
        """Make all tables follow their contracts, and return how they were changed.

        All changes are planned first: one that cannot be made stops the run before anything is written.
        """
        wanted = [table for contract in contracts for table in contract.tables]
        wanted += [operations_table(self._bundle, name) for name in operations_tables.NAMES]
        plans = [
            schema.plan(self._spark, table, self._settings.name(table), self._settings.location(table))
            for table in wanted
        ]
        for change in plans:
            schema.apply(self._spark, change)
            if change.tagging:
                self._tagger.tag(self._settings.database(change.table), change.table)
                schema.mark_tagged(self._spark, change)
        return plans

    def _earlier_runs(self, plans: list[schema.Change]) -> EarlierRuns:
        """Return what earlier runs recorded of the documents: nothing where this run has created the table."""
        is_new = any(change.new for change in plans if change.table is self._documents_table)
        if is_new or not self._documents:
            return EarlierRuns()
        return earlier_runs(self._spark, self._settings.name(self._documents_table), self._documents)

    def _curate(self, contract: Contract, documents: list[DocumentRecord]) -> None:
        batch = DocumentReader(self._spark, self._bundle.marketplaces, self._store).read(contract, documents)
        self._batches.append(batch)
        source = SourceRun(
            self._spark,
            self._settings,
            batch,
            self._judge,
            self._earlier,
            self._settings.name(self._documents_table),
        )
        source.publish()
        self._outcomes += source.outcomes
        self._verdicts += source.verdicts
        self._rows_put |= source.rows_put

    @functools.cached_property
    def _judge(self) -> Expectations:
        """Great Expectations, loaded while the first documents are read."""
        return Expectations("spark")

    def _record(self) -> None:
        """Write the operations tables, after the tables that they describe."""
        OperationsTables(self._spark, self._settings, self._bundle, self._run_id, self._started_at).record(
            self._outcomes,
            gate.merged(self._verdicts),
            [batch.quarantined() for batch in self._batches],
            self._earlier,
        )

    def _write_results(self) -> dict[str, Any]:
        verdicts = gate.merged(self._verdicts)
        quality_page.write(
            self._store,
            self._settings.data_docs,
            self._run_id,
            judged_at=self._started_at,
            verdicts=verdicts,
            outcomes=self._outcomes,
        )
        results = results_json(
            self._run_id,
            self._outcomes,
            self._rows_put,
            gate.summary(verdicts),
            times=(self._started_at, datetime.now(UTC)),
        )
        content = json.dumps(results, ensure_ascii=False, indent=1).encode()
        self._store.write(self._settings.results, content, "application/json")
        return results
