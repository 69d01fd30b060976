"""DuckDB's result types and values, as Athena names and prints them."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_NAMES = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "integer",
    "integer_literal": "integer",
    "bigint": "bigint",
    "ubigint": "bigint",
    "uinteger": "bigint",
    "hugeint": "bigint",
    "float": "float",
    "double": "double",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp with time zone",
    "blob": "varbinary",
    "list": "array",
    "array": "array",
    "map": "map",
    "struct": "row",
    "json": "json",
}
_PRECISIONS = {
    "integer": 10,
    "bigint": 19,
    "smallint": 5,
    "tinyint": 3,
    "double": 17,
    "float": 7,
    "varchar": 2147483647,
    "timestamp": 3,
    "timestamp with time zone": 3,
}


@dataclass(frozen=True)
class ColumnType:
    """Type of a result column as in Athena's ColumnInfo."""

    name: str
    precision: int
    scale: int


def column_type(duck: Any) -> ColumnType:
    """Athena's type of a column of DuckDB's type."""
    name = _NAMES.get(duck.id, "varchar")
    if name == "decimal":
        precision, scale = (int(value) for _, value in duck.children)
        return ColumnType(name, precision, scale)
    return ColumnType(name, _PRECISIONS.get(name, 0), 0)


def text(value: Any, duck: Any) -> str | None:
    """A value as Athena's results and CSV files have it; None for NULL."""
    if value is None:
        return None
    nested = _NESTED.get(duck.id)
    if nested is not None:
        return nested(value, duck)
    return _scalar(value)


def _or_null(value: Any, duck: Any) -> str:
    shown = text(value, duck)
    return "null" if shown is None else shown


def _list(value: Any, duck: Any) -> str:
    return "[" + ", ".join(_or_null(item, duck.children[0][1]) for item in value) + "]"


def _map(value: Any, duck: Any) -> str:
    (_, key_type), (_, value_type) = duck.children
    return (
        "{" + ", ".join(f"{_or_null(key, key_type)}={_or_null(item, value_type)}" for key, item in value.items()) + "}"
    )


def _struct(value: Any, duck: Any) -> str:
    return "{" + ", ".join(f"{name}={_or_null(value[name], kind)}" for name, kind in duck.children) + "}"


_NESTED: dict[str, Callable[[Any, Any], str]] = {"list": _list, "array": _list, "map": _map, "struct": _struct}


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        shown = value.astimezone(dt.UTC) if value.tzinfo else value
        return shown.strftime("%Y-%m-%d %H:%M:%S.%f") + (" UTC" if value.tzinfo else "")
    if isinstance(value, bytes):
        return " ".join(f"{byte:02x}" for byte in value)
    return str(value)


def _double(value: float) -> str:
    """As Java prints a double: plain from a thousandth to ten million, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{len(digits) + int(exponent) - 1}"


@dataclass(frozen=True)
class Result:
    """Rows as Athena prints them (None for NULL), with names and types of the columns and the bytes read."""

    columns: list[str]
    types: list[ColumnType]
    rows: list[list[str | None]]
    scanned_bytes: int = 0
