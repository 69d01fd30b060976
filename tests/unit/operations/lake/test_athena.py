"""SQL through Athena's API: pages, types, and Athena's own words when it fails."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.errors import OperationsError
from operations.lake.athena import Column, run_query, typed
from operations.lake.location import Location

LakeOf = Callable[..., Location]


class FakeAthena:
    """Answers like the API: a header row on the first page of a SELECT, a token while there are more pages."""

    def __init__(
        self,
        columns: list[tuple[str, str]],
        pages: list[list[list[str | None]]],
        states: list[dict[str, Any]] | None = None,
        statement: str = "DML",
    ) -> None:
        self.columns, self.pages, self.statement = columns, pages, statement
        self.states = states or [{"State": "QUEUED"}, {"State": "RUNNING"}, {"State": "SUCCEEDED"}]
        self.started: dict[str, Any] = {}
        self.stopped: list[str] = []

    def start_query_execution(self, **request: Any) -> dict[str, str]:
        self.started = request
        return {"QueryExecutionId": "q-1"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        status = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        statistics = {"TotalExecutionTimeInMillis": 12, "DataScannedInBytes": 34}
        return {
            "QueryExecution": {
                "QueryExecutionId": QueryExecutionId,
                "Status": status,
                "StatementType": self.statement,
                "Statistics": statistics,
            }
        }

    def get_query_results(self, QueryExecutionId: str, MaxResults: int, NextToken: str = "0") -> dict[str, Any]:
        number = int(NextToken)
        rows = [
            {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in self.pages[number]
        ]
        page = {
            "Rows": rows,
            "ResultSetMetadata": {"ColumnInfo": [{"Name": name, "Type": kind} for name, kind in self.columns]},
        }
        return {"ResultSet": page, **({"NextToken": str(number + 1)} if number + 1 < len(self.pages) else {})}

    def stop_query_execution(self, QueryExecutionId: str) -> None:
        self.stopped.append(QueryExecutionId)


def no_sleep(_: float) -> None:
    return None


def test_values_have_the_types_of_their_columns_on_every_page(lake_of: LakeOf) -> None:
    columns = [
        ("asin", "varchar"),
        ("units", "bigint"),
        ("sales", "decimal(18,4)"),
        ("share", "double"),
        ("is_new", "boolean"),
    ]
    header: list[str | None] = [name for name, _ in columns]
    athena = FakeAthena(
        columns, [[header, ["B1", "3", "12.5000", "0.25", "true"]], [["B2", None, None, None, "false"]]]
    )
    result = run_query(lake_of(athena=athena), "SELECT 1", sleep=no_sleep)
    assert result.rows == [("B1", 3, "12.5000", 0.25, True), ("B2", None, None, None, False)]
    assert result.records()[1] == {"asin": "B2", "units": None, "sales": None, "share": None, "is_new": False}
    assert (result.milliseconds, result.bytes_scanned) == (12, 34)


@pytest.mark.parametrize(
    ("asked", "database"), [(None, "lake_curated"), ("operations", "lake_operations"), ("finance", "finance")]
)
def test_the_query_runs_in_the_lakes_workgroup_and_the_named_database(
    lake_of: LakeOf, asked: str | None, database: str
) -> None:
    athena = FakeAthena([("n", "integer")], [[["n"], ["1"]]])
    run_query(lake_of(athena=athena), "SELECT 1 n", database=asked, sleep=no_sleep)
    assert athena.started == {
        "QueryString": "SELECT 1 n",
        "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": database},
        "WorkGroup": "lake",
    }


def test_the_first_row_of_a_statement_without_a_header_is_kept(lake_of: LakeOf) -> None:
    athena = FakeAthena([("tab_name", "string")], [[["tab_name"], ["orders"]]], statement="UTILITY")
    assert run_query(lake_of(athena=athena), "SHOW TABLES", sleep=no_sleep).rows == [("tab_name",), ("orders",)]


def test_columns_of_one_name_stay_apart(lake_of: LakeOf) -> None:
    athena = FakeAthena([("n", "integer"), ("n", "integer")], [[["n", "n"], ["1", "2"]]])
    result = run_query(lake_of(athena=athena), "SELECT 1 n, 2 n", sleep=no_sleep)
    assert result.columns == [Column("n", "integer"), Column("n_2", "integer")]
    assert result.records() == [{"n": 1, "n_2": 2}]


def test_a_failed_query_says_what_athena_says(lake_of: LakeOf) -> None:
    athena = FakeAthena(
        [], [], [{"State": "FAILED", "StateChangeReason": "TABLE_NOT_FOUND: line 1:15: Table 'x' does not exist"}]
    )
    with pytest.raises(OperationsError, match="TABLE_NOT_FOUND: line 1:15"):
        run_query(lake_of(athena=athena), "SELECT * FROM x", sleep=no_sleep)


def test_a_query_out_of_time_is_stopped(lake_of: LakeOf) -> None:
    athena = FakeAthena([], [], [{"State": "RUNNING"}])
    with pytest.raises(OperationsError, match="no answer within 1 s"):
        run_query(lake_of(athena=athena), "SELECT 1", timeout=1, sleep=no_sleep)
    assert athena.stopped == ["q-1"]


def test_an_interrupted_query_is_stopped(lake_of: LakeOf) -> None:
    athena = FakeAthena([], [], [{"State": "RUNNING"}])

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(OperationsError, match="interrupted"):
        run_query(lake_of(athena=athena), "SELECT 1", sleep=interrupt)
    assert athena.stopped == ["q-1"]


@pytest.mark.parametrize(
    ("text", "type_name", "value"),
    [
        ("7", "bigint", 7),
        ("1.5", "double", 1.5),
        ("NaN", "varchar", "NaN"),
        ("1.10", "decimal(18,2)", "1.10"),
        ("TRUE", "boolean", True),
        (None, "bigint", None),
        ("2026-11-20", "date", "2026-11-20"),
    ],
)
def test_typed(text: str | None, type_name: str, value: object) -> None:
    assert typed(text, type_name) == value
