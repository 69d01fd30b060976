"""Great Expectations, as far as the gate uses it: one context, rules from contracts, one verdict per rule.

Observed with 1.24 and handled here: a rule that fails to run does not raise, but has success=False and an
`exception_info` keyed by metric; an empty frame satisfies every rule; cached frames are never released.
"""

import importlib
import itertools
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from curation.contracts.model import Rule
from curation.errors import InvalidContractError, RuleFailedToRunError

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read when Great Expectations is imported

UNEXPECTED_ROWS = "unexpected_rows"


@dataclass(frozen=True)
class Judged:
    """A rule that does not hold: how many rows break it (None where the rule counts none) and some of their values."""

    rule: Rule
    unexpected_count: int | None
    samples: tuple[Any, ...]


class Judge(Protocol):
    """Judges frames of one engine."""

    def successes(self, table: str, frame: Any, rules: Sequence[Rule]) -> list[bool]:
        """Return for each rule whether the frame satisfies it. Raises RuleFailedToRunError."""

    def details(self, table: str, frame: Any, rules: Sequence[Rule], samples: int) -> list[Judged]:
        """Return counts and samples of rules that are known to fail. Raises RuleFailedToRunError."""

    def documents(self, table: str, frame: Any, judged: Judged, most: int) -> list[str] | None:
        """Return the documents of the rows that break a rule.

        None where the rule does not name rows, or where they are more than `most`.
        """

    def hold_for(self, rules: Sequence[Rule], statistics: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Return for each rule whether it holds for the statistics of these documents. Raises RuleFailedToRunError."""


def load_in_background() -> None:
    """Begin to import Great Expectations, which takes seconds, while the session starts."""
    threading.Thread(target=importlib.import_module, args=("great_expectations",), daemon=True).start()


class Expectations:
    """Great Expectations over Spark or pandas frames; `engine` says which.

    Building the context takes seconds, so there is one per run.
    """

    def __init__(self, engine: str) -> None:
        import great_expectations
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = great_expectations
        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        sources = context.data_sources
        self._source = sources.add_spark("batch", persist=False) if engine == "spark" else sources.add_pandas("batch")
        self._documents = sources.add_pandas("documents")
        self._engine = engine
        self._number = itertools.count()

    def successes(self, table: str, frame: Any, rules: Sequence[Rule]) -> list[bool]:
        """Return for each rule whether the frame satisfies it. Raises RuleFailedToRunError."""
        return [
            bool(result.success)
            for result in self._validate(self._source, table, frame, rules, {"result_format": "BOOLEAN_ONLY"})
        ]

    def details(self, table: str, frame: Any, rules: Sequence[Rule], samples: int) -> list[Judged]:
        """Return counts and samples of rules that are known to fail. Raises RuleFailedToRunError."""
        results = self._validate(
            self._source, table, frame, rules, {"result_format": "SUMMARY", "partial_unexpected_count": samples}
        )
        return [self._judged(rule, result.result, frame, samples) for rule, result in zip(rules, results, strict=True)]

    def _judged(self, rule: Rule, result: Mapping[str, Any], frame: Any, samples: int) -> Judged:
        if rule.expectation == UNEXPECTED_ROWS:
            rows = self._unexpected(rule, frame)
            return Judged(rule, result.get("observed_value"), tuple(row.asDict() for row in rows.take(samples)))
        return Judged(
            rule,
            result.get("unexpected_count"),
            tuple(
                result.get("partial_unexpected_list")
                or ([result["observed_value"]] if "observed_value" in result else [])
            ),
        )

    def documents(self, table: str, frame: Any, judged: Judged, most: int) -> list[str] | None:
        """Return the documents of the rows that break a rule.

        None where the rule does not name rows, or where they are more than `most`.
        """
        if judged.rule.expectation == UNEXPECTED_ROWS:
            rows = self._unexpected(judged.rule, frame)
            return (
                [row[0] for row in rows.select("source_document").distinct().collect()]
                if "source_document" in rows.columns
                else None
            )
        if judged.unexpected_count is None or judged.unexpected_count > most:
            return None
        form = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["source_document"],
            "return_unexpected_index_query": False,
        }
        (result,) = self._validate(self._source, table, frame, [judged.rule], form)
        listed = result.result.get("unexpected_index_list")
        return sorted({row["source_document"] for row in listed}) if listed else None

    def hold_for(self, rules: Sequence[Rule], statistics: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Return for each rule whether it holds for the statistics of these documents. Raises RuleFailedToRunError."""
        import pandas

        frame = pandas.DataFrame(list(statistics))
        return [
            bool(result.success)
            for result in self._validate(self._documents, "documents", frame, rules, {"result_format": "BOOLEAN_ONLY"})
        ]

    def _unexpected(self, rule: Rule, frame: Any) -> Any:
        view = "unexpected_rows_batch"
        frame.createOrReplaceTempView(view)
        return frame.sparkSession.sql(rule.arguments["query"].replace("{batch}", view))

    def _validate(
        self, source: Any, table: str, frame: Any, rules: Sequence[Rule], form: Mapping[str, Any]
    ) -> list[Any]:
        name = f"{table}_{next(self._number)}"
        asset = source.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
        suite = self._gx.ExpectationSuite(name=name, expectations=[self._expectation(rule) for rule in rules])
        results = {
            result.expectation_config.meta["rule"]: result
            for result in batch.validate(suite, result_format=dict(form)).results
        }
        source.delete_asset(name)
        for rule in rules:
            if reason := failure_of(results[rule.name].exception_info or {}):
                raise RuleFailedToRunError(f"table {table}, rule {rule.name}: {reason}")
        return [results[rule.name] for rule in rules]

    def _expectation(self, rule: Rule) -> Any:
        """Return the expectation of a rule.

        Raises InvalidContractError for one that Great Expectations does not know or that it refuses.
        """
        meta = {"rule": rule.name}
        expectations = self._gx.expectations
        if rule.expectation == UNEXPECTED_ROWS:
            return expectations.UnexpectedRowsExpectation(unexpected_rows_query=rule.arguments["query"], meta=meta)
        kind = getattr(
            expectations, "Expect" + "".join(part.capitalize() for part in rule.expectation.split("_")), None
        )
        if kind is None:
            raise InvalidContractError(f"rule {rule.name}: Great Expectations has no expectation {rule.expectation}")
        try:
            return kind(**rule.arguments, meta=meta)
        except ValueError as error:  # pydantic's errors are ValueErrors
            raise InvalidContractError(f"rule {rule.name}: {error}") from error


def failure_of(exception_info: Mapping[str, Any]) -> str | None:
    """Return why a rule could not be judged.

    The information is flat, or one level deep by metric; None when nothing was raised.
    """
    for one in (exception_info, *(value for value in exception_info.values() if isinstance(value, Mapping))):
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "no reason given")
    return None
