"""One document at a time: what is known of a refused one is told, and a fault of the decoder holds nothing else back."""

import gzip
import io
import json
import logging

import pyarrow as pa
import pytest
from curation.contracts.parsing import parse_contract
from curation.decoding.flat_file import FlatFile
from curation.errors import DecodeAgainError, RefusedError
from curation.manifest import parse_document
from curation.reading.document import DocumentDecoder
from curation.reading.tasks import Task
from curation.reading.worker import worker

COLUMN = {"name": "v", "from": "v", "type": "string", "description": "d"}

from tests.document_record import document_record


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


class Store:
    """Documents by name; one raises as the network does."""

    def __init__(self, **documents):
        self.documents = documents

    def open(self, uri):
        return self.documents[uri]

    def write(self, uri, content, content_type):
        raise NotImplementedError


def read(store, *keys):
    """Read documents as a worker of the job does; the summary of each, and their rows."""
    tasks = [Task(number, parse_document(document_record(report_id=key, key=key))) for number, key in enumerate(keys)]
    read = worker(FORMS["tsv"], [tasks], {}, store)
    batches = list(read([pa.record_batch([pa.array([0])], names=["share"])]))
    rows = [row for batch in batches for row in batch.to_pylist()]
    return [json.loads(row["_summary"]) for row in rows if row["_summary"]], [
        row["t/v"] for row in rows if row["_kind"] == "t"
    ]


def test_a_fault_of_the_decoder_refuses_one_document_and_is_logged_without_its_values(monkeypatch, caplog):
    original = FlatFile.read

    def failing(self, *arguments):
        for block in original(self, *arguments):
            if (value := block.columns[0][0].as_py()) == "secret":
                raise KeyError(value)
            yield block

    monkeypatch.setattr(FlatFile, "read", failing)
    store = Store(
        **{
            key: io.BytesIO(gzip.compress(f"v\n{value}\n".encode()))
            for key, value in (("1", "before"), ("2", "secret"), ("3", "after"))
        }
    )
    with caplog.at_level(logging.ERROR):
        summaries, rows = read(store, "1", "2", "3")
    assert rows == ["before", "after"]
    assert [summary["refusal"] and summary["refusal"][0] for summary in summaries] == [None, "DecodingFailed", None]
    assert "KeyError in test_refusals.py, line" in summaries[1]["refusal"][1]
    assert summaries[1]["charset"] == "utf-8 (strict)"
    (logged,) = caplog.records
    assert "the decoder failed: KeyError" in logged.message
    assert "in failing" in logged.message
    assert "'secret'" not in logged.message
    assert "secret" not in summaries[1]["refusal"][1]


def test_what_the_store_raises_is_no_fault_of_the_document():
    class Broken(io.RawIOBase):
        def read(self, size=-1, /):
            raise ConnectionResetError("by peer")

    with pytest.raises(ConnectionResetError, match="by peer"):
        read(Store(k=Broken()), "k")
