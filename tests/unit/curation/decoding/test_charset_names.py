"""Names of charsets, as Amazon and Java write them."""

import pytest
from curation.decoding.charsets import candidates, normalized


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("Cp1252", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("US-ASCII", "utf-8"),
        ("Shift_JIS", "cp932"),
        ("windows-31j", "cp932"),
        ("MS932", "cp932"),
        (" Windows-31J ", "cp932"),
        ("SJIS", "cp932"),
        ("GB2312", "gb18030"),
        ("GBK", "gb18030"),
        ("nothing-known", None),
        ("", None),
        (None, None),
    ],
)
def test_a_charset_is_read_as_its_superset(name, codec):
    assert normalized(name) == codec


@pytest.mark.parametrize(
    ("header", "code_page", "tried"),
    [
        ("Cp1252", "cp1252", ["cp1252 (header)", "utf-8 (strict)"]),
        (None, "Shift_JIS", ["utf-8 (strict)", "cp932 (code page)"]),
        ("UTF-8", "cp1252", ["utf-8 (header)", "cp1252 (code page)"]),
        ("nothing-known", None, ["utf-8 (strict)"]),
        ("GBK", "cp932", ["gb18030 (header)", "utf-8 (strict)", "cp932 (code page)"]),
    ],
)
def test_charsets_are_tried_in_order_and_each_once(header, code_page, tried):
    assert [str(one) for one in candidates(header, code_page)] == tried


@pytest.mark.parametrize(
    ("charset", "text", "codec"),
    [
        ("Shift_JIS", "表①ソ髙", "cp932"),
        ("SJIS", "㈱", "cp932"),
        ("GB2312", "镕", "gb18030"),
        ("GBK", "€㐀", "gb18030"),
    ],
)
def test_a_file_is_read_by_the_charset_of_its_header_without_a_marketplace(flat, charset, text, codec):
    result = flat(f"a\tb\n{text}\tx\n".encode(codec), ("a", "string"), ("b", "string"), charset=charset)
    assert result.column("a") == [text]
    assert result.decoder.charset == f"{codec} (header)"
