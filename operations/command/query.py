"""`lake query`: SQL through Athena."""

import csv
import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from operations.command.application import ConfigOption, JsonOption
from operations.command.screen import cell, console, print_json
from operations.errors import OperationsError
from operations.lake.athena import FLOATS, INTEGERS, Column, QueryResult, run_query
from operations.lake.location import find
from operations.printable import spreadsheet_cell


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
    raw: Annotated[
        bool, typer.Option("--raw", help="With --csv: values as they are, formulas and control characters too.")
    ] = False,
    as_json: JsonOption = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the answer.")] = 600,
    config: ConfigOption = None,
) -> None:
    """Ask the curated tables in SQL, through Athena."""
    if as_json and as_csv:
        raise OperationsError("--json and --csv exclude each other")
    if raw and not as_csv:
        raise OperationsError("--raw belongs to --csv")
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
        print_csv(result, raw=raw)
    else:
        console().print(result_table(result))
        console().print(
            f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}, {result.milliseconds / 1000:.1f} s",
            style="dim",
        )


def print_csv(result: QueryResult, *, raw: bool) -> None:
    """Print the answer as comma-separated values; texts that a spreadsheet would run as a formula begin with '."""
    is_text = [not _is_number(column) for column in result.columns]
    sys.stdout.write(_line([column.name if raw else spreadsheet_cell(column.name) for column in result.columns]))
    for row in result.rows:
        cells = [
            spreadsheet_cell(value) if text and isinstance(value, str) and not raw else value
            for value, text in zip(row, is_text, strict=True)
        ]
        sys.stdout.write(_line(cells))


def _line(cells: Sequence[object]) -> str:
    r"""A line of CSV. The writer quotes a lone \r only where it ends lines itself (CPython's _csv.c)."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def result_table(result: QueryResult, title: str | None = None) -> Table:
    """The answer as a table for people: numbers to the right, null dimmed."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", header_style="bold", pad_edge=False)
    for column in result.columns:
        table.add_column(cell(column.name), justify="right" if _is_number(column) else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*(cell("null", "dim") if value is None else _shown(value) for value in row))
    return table


def _is_number(column: Column) -> bool:
    return column.type in INTEGERS | FLOATS or column.type.startswith("decimal")


def _shown(value: object) -> Text:
    return cell(str(value).lower() if isinstance(value, bool) else value)
