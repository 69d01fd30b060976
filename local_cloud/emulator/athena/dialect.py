"""Athena's SQL in DuckDB's words: sqlglot translates most of it; here is what it leaves different, with the types of
the expressions known.
"""

import re
from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from local_cloud.emulator.athena import QueryError, names

SETTINGS = "SET TimeZone='UTC'; SET integer_division=true; SET ieee_floating_point_ops=false;"
"""7/2 is 3, 1/0 is an error, and instants are in UTC."""

MACROS = """
CREATE MACRO at_timezone(t, z) AS timezone(z, t);
CREATE MACRO with_timezone(t, z) AS timezone(z, t);
CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO map_agg(k, v) AS map(list(k), list(v));
CREATE MACRO codepoint(s) AS unicode(s);
CREATE MACRO nan() AS 'NaN'::DOUBLE;
CREATE MACRO infinity() AS 'Infinity'::DOUBLE;
CREATE MACRO url_extract_host(u) AS regexp_extract(u, '^[a-z]+://([^/:?#]+)', 1);
CREATE MACRO url_extract_parameter(u, p) AS regexp_extract(u, '[?&]' || p || '=([^&#]*)', 1);
CREATE MACRO split_part_or_null(s, d, n) AS str_split(s, d)[n];
CREATE MACRO regexp_extract_or_null(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;
CREATE MACRO array_distinct_in_order(l) AS list_filter(l, lambda x, i : list_position(l, x) = i);
CREATE MACRO to_iso8601(d) AS CASE WHEN typeof(d) = 'DATE' THEN strftime(d, '%Y-%m-%d') ELSE strftime(d, '%Y-%m-%dT%H:%M:%S') END;
"""

_JODA = {
    "yyyy": "%Y",
    "YYYY": "%Y",
    "MMMM": "%B",
    "xxxx": "%G",
    "EEEE": "%A",
    "MMM": "%b",
    "EEE": "%a",
    "SSS": "%g",
    "yy": "%y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "ww": "%V",
    "d": "%-d",
    "M": "%-m",
    "H": "%-H",
    "a": "%p",
    "E": "%a",
    "Z": "%z",
}
_JODA_TOKEN = re.compile("'(?P<literal>[^']*)'|" + "|".join(sorted(_JODA, key=len, reverse=True)) + "|.", re.DOTALL)
_Kind = exp.DataType.Type
_INTEGERS = {_Kind.INT, _Kind.BIGINT, _Kind.SMALLINT, _Kind.TINYINT}
_TEXTS = {_Kind.VARCHAR, _Kind.CHAR, _Kind.TEXT}
_CALENDAR_UNITS = ("day", "week", "month", "quarter", "year")
Schema = dict[str, dict[str, dict[str, str]]]
"""database -> table -> column -> type, as sqlglot takes it."""


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
    """Database and name of each table that a query reads, in order; `database` is the one of unqualified names.

    Empty for what is no query: such a statement names nothing that is read.
    """
    try:
        statement = parse(sql)
    except QueryError:
        return []
    common = {expression.alias_or_name.lower() for expression in statement.find_all(exp.CTE)}
    named = ((table.db.lower(), table.name.lower().partition("$")[0]) for table in statement.find_all(exp.Table))
    return sorted({(where or database.lower(), name) for where, name in named if where or name not in common})


def refuse_what_athena_refuses(sql: str, statement: exp.Expression) -> None:
    """DuckDB's conveniences that Athena does not know. Raises QueryError."""
    for token in sqlglot.tokenize(sql, read="athena"):
        if token.token_type == sqlglot.TokenType.DCOLON:
            raise QueryError(f"SYNTAX_ERROR: line {token.line}:{token.col}: mismatched input '::'")
    for table in statement.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            raise QueryError(
                f"FUNCTION_NOT_FOUND: line 1:1: Table function '{table.this.name or table.this.sql_name()}' not registered"
            )
    for star in statement.find_all(exp.Star):
        if star.args.get("except_") or star.args.get("except") or star.args.get("replace"):
            raise QueryError("SYNTAX_ERROR: mismatched input 'EXCLUDE'")
    if next(statement.find_all(exp.Qualify), None) is not None:
        raise QueryError("SYNTAX_ERROR: mismatched input 'QUALIFY'")
    for group in statement.find_all(exp.Group):
        if group.args.get("all") is not None and not group.expressions:
            raise QueryError("COLUMN_NOT_FOUND: Column 'all' cannot be resolved")


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
        raise QueryError(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {used} but found {len(parameters)}"
        )
    return "".join(pieces) + sql[last:]


