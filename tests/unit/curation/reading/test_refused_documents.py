"""What is known of a refused document is recorded."""

import gzip
import io

import pytest
from curation.contracts.parsing import parse_contract
from curation.errors import DecodeAgainError, RefusedError
from curation.manifest import parse_document
from curation.reading.document import DocumentDecoder

from tests.document_record import document_record

COLUMN = {"name": "v", "from": "v", "type": "string", "description": "d"}


def contract(form, **table):
    tables = {"t": {"description": "d", "unit": "window", "columns": [COLUMN], **table}}
    return parse_contract(
        {"source": "s", "document": {"format": form, "quoting": "none", "numbers": "point"}, "tables": tables}
    )


NOISE = b"\n".join(str(number * 0.7).encode() for number in range(300_000)) + b"\n"
FORMS = {"tsv": contract("tsv"), "json": contract("json", records="rows"), "xml": contract("xml", records="root.row")}


@pytest.mark.parametrize(
    ("form", "content", "charset", "code", "known"),
    [
        ("tsv", gzip.compress(b"v\n" + NOISE)[:-9], None, "Truncated", "utf-8 (strict)"),
        ("tsv", gzip.compress(b"v\n" + NOISE + b"\x81\n"), "Cp1252", "CharsetUnknown", ""),
        ("tsv", gzip.compress(b"w\nx\n"), "Cp1252", "WrongFormat", "cp1252 (header)"),
        ("tsv", gzip.compress(b"v\n"), "utf-8", "NoRows", "utf-8 (header)"),
        ("tsv", gzip.compress(b"<html>"), "utf-8", "WrongFormat", ""),
        ("json", gzip.compress(b'{"rows": [{"v": "x"}'), None, "Truncated", "utf-8 (JSON)"),
        ("json", gzip.compress(b'{"rows": [{"v": "x\xff"}]}'), None, "CharsetUnknown", ""),
        ("json", gzip.compress(b"no object"), None, "WrongFormat", ""),
        ("xml", gzip.compress(b"<root><row>"), None, "Truncated", "as declared (XML)"),
        ("xml", gzip.compress(b"<html/>"), None, "WrongFormat", ""),
        ("xml", b"plain", None, "NotGzip", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_charset_of_a_refused_document_is_told_where_it_was_known(form, content, charset, code, known):
    def attempt(again):
        decoder = DocumentDecoder(FORMS[form], parse_document(document_record(charset=charset)), None)
        with pytest.raises((RefusedError, DecodeAgainError)) as raised:
            list(decoder.rows(io.BytesIO(content), charset=again))
        return decoder, raised.value

    decoder, error = attempt(None)
    while isinstance(error, DecodeAgainError):
        assert decoder.charset == ""
        decoder, error = attempt(error.charset)
    assert error.code == code
    assert decoder.charset == known
