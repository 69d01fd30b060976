"""Try a document against a contract on one machine: decoded, conformed and judged as the job would, without Spark and
without a cloud.
"""

import contextlib
import functools
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from curation.conforming.conform import Conformed
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.model import Contract, Marketplace, Rule, Table
from curation.contracts.parsing import parse_contract, parse_marketplace
from curation.decoding.json_file import JsonFile
from curation.decoding.streams import content
from curation.errors import DecodeAgainError, RefusedError, RuleFailedToRunError
from curation.judging import gate
from curation.judging.expectations import UNEXPECTED_ROWS, Expectations, Judged
from curation.manifest import DocumentRecord, parse_document
from curation.reading.document import DocumentDecoder
from curation.reading.echo import Answered, read_echo

Json = Mapping[str, Any]


@dataclass
class Tried:
    """What a document gave: rows by table as Arrow, and the report for people and programs (see `report`)."""

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
) -> dict[str, Any]:
    """Return what the job would make of a document, as one JSON object.

    `contract` is a contract as in the bundle; `marketplace` one of its marketplaces, with its id under "id"; `document`
    the bytes or the path of a document, gzip or plain; `charset` the one a content type header would name; `request`
    what was asked, with names as in a document record (without it the document's own echo is taken). The object:
    document {rows, published, quarantined, charset, refused}, tables {name: rows}, quarantine [{line, column, reason,
    row}], drift {unknown, missing}, quality [{table, rule, severity, success}].
    """
    return report(attempt(contract, marketplace, document, charset, request))


def attempt(
    contract: Json,
    marketplace: Json | None,
    document: bytes | str | Path,
    charset: str | None = None,
    request: Json | None = None,
) -> Tried:
    """Return what the job would make of a document; arguments as of `try_document`."""
    parsed = parse_contract(contract)
    where = parse_marketplace(marketplace["id"], marketplace) if marketplace else None
    data = document if isinstance(document, bytes) else Path(document).read_bytes()
    tried = Tried()
    try:
        asked = _asked(contract, parsed, where, data, charset=charset, request=request)
        _decode(tried, parsed, asked, where, data)
    except RefusedError as refusal:
        return Tried(charset=tried.charset, drift=tried.drift, refusal=refusal)
    _judge(tried, parsed, asked)
    return tried


def report(tried: Tried) -> dict[str, Any]:
    """Return what was tried as one JSON object: decimals as texts, dates and instants in ISO form, lines from 1 with
    the header as line 1.
    """
    refused = {"code": tried.refusal.code, "message": tried.refusal.message} if tried.refusal else None
    if tried.judgement.stopped:
        broken = sorted({rule for rules in tried.judgement.stopped.values() for rule in rules})
        refused = {"code": "RuleBroken", "message": "critical rules are broken: " + ", ".join(broken)}
    quarantine = [
        {"line": one.line, "column": one.column, "reason": one.reason, "row": one.record}
        for _, given in tried.conformed
        for one in given.quarantined
    ]
    rows = {name: [_plain_row(row) for row in table.to_pylist()] for name, table in tried.tables.items()}
    published = 0 if refused else sum(map(len, rows.values()))
    return {
        "document": {
            "rows": tried.rows,
            "published": published,
            "quarantined": len(quarantine),
            "charset": tried.charset or None,
            "refused": refused,
        },
        "tables": rows,
        "quarantine": quarantine,
        "drift": tried.drift,
        "quality": [
            {"table": one.table, "rule": one.rule.name, "severity": one.rule.severity, "success": one.success}
            for one in gate.merged(tried.judgement.verdicts)
        ],
    }


def _decode(
    tried: Tried, contract: Contract, asked: DocumentRecord, marketplace: Marketplace | None, data: bytes
) -> None:
    tried.conformed = _conformed(tried, contract, asked, marketplace, data)
    for table in contract.tables:
        batches = [given.rows for of, given in tried.conformed if of.name == table.name]
        tried.tables[table.name] = pa.Table.from_batches(batches, schema=arrow_schema(table))
    records = {
        table.name: sum(given.records for of, given in tried.conformed if of.name == table.name)
        for table in contract.tables
    }
    tried.rows = (
        max(records.values())
        if contract.flat
        else sum(records[table.name] for table in contract.tables if not _nested(table, contract))
    )


def _conformed(
    tried: Tried, contract: Contract, asked: DocumentRecord, marketplace: Marketplace | None, data: bytes
) -> list[tuple[Table, Conformed]]:
    codec: str | None = None
    while True:
        decoder = DocumentDecoder(contract, asked, marketplace)
        try:
            return list(decoder.rows(io.BytesIO(data), charset=codec, plain_allowed=True))
        except DecodeAgainError as again:
            codec = again.charset
        finally:
            tried.charset = decoder.charset
            tried.drift = {
                name: sorted(found)
                for name, found in (("unknown", decoder.unknown), ("missing", decoder.missing))
                if found
            }


def _nested(table: Table, contract: Contract) -> bool:
    return any(
        len(other.records) < len(table.records) and table.records[: len(other.records)] == other.records
        for other in contract.tables
    )


