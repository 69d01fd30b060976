"""Cutting a flat file into blocks of whole lines, and of whole records where quotes let values have several lines."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from curation.decoding import quoting
from curation.decoding.line_ends import partition_quoted
from curation.decoding.streams import READ_SIZE, Reader
from curation.errors import RefusedError

LONGEST_LINE = 8 << 20
LONGEST_HEADER = 2 << 20
"""Bytes after which the first block of a quoted file ends with a line, although a quote in its header is still open."""


def blocks(stream: Reader, start: bytes, *, quoted: bool, delimiter: str = "\t") -> Iterator[bytes]:
    """Yield whole lines, about a megabyte at a time, and whole records of a quoted file.

    Raises RefusedError (LineTooLong) where no line, or no record, ends for 8 MiB.
    """
    cut = _Records(delimiter) if quoted else _last_line_end
    rest = start
    while chunk := stream.read(READ_SIZE):
        rest += chunk
        if end := cut(rest):
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            what = "record" if b"\n" in rest else "line"
            raise RefusedError("LineTooLong", f"no {what} ends within {LONGEST_LINE >> 20} MiB")
    if rest:
        yield rest


def _last_line_end(data: bytes) -> int:
    return data.rfind(b"\n") + 1


class _Records:
    """Finds where blocks of a quoted file end: each is given what follows the one before.

    Where all quotes of a block add up, as they do in a file that is written well, the block ends with the last line
    outside of quotes. After a stray quote that would be the middle of a value: then the block is read record by record,
    as it will be once more for its values, and ends with the last one that is whole. The next block begins outside of
    quotes again.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._width: int | None = None
        """How many values the header has, once it has been seen."""

    def __call__(self, data: bytes) -> int:
        """Return the end of the last record that is whole, 0 where none is."""
        header = 0
        if self._width is None:
            line, ends, _ = partition_quoted(data)
            if not ends:
                return _last_line_end(data) if len(data) > LONGEST_HEADER else 0
            header = len(line) + 1
            self._width = len(quoting.split(line.decode("latin-1").removesuffix("\r"), self._delimiter))
        return self._last_outside_quotes(data, header) or (
            header + quoting.end_of_records(data[header:], self._delimiter, self._width)
        )

    def _last_outside_quotes(self, data: bytes, start: int) -> int:
        """Return the end of the last line after an even number of quotes; 0 if none is, or the quotes do not add up."""
        signs: Any = np.frombuffer(data, np.uint8)[start:]
        quotes = np.flatnonzero(signs == ord('"'))
        if not quoting.adds_up(signs, quotes, self._delimiter):
            return 0
        end = _last_line_end(data)
        while end > start and int(np.searchsorted(quotes, end - start)) % 2:
            end = data.rfind(b"\n", 0, end - 1) + 1
        return end if end > start else 0
