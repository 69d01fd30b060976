"""Content survives any packing, and a cut stream is noticed."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion.documents.compression import Packer, content_of
from ingestion.errors import DocumentDamaged

contents = st.binary(max_size=5_000) | st.binary(min_size=1, max_size=50).map(lambda piece: piece * 20_000)


def chunked(data: bytes, size: int):
    return (data[i : i + size] for i in range(0, len(data), size))


@given(
    contents.filter(lambda c: not c.startswith(b"\x1f\x8b")),
    st.lists(st.integers(0, 5_000), max_size=4),
    st.integers(1, 3_000),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_content_survives_any_packing(content, cuts, size, plain):
    cuts = sorted({min(cut, len(content)) for cut in cuts})
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    wire = content if plain else b"".join(gzip.compress(piece) for piece in pieces)
    packer = Packer()
    stored = b"".join(packer.pack(content_of(chunked(wire, size))))
    member = zlib.decompressobj(wbits=31)
    assert member.decompress(stored) == content
    assert member.eof
    assert not member.unused_data
    assert (packer.content_bytes, packer.stored_bytes) == (len(content), len(stored))


@given(contents, st.integers(1, 3_000), st.data())
@settings(max_examples=60, deadline=None)
def test_a_cut_stream_is_never_taken_for_whole(content, size, data):
    wire = gzip.compress(content)
    cut = data.draw(st.integers(2, len(wire) - 1))
    with pytest.raises(DocumentDamaged):
        b"".join(content_of(chunked(wire[:cut], size)))


def test_memory_stays_flat_however_well_it_is_packed():
    wire = gzip.compress(b"\0" * 50_000_000)
    largest = max(len(piece) for piece in content_of(chunked(wire, 1 << 18)))
    assert largest <= 1 << 20
