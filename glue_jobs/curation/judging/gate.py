"""The gate: the contract's rules judge every batch before it is published.

A failing batch is narrowed to its failing documents.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from curation.contracts.model import Rule, Table
from curation.judging.expectations import UNEXPECTED_ROWS, Judge, Judged
from curation.platform import sql

MASK = "***"
SAMPLES = 5
MOST_INDEXED = 10_000
"""Up to this many offending rows, Great Expectations lists their documents.

Beyond, the batch is halved until the failing documents are found.
"""

NUMBER_OF_ROWS = "number_of_rows"
"""The name under which a query counts rows: whatever they hold, the number is nobody's."""
CRITICAL = "critical"


@dataclass(frozen=True)
class Verdict:
    """The result of one rule for one table's rows."""

    table: str
    rule: Rule
    success: bool
    failing_documents: tuple[str, ...] = ()
    unexpected_count: int | None = None
    sample: str | None = None

    def row(self, run_id: str, judged_at: datetime) -> dict[str, Any]:
        """Return the verdict as a row of operations.quality_results."""
        return {
            "run_id": run_id,
            "table_name": self.table,
            "rule": self.rule.name,
            "expectation": self.rule.expectation,
            "column_name": self.rule.column,
            "severity": self.rule.severity,
            "success": self.success,
            "failing_documents": json.dumps(self.failing_documents) if self.failing_documents else None,
            "unexpected_count": self.unexpected_count,
            "sample": self.sample,
            "judged_at": judged_at,
        }


@dataclass(frozen=True)
class Candidate:
    """The rows of one table that wait to be published, and the documents they come from.

    `frame` is of the judge's engine; `restricted(documents)` is the frame with only these documents' rows. `statistics`
    holds a row per document for rules that judge documents; `views` the views of the contract's tables, for rules that
    compare tables. `personal`: whether any of these tables has a personal column.
    """

    table: Table
    frame: Any
    documents: tuple[str, ...]
    restricted: Callable[[Sequence[str]], Any]
    statistics: tuple[Mapping[str, Any], ...] = ()
    views: Mapping[str, str] = field(default_factory=dict)
    personal: bool = True


@dataclass
class Judgement:
    """The gate's result for a source's batch: a verdict per table and rule, and the rules that stop each document."""

    verdicts: list[Verdict] = field(default_factory=list)
    stopped: dict[str, list[str]] = field(default_factory=dict)


def judge(engine: Judge, candidates: Iterable[Candidate]) -> Judgement:
    """Judge all tables of a source's batch.

    Raises RuleFailedToRunError when a rule could not be judged: a batch that was not judged is not published.
    """
    judgement = Judgement()
    for candidate in candidates:
        for verdict in _enginetable(engine, candidate):
            judgement.verdicts.append(verdict)
            if not verdict.success and verdict.rule.severity == CRITICAL:
                for document in verdict.failing_documents or candidate.documents:
                    judgement.stopped.setdefault(document, []).append(f"{candidate.table.name}.{verdict.rule.name}")
    return judgement


def broken_rules_message(broken: Iterable[str]) -> str:
    """Return the message of a document that breaks critical rules."""
    return "critical rules are broken: " + ", ".join(sorted(set(broken)))


def rules_of(table: Table) -> list[Rule]:
    """Return the rules of a table: the contract's, and that a declared key is unique."""
    key = [*table.unit_columns, *(column for column in table.key if column not in table.unit_columns)]
    implied = Rule("key_is_unique", UNEXPECTED_ROWS, "critical", {"query": _duplicates(key)})
    return [*([implied] if table.key else []), *table.rules]


def _resolved(rule: Rule, views: Mapping[str, str]) -> Rule:
    """Return the rule with the names of other tables in its query replaced by their views.

    {batch} is left to the judge.
    """
    query = rule.arguments.get("query")
    if query is None:
        return rule
    for table, view in views.items():
        query = query.replace("{" + table + "}", view)
    return replace(rule, arguments={**rule.arguments, "query": query})


def _duplicates(key: Sequence[str]) -> str:
    columns = sql.names(key)
    return (
        f"SELECT min(source_document) AS source_document, {columns}, count(*) AS {NUMBER_OF_ROWS} "
        f"FROM {{batch}} GROUP BY {columns} HAVING count(*) > 1"
    )


