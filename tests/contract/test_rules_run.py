"""Every rule written as a query runs where `lake try` judges; tests/spark/test_rules.py runs it where the job does."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.model import Contract, Rule, Table
from curation.contracts.parsing import parse_contract
from curation.judging import gate
from curation.judging.expectations import UNEXPECTED_ROWS
from trial.pandas_judge import PandasJudge

REPORTS = Path(__file__).parents[2] / "contracts" / "reports"
CONTRACTS = [
    parse_contract(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(REPORTS.glob("*.yaml"))
]
QUERIES = [
    (contract, table, rule)
    for contract in CONTRACTS
    for table in contract.tables
    for rule in gate.rules_of(table)
    if rule.expectation == UNEXPECTED_ROWS
]
LOWEST = {
    "int": -(2**31),
    "bigint": -(2**63),
    "double": -1.7e308,
    "date": date.min,
    "timestamp": datetime.combine(date.min, time.min),
    "string": "",
    "boolean": False,
}
HIGHEST = {
    "int": 2**31 - 1,
    "bigint": 2**63 - 1,
    "double": 1.7e308,
    "date": date.max,
    "timestamp": datetime.combine(date.max, time.max),
    "string": "x",
    "boolean": True,
}


def filled(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Return a row with a value in each column."""
    sign = 0 if values is HIGHEST else 1
    return {
        column.name: Decimal((sign, (9,) * column.decimal[0], -column.decimal[1]))
        if column.decimal
        else values.get(column.type)
        for column in table.fields
    }


def rows(table: Table, kind: str) -> list[dict[str, Any]]:
    """Return rows that a rule must be able to judge, whatever it says of them."""
    if kind == "none":
        return []
    nothing: dict[str, Any] = dict.fromkeys(column.name for column in table.fields)
    return {
        "nulls": [nothing],
        "lowest": [filled(table, LOWEST)] * 3,
        "highest": [nothing, *[filled(table, HIGHEST)] * 3],
    }[kind]


@pytest.mark.parametrize("kind", ["none", "nulls", "lowest", "highest"])
@pytest.mark.parametrize(
    ("contract", "table", "rule"), QUERIES, ids=[f"{table.name}.{rule.name}" for _, table, rule in QUERIES]
)
def test_queries_run_where_a_document_is_tried(contract: Contract, table: Table, rule: Rule, kind: str) -> None:
    """Also over the largest values that columns hold: a document with one must not stop the rule for its batch."""
    tables = {one.name: pa.Table.from_pylist(rows(one, kind), schema=arrow_schema(one)) for one in contract.tables}
    resolved = gate._resolved(rule, {one.name: f"{one.name}_batch" for one in contract.tables})
    successes = PandasJudge(tables).successes(table.name, None, [resolved])
    assert kind != "none" or successes == [True]
