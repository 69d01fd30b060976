"""Statements as they are submitted: parsed, with execution parameters, refused where Athena refuses them."""

import re
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from local_cloud.emulator.athena import QueryError, names, scope

_IS_QUERY = re.compile(r"\s*(SELECT|WITH|VALUES|\()", re.IGNORECASE)


def parse(sql: str) -> exp.Expression:
    """One statement of Athena's SQL. Raises QueryError (SYNTAX_ERROR)."""
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="athena") if statement is not None]
    except sqlglot.errors.SqlglotError as error:
        first_line = re.sub(r"\x1b\[\d+m", "", str(error)).splitlines()[0]
        raise QueryError(f"SYNTAX_ERROR: {first_line}") from error
    if len(statements) != 1:
        raise QueryError("SYNTAX_ERROR: Only one sql statement is allowed")
    statement: exp.Expression = statements[0]
    return statement


class Change(NamedTuple):
    """What a statement changes: an operation of the Glue Data Catalog on a database or, where one is named, a table."""

    operation: str
    database: str
    table: str = ""
    writes_data: bool = False
    location: str = ""
    """Where new data go, if the statement says it."""


_WRITES: tuple[type[exp.Expression], ...] = (exp.Insert, exp.Merge, exp.Update, exp.Delete)
_READS = (exp.Query, exp.Values, exp.Describe)


class UnknownStatementError(Exception):
    """Nobody knows what the statement reads and changes."""


def changes_of(sql: str, database: str) -> list[Change]:
    """What a statement changes in the catalogue; nothing for a query. `database` is the one of unqualified names.

    A new snapshot of an Iceberg table is an update of the table. Raises UnknownStatementError, but not for a query with
    a syntax error: Athena does not run it.
    """
    try:
        statement = parse(sql)
    except QueryError as error:
        if _IS_QUERY.match(sql):
            return []
        raise UnknownStatementError(f"{sql.split(None, 1)[0] if sql.strip() else 'nothing'}: {error}") from error
    if isinstance(statement, _READS):
        return []
    kind = str(statement.args.get("kind") or "").upper()
    target = statement.find(exp.Table)
    if target is None or not isinstance(statement, (exp.Create, exp.Drop, exp.Alter, *_WRITES)):
        raise UnknownStatementError(sql.split(None, 1)[0])
    verb = "Create" if isinstance(statement, exp.Create) else "Delete" if isinstance(statement, exp.Drop) else "Update"
    if kind in ("DATABASE", "SCHEMA"):
        return [Change(f"{verb}Database", target.name.lower())]
    writes = isinstance(statement, _WRITES) or (isinstance(statement, exp.Create) and statement.expression is not None)
    where = target.db.lower() or database.lower()
    return [Change(f"{verb}Table", where, target.name.lower(), writes and kind != "VIEW", _location(statement))]


def _location(statement: exp.Expression) -> str:
    for one in statement.find_all(exp.LocationProperty, exp.Property):
        if isinstance(one, exp.LocationProperty) or one.name.lower() in ("external_location", "location"):
            value = one.this if isinstance(one, exp.LocationProperty) else one.args.get("value")
            return str(value.name if value is not None else "")
    return ""


def tables_in(sql: str, database: str) -> list[tuple[str, str]]:
    """Database and name of each table that a statement names; `database` is the one of unqualified names.

    Empty for a syntax error: such a statement reads nothing.
    """
    try:
        statement = parse(sql)
    except QueryError:
        return []
    if str(statement.args.get("kind") or "").upper() in ("DATABASE", "SCHEMA"):
        return []
    created = statement.find(exp.Table) if isinstance(statement, exp.Create) else None
    named = (
        (table.db.lower() or database.lower(), table.name.lower().partition("$")[0])
        for table in statement.find_all(exp.Table)
        if table is not created and not scope.is_common(table)
    )
    return sorted(set(named))


def refuse_what_athena_refuses(sql: str, statement: exp.Expression) -> None:
    """DuckDB's conveniences that Athena does not know. Raises QueryError."""
    for token in sqlglot.tokenize(sql, read="athena"):
        if token.token_type == sqlglot.TokenType.DCOLON:
            raise QueryError(f"SYNTAX_ERROR: line {token.line}:{token.col}: mismatched input '::'")
    scope.refuse_functions_as_tables(statement)
    for star in statement.find_all(exp.Star):
        if star.args.get("except_") or star.args.get("except") or star.args.get("replace"):
            raise QueryError("SYNTAX_ERROR: mismatched input 'EXCLUDE'")
    if next(statement.find_all(exp.Qualify), None) is not None:
        raise QueryError("SYNTAX_ERROR: mismatched input 'QUALIFY'")
    for group in statement.find_all(exp.Group):
        if group.args.get("all") is not None and not group.expressions:
            raise QueryError(f"COLUMN_NOT_FOUND: Column 'all' {names.UNRESOLVED}")


def with_parameters(sql: str, parameters: list[str]) -> str:
    """The statement with its `?` replaced by execution parameters. Raises QueryError when their number differs."""
    pieces: list[str] = []
    last = used = 0
    for token in sqlglot.tokenize(sql, read="athena"):
        if token.token_type == sqlglot.TokenType.PLACEHOLDER:
            if used < len(parameters):
                pieces += [sql[last : token.start], parameters[used]]
                last = token.end + 1
            used += 1
    if used != len(parameters):
        counts = f"expected {used} but found {len(parameters)}"
        raise QueryError(f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: {counts}")
    return "".join(pieces) + sql[last:]
