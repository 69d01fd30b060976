"""JSON documents as streams: byte order marks, parts, and what is too long or too deep."""

import io

import pytest
from curation.decoding import json_file
from curation.decoding.json_file import JsonFile
from curation.errors import RefusedError

ROWS = b'{"rows": [' + b",".join(b'{"id": %d, "v": [%d]}' % (n, n) for n in range(200)) + b"]}"


def records(content, part=0, parts=1):
    return [
        (number, record["id"])
        for chunk in JsonFile(io.BytesIO(content), {("rows",)}).read(part, parts)
        for number, record in enumerate(chunk.records, chunk.first)
    ]


@pytest.mark.parametrize("size", [16, 512 << 10])
def test_a_byte_order_mark_is_no_content(size, monkeypatch):
    monkeypatch.setattr(json_file, "CHUNK", size)
    assert records(b"\xef\xbb\xbf" + ROWS) == records(ROWS) == [(n + 1, n) for n in range(200)]
    for content in (b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"):
        with pytest.raises(RefusedError, match="no content"):
            records(content)


@pytest.mark.parametrize("blank", [b"", b"\n  "])
def test_parts_of_a_document_are_its_chunks_by_turns(blank, monkeypatch):
    monkeypatch.setattr(json_file, "CHUNK", 64)
    content = ROWS.replace(b"},{", b"}," + blank + b"{" + blank)
    parts = [records(content, part, 3) for part in range(3)]
    assert sorted(one for part in parts for one in part) == [(n + 1, n) for n in range(200)]
    assert all(len(part) > 30 for part in parts)


def test_a_value_that_is_too_long_is_refused_and_a_shorter_one_is_read(monkeypatch):
    monkeypatch.setattr(json_file, "CHUNK", 64)
    monkeypatch.setattr(json_file, "LONGEST_VALUE", 1_000)
    for content in (b'{"rows": [{"id": "%s"}]}', b'{"other": "%s", "rows": []}'):
        with pytest.raises(RefusedError, match="a value is longer than"):
            records(content % (b"x" * 3_000))
    assert records(b'{"rows": [{"id": "%s"}]}' % (b"x" * 500)) == [(1, "x" * 500)]


@pytest.mark.parametrize("value", [r'"\ud83d\ude00"', "true", "-12.5e-3", r'"\\\""', "null"])
def test_a_value_may_be_cut_anywhere(value, monkeypatch):
    expected = records(b'{"rows": [{"id": %s}]}' % value.encode())
    for size in range(1, 48):
        monkeypatch.setattr(json_file, "CHUNK", size)
        monkeypatch.setattr(json_file, "SMALL", size)
        for content in ('{"rows": [{"id": %s}]}', '{"other": %s, "rows": [{"id": %s}]}'):
            assert records((content.replace("%s", value)).encode()) == expected
