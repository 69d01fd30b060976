"""Raw blocks of flat files: rows as text columns, and single rows that do not fit the header."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa


@dataclass
class FlatBlock:
    """Some rows of a flat file, as text columns by position.

    `lines` are the rows' line numbers in the file, of which the header is line 1; `content` is the block's text.
    """

    columns: Sequence[pa.Array]
    lines: Any
    content: bytes
    first_line: int
    quoted: bool
    delimiter: str

    @property
    def size(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    @cached_property
    def _texts(self) -> list[str]:
        return [line.removesuffix("\r") for line in self.content.decode().split("\n")]

    def raw(self, row: int) -> str:
        """Return the row as it stands in the file.

        Of quoted files, which may break lines inside a value, the values are returned without their quotes.
        """
        if self.quoted:
            return self.delimiter.join(column[row].as_py() or "" for column in self.columns)
        return self._texts[int(self.lines[row]) - self.first_line]


@dataclass(frozen=True)
class Ragged:
    """A row that has more values than the header has names."""

    line: int
    reason: str
    text: str
