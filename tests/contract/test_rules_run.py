"""Every rule written as a query runs where `lake try` judges; tests/spark/test_rules.py runs them where the job does."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from curation import gate
from curation.conforming.types import arrow_schema
from curation.contract import Contract, Rule, Table, parse_contract
from curation.expectations import UNEXPECTED_ROWS
from curation.trial import PandasJudge

REPORTS = Path(__file__).parents[2] / "contracts" / "reports"
CONTRACTS = [parse_contract(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(REPORTS.glob("*.yaml"))]
QUERIES = [
    (contract, table, rule) for contract in CONTRACTS for table in contract.tables for rule in gate.rules_of(table) if rule.expectation == UNEXPECTED_ROWS
]
VALUES = {"string": "x", "int": 1, "bigint": 1, "double": 1.5, "boolean": True, "date": 20_000, "timestamp": 1_700_000_000_000_000}


def rows(table: Table) -> list[dict[str, Any]]:
    """Return a row without values and one with a value in each column."""
    value = {column.name: 1 if column.decimal else VALUES.get(column.type) for column in table.fields}
    return [dict.fromkeys(value), value]


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize(("contract", "table", "rule"), QUERIES, ids=[f"{table.name}.{rule.name}" for _, table, rule in QUERIES])
def test_queries_run_where_a_document_is_tried(contract: Contract, table: Table, rule: Rule, filled: bool) -> None:
    tables = {one.name: pa.Table.from_pylist(rows(one) if filled else [], schema=arrow_schema(one)) for one in contract.tables}
    resolved = gate._resolved(rule, {one.name: f"{one.name}_batch" for one in contract.tables})
    judge = PandasJudge(tables)
    successes = judge.successes(table.name, None, [resolved])
    assert filled or successes == [True]
