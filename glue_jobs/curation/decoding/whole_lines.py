"""Cutting a flat file into blocks of whole lines."""

from collections.abc import Iterator

from curation.decoding.streams import READ_SIZE, Reader
from curation.errors import RefusedError

LONGEST_LINE = 8 << 20
QUOTES_DO_NOT_ADD_UP = 2 << 20
"""Bytes after which a block of a quoted file ends with a line, although a quote in it is still open."""


def blocks(stream: Reader, start: bytes, *, quoted: bool) -> Iterator[bytes]:
    """Yield whole lines, about a megabyte at a time. Raises RefusedError (LineTooLong) where no line ends for 8 MiB."""
    rest = start
    while chunk := stream.read(READ_SIZE):
        rest += chunk
        end = _last_line_end(rest, quoted=quoted)
        if not end and quoted and len(rest) > QUOTES_DO_NOT_ADD_UP:
            end = _between_even_lines(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            raise RefusedError("LineTooLong", f"no line ends within {LONGEST_LINE >> 20} MiB")
    if rest:
        yield rest


def _last_line_end(data: bytes, *, quoted: bool) -> int:
    end = data.rfind(b"\n") + 1
    if not quoted or not end:
        return end
    # A line ends only outside of quotes: after an even number of them.
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', earlier, end)
        end = earlier
    return end


def _between_even_lines(data: bytes) -> int:
    """Return the end of the last line that has, like the one after it, an even number of quotes.

    Such a line does not lie in the middle of a value of two or three lines.
    """
    end = data.rfind(b"\n") + 1
    while end:
        start = data.rfind(b"\n", 0, end - 1) + 1
        following = data.find(b"\n", end)
        if (
            data.count(b'"', start, end) % 2 == 0
            and data.count(b'"', end, following if following >= 0 else len(data)) % 2 == 0
        ):
            return end
        end = start
    return 0