def translate(statement: exp.Expression, schema: Schema) -> str:
    """The statement in DuckDB's SQL. Raises QueryError for what is not Athena's by types."""
    try:
        qualified = qualify(
            statement.copy(),
            dialect="athena",
            schema=schema,
            validate_qualify_columns=False,
            quote_identifiers=False,
            expand_stars=False,
            expand_alias_refs=False,
            identify=False,
        )
        typed = annotate_types(qualified, schema=schema, dialect="athena")
    except sqlglot.errors.SqlglotError:
        typed = statement  # DuckDB will say what is wrong with it
    for select in typed.find_all(exp.Select):
        _refuse_aliases_out_of_place(select)
    for operation in typed.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.DPipe):
        _refuse_mixed_types(operation)
    return str(typed.transform(_rewrite).sql("duckdb"))


def _refuse_aliases_out_of_place(select: exp.Select) -> None:
    """An output alias exists for ORDER BY only; DuckDB takes it in WHERE, GROUP BY, HAVING and beside itself too."""
    given = [column for column in select.expressions if isinstance(column, exp.Alias)]
    aliases = {
        column.alias.lower()
        for column in given
        if not (isinstance(column.this, exp.Column) and column.this.name.lower() == column.alias.lower())
    }
    elsewhere = [select.args.get(part) for part in ("where", "group", "having")]
    for part in [
        *(column.unalias() for column in select.expressions),
        *(part for part in elsewhere if part is not None),
    ]:
        for column in part.find_all(exp.Column):
            if not column.table and column.name.lower() in aliases and column.find_ancestor(exp.Select) is select:
                raise QueryError(names.unknown_column(column))


def _refuse_mixed_types(comparison: exp.Expression) -> None:
    """Athena compares and joins a text with nothing but texts; DuckDB would cast in silence."""
    left, right = _kind(comparison.this), _kind(comparison.expression)
    others = _INTEGERS | {_Kind.DATE, _Kind.TIMESTAMP, _Kind.TIMESTAMPTZ, _Kind.DOUBLE, _Kind.DECIMAL, _Kind.BOOLEAN}
    if (left in _TEXTS and right in others) or (right in _TEXTS and left in others):
        raise QueryError(
            f"TYPE_MISMATCH: line 1:1: Cannot apply operator: {comparison.this.type} {comparison.key} {comparison.expression.type}"
        )


def _call(name: str, *arguments: Any) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _kind(node: Any) -> Any:
    return node.type.this if node is not None and isinstance(node.type, exp.DataType) else None


def _decimal(node: Any) -> tuple[int, int, bool] | None:
    """Precision, scale, and whether it is an integer, of an expression that Trino computes as a decimal or could."""
    if isinstance(node, (exp.Paren, exp.Nullif, exp.Coalesce, exp.Neg)):
        return _decimal(node.this)
    if isinstance(node, exp.Literal):
        return _decimal_literal(node)
    if isinstance(node, (exp.Add, exp.Sub, exp.Div, exp.Mul)):
        return _decimal_operation(node)
    if isinstance(node, exp.Sum):
        summed = _decimal(node.this)
        return summed and ((19, 0, True) if summed[2] else (38, summed[1], False))
    return _decimal_type(node)


def _decimal_type(node: Any) -> tuple[int, int, bool] | None:
    if _kind(node) in _INTEGERS:
        return (10 if _kind(node) == _Kind.INT else 19, 0, True)
    if _kind(node) != _Kind.DECIMAL or not node.type.expressions:
        return None
    sizes = [int(size.name) for size in node.type.expressions]
    return (sizes[0], sizes[1] if len(sizes) > 1 else 0, False)


def _decimal_literal(node: exp.Literal) -> tuple[int, int, bool] | None:
    if node.is_string or "e" in node.this.lower():
        return None
    whole, _, fraction = node.this.partition(".")
    return (max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction), False) if fraction else (10, 0, True)


def _decimal_operation(node: exp.Binary) -> tuple[int, int, bool] | None:
    left, right = _decimal(node.this), _decimal(node.expression)
    if not left or not right:
        return None
    scale = left[1] + right[1] if isinstance(node, exp.Mul) else max(left[1], right[1])
    return (38, scale, left[2] and right[2])


def _division(node: exp.Div) -> exp.Expression:
    """Decimals divide to the larger scale, rounded; integers to an integer (a setting of the connection)."""
    node.set("typed", False)
    node.set("safe", False)
    left, right = _decimal(node.this), _decimal(node.expression)
    if not left or not right or (left[2] and right[2]):
        return node
    scale = max(left[1], right[1])
    return exp.cast(_call("round", node.copy(), exp.Literal.number(scale)), f"DECIMAL(38,{scale})")


def _average(node: exp.Avg) -> exp.Expression:
    averaged = _decimal(node.this)
    if not averaged or averaged[2]:
        return node
    return exp.cast(_call("round", node.copy(), exp.Literal.number(averaged[1])), f"DECIMAL(38,{averaged[1]})")


def _difference(node: exp.DateDiff) -> exp.Expression:
    """Whole units that have passed, not boundaries crossed."""
    return _call("datesub", exp.Literal.string(node.text("unit").lower() or "day"), node.expression, node.this)


