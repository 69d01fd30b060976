"""The quality rules of the contracts: expectations as Great Expectations has them, queries over columns that exist."""

import ast
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.parsing import parse_contract
from curation.judging import gate
from curation.judging.expectations import UNEXPECTED_ROWS
from sqlglot import expressions
from sqlglot.optimizer.qualify import qualify
from trial.pandas_judge import PandasJudge

from operations.contracts.columns import AUTOMATIC_COLUMNS
from operations.contracts.rules import DOCUMENT_COLUMNS

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))
}
EXPECTATIONS = json.loads((ROOT / "operations" / "contracts" / "expectations.json").read_text(encoding="utf-8"))
RULES = [
    (source, name, rule)
    for source, contract in CONTRACTS.items()
    for name, table in contract["tables"].items()
    for rule in table.get("quality", [])
]
QUERIES = [(source, name, rule) for source, name, rule in RULES if "query" in rule]

INHERITED = {
    "column",
    "column_A",
    "column_B",
    "column_list",
    "condition_parser",
    "ignore_row_if",
    "mostly",
    "row_condition",
}
"""Arguments that expectations have from their kind: about a column, a pair, several columns, rows under a condition."""

NOT_OFFERED = {
    *("query_results_to_match_comparison", "table_row_count_to_equal_other_table"),  # they speak of other data sources
    *(
        "column_bootstrapped_ks_test_p_value_to_be_greater_than",
        "column_chisquare_test_p_value_to_be_greater_than",
    ),  # files without a usable expectation
    *(
        "column_pair_cramers_phi_value_to_be_less_than",
        "column_parameterized_distribution_ks_test_p_value_to_be_greater_than",
    ),
    "multicolumn_values_to_be_unique",  # replaced by compound_columns_to_be_unique
}


def installed_expectations() -> dict[str, set[str]]:
    """Return names and own arguments of the installed expectations.

    They are read from the source, because importing Great Expectations takes many seconds.
    """
    package = importlib.util.find_spec("great_expectations")
    assert package is not None
    assert package.origin is not None
    found: dict[str, set[str]] = {}
    for file in (Path(package.origin).parent / "expectations" / "core").glob("expect_*.py"):
        classes = [
            node
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef) and node.name.startswith("Expect")
        ]
        named = [
            node
            for kind in classes
            for node in kind.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        ]
        own = {
            node.target.id
            for node in named
            if isinstance(node.target, ast.Name) and "ClassVar" not in ast.unparse(node.annotation)
        }
        found[file.stem.removeprefix("expect_")] = own
    return found


def test_the_expectations_are_those_of_the_great_expectations_that_runs() -> None:
    installed = installed_expectations()
    assert set(EXPECTATIONS) - {"unexpected_rows"} == set(installed) - NOT_OFFERED
    for name, arguments in EXPECTATIONS.items():
        own = {argument for argument in installed.get(name, {"query"}) if not argument.startswith("_")}
        assert own - INHERITED == set(arguments) - INHERITED, name


def schema_of(source: str, name: str) -> dict[str, dict[str, str]]:
    tables = CONTRACTS[source]["tables"]
    columns = {
        table: {column["name"]: column["type"] for column in spec["columns"]} | AUTOMATIC_COLUMNS
        for table, spec in tables.items()
    }
    return columns | {"batch": columns[name]}


def columns_exist(query: str, schema: dict[str, dict[str, str]]) -> expressions.Expression:
    plain = query.replace("{", "").replace("}", "")
    return qualify(
        sqlglot.parse_one(plain, read="spark"), schema=schema, dialect="spark", validate_qualify_columns=True
    )


@pytest.mark.parametrize(
    ("source", "name", "rule"), QUERIES, ids=[f"{name}.{rule['name']}" for _, name, rule in QUERIES]
)
def test_queries_parse_and_name_columns_that_exist(source: str, name: str, rule: dict[str, Any]) -> None:
    qualified = columns_exist(rule["query"], schema_of(source, name))
    assert "source_document" in qualified.named_selects
    assert len(qualified.named_selects) == len(set(qualified.named_selects)), "two columns of one name"


def test_a_query_over_a_column_that_is_not_there_is_seen() -> None:
    with pytest.raises(sqlglot.errors.OptimizeError, match="shipped_unit"):
        columns_exist(
            "SELECT source_document, shipped_unit FROM {batch}", schema_of("vendor_sales", "vendor_sales_by_asin")
        )


@pytest.mark.parametrize("source", sorted(CONTRACTS))
def test_every_table_has_rules_that_can_stop_or_warn(source: str) -> None:
    for name, table in CONTRACTS[source]["tables"].items():
        assert len(table.get("quality", [])) + ("key" in table) >= 2, name


@pytest.mark.parametrize("source", sorted(CONTRACTS))
def test_money_is_judged_with_its_currency(source: str) -> None:
    """A currency taken from the marketplace or the first row is always there; any other is checked by a rule."""
    for name, table in CONTRACTS[source]["tables"].items():
        columns = {column["name"]: column for column in table["columns"]}
        taken = [
            column
            for column in columns.values()
            if "currency" in column["name"] and not column["from"].startswith("$") and not column.get("required")
        ]
        if taken and any(column["type"].startswith("decimal") for column in columns.values()):
            assert any(rule.get("name") == "money_has_a_currency" for rule in table["quality"]), name


def test_rules_about_documents_use_what_the_job_offers() -> None:
    assert all(rule["column"] in DOCUMENT_COLUMNS for _, _, rule in RULES if rule.get("per") == "document")


@pytest.mark.parametrize("source", sorted({source for source, _, _ in QUERIES}))
def test_queries_run_where_a_document_is_tried_without_spark(source: str) -> None:
    """`lake try` judges them with DuckDB: what they call must be there too."""
    tables = parse_contract(CONTRACTS[source]).tables
    frames = {table.name: arrow_schema(table).empty_table().to_pandas() for table in tables}
    views = {name: f"{name}_batch" for name in frames}
    queries = [
        replace(table, rules=tuple(rule for rule in table.rules if rule.expectation == UNEXPECTED_ROWS))
        for table in tables
    ]
    candidates = [gate.Candidate(table, frames[table.name], ("a/1",), lambda _: None, (), views) for table in queries]
    assert gate.judge(PandasJudge(frames), candidates).stopped == {}
