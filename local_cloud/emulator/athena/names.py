"""Errors about names that do not exist, in Athena's words, with their place in the statement where it is known."""

import re
from typing import Any

from sqlglot import exp

_UNKNOWN_COLUMN = (
    re.compile(r'Referenced column "(?P<column>.+)" not found in FROM clause'),
    # It exists only as the output's own name.
    re.compile(r'Column "(?P<column>.+)" referenced that exists in the SELECT clause'),
    re.compile(r'(?:Values list|Table) "(?P<table>.+)" does not have a column named "(?P<column>.+)"'),
    re.compile(r'Referenced table "(?P<table>.+)" not found'),
)
UNRESOLVED = "cannot be resolved or requester is not authorized to access requested resources"
"""Athena says the same of a column that does not exist and of one that Lake Formation hides."""
_UNKNOWN_FUNCTION = re.compile(r"Function with name \"?(?P<name>\w+)\"? does not exist")


def place(*identifiers: Any) -> str:
    """Where the first of some identifiers stands, as "line 1:8: "; nothing where it is not known."""
    known = [one.meta for one in identifiers if isinstance(one, exp.Expression) and "start" in one.meta]
    if not known:
        return ""
    first = min(known, key=lambda meta: int(meta["start"]))
    return f"line {first['line']}:{first['col'] - (first['end'] - first['start'])}: "


def unknown_column(column: exp.Column) -> str:
    """The error about one column of a statement."""
    return f"COLUMN_NOT_FOUND: {place(*column.parts)}Column '{_name(column)}' {UNRESOLVED}"


def unknown_name(message: str, statement: exp.Expression) -> str | None:
    """The error about what DuckDB did not find, None where it says something else."""
    function = _UNKNOWN_FUNCTION.search(message)
    if function:
        return f"FUNCTION_NOT_FOUND: Function '{function['name'].lower()}' not registered"
    found = next((match for pattern in _UNKNOWN_COLUMN if (match := pattern.search(message))), None)
    if found is None:
        return None
    said = found.groupdict()
    columns = [
        column for column in statement.find_all(exp.Column) if _is(column, said.get("table"), said.get("column"))
    ]
    if len(columns) == 1:  # of several it is not known which one is meant
        return unknown_column(columns[0])
    names = {_name(column) for column in columns} or {
        ".".join(part.lower() for part in (said.get("table"), said.get("column")) if part)
    }
    return f"COLUMN_NOT_FOUND: Column '{min(names)}' {UNRESOLVED}"


def _is(column: exp.Column, table: str | None, name: str | None) -> bool:
    return (table is None or column.table.lower() == table.lower()) and (
        name is None or column.name.lower() == name.lower()
    )


def _name(column: exp.Column) -> str:
    return ".".join(part.name.lower() for part in column.parts)