def _asked(
    contract: Json,
    parsed: Contract,
    marketplace: Marketplace | None,
    data: bytes,
    *,
    charset: str | None,
    request: Json | None,
) -> DocumentRecord:
    """Return the request that the document is taken to answer."""
    asked = dict(request) if request is not None else _echo(parsed, data)
    variants: Json = contract["request"]["variants"]
    options = asked.get("report_options")
    variant = asked.get("variant") or next(
        (name for name, one in variants.items() if options is None or _sent(one) == options), next(iter(variants))
    )
    today = datetime.now(UTC).date().isoformat()
    start = asked.get("window_start") or str(asked.get("data_start_time") or today)[:10]
    end = asked.get("window_end") or str(asked.get("data_end_time") or start)[:10]
    marketplaces = asked.get("marketplace_ids") or ([marketplace.id] if marketplace else [])
    return parse_document(
        {
            "account": "local",
            "report_id": asked.get("report_id", "trial"),
            "source": parsed.source,
            "request": f"{parsed.source}-trial",
            "variant": variant,
            "report_type": asked.get("report_type", contract["request"]["report_type"]),
            "report_options": _sent(variants.get(variant, {})) if options is None else options,
            "marketplace_id": asked.get(
                "marketplace_id",
                marketplaces[0] if contract["request"]["scope"] == "marketplace" and marketplaces else None,
            ),
            "marketplace_ids": marketplaces,
            "window": asked.get("window") or (start if start == end else f"{start}--{end}"),
            "window_start": start,
            "window_end": end,
            "data_start_time": asked.get("data_start_time"),
            "data_end_time": asked.get("data_end_time"),
            "report_time": asked.get("report_time", f"{today}T00:00:00Z"),
            "bucket": "",
            "key": "",
            "content_bytes": len(data),
            "charset": charset,
        }
    )


def _sent(options: Json) -> dict[str, str]:
    return {name: option for name, option in options.items() if option is not None}


def _echo(contract: Contract, data: bytes) -> dict[str, Any]:
    """Return the request that a document repeats, in the names of a document record; nothing where it has none."""
    echo = contract.document.echo if contract.document else None
    if echo is None:
        return {}
    said = Answered()
    with contextlib.suppress(RefusedError):
        file = JsonFile(content(io.BytesIO(data), plain_allowed=True), (), {echo.section})
        with contextlib.suppress(
            Exception
        ):  # whatever is wrong with the document, decoding meets it again and names it
            for _ in file.read():
                pass
        said = read_echo(echo, file.kept)
    asked = {
        "report_type": said.report_type,
        "report_options": said.options,
        "marketplace_ids": said.marketplace_ids,
        "data_start_time": said.data_start_time,
        "data_end_time": said.data_end_time,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _judge(tried: Tried, contract: Contract, asked: DocumentRecord) -> None:
    frames = {
        name: table.to_pandas(integer_object_nulls=True, maps_as_pydicts="lossy")
        for name, table in tried.tables.items()
    }
    judge = PandasJudge(tried.tables)
    views = {name: f"{name}_batch" for name in frames}
    candidates = []
    for table in contract.tables:
        frame = frames[table.name]
        counted = [given for of, given in tried.conformed if of.name == table.name]
        statistics = {
            "source_document": asked.name,
            "records": sum(given.records for given in counted),
            "published": len(frame),
            "quarantined": sum(len(given.quarantined) for given in counted),
            "excluded": sum(sum(given.excluded.values()) for given in counted),
            "previous_records": None,
            "change_in_records": None,
        }
        candidates.append(
            gate.Candidate(
                table,
                frame,
                (asked.name,) if len(frame) else (),
                functools.partial(_whole, frame),
                (statistics,),
                views,
            )
        )
    tried.judgement = gate.judge(judge, candidates)


def _whole(frame: Any, documents: Sequence[str]) -> Any:
    return frame


class PandasJudge:
    """Judges pandas frames: Great Expectations where it can, and DuckDB for rules written as queries, which Great
    Expectations runs on Spark only.

    `tables` are the same rows by name, as Arrow tables: there a column without values has a type too, which a query may
    need.
    """

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables

    @functools.cached_property
    def _expectations(self) -> Expectations:
        return Expectations("pandas")

    def successes(self, table: str, frame: Any, rules: Sequence[Rule]) -> list[bool]:
        """Return for each rule whether the frame satisfies it. Raises RuleFailedToRunError."""
        written = [rule for rule in rules if rule.expectation != UNEXPECTED_ROWS]
        judged = iter(self._expectations.successes(table, frame, written)) if written else iter(())
        return [not self._rows(table, rule) if rule.expectation == UNEXPECTED_ROWS else next(judged) for rule in rules]

    def details(self, table: str, frame: Any, rules: Sequence[Rule], samples: int) -> list[Judged]:
        """Return counts and samples of rules that are known to fail."""
        return list(self._details(table, frame, rules, samples))

    def _details(self, table: str, frame: Any, rules: Sequence[Rule], samples: int) -> Iterator[Judged]:
        for rule in rules:
            if rule.expectation == UNEXPECTED_ROWS:
                rows = self._rows(table, rule)
                yield Judged(rule, len(rows), tuple(rows[:samples]))
            else:
                yield from self._expectations.details(table, frame, [rule], samples)

    def documents(self, table: str, frame: Any, judged: Judged, most: int) -> list[str] | None:
        """Return the one document there is."""
        return sorted(set(frame["source_document"]))

    def hold_for(self, rules: Sequence[Rule], statistics: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Return for each rule whether it holds for the statistics of the document."""
        return self._expectations.hold_for(rules, statistics)

    def _rows(self, table: str, rule: Rule) -> list[dict[str, Any]]:
        try:
            import duckdb
        except ImportError as error:
            raise RuleFailedToRunError(
                f"table {table}, rule {rule.name}: install duckdb to judge rules written as queries"
            ) from error
        with duckdb.connect() as connection:
            for name, rows in self._tables.items():
                connection.register(f"{name}_batch", rows)
            query = rule.arguments["query"].replace("{batch}", f"{table}_batch").replace("`", '"')
            try:
                answer = connection.execute(query)
                names = [column[0] for column in answer.description or ()]
                return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
            except duckdb.Error as error:
                raise RuleFailedToRunError(f"table {table}, rule {rule.name}: {error}") from error


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):  # a map, as Arrow gives it
        return dict(value)
    return value
