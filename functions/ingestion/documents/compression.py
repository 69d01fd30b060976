"""Unpacking, verifying and packing a document's bytes on their way to the raw store, in constant memory.

The headers are not trusted: by default Amazon's store answers `Content-Encoding: identity` for gzip bytes, with
`enableContentEncodingUrlHeader=true` it answers `gzip`, and a proxy may have unpacked them already (SP-API docs,
getReportDocument). The bytes themselves tell: 1f 8b is gzip. No text format begins with these bytes,
therefore a second layer is unpacked as well.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator

from ingestion.errors import DocumentDamaged

MAGIC = b"\x1f\x8b"
_STEP = 1 << 20
_LAYERS = 2


def content_of(wire: Iterable[bytes]) -> Iterator[bytes]:
    """The content bytes of a document, whatever layers of gzip it came in.

    DocumentDamaged when a layer is cut short, fails its checksum or length, or is followed by garbage.
    """
    stream: Iterable[bytes] = wire
    for _ in range(_LAYERS):
        head, rest = _peek(stream, len(MAGIC))
        stream = _rejoin(head, rest)
        if not head.startswith(MAGIC):
            break
        stream = _gunzip(stream)
    yield from stream


def _peek(stream: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    rest = iter(stream)
    head = b""
    while len(head) < size:
        chunk = next(rest, None)
        if chunk is None:
            break
        head += chunk
    return head, rest


def _rejoin(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _gunzip(stream: Iterable[bytes]) -> Iterator[bytes]:
    """All members of a gzip stream.

    zlib verifies each member's CRC and length, but neither notices a missing end nor goes on to the next member.
    """
    member, between = zlib.decompressobj(wbits=31), False
    for chunk in stream:
        data = chunk
        while data:
            if member.eof:
                member, between = zlib.decompressobj(wbits=31), True
            if between:
                # Zero bytes after a member are padding, as gzip itself has it; anything else must be another member.
                data = data.lstrip(b"\0")
                if not data:
                    break
                between = False
            try:
                content = member.decompress(data, _STEP)
            except zlib.error as error:
                raise DocumentDamaged(f"the gzip stream is damaged: {error}") from error
            if content:
                yield content
            data = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof and not between:
        content = member.flush()
        if content:
            yield content
        if not member.eof:
            raise DocumentDamaged("the gzip stream ends in the middle")


class Packer:
    """Packs content into one gzip member, counting and hashing it.

    The same content always gives the same bytes: there is no name and no time in the header.
    """

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
        self._hash = hashlib.sha256()
        self.content_bytes = 0
        self.stored_bytes = 0

    @property
    def content_sha256(self) -> str:
        """Of the content that went in so far."""
        return self._hash.hexdigest()

    def pack(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """The gzip member's bytes, piece by piece."""
        for piece in content:
            self._hash.update(piece)
            self.content_bytes += len(piece)
            yield from self._counted(self._compressor.compress(piece))
        yield from self._counted(self._compressor.flush())

    def _counted(self, packed: bytes) -> Iterator[bytes]:
        if packed:
            self.stored_bytes += len(packed)
            yield packed
