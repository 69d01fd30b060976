"""The content of a stored document as a stream: unpacked, checked, and with every damage named."""

import gzip
import io
import zlib
from typing import BinaryIO, Protocol, cast

from curation.errors import RefusedError

GZIP_MAGIC = b"\x1f\x8b"
READ_SIZE = 1 << 20


class Reader(Protocol):
    """The only thing decoders need of a stream."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""


class Stored:
    """A stored document as it is read. `failed` tells that the store raised, and not a decoder."""

    def __init__(self, stream: Reader) -> None:
        self._stream = stream
        self.failed = False

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        try:
            return self._stream.read(size)
        except Exception:
            self.failed = True
            raise


class Unpacked:
    """Reads the content of a gzip stream; damage raises RefusedError with its name.

    The standard library's reader checks CRC and length, reads all members and notices truncation and trailing bytes;
    `zlib.decompressobj` does not.
    """

    def __init__(self, packed: BinaryIO) -> None:
        self._file = gzip.GzipFile(fileobj=packed, mode="rb")

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes of content."""
        try:
            return self._file.read(size)
        except EOFError as error:
            raise RefusedError("Truncated", "the gzip stream ends in the middle") from error
        except gzip.BadGzipFile as error:
            if "Not a gzipped file" in str(error):
                raise RefusedError("TrailingBytes", "bytes that are not gzip follow the gzip stream") from error
            raise RefusedError("DamagedGzip", f"the gzip stream is damaged: {error}") from error
        except zlib.error as error:
            raise RefusedError("DamagedGzip", f"the gzip stream is damaged: {error}") from error


def content(stored: Reader, *, plain_allowed: bool = False) -> Reader:
    """Return the content of a stored document.

    Documents in the lake are always gzip (RefusedError NotGzip otherwise); `plain_allowed` is for files
    that `lake try` is given.
    """
    start = stored.read(2)
    rejoined = cast(BinaryIO, _Rejoined(start, stored))
    if start == GZIP_MAGIC:
        return Unpacked(rejoined)
    if plain_allowed:
        return rejoined
    raise RefusedError(
        "Empty" if not start else "NotGzip",
        "the stored object is empty" if not start else "the stored object is not gzip",
    )


class _Rejoined(io.RawIOBase):
    """A stream with the bytes already read put back in front."""

    def __init__(self, start: bytes, rest: Reader) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if self._start and size is not None and size >= 0:
            taken, self._start = self._start[:size], self._start[size:]
            return taken + self._rest.read(size - len(taken))
        taken, self._start = self._start, b""
        return taken + self._rest.read(-1 if size is None else size)
