"""Which charset a flat file is read in."""

import pytest

from tests.unit.curation.refusals import refusal

A = ("a", "string")
B = ("b", "string")


@pytest.mark.parametrize(
    ("charset", "header", "marketplace", "found"),
    [
        ("utf-8", None, "DE", "utf-8 (strict)"),
        ("cp1252", None, "DE", "cp1252 (code page)"),
        ("cp1252", "Cp1252", "DE", "cp1252 (header)"),
        ("cp1252", "ISO-8859-1", "DE", "cp1252 (header)"),
        ("utf-8", "UTF-8", "JP", "utf-8 (header)"),
        ("cp1252", "UTF-8", "DE", "cp1252 (code page)"),
        ("utf-8-sig", "Cp1252", "DE", "utf-8 (byte order mark)"),
    ],
)
def test_the_charset_is_the_headers_then_utf8_then_the_code_page(flat, charset, header, marketplace, found):
    result = flat("a\tb\nMüller €\tß\n".encode(charset), A, B, marketplace=marketplace, charset=header)
    assert result.column("a") == ["Müller €"]
    assert result.decoder.charset == found


def test_japanese_files_with_localised_headers(flat):
    asin = {"name": "asin", "from": "asin1", "type": "string", "aliases": {"ja_JP": ["商品ID"]}}
    result = flat(
        "商品名\t商品ID\n表①ソ\tB1\n".encode("cp932"),
        {"name": "title", "from": "item-name", "type": "string", "aliases": {"ja_JP": ["商品名"]}},
        asin,
        marketplace="JP",
        charset="Shift_JIS",
    )
    assert result.column("title") == ["表①ソ"]
    assert result.column("asin") == ["B1"]
    assert result.decoder.charset == "cp932 (header)"


def test_no_charset_fits(flat):
    assert refusal(flat, b"a\tb\n\x81\x8d\t\xff\n", A, B, marketplace="DE") == "CharsetUnknown"


def test_a_charset_that_fails_deep_inside_starts_again(flat):
    content = ("v\n" + "plain text\n" * 200_000 + "Müller\n").encode("cp1252")
    result = flat(content, ("v", "string"), marketplace="DE")
    assert result.column("v")[-1] == "Müller"
    assert len(result.column("v")) == 200_001
