"""Which table a name means where it stands, and what may stand where a table does."""

from sqlglot import exp

from local_cloud.emulator.athena import QueryError


def is_common(table: exp.Table) -> bool:
    """Whether a name is that of a common table expression: one of an enclosing query, or defined before it.

    Elsewhere in the statement the same name means a table of the catalogue.
    """
    if table.db:
        return False
    node: exp.Expression = table
    while (parent := node.parent) is not None:
        if isinstance(parent, exp.With):
            place = parent.expressions.index(node)
            if _defines(parent.expressions[: place + 1 if parent.args.get("recursive") else place], table):
                return True
        else:
            clause = parent.args.get("with_") or parent.args.get("with")
            if clause is not None and clause is not node and _defines(clause.expressions, table):
                return True
        node = parent
    return False


def _defines(expressions: list[exp.Expression], table: exp.Table) -> bool:
    return any(one.alias_or_name.lower() == table.name.lower() for one in expressions)


def refuse_functions_as_tables(statement: exp.Expression) -> None:
    """DuckDB reads files through functions that stand where a table does; Athena has none but UNNEST.

    Raises QueryError.
    """
    for table in statement.find_all(exp.Table, exp.Lateral):
        if isinstance(table.this, exp.Func) and not isinstance(table.this, (exp.Unnest, exp.Explode)):
            name = table.this.name or table.this.sql_name()
            raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Table function '{name}' not registered")
