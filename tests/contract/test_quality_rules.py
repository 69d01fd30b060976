"""The quality rules of the contracts: expectations as Great Expectations has them, queries over columns that exist."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import expressions
from sqlglot.optimizer.qualify import qualify

from operations.contracts.rules import DOCUMENT_COLUMNS
from operations.contracts.tables import AUTOMATIC_COLUMNS

ROOT = Path(__file__).parents[2]
CONTRACTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))}
EXPECTATIONS = json.loads((ROOT / "operations" / "contracts" / "expectations.json").read_text(encoding="utf-8"))
RULES = [(source, name, rule) for source, contract in CONTRACTS.items() for name, table in contract["tables"].items() for rule in table.get("quality", [])]
QUERIES = [(source, name, rule) for source, name, rule in RULES if "query" in rule]

GENERAL = {"batch_id", "catch_exceptions", "description", "id", "meta", "notes", "rendered_content", "result_format", "severity", "windows", "library_metadata"}


def test_the_expectations_are_those_of_the_great_expectations_that_runs() -> None:
    import great_expectations.expectations.core as core  # noqa: PLC0415 - takes seconds, needed here alone

    classes = [member for _, member in inspect.getmembers(core, inspect.isclass) if member.__name__.startswith("Expect")]
    installed = {kind.expectation_type.removeprefix("expect_"): sorted(set(kind.__fields__) - GENERAL) for kind in classes if kind.expectation_type}
    unusable = {"query_results_to_match_comparison", "table_row_count_to_equal_other_table"}  # they speak of other data sources
    assert {name: arguments for name, arguments in installed.items() if name not in unusable} | {"unexpected_rows": ["query"]} == EXPECTATIONS


def schema_of(source: str, name: str) -> dict[str, dict[str, str]]:
    tables = CONTRACTS[source]["tables"]
    columns = {table: {column["name"]: column["type"] for column in spec["columns"]} | AUTOMATIC_COLUMNS for table, spec in tables.items()}
    return columns | {"batch": columns[name]}


def columns_exist(query: str, schema: dict[str, dict[str, str]]) -> expressions.Expression:
    plain = query.replace("{", "").replace("}", "")
    return qualify(sqlglot.parse_one(plain, read="spark"), schema=schema, dialect="spark", validate_qualify_columns=True)


@pytest.mark.parametrize(("source", "name", "rule"), QUERIES, ids=[f"{name}.{rule['name']}" for _, name, rule in QUERIES])
def test_queries_parse_and_name_columns_that_exist(source: str, name: str, rule: dict[str, Any]) -> None:
    qualified = columns_exist(rule["query"], schema_of(source, name))
    assert "source_document" in qualified.named_selects
    assert len(qualified.named_selects) == len(set(qualified.named_selects)), "two columns of one name"


def test_a_query_over_a_column_that_is_not_there_is_seen() -> None:
    with pytest.raises(sqlglot.errors.OptimizeError, match="shipped_unit"):
        columns_exist("SELECT source_document, shipped_unit FROM {batch}", schema_of("vendor_sales", "vendor_sales_by_asin"))


@pytest.mark.parametrize("source", sorted(CONTRACTS))
def test_every_table_has_rules_that_can_stop_or_warn(source: str) -> None:
    for name, table in CONTRACTS[source]["tables"].items():
        assert len(table.get("quality", [])) + ("key" in table) >= 2, name


@pytest.mark.parametrize("source", sorted(CONTRACTS))
def test_money_is_judged_with_its_currency(source: str) -> None:
    """A currency taken from the marketplace or the first row is always there; any other is checked by a rule."""
    for name, table in CONTRACTS[source]["tables"].items():
        columns = {column["name"]: column for column in table["columns"]}
        taken = [column for column in columns.values() if "currency" in column["name"] and not column["from"].startswith("$") and not column.get("required")]
        if taken and any(column["type"].startswith("decimal") for column in columns.values()):
            assert any(rule.get("name") == "money_has_a_currency" for rule in table["quality"]), name


def test_rules_about_documents_use_what_the_job_offers() -> None:
    assert all(rule["column"] in DOCUMENT_COLUMNS for _, _, rule in RULES if rule.get("per") == "document")
