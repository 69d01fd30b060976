"""Stored documents: gzip, checked; every damage has its name."""

import gzip
import io

import pytest
from curation.decoding.streams import content
from curation.errors import RefusedError

DATA = bytes(range(256)) * 5000
PACKED = gzip.compress(DATA)


def everything(stored, **more):
    stream = content(io.BytesIO(stored), **more)
    pieces = []
    while piece := stream.read(10_000):
        pieces.append(piece)
    return b"".join(pieces)


def test_one_member_and_several():
    assert everything(PACKED) == DATA
    assert everything(PACKED + gzip.compress(b"more")) == DATA + b"more"


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        (b"", "Empty"),
        (b"plain", "NotGzip"),
        (PACKED[:-20], "Truncated"),
        (PACKED[: len(PACKED) // 2], "Truncated"),
        (PACKED + b"junk", "TrailingBytes"),
        (PACKED[:-8] + bytes(8), "DamagedGzip"),
        (PACKED[:200] + b"\xff" * 50 + PACKED[250:], "DamagedGzip"),
    ],
)
def test_damage_has_a_name(stored, code):
    with pytest.raises(RefusedError) as raised:
        everything(stored)
    assert raised.value.code == code


def test_a_plain_file_is_read_where_that_is_allowed():
    assert everything(b"plain", plain_allowed=True) == b"plain"
    assert everything(PACKED, plain_allowed=True) == DATA
