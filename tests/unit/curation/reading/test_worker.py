"""A worker reads documents one at a time: a fault of the decoder keeps no other document back."""

import gzip
import io
import json
import logging

import pyarrow as pa
import pytest
from curation.contracts.parsing import parse_contract
from curation.decoding.flat_file import FlatFile
from curation.manifest import parse_document
from curation.reading.tasks import Task
from curation.reading.worker import worker

from tests.document_record import document_record

COLUMN = {"name": "v", "from": "v", "type": "string", "description": "d"}


def contract(form, **table):
    tables = {"t": {"description": "d", "unit": "window", "columns": [COLUMN], **table}}
    return parse_contract(
        {"source": "s", "document": {"format": form, "quoting": "none", "numbers": "point"}, "tables": tables}
    )


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
    read = worker(contract("tsv"), [tasks], {}, store)
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
    assert "KeyError in test_worker.py, line" in summaries[1]["refusal"][1]
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
