"""Cutting a flat file into blocks of whole lines."""

from collections.abc import Iterator
from itertools import islice

from curation.decoding.streams import READ_SIZE, Reader
from curation.errors import RefusedError

LONGEST_LINE = 8 << 20
BOTH = 2
LINES_LOOKED_AT = 1000
"""Ends of lines among which the end of a block is sought at first; a large block is searched whole."""
QUOTES_DO_NOT_ADD_UP = 2 << 20
"""Bytes after which a block of a quoted file ends with a line, although a quote in it is still open."""


def blocks(stream: Reader, start: bytes, *, quoted: bool) -> Iterator[bytes]:
    """Yield whole lines, about a megabyte at a time. Raises RefusedError (LineTooLong) where no line ends for 8 MiB."""
    rest = start
    while chunk := stream.read(READ_SIZE):
        rest += chunk
        end = _end_of_quoted_block(rest) if quoted else rest.rfind(b"\n") + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            raise RefusedError("LineTooLong", f"no line ends within {LONGEST_LINE >> 20} MiB")
    if rest:
        yield rest


def _end_of_quoted_block(data: bytes) -> int:
    """Return where a block of a quoted file ends, 0 to wait for more.

    A line ends only outside of quotes, after an even number of them. After a stray quote that is the middle of every
    value of two lines, which shows by the lines around it: both have odd numbers of quotes. So an end between two even
    lines is waited for. Where a large block has none, its lines tell more than the count of quotes before them.
    """
    large = len(data) > QUOTES_DO_NOT_ADD_UP
    ends = islice(_line_ends(data), None if large else LINES_LOOKED_AT)
    outside_quotes = (end for end, quotes in ends if quotes % 2 == 0)
    best = next((end for end in outside_quotes if _even_lines_around(data, end) == BOTH), 0)
    if best or not large:
        return best
    ranked = [(_even_lines_around(data, end), quotes % 2 == 0, end) for end, quotes in _line_ends(data)]
    return max(ranked, default=(0, False, 0))[2]


def _line_ends(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ends of lines, the last first, each with the number of quotes before it."""
    end = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, end)
    while end:
        yield end, quotes
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', earlier, end)
        end = earlier


def _even_lines_around(data: bytes, end: int) -> int:
    """Count the lines before and after this end that are whole and have an even number of quotes.

    None: it may be the middle of a value of two lines. Both: it is not the middle of a value of two or three lines.
    """
    start = data.rfind(b"\n", 0, end - 1) + 1
    following = data.find(b"\n", end)
    before_is_even = data.count(b'"', start, end) % 2 == 0
    after_is_even = following >= 0 and data.count(b'"', end, following) % 2 == 0
    return before_is_even + after_is_even
