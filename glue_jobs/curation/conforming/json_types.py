"""The Arrow types of JSON values before they are cast to the types of their columns."""

from functools import cache
from typing import Any

import pyarrow as pa

from curation.conforming.casting import CannotCastError
from curation.contracts.model import Column
from curation.decoding.paths import parse_path

_INTEGERS = frozenset({"int", "bigint"})


def source_type(column: Column, *, whole: bool = False) -> pa.DataType:
    """Return the Arrow type of a column's JSON values before the cast.

    Integers are taken as doubles, which refuse what they cannot hold: as integers Arrow would cut their decimals off.
    `whole`: they are known to be ints.
    """
    if column.type == "boolean":
        return pa.bool_()
    if column.type in _INTEGERS:
        return pa.int64() if whole else pa.float64()
    return pa.float64() if column.decimal or column.type == "double" else pa.string()


def require_kinds(column: Column, kinds: set[type]) -> None:
    """Raise CannotCastError where Arrow would convert a value silently.

    It does so with a boolean where a number is wanted, and with a decimal where an integer or a double is.
    """
    allowed: set[type] = {str, int, float, bool}
    if column.type in _INTEGERS:
        allowed = {int}
    elif column.decimal or column.type == "double":
        allowed = {int, float}
    if not kinds <= allowed | {type(None)}:
        raise CannotCastError


@cache
def struct_type(columns: tuple[Column, ...]) -> pa.DataType | None:
    """Return the type that converts all plain paths of a table's columns at once.

    None where the path of one column runs through the value of another.
    """
    tree: dict[str, Any] = {}
    for column in columns:
        names = None if column.source.startswith("$") else parse_path(column.source).plain
        if names is None:
            continue
        node = tree
        for name in names[:-1]:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                return None
        kind = source_type(column)
        if node.setdefault(names[-1], kind) != kind:
            return None
    return _struct(tree)


def _struct(tree: dict[str, Any]) -> pa.DataType:
    return pa.struct([pa.field(name, _struct(kind) if isinstance(kind, dict) else kind) for name, kind in tree.items()])
