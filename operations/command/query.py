"""`lake query`: SQL through Athena."""

import csv
import sys
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from operations.command.application import ConfigOption, JsonOption, console, print_json
from operations.errors import OperationsError
from operations.lake.athena import FLOATS, INTEGERS, QueryResult, run_query
from operations.lake.location import find


def query(
    sql: Annotated[str, typer.Argument(help='The statement, in quotes; "-" reads it from standard input.')],
    *,
    database: Annotated[
        str | None,
        typer.Option(
            "--database", "-d", help="The database to ask: curated (the default), operations, or the name of another."
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values with a header.")] = False,
    as_json: JsonOption = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the answer.")] = 600,
    config: ConfigOption = None,
) -> None:
    """Ask the curated tables in SQL, through Athena."""
    if as_json and as_csv:
        raise OperationsError("--json and --csv exclude each other")
    statement = sys.stdin.read() if sql == "-" else sql
    if not statement.strip():
        raise OperationsError("the statement is empty")
    result = run_query(find(config), statement, database=database, timeout=timeout)
    if as_json:
        print_json(
            {
                "query_id": result.query_id,
                "columns": [{"name": column.name, "type": column.type} for column in result.columns],
                "rows": result.records(),
                "statistics": {"milliseconds": result.milliseconds, "bytes_scanned": result.bytes_scanned},
            },
        )
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(column.name for column in result.columns)
        writer.writerows(result.rows)
    else:
        console().print(result_table(result))
        console().print(
            f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}, {result.milliseconds / 1000:.1f} s",
            style="dim",
        )


def result_table(result: QueryResult, title: str | None = None) -> Table:
    """The answer as a table for people: numbers to the right, null dimmed."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", header_style="bold", pad_edge=False)
    for column in result.columns:
        is_number = column.type in INTEGERS | FLOATS or column.type.startswith("decimal")
        table.add_column(column.name, justify="right" if is_number else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*("[dim]null[/dim]" if value is None else _text(value) for value in row))
    return table


def _text(value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return shown.replace("[", "\\[")
