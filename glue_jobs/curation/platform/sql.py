"""Spark SQL as text: quoted texts, names, literals."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any


def quoted(text: str) -> str:
    """Return a text as a SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def names(columns: Iterable[str], alias: str = "") -> str:
    """Return column names as a list in backquotes, each below `alias` if one is given."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f"{prefix}`{column}`" for column in columns)


def literal(value: Any, kind: str) -> str:
    """Return a value as a literal of the SQL type `kind`; a day as an instant is its midnight."""
    if kind == "date":
        return f"DATE'{value:%Y-%m-%d}'"
    if kind == "timestamp_ntz":
        is_day = isinstance(value, date) and not isinstance(value, datetime)
        return f"TIMESTAMP_NTZ'{datetime.combine(value, time.min) if is_day else value}'"
    return quoted(value) if isinstance(value, str) else str(value)
