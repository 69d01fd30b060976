"""Rows of a flat file seen through a table's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.conforming.blocks import Reasons, Values, parse_all
from curation.conforming.casting import cast_text
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column
from curation.decoding.flat_block import FlatBlock


@dataclass
class FlatRows:
    """Rows of a flat file seen through a table's columns.

    `positions` says where in the header each column is found, `first_row` what the document's first row says under a
    header; `null_values` are texts that stand for no value.
    """

    block: FlatBlock
    positions: Mapping[str, int | None]
    headers: Mapping[str, int]
    unknown: Sequence[tuple[str, int]]
    first_row: Mapping[str, str] = field(default_factory=dict)
    null_values: tuple[str, ...] = ()
    rows: Any = None

    @property
    def lines(self) -> Any:
        """Return the line numbers of the rows."""
        return self.block.lines if self.rows is None else self.block.lines[self.rows]

    @property
    def size(self) -> int:
        """Return the number of rows."""
        return self.block.size if self.rows is None else len(self.rows)

    def _at(self, position: int | None) -> pa.Array:
        if position is None:
            return pa.nulls(self.size, pa.string())
        column = self.block.columns[position]
        if self.rows is not None:
            column = column.take(pa.array(self.rows))
        return self._without_null_values(column)

    def _without_null_values(self, texts: pa.Array) -> pa.Array:
        if not self.null_values:
            return texts
        return pc.if_else(pc.is_in(texts, value_set=pa.array(self.null_values)), pa.scalar(None, pa.string()), texts)

    def _source(self, column: Column) -> pa.Array:
        header = column.first_row
        if header is None:
            return self._at(self.positions[column.name])
        return self._without_null_values(pa.repeat(pa.scalar(self.first_row.get(header), pa.string()), self.size))

    def cast(self, column: Column, rules: LocaleRules) -> pa.Array:
        """Return the column, cast as a whole. Raises CannotCastError."""
        return cast_text(self._source(column), column, rules)

    def parse(self, column: Column, rules: LocaleRules) -> tuple[Values, Reasons]:
        """Return the column value by value, and by row the reason why a value does not fit."""
        return parse_all(self._source(column).to_pylist(), column, rules)

    def texts(self, source: str) -> pa.Array:
        """Return a source field as text; a header the file does not have counts as empty."""
        return self._at(self.headers.get(source))

    def select(self, rows: Any) -> "FlatRows":
        """Return the block with only these rows."""
        chosen = rows if self.rows is None else self.rows[rows]
        return replace(self, rows=chosen)

    def raw(self, row: int) -> str:
        """Return the row as it stands in the file."""
        return self.block.raw(row if self.rows is None else int(self.rows[row]))

    def others(self) -> pa.Array:
        """Return the non-empty values under unknown headers, a map per row; null where there are no unknown headers."""
        kind = pa.map_(pa.string(), pa.string())
        if not self.unknown:
            return pa.nulls(self.size, kind)
        count = len(self.unknown)
        columns = [self._at(position) for _, position in self.unknown]
        # Row by row: value k of row r stands at k * size + r of the columns laid end to end.
        order = np.arange(count * self.size).reshape(count, self.size).T.reshape(-1)
        values = pa.concat_arrays(columns).take(pa.array(order))
        keys = pa.array([name for name, _ in self.unknown] * self.size, pa.string())
        filled = np.asarray(pc.fill_null(pc.not_equal(values, ""), False))
        offsets = np.concatenate(([0], np.cumsum(filled.reshape(self.size, count).sum(axis=1)))).astype(np.int32)
        keep = pa.array(filled)
        return pa.MapArray.from_arrays(pa.array(offsets), keys.filter(keep), values.filter(keep))
