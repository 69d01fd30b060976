"""Nested records (JSON, XML) seen through a table's columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from curation.conforming.blocks import Reasons, Values, parse_all
from curation.conforming.casting import CannotCastError, cast_numbers, cast_text
from curation.conforming.json_types import require_kinds, source_type, struct_type
from curation.conforming.values import json_text, parse_json
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column, Table
from curation.decoding.paths import Path, contents, parse_path, text_of, writable
from curation.decoding.record_tree import Tree


@dataclass
class RecordRows:
    """Records of one table: those of a tree that lie below the names of `base`.

    `rows` restricts them to the records at these indices. `typed`: the values are JSON values; otherwise all are texts
    (XML).
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
            return cast_text(self._texts(column), column, rules)
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
        """Return for each record the index of the record from which a path starts, among all records of that level.

        None where they are the same.
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

    def _texts(self, column: Column) -> pa.Array:
        """Return the column's texts in Arrow. Raises CannotCastError."""
        path = parse_path(column.source)
        try:
            texts = self.tree.texts(self._base_of(path), path)
        except ValueError as error:
            raise CannotCastError from error
        at = self._above(path)
        return texts if at is None else texts.take(pa.array(at))

    def _typed(self, column: Column) -> pa.Array:
        """Return the column's JSON values in Arrow.

        All plain paths come from one conversion of the records; the others are converted on their own.
        """
        names = parse_path(column.source).plain
        if names is not None and self._plain is not None:
            return self._plain[names]
        values = self._found(column)
        require_kinds(column, set(map(type, values)))
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
            return None  # one value does not fit; the columns are then converted one by one


def _flattened(structs: pa.StructArray, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], pa.Array]]:
    """Yield the fields of structs by path; what lies in a missing struct is missing."""
    for field, array in zip(structs.type, structs.flatten(), strict=True):
        if pa.types.is_struct(field.type):
            yield from _flattened(array, (*above, field.name))
        else:
            yield (*above, field.name), array
