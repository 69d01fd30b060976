"""What sqlglot leaves different when it translates Athena's SQL to DuckDB's, with the types of expressions known."""

import re
from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from local_cloud.emulator.athena import QueryError, names
from local_cloud.emulator.athena.decimals import INTEGERS, Kind, average, call, division, kind_of

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
CREATE MACRO to_iso8601(d) AS
    CASE WHEN typeof(d) = 'DATE' THEN strftime(d, '%Y-%m-%d') ELSE strftime(d, '%Y-%m-%dT%H:%M:%S') END;
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


_TEXTS = {Kind.VARCHAR, Kind.CHAR, Kind.TEXT}
_CALENDAR_UNITS = ("day", "week", "month", "quarter", "year")
Schema = dict[str, dict[str, dict[str, str]]]
"""database -> table -> column -> type, as sqlglot takes it."""


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
    """Athena compares and joins a text with nothing but texts; DuckDB would cast one of them."""
    left, right = kind_of(comparison.this), kind_of(comparison.expression)
    others = INTEGERS | {Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.DOUBLE, Kind.DECIMAL, Kind.BOOLEAN}
    if (left in _TEXTS and right in others) or (right in _TEXTS and left in others):
        operation = f"{comparison.this.type} {comparison.key} {comparison.expression.type}"
        raise QueryError(f"TYPE_MISMATCH: line 1:1: Cannot apply operator: {operation}")


def _difference(node: exp.DateDiff) -> exp.Expression:
    """Whole units that have passed, not boundaries crossed."""
    return call("datesub", exp.Literal.string(node.text("unit").lower() or "day"), node.expression, node.this)


def _stays_a_date(node: Any) -> Any:
    if kind_of(node.this) != Kind.DATE and not isinstance(node.this, exp.CurrentDate):
        return node
    if isinstance(node, (exp.DateAdd, exp.DateSub)) and node.text("unit").lower() not in _CALENDAR_UNITS:
        return node
    if isinstance(node, (exp.Add, exp.Sub)):
        return exp.cast(exp.Paren(this=node.copy()), "DATE") if isinstance(node.expression, exp.Interval) else node
    return exp.cast(node.copy(), "DATE")


def _series(node: exp.GenerateSeries) -> exp.Expression:
    start = node.args["start"]
    if kind_of(start) != Kind.DATE and not start.find(exp.CurrentDate):
        return node
    if not node.args.get("step"):
        node.set("step", exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")))
    return exp.cast(node.copy(), "DATE[]")


def _cast(node: exp.Cast) -> exp.Expression:
    """A double becomes an integer by rounding half away from zero."""
    if (
        not isinstance(node, exp.TryCast)
        and node.to.this in INTEGERS
        and kind_of(node.this) in (Kind.DOUBLE, Kind.FLOAT)
    ):
        node.set("this", call("round", node.this.copy()))
    return node


def _replacement(node: exp.RegexpReplace) -> exp.Expression:
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal):
        replacement.replace(exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", replacement.this)))
    return node


def _unnest(node: exp.Unnest) -> exp.Expression:
    """A map unnests to its keys and values; several arrays go side by side."""
    maps = [kind_of(item) == Kind.MAP for item in node.expressions]
    if node.args.get("offset") or (len(node.expressions) == 1 and not any(maps)):
        return node
    columns: list[exp.Expression] = []
    for item, is_map in zip(node.expressions, maps, strict=True):
        parts = [call("map_keys", item.copy()), call("map_values", item.copy())] if is_map else [item.copy()]
        columns += [call("unnest", part) for part in parts]
    return exp.Lateral(this=exp.Subquery(this=exp.Select(expressions=columns)), alias=node.args.get("alias"))


def _list_aggregate(node: exp.GroupConcat) -> exp.Expression:
    """listagg(x, ',') WITHIN GROUP (ORDER BY y) is string_agg(x, ',' ORDER BY y)."""
    separator = node.args.get("separator") or exp.Literal.string("")
    if isinstance(node.this, exp.Order):
        return call("string_agg", node.this.this, exp.Order(this=separator.copy(), expressions=node.this.expressions))
    return call("string_agg", node.this, separator.copy())


def _week_format(node: exp.TimeToStr) -> exp.Expression:
    if "%v" in node.text("format"):
        node.set("format", exp.Literal.string(node.text("format").replace("%v", "%V")))
    return node


def _anonymous(node: exp.Anonymous) -> exp.Expression:
    if node.name.lower() == "format_datetime" and isinstance(node.expressions[1], exp.Literal):
        return call("strftime", node.expressions[0], exp.Literal.string(_joda(node.expressions[1].this)))
    return node


def _joda(pattern: str) -> str:
    return "".join(
        match["literal"] if match["literal"] is not None else _JODA.get(match[0], match[0])
        for match in _JODA_TOKEN.finditer(pattern)
    )


def _day_of_week(node: exp.Extract) -> exp.Expression:
    return call("isodow", node.expression) if node.name.upper() in ("DOW", "DAY_OF_WEEK") else node


_REWRITES: dict[type[Any], Callable[[Any], exp.Expression]] = {
    exp.Div: division,
    exp.Avg: average,
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
    exp.SplitPart: lambda node: call("split_part_or_null", node.this, node.args["delimiter"], node.args["part_index"]),
    exp.RegexpExtract: lambda node: call(
        "regexp_extract_or_null", node.this, node.expression, node.args.get("group") or exp.Literal.number(0)
    ),
    exp.RegexpReplace: _replacement,
    exp.ArraySize: lambda node: call("cardinality", node.this) if kind_of(node.this) == Kind.MAP else node,
    exp.ArrayDistinct: lambda node: call("array_distinct_in_order", node.this),
    exp.TimeToStr: _week_format,
    exp.GroupConcat: _list_aggregate,
    exp.Unnest: _unnest,
    exp.Anonymous: _anonymous,
}


def _rewrite(node: Any) -> Any:
    rewrite = _REWRITES.get(type(node))
    return rewrite(node) if rewrite else node
