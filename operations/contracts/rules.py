"""The quality rules of a table: expectations that exist, with arguments they take, about columns that are there."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from operations.contracts.columns import AUTOMATIC_COLUMNS
from operations.contracts.problems import Problem, did_you_mean
from operations.contracts.queries import query_problems

DOCUMENT_COLUMNS = (
    "source_document",
    "records",
    "published",
    "quarantined",
    "excluded",
    "previous_records",
    "change_in_records",
)
"""The columns that rules `per: document` can use."""

_OWN = {"expect", "severity", "name", "per"}
_COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list")


@cache
def _expectations() -> dict[str, list[str]]:
    """Return the arguments of each expectation of Great Expectations 1.24, and of the job's own `unexpected_rows`."""
    loaded: dict[str, list[str]] = json.loads((Path(__file__).parent / "expectations.json").read_text(encoding="utf-8"))
    return loaded


def rule_problems(file: Path, contract: dict[str, Any], name: str) -> Iterator[Problem]:
    """Yield what is wrong with the quality rules of one table."""
    table = contract["tables"][name]
    columns = [column["name"] for column in table["columns"]] + (
        list(AUTOMATIC_COLUMNS) if "document" in contract else []
    )
    names: list[str] = []
    for number, rule in enumerate(table.get("quality", [])):
        key = f"tables.{name}.quality.{number}"
        yield from _arguments(file, key, rule)
        yield from _columns(file, key, rule, columns)
        yield from query_problems(file, key, rule, list(contract["tables"]), name)
        names.append(rule.get("name") or f"{rule['expect']}_{rule.get('column', '')}".rstrip("_"))
        if names.count(names[-1]) == 2:
            yield Problem(file, key, f"another rule of the table is called {names[-1]}", "Give one of them a name.")


def _arguments(file: Path, key: str, rule: dict[str, Any]) -> Iterator[Problem]:
    known = _expectations()
    if rule["expect"] not in known:
        remedy = did_you_mean(
            rule["expect"].removeprefix("expect_"), known, "See operations/contracts/expectations.json."
        )
        yield Problem(file, f"{key}.expect", f"there is no expectation {rule['expect']}", remedy)
        return
    for argument in sorted(set(rule) - _OWN - set(known[rule["expect"]])):
        yield Problem(
            file,
            f"{key}.{argument}",
            f"{rule['expect']} takes no {argument}",
            f"It takes: {', '.join(known[rule['expect']])}.",
        )
    if rule["expect"].startswith("column_") and not set(rule) & set(_COLUMN_ARGUMENTS):
        yield Problem(file, key, f"{rule['expect']} needs a column", "Name the column.")
    bounds = {"min_value", "max_value"}
    if bounds <= set(known[rule["expect"]]) and not any(rule.get(bound) is not None for bound in bounds):
        yield Problem(file, key, "neither min_value nor max_value: everything passes", "Give at least one bound.")


def _columns(file: Path, key: str, rule: dict[str, Any], columns: list[str]) -> Iterator[Problem]:
    known = list(DOCUMENT_COLUMNS) if rule.get("per") == "document" else columns
    named = [(argument, column) for argument in _COLUMN_ARGUMENTS for column in _listed(rule.get(argument))]
    for argument, column in named:
        if column not in known:
            remedy = did_you_mean(column, known, f"Known: {', '.join(known)}.")
            yield Problem(file, f"{key}.{argument}", f"there is no column {column}", remedy)
    if rule.get("per") == "document" and "name" not in rule:
        yield Problem(file, key, "a rule about documents has no name", "Give it one: it distinguishes the results.")


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
