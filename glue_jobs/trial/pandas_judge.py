"""Judging rows without Spark: Great Expectations on pandas, and DuckDB for rules that are queries."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from curation.contracts.model import Rule
from curation.errors import RuleFailedToRunError
from curation.judging.expectations import UNEXPECTED_ROWS, Expectations, Judged


class PandasJudge:
    """Judges pandas frames. Great Expectations runs rules written as queries on Spark only: DuckDB runs them here.

    `tables` are the same rows by name, as Arrow tables: there a column without values has a type too, which a query may
    need.
    """

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables

    @functools.cached_property
    def _expectations(self) -> Expectations:
        return Expectations("pandas")

    def successes(self, table: str, frame: Any, rules: Sequence[Rule]) -> list[bool]:
        """Return for each rule whether the frame satisfies it. Raises RuleFailedToRunError."""
        written = [rule for rule in rules if rule.expectation != UNEXPECTED_ROWS]
        judged = iter(self._expectations.successes(table, frame, written)) if written else iter(())
        return [not self._rows(table, rule) if rule.expectation == UNEXPECTED_ROWS else next(judged) for rule in rules]

    def details(self, table: str, frame: Any, rules: Sequence[Rule], samples: int) -> list[Judged]:
        """Return counts and samples of rules that are known to fail."""
        return list(self._details(table, frame, rules, samples))

    def _details(self, table: str, frame: Any, rules: Sequence[Rule], samples: int) -> Iterator[Judged]:
        for rule in rules:
            if rule.expectation == UNEXPECTED_ROWS:
                rows = self._rows(table, rule)
                yield Judged(rule, len(rows), tuple(rows[:samples]))
            else:
                yield from self._expectations.details(table, frame, [rule], samples)

    def documents(self, table: str, frame: Any, judged: Judged, most: int) -> list[str] | None:
        """Return the documents of the frame: the one document of the trial."""
        return sorted(set(frame["source_document"]))

    def hold_for(self, rules: Sequence[Rule], statistics: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Return for each rule whether it holds for the statistics of the document."""
        return self._expectations.hold_for(rules, statistics)

    def _rows(self, table: str, rule: Rule) -> list[dict[str, Any]]:
        try:
            import duckdb
        except ImportError as error:
            raise RuleFailedToRunError(
                f"table {table}, rule {rule.name}: install duckdb to judge rules written as queries"
            ) from error
        with duckdb.connect() as connection:
            for name, rows in self._tables.items():
                connection.register(f"{name}_batch", rows)
            # The query comes from a contract that somebody may have sent: it sees these tables and nothing else.
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            query = rule.arguments["query"].replace("{batch}", f"{table}_batch").replace("`", '"')
            try:
                answer = connection.execute(query)
                names = [column[0] for column in answer.description or ()]
                return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
            except duckdb.Error as error:
                raise RuleFailedToRunError(f"table {table}, rule {rule.name}: {error}") from error
