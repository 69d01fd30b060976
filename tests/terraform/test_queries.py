"""Athena's named queries read columns that the contracts define."""

from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from tests.terraform.workspace import ROOT, Planned

QUERIES = sorted((ROOT / "terraform" / "modules" / "consumption" / "queries").glob("*.sql"))
# In front of every report table's own columns.
AUTOMATIC = {"account_id", "marketplace_id", "request_variant", "request_window", "source_document", "observed_at"}


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_reads_columns_of_the_contracts(path: Path, contracts: dict[str, Any]) -> None:
    query = sqlglot.parse_one(path.read_text(), dialect="athena")
    tables = {table.name for table in query.find_all(exp.Table)}
    known: set[str] = set()
    for table in tables:
        source, definition = next(
            (source, contract["tables"][table]) for source, contract in contracts.items() if table in contract["tables"]
        )
        known |= {column["name"] for column in definition["columns"]} | (
            AUTOMATIC if "request" in contracts[source] else set()
        )
    aliases = {alias.alias for alias in query.find_all(exp.Alias)}
    assert {column.name for column in query.find_all(exp.Column)} <= known | aliases


def test_every_file_is_a_named_query(planned: Planned) -> None:
    assert {resource.values["name"].replace("-", "_") for resource in planned.of("aws_athena_named_query")} == {
        path.stem for path in QUERIES
    }
