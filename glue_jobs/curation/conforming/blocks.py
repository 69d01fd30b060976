"""What conforming needs of a block of records, whatever the format."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

from curation.conforming.values import parse_text
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column

Values = list[object]
Reasons = dict[int, str]


class Block(Protocol):
    """Records of one table, cut from one document."""

    @property
    def lines(self) -> Any:
        """Return the numbers of the records in the document."""

    @property
    def size(self) -> int:
        """Return the number of records."""

    def cast(self, column: Column, rules: LocaleRules) -> pa.Array:
        """Return the column, cast as a whole. Raises CannotCastError."""

    def parse(self, column: Column, rules: LocaleRules) -> tuple[Values, Reasons]:
        """Return the column value by value, and by row the reason why a value does not fit."""

    def texts(self, source: str) -> pa.Array:
        """Return a source field as text, for rules that select records."""

    def select(self, rows: Any) -> "Block":
        """Return the block with only these rows, given as their indices."""

    def raw(self, row: int) -> str:
        """Return the record as it stands in the document."""

    def others(self) -> pa.Array:
        """Return the values under unknown headers, a map per record."""


def parse_all(texts: Sequence[str | None], column: Column, rules: LocaleRules) -> tuple[Values, Reasons]:
    """Read texts one by one."""
    values: Values = []
    reasons: Reasons = {}
    for row, text in enumerate(texts):
        try:
            values.append(None if text is None else parse_text(text, column, rules))
        except (ValueError, OverflowError) as error:
            values.append(None)
            reasons[row] = str(error)
    return values, reasons
