"""Decode a text or bytes by a small contract, without Spark."""

import gzip
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from curation.contracts.parsing import parse_contract, parse_marketplace
from curation.errors import DecodeAgainError
from curation.manifest import parse_document
from curation.reading.document import DocumentDecoder

from tests.document_record import document_record

MARKETPLACES = {
    key: parse_marketplace(key, value)
    for key, value in yaml.safe_load((Path(__file__).parents[3] / "contracts" / "marketplaces.yaml").read_text())[
        "marketplaces"
    ].items()
}
BY_CODE = {marketplace.code: marketplace for marketplace in MARKETPLACES.values()}


@dataclass
class Result:
    tables: dict = field(default_factory=dict)
    quarantined: list = field(default_factory=list)
    excluded: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    decoder: DocumentDecoder | None = None

    def column(self, name, table="t"):
        return [row[name] for row in self.tables.get(table, [])]


@pytest.fixture
def decode():
    """Return a function that decodes content by a contract's document part and tables."""

    def run(content, *, tables, document, marketplace=None, parts=1, packed=True, **record):
        contract = parse_contract({"source": "s", "document": document, "tables": tables})
        where = BY_CODE[marketplace] if marketplace else None
        place = {"marketplace_id": where.id, "marketplace_ids": [where.id]} if where else {}
        told = document_record(**place | record)
        data = (
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else json.dumps(content).encode()
        )
        stored = gzip.compress(data) if packed else data
        result = Result()
        for part in range(parts):
            charset = None
            while True:
                decoder = DocumentDecoder(contract, parse_document(told), where)
                try:
                    pieces = list(decoder.rows(io.BytesIO(stored), charset=charset, part=part, parts=parts))
                except DecodeAgainError as again:
                    charset = again.charset
                    continue
                break
            result.decoder = decoder
            for table, conformed in pieces:
                result.tables.setdefault(table.name, []).extend(conformed.rows.to_pylist())
                result.quarantined += conformed.quarantined
                result.records[table.name] = result.records.get(table.name, 0) + conformed.records
                for name, count in conformed.excluded.items():
                    result.excluded[name] = result.excluded.get(name, 0) + count
        return result

    return run


def columns(*given):
    return [{"description": "d", **one} for one in given]


def one_table(*given, **more):
    return {"t": {"description": "d", "unit": "window", "columns": columns(*given), **more}}


@pytest.fixture
def flat(decode):
    """Return a function that decodes a flat file into one table `t`; columns are given as (header, type) or dicts."""

    def run(content, *given, document=None, table=None, **record):
        tables = one_table(
            *(
                one if isinstance(one, dict) else {"name": one[0].replace("-", "_"), "from": one[0], "type": one[1]}
                for one in given
            ),
            **(table or {}),
        )
        form = {"format": "tsv", "quoting": "none", "numbers": "point"} | (document or {})
        return decode(content, tables=tables, document=form, **record)

    return run


@pytest.fixture
def nested(decode):
    """Return a function that decodes JSON (or XML) into one table `t` from the array `rows`."""

    def run(content, *given, document=None, table=None, **record):
        tables = one_table(
            *(one if isinstance(one, dict) else {"name": one[0], "from": one[0], "type": one[1]} for one in given),
            **({"records": "rows"} | (table or {})),
        )
        return decode(content, tables=tables, document={"format": "json"} | (document or {}), **record)

    return run
