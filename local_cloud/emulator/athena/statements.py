"""Statements as they are submitted: parsed, with execution parameters, refused where Athena refuses them."""

import re

import sqlglot
from sqlglot import exp

from local_cloud.emulator.athena import QueryError, names, scope


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


def tables_in(sql: str, database: str) -> list[tuple[str, str]]:
    """Database and name of each table that a query reads; `database` is the one of unqualified names.

    Empty for what is no query: such a statement reads nothing.
    """
    try:
        statement = parse(sql)
    except QueryError:
        return []
    named = (
        (table.db.lower() or database.lower(), table.name.lower().partition("$")[0])
        for table in statement.find_all(exp.Table)
        if not scope.is_common(table)
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
