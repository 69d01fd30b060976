"""SQL through Athena's API, as any client of the lake sends it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from operations.errors import OperationsError
from operations.lake.location import Location

Value = str | int | float | bool | None

INTEGERS = {"tinyint", "smallint", "int", "integer", "bigint"}
FLOATS = {"float", "real", "double"}
UNFINISHED = {"QUEUED", "RUNNING"}


@dataclass(frozen=True)
class Column:
    """A column of a result: its name (made unique) and Athena's type."""

    name: str
    type: str


@dataclass(frozen=True)
class QueryResult:
    """An answer: its columns, rows, time and cost.

    Integers, floating-point numbers and booleans are Python's, null is None, everything else (decimals too) is text.
    """

    query_id: str
    columns: list[Column]
    rows: list[tuple[Value, ...]]
    milliseconds: int
    bytes_scanned: int

    def records(self) -> list[dict[str, Value]]:
        """Return the rows as dictionaries by column name."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


def run_query(
    lake: Location,
    sql: str,
    *,
    database: str | None = None,
    timeout: float = 600,
    sleep: Callable[[float], None] = time.sleep,
) -> QueryResult:
    """Run `sql` in the lake's workgroup and return the answer, after at most `timeout` seconds.

    `database` is curated, which is the default, operations, or a database by its own name. Raises OperationsError with
    Athena's own message when the query fails.
    Stops the query when it is interrupted or out of time.
    """
    client = lake.client("athena")
    named = lake.databases.get(database, database) if database else lake.curated_database
    context = {"Catalog": "AwsDataCatalog", "Database": named}
    query_id = client.start_query_execution(QueryString=sql, QueryExecutionContext=context, WorkGroup=lake.workgroup)[
        "QueryExecutionId"
    ]
    try:
        execution = _wait(client, query_id, timeout, sleep)
    except (KeyboardInterrupt, TimeoutError) as error:
        client.stop_query_execution(QueryExecutionId=query_id)
        raise OperationsError(str(error) or "interrupted; the query was stopped") from None
    state = execution["Status"]["State"]
    if state != "SUCCEEDED":
        raise OperationsError(_reason(execution, state))
    columns, rows = _results(client, query_id, is_select=execution.get("StatementType", "DML") == "DML")
    statistics = execution.get("Statistics", {})
    return QueryResult(
        query_id,
        columns,
        rows,
        int(statistics.get("TotalExecutionTimeInMillis", 0)),
        int(statistics.get("DataScannedInBytes", 0)),
    )


def _wait(client: Any, query_id: str, timeout: float, sleep: Callable[[float], None]) -> dict[str, Any]:
    waited, pause = 0.0, 0.1
    while True:
        execution: dict[str, Any] = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        if execution["Status"]["State"] not in UNFINISHED:
            return execution
        if waited >= timeout:
            raise TimeoutError(
                f"no answer within {timeout:.0f} s; the query was stopped (--timeout takes more seconds)"
            )
        sleep(pause)
        waited, pause = waited + pause, min(pause * 1.5, 2.0)


def _reason(execution: dict[str, Any], state: str) -> str:
    status = execution["Status"]
    reason = (
        status.get("AthenaError", {}).get("ErrorMessage")
        or status.get("StateChangeReason")
        or f"the query ended as {state}"
    )
    return str(reason)


def _results(client: Any, query_id: str, *, is_select: bool) -> tuple[list[Column], list[tuple[Value, ...]]]:
    columns: list[Column] = []
    rows: list[tuple[Value, ...]] = []
    for number, page in enumerate(_pages(client, query_id)):
        cells = [[cell.get("VarCharValue") for cell in row.get("Data", [])] for row in page["Rows"]]
        if number == 0:
            information = page["ResultSetMetadata"]["ColumnInfo"]
            columns = _unique([Column(column["Name"], column["Type"]) for column in information])
            # The first row of a SELECT repeats the names; other statements have no such row.
            if is_select and cells and cells[0] == [column["Name"] for column in information]:
                cells = cells[1:]
        rows.extend(
            tuple(typed(cell, column.type) for cell, column in zip(row, columns, strict=False)) for row in cells
        )
    return columns, rows


def _pages(client: Any, query_id: str) -> Iterator[dict[str, Any]]:
    token: str | None = None
    while True:
        page = client.get_query_results(
            QueryExecutionId=query_id, MaxResults=1000, **({"NextToken": token} if token else {})
        )
        yield page["ResultSet"]
        token = page.get("NextToken")
        if not token:
            return


def _unique(columns: list[Column]) -> list[Column]:
    seen: dict[str, int] = {}
    unique = []
    for column in columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        unique.append(column if seen[column.name] == 1 else Column(f"{column.name}_{seen[column.name]}", column.type))
    return unique


def typed(text: str | None, type_name: str) -> Value:
    """Return Athena's text of a value as a Python value; decimals stay text, so that no digit is lost."""
    if text is None:
        return None
    if type_name in INTEGERS:
        return int(text)
    if type_name in FLOATS:
        return float(text)
    if type_name == "boolean":
        return text.lower() == "true"
    return text