def _enginetable(engine: Judge, candidate: Candidate) -> list[Verdict]:
    rules = [_resolved(rule, candidate.views) for rule in rules_of(candidate.table)]
    by_row = [rule for rule in rules if not rule.per_document]
    if not candidate.documents:
        # Any rule about rows holds where there are no rows: that would be no verdict.
        by_row = []
    verdicts = _enginerows(engine, candidate, by_row)
    by_document = [rule for rule in rules if rule.per_document]
    if by_document and candidate.statistics:
        verdicts += _enginedocuments(engine, candidate, by_document)
    return verdicts


def _enginerows(engine: Judge, candidate: Candidate, rules: Sequence[Rule]) -> list[Verdict]:
    if not rules:
        return []
    quick = engine.successes(candidate.table.name, candidate.frame, rules)
    verdicts = [
        Verdict(candidate.table.name, rule, success=True) for rule, success in zip(rules, quick, strict=True) if success
    ]
    failed = [rule for rule, success in zip(rules, quick, strict=True) if not success]
    if failed:
        detailed = engine.details(candidate.table.name, candidate.frame, failed, SAMPLES)
        verdicts += [_failure(engine, candidate, one) for one in detailed]
    return verdicts


def _failure(engine: Judge, candidate: Candidate, judged: Judged) -> Verdict:
    documents = engine.documents(candidate.table.name, candidate.frame, judged, MOST_INDEXED)
    if documents is None:
        documents = _halved(engine, candidate, judged.rule, candidate.documents)
    verdict = Verdict(candidate.table.name, judged.rule, success=False, failing_documents=tuple(sorted(documents)))
    return replace(verdict, unexpected_count=judged.unexpected_count, sample=_masked(candidate, judged))


def _halved(engine: Judge, candidate: Candidate, rule: Rule, documents: Sequence[str]) -> list[str]:
    """Return the documents without which the rule holds, found by halving.

    Where only the whole batch fails, and neither half does, they are all of its documents.
    """
    if len(documents) == 1:
        return list(documents)
    middle = len(documents) // 2
    failing: list[str] = []
    for half in (documents[:middle], documents[middle:]):
        if not engine.successes(candidate.table.name, candidate.restricted(half), [rule])[0]:
            failing += _halved(engine, candidate, rule, half)
    return failing or list(documents)


def _enginedocuments(engine: Judge, candidate: Candidate, rules: Sequence[Rule]) -> list[Verdict]:
    verdicts = []
    for rule, holds in zip(rules, engine.hold_for(rules, candidate.statistics), strict=True):
        failing = (
            []
            if holds
            else [str(row["source_document"]) for row in candidate.statistics if not engine.hold_for([rule], [row])[0]]
        )
        verdicts.append(
            Verdict(candidate.table.name, rule, not failing, tuple(sorted(failing)), len(failing) if failing else None)
        )
    return verdicts


def _masked(candidate: Candidate, judged: Judged) -> str | None:
    """Return some offending values as JSON, with the values of personal and of undescribed columns masked.

    What a query computes under a name of its own is shown if it is a whole number that no personal column can be in.
    """
    open_columns = {column.name for column in candidate.table.fields if column.sensitivity != "personal"}
    shown: list[Any] = []
    for value in judged.samples:
        if isinstance(value, Mapping):
            shown.append(
                {
                    name: one if name in open_columns or _is_count(name, one, candidate) else MASK
                    for name, one in value.items()
                }
            )
        else:
            shown.append(value if _speaks_openly(judged.rule, open_columns) else MASK)
    return json.dumps(shown, default=str, ensure_ascii=False) if shown else None


def _is_count(name: str, value: Any, candidate: Candidate) -> bool:
    if name in {column.name for column in candidate.table.fields} or not isinstance(value, int):
        return False
    return name == NUMBER_OF_ROWS or not candidate.personal


def _speaks_openly(rule: Rule, open_columns: set[str]) -> bool:
    named = [rule.arguments[key] for key in ("column", "column_A", "column_B") if key in rule.arguments]
    named += list(rule.arguments.get("column_list", []))
    return bool(named) and all(name in open_columns for name in named)


def merged(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return one verdict per table and rule.

    After a batch was narrowed it is judged again: a rule that failed on the way stays failed.
    """
    found: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        key = (verdict.table, verdict.rule.name)
        other = found.get(key)
        if other is None or other.success:
            found[key] = verdict
        elif not verdict.success:
            documents = tuple(sorted({*other.failing_documents, *verdict.failing_documents}))
            found[key] = replace(other, failing_documents=documents)
    return list(found.values())


def summary(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Return how many rules held, how many critical ones and how many warnings did not."""
    counts = {"passed": 0, "failed": 0, "warnings": 0}
    for verdict in verdicts:
        counts["passed" if verdict.success else "failed" if verdict.rule.severity == CRITICAL else "warnings"] += 1
    return counts