def _stays_a_date(node: Any) -> Any:
    if _kind(node.this) != _Kind.DATE and not isinstance(node.this, exp.CurrentDate):
        return node
    if isinstance(node, (exp.DateAdd, exp.DateSub)) and node.text("unit").lower() not in _CALENDAR_UNITS:
        return node
    if isinstance(node, (exp.Add, exp.Sub)):
        return exp.cast(exp.Paren(this=node.copy()), "DATE") if isinstance(node.expression, exp.Interval) else node
    return exp.cast(node.copy(), "DATE")


def _series(node: exp.GenerateSeries) -> exp.Expression:
    start = node.args["start"]
    if _kind(start) != _Kind.DATE and not start.find(exp.CurrentDate):
        return node
    if not node.args.get("step"):
        node.set("step", exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")))
    return exp.cast(node.copy(), "DATE[]")


def _cast(node: exp.Cast) -> exp.Expression:
    """A double becomes an integer by rounding half away from zero."""
    if (
        not isinstance(node, exp.TryCast)
        and node.to.this in _INTEGERS
        and _kind(node.this) in (_Kind.DOUBLE, _Kind.FLOAT)
    ):
        node.set("this", _call("round", node.this.copy()))
    return node


def _replacement(node: exp.RegexpReplace) -> exp.Expression:
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal):
        replacement.replace(exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", replacement.this)))
    return node


def _unnest(node: exp.Unnest) -> exp.Expression:
    """A map unnests to its keys and values; several arrays go side by side."""
    maps = [_kind(item) == _Kind.MAP for item in node.expressions]
    if node.args.get("offset") or (len(node.expressions) == 1 and not any(maps)):
        return node
    columns: list[exp.Expression] = []
    for item, is_map in zip(node.expressions, maps, strict=True):
        parts = [_call("map_keys", item.copy()), _call("map_values", item.copy())] if is_map else [item.copy()]
        columns += [_call("unnest", part) for part in parts]
    return exp.Lateral(this=exp.Subquery(this=exp.Select(expressions=columns)), alias=node.args.get("alias"))


def _list_aggregate(node: exp.GroupConcat) -> exp.Expression:
    """listagg(x, ',') WITHIN GROUP (ORDER BY y) is string_agg(x, ',' ORDER BY y)."""
    separator = node.args.get("separator") or exp.Literal.string("")
    if isinstance(node.this, exp.Order):
        return _call("string_agg", node.this.this, exp.Order(this=separator.copy(), expressions=node.this.expressions))
    return _call("string_agg", node.this, separator.copy())


def _week_format(node: exp.TimeToStr) -> exp.Expression:
    if "%v" in node.text("format"):
        node.set("format", exp.Literal.string(node.text("format").replace("%v", "%V")))
    return node


def _anonymous(node: exp.Anonymous) -> exp.Expression:
    if node.name.lower() == "format_datetime" and isinstance(node.expressions[1], exp.Literal):
        return _call("strftime", node.expressions[0], exp.Literal.string(_joda(node.expressions[1].this)))
    return node


def _joda(pattern: str) -> str:
    return "".join(
        match["literal"] if match["literal"] is not None else _JODA.get(match[0], match[0])
        for match in _JODA_TOKEN.finditer(pattern)
    )


def _day_of_week(node: exp.Extract) -> exp.Expression:
    return _call("isodow", node.expression) if node.name.upper() in ("DOW", "DAY_OF_WEEK") else node


_REWRITES: dict[type[Any], Callable[[Any], exp.Expression]] = {
    exp.Div: _division,
    exp.Avg: _average,
    exp.DateDiff: _difference,
    exp.DateTrunc: _stays_a_date,
    exp.TimestampTrunc: _stays_a_date,
    exp.DateAdd: _stays_a_date,
    exp.DateSub: _stays_a_date,
    exp.Add: _stays_a_date,
    exp.Sub: _stays_a_date,
    exp.GenerateSeries: _series,
    exp.Cast: _cast,
    exp.Extract: _day_of_week,
    exp.SplitPart: lambda node: _call("split_part_or_null", node.this, node.args["delimiter"], node.args["part_index"]),
    exp.RegexpExtract: lambda node: _call(
        "regexp_extract_or_null", node.this, node.expression, node.args.get("group") or exp.Literal.number(0)
    ),
    exp.RegexpReplace: _replacement,
    exp.ArraySize: lambda node: _call("cardinality", node.this) if _kind(node.this) == _Kind.MAP else node,
    exp.ArrayDistinct: lambda node: _call("array_distinct_in_order", node.this),
    exp.TimeToStr: _week_format,
    exp.GroupConcat: _list_aggregate,
    exp.Unnest: _unnest,
    exp.Anonymous: _anonymous,
}


def _rewrite(node: Any) -> Any:
    rewrite = _REWRITES.get(type(node))
    return rewrite(node) if rewrite else node
