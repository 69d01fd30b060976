"""A document is decoded, conformed and judged as the job would, on one machine, without Spark or a cloud."""

import functools
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from curation.conforming.conform import Conformed
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.model import Contract, Marketplace, Table
from curation.contracts.parsing import parse_contract, parse_marketplace
from curation.errors import DecodeAgainError, RefusedError
from curation.judging import gate
from curation.judging.statistics import document_statistics
from curation.manifest import DocumentRecord
from curation.reading.document import DocumentDecoder
from curation.reading.summary import drift_of

from trial.assumed_request import assumed_request
from trial.pandas_judge import PandasJudge

Json = Mapping[str, Any]


@dataclass
class Trial:
    """What a document gave: its rows by table as Arrow, and what `report` tells of it."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    conformed: list[tuple[Table, Conformed]] = field(default_factory=list)
    charset: str = ""
    drift: dict[str, list[str]] = field(default_factory=dict)
    refusal: RefusedError | None = None
    judgement: gate.Judgement = field(default_factory=gate.Judgement)
    rows: int = 0


def try_document(
    contract: Json,
    marketplace: Json | None,
    document: bytes | str | Path,
    charset: str | None = None,
    request: Json | None = None,
) -> Trial:
    """Return what the job would make of a document.

    `contract` is a contract as in the bundle; `marketplace` one of its marketplaces, with its id under "id"; `document`
    the bytes or the path of a document, gzip or plain; `charset` the one a content type header would name; `request`
    the request, with names as in a document record (without it the document's own echo is taken).
    """
    parsed = parse_contract(contract)
    where = parse_marketplace(marketplace["id"], marketplace) if marketplace else None
    data = document if isinstance(document, bytes) else Path(document).read_bytes()
    trial = Trial()
    try:
        requested = assumed_request(contract, parsed, where, data, charset=charset, request=request)
        _decode(trial, parsed, requested, where, data)
    except RefusedError as refusal:
        return Trial(charset=trial.charset, drift=trial.drift, refusal=refusal)
    _judge(trial, parsed, requested)
    return trial


def _decode(
    trial: Trial, contract: Contract, requested: DocumentRecord, marketplace: Marketplace | None, data: bytes
) -> None:
    trial.conformed = _conformed(trial, contract, requested, marketplace, data)
    for table in contract.tables:
        batches = [given.rows for of, given in trial.conformed if of.name == table.name]
        trial.tables[table.name] = pa.Table.from_batches(batches, schema=arrow_schema(table))
    records = {
        table.name: sum(given.records for of, given in trial.conformed if of.name == table.name)
        for table in contract.tables
    }
    trial.rows = (
        max(records.values())
        if contract.flat
        else sum(records[table.name] for table in contract.tables if not _nested(table, contract))
    )


def _conformed(
    trial: Trial, contract: Contract, requested: DocumentRecord, marketplace: Marketplace | None, data: bytes
) -> list[tuple[Table, Conformed]]:
    codec: str | None = None
    while True:
        decoder = DocumentDecoder(contract, requested, marketplace)
        try:
            return list(decoder.rows(io.BytesIO(data), charset=codec, plain_allowed=True))
        except DecodeAgainError as again:
            codec = again.charset
        finally:
            trial.charset = decoder.charset
            trial.drift = drift_of(decoder.unknown, decoder.missing)


def _nested(table: Table, contract: Contract) -> bool:
    return any(
        len(other.records) < len(table.records) and table.records[: len(other.records)] == other.records
        for other in contract.tables
    )


def _judge(trial: Trial, contract: Contract, requested: DocumentRecord) -> None:
    frames = {
        name: table.to_pandas(integer_object_nulls=True, maps_as_pydicts="lossy")
        for name, table in trial.tables.items()
    }
    judge = PandasJudge(trial.tables)
    views = {name: f"{name}_batch" for name in frames}
    candidates = []
    for table in contract.tables:
        frame = frames[table.name]
        counted = [given for of, given in trial.conformed if of.name == table.name]
        statistics = document_statistics(
            requested.name,
            records=sum(given.records for given in counted),
            published=len(frame),
            quarantined=sum(len(given.quarantined) for given in counted),
            excluded=sum(sum(given.excluded.values()) for given in counted),
            previous=None,
        )
        candidates.append(
            gate.Candidate(
                table,
                frame,
                (requested.name,) if len(frame) else (),
                functools.partial(_whole, frame),
                (statistics,),
                views,
                contract.personal,
            )
        )
    trial.judgement = gate.judge(judge, candidates)


def _whole(frame: Any, documents: Sequence[str]) -> Any:
    """Return the rows of some documents: there is only one."""
    return frame
