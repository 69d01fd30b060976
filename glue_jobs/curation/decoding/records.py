"""Blocks of nested records (JSON, XML) and what conforming asks of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from curation.conforming.blocks import Reasons, Values, parse_all
from curation.conforming.casting import CannotCastError, cast_numbers, cast_text
from curation.conforming.values import json_text, parse_json
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column, Table
from curation.decoding.paths import Path, children, contents, parse_path, stepped, text_of, writable

BOOLEANS = tuple(np.frombuffer(b"truefals", np.uint32))
"""The beginnings of true and false, as numbers: searched so, a chunk takes a fifth of the time that a search for bytes
takes.
"""

_INTEGERS = frozenset({"int", "bigint"})


@dataclass(frozen=True)
class Chunk:
    """Outer records in the order of the document; `first` is the number of the first one. `content`: their text, if
    their numbers are ints and doubles.
    """

    path: tuple[str, ...]
    first: int
    records: list[Any]
    content: bytes = b""

    @cached_property
    def plain(self) -> bool:
        """Tell whether the records can be converted to Arrow as they are: numbers are ints and doubles, and there are
        no booleans (nor texts like them).
        """
        signs = np.frombuffer(self.content, np.uint8)
        fours = [
            signs[start : start + (len(signs) - start) // 4 * 4].view(np.uint32) for start in range(min(4, len(signs)))
        ]
        return bool(self.content) and not any(bool((words == word).any()) for words in fours for word in BOOLEANS)


class Tree:
    """The records of a chunk and what lies below them, walked once for all tables: what one finds at an order, the
    tables of its items use as well.
    """

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self._levels: dict[tuple[str, ...], tuple[Sequence[Any], Any]] = {(): (chunk.records, None)}
        self._values: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Any]] = {}
        self._texts: dict[tuple[tuple[str, ...], Path], pa.Array] = {}

    def records(self, base: tuple[str, ...]) -> Sequence[Any]:
        """Return all values below the names of `base`, in the order of the document."""
        return self._level(base)[0]

    def lines(self, base: tuple[str, ...]) -> Any:
        """Return the numbers of nested records: those of their outermost record."""
        origins = self.above(base, len(base))
        return self.chunk.first + (np.arange(len(self.chunk.records), dtype=np.int64) if origins is None else origins)

    def above(self, base: tuple[str, ...], up: int) -> Any:
        """Return for each record of `base` the index of the one that lies `up` levels above; None for itself."""
        found = None
        for level in range(len(base), len(base) - up, -1):
            at = self._level(base[:level])[1]
            found = at if found is None else at[found]
        return found

    def values(self, base: tuple[str, ...], steps: tuple[str, ...]) -> Sequence[Any]:
        """Return what the names of `steps` lead to from each record of `base`.

        Raises ValueError where a name on the way is repeated.
        """
        if not steps:
            return self.records(base)
        known = self._values.get((base, steps))
        if known is None:
            known = self._values[base, steps] = stepped(self.values(base, steps[:-1]), steps[-1])
        return known

    def texts(self, base: tuple[str, ...], path: Path) -> pa.Array:
        """Return what a path leads to from each record of `base`, all texts, in Arrow. Raises CannotCastError."""
        known = self._texts.get((base, path))
        if known is None:
            try:
                known = self._texts[base, path] = pa.array(
                    contents(self.values(base, path.steps), path.attribute), pa.string()
                )
            except (ValueError, pa.ArrowTypeError) as error:
                raise CannotCastError from error
        return known

    def _level(self, base: tuple[str, ...]) -> tuple[Sequence[Any], Any]:
        known = self._levels.get(base)
        if known is None:
            below, at = children(self._level(base[:-1])[0], base[-1])
            known = self._levels[base] = (below, np.array(at, dtype=np.int64))
        return known


@dataclass
class RecordRows:
    """Records of one table: those of a tree that lie below the names of `base`, or the ones at the indices `rows` of
    them.

    `typed`: JSON values; else all are texts (XML).
    """

    table: Table
    tree: Tree
    base: tuple[str, ...]
    typed: bool
    rows: Any = None

    @cached_property
    def records(self) -> Sequence[Any]:
        """Return the records."""
        found = self.tree.records(self.base)
        return found if self.rows is None else [found[row] for row in self.rows]

    @cached_property
    def lines(self) -> Any:
        """Return the numbers of the records in the document."""
        lines = self.tree.lines(self.base)
        return lines if self.rows is None else lines[self.rows]

    @property
    def size(self) -> int:
        """Return the number of records."""
        return len(self.records)

    def cast(self, column: Column, rules: LocaleRules) -> pa.Array:
        """Return the column, cast as a whole. Raises CannotCastError."""
        if not self.typed:
            path = parse_path(column.source)
            at = self._above(path)
            texts = self.tree.texts(self._base_of(path), path)
            return cast_text(texts if at is None else texts.take(pa.array(at)), column, rules)
        source = self._typed(column)
        if pa.types.is_string(source.type):
            return cast_text(source, column, rules)
        return cast_numbers(source, column)

    def parse(self, column: Column, rules: LocaleRules) -> tuple[Values, Reasons]:
        """Return the column value by value, and by row the reason why a value does not fit."""
        path = parse_path(column.source)
        values: Values = []
        reasons: Reasons = {}
        for row, record in enumerate(self._level(path)):
            try:
                found = path.find(record)
                if self.typed:
                    values.append(parse_json(found, column, rules))
                    continue
                text = found if found is None or isinstance(found, str) else json_text(found)
                (value,), reason = parse_all([text], column, rules)
                values.append(value)
                if reason:
                    reasons[row] = reason[0]
            except (ValueError, OverflowError) as error:
                values.append(None)
                reasons[row] = str(error)
        return values, reasons

    def texts(self, source: str) -> pa.Array:
        """Return a source field as text, for rules that select records."""
        path = parse_path(source)
        texts = (text_of(path.find(record)) for record in self._level(path))
        return pa.array([text if text is None else writable(text) for text in texts], pa.string())

    def select(self, rows: Any) -> "RecordRows":
        """Return the block with only these records."""
        return RecordRows(self.table, self.tree, self.base, self.typed, rows if self.rows is None else self.rows[rows])

    def raw(self, row: int) -> str:
        """Return the record as JSON."""
        return json_text(self.records[row])

    def others(self) -> pa.Array:
        """Return no map: only flat files have one."""
        return pa.nulls(self.size, pa.map_(pa.string(), pa.string()))

    def _base_of(self, path: Path) -> tuple[str, ...]:
        return self.base[: len(self.base) - path.up]

    def _above(self, path: Path) -> Any:
        """Return for each record the index of the one a path starts from among all of that level; None where they are
        the same.
        """
        at = self.tree.above(self.base, path.up)
        if self.rows is None:
            return at
        return self.rows if at is None else at[self.rows]

    def _level(self, path: Path) -> Sequence[Any]:
        found, at = self.tree.records(self._base_of(path)), self._above(path)
        return found if at is None else [found[index] for index in at]

    def _found(self, column: Column) -> list[Any]:
        path = parse_path(column.source)
        try:
            found, at = contents(self.tree.values(self._base_of(path), path.steps), path.attribute), self._above(path)
        except ValueError as error:
            raise CannotCastError from error
        return found if at is None else [found[index] for index in at]

    def _typed(self, column: Column) -> pa.Array:
        """Return the column's JSON values in Arrow: all plain ones from one conversion of the records, others on their
        own.
        """
        names = parse_path(column.source).plain
        if names is not None and self._plain is not None:
            return self._plain[names]
        values = self._found(column)
        _require_kinds(column, set(map(type, values)))
        try:
            return pa.array(values, source_type(column, whole=True))
        except (ValueError, pa.ArrowTypeError, OverflowError) as error:
            raise CannotCastError from error

    @cached_property
    def _plain(self) -> dict[tuple[str, ...], pa.Array] | None:
        """Return the arrays of all plain paths, None where the records cannot be converted as they are."""
        kind = struct_type(self.table.columns) if self.tree.chunk.plain else None
        if kind is None:
            return None
        try:
            return dict(_flattened(pa.array(self.records, kind), ()))
        except (ValueError, pa.ArrowTypeError, OverflowError):
            return None  # one odd value; the columns are then converted on their own


def _flattened(structs: pa.StructArray, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], pa.Array]]:
    """Yield the fields of structs by path; what lies in a missing struct is missing."""
    for field, array in zip(structs.type, structs.flatten(), strict=True):
        if pa.types.is_struct(field.type):
            yield from _flattened(array, (*above, field.name))
        else:
            yield (*above, field.name), array


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


def _require_kinds(column: Column, kinds: set[type]) -> None:
    """Raise CannotCastError where Arrow would convert a value silently: a boolean to a number, a decimal to an integer
    or a double.
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
    """Return the type that converts all plain paths of a table's columns at once; None where one path runs through
    another's value.
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
