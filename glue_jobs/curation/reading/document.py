"""One document, from stored bytes to rows of its tables, as its contract says."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from curation.conforming.blocks import Block
from curation.conforming.conform import Conformed, Quarantined, conform
from curation.conforming.flat_rows import FlatRows
from curation.conforming.record_rows import RecordRows
from curation.conforming.values import json_text
from curation.contracts.arrow_types import arrow_schema
from curation.contracts.locales import rules_for
from curation.contracts.model import Contract, Echo, Marketplace, Table
from curation.decoding.charsets import Charset, candidates
from curation.decoding.flat_block import Ragged
from curation.decoding.flat_file import FlatFile
from curation.decoding.json_file import JsonFile
from curation.decoding.paths import KnownFields, known_fields, parse_path, unknown_fields, writable
from curation.decoding.record_tree import Chunk, Tree
from curation.decoding.streams import Reader, Stored, content
from curation.decoding.xml_file import XmlFile
from curation.errors import DecodeAgainError, InvalidContractError, RefusedError
from curation.manifest import DocumentRecord
from curation.reading.constants import constants
from curation.reading.echo import check_echo
from curation.reading.flat_layout import flat_layout

ERROR_DETAILS = "errorDetails"
"""The member in which Amazon gives the reason why there is no report."""

DRIFT_SAMPLE = 20
"""In long documents one record in twenty is searched for unknown fields."""


@dataclass
class DocumentDecoder:
    """Decodes one document once.

    After `rows` has ended, `charset` says how it was read, `unknown` and `missing` what the contract does not expect.
    When it has ended with a refusal, they say what was known by then.
    """

    contract: Contract
    document: DocumentRecord
    marketplace: Marketplace | None
    charset: str = ""
    unknown: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def rows(
        self,
        stored: BinaryIO,
        *,
        charset: str | None = None,
        part: int = 0,
        parts: int = 1,
        plain_allowed: bool = False,
    ) -> Iterator[tuple[Table, Conformed]]:
        """Yield what each block gives for each table.

        `charset` fixes the codec after a first attempt failed; of `parts` tasks on one document, task `part` takes
        every n-th block. Raises RefusedError when the document cannot be used, DecodeAgainError when it must be started
        again with another charset. Nothing that a document holds makes it raise anything else; what the store raises
        comes through.
        """
        source = Stored(stored)
        try:
            yield from self._rows(content(source, plain_allowed=plain_allowed), charset, part, parts)
        except (RefusedError, DecodeAgainError) as error:
            if isinstance(error, DecodeAgainError) or error.code == "CharsetUnknown":
                self.charset = ""
            raise
        except (InvalidContractError, MemoryError):
            raise
        except Exception as error:
            if source.failed:
                raise
            # A fault of the decoder that this document brought to light: it must not hold back the others.
            raise RefusedError("DecodingFailed", _where(error)) from error

    def _rows(self, stream: Reader, charset: str | None, part: int, parts: int) -> Iterator[tuple[Table, Conformed]]:
        form = self.contract.document
        if form is None:
            raise InvalidContractError(f"{self.contract.source} is not the contract of a report")
        self._rules = rules_for(self.marketplace, form.numbers)
        self._constants = {
            table.name: constants(table, self.document, self.marketplace, self._rules) for table in self.contract.tables
        }
        if form.format == "json":
            yield from self._json(stream, part, parts)
        elif form.format == "xml":
            yield from self._xml(stream, part, parts)
        else:
            choices = candidates(self.document.charset, self.marketplace.code_page if self.marketplace else None)
            yield from self._flat(FlatFile(stream, form, _from(charset, choices)), part, parts)

    def _conform(self, table: Table, block: Block) -> tuple[Table, Conformed]:
        return table, conform(table, block, self._constants[table.name], self._rules)

    def _flat(self, file: FlatFile, part: int, parts: int) -> Iterator[tuple[Table, Conformed]]:
        self.charset = str(file.charset)
        layout = flat_layout(self.contract, file.header)
        self.unknown = {name for name, _ in layout.unknown}
        self.missing = layout.missing
        needs_first_row = any(column.first_row for table in self.contract.tables for column in table.columns)
        first_row = file.first_row() if needs_first_row else {}
        null_values = self.contract.document.null_values if self.contract.document else ()
        for block in file.read(part, parts):
            for table in self.contract.tables:
                if isinstance(block, Ragged):
                    yield table, _only_quarantined(table, block)
                else:
                    positions = layout.positions[table.name]
                    rows = FlatRows(block, positions, layout.headers, layout.unknown, first_row, null_values)
                    yield self._conform(table, rows)
        if not file.has_rows:
            self._refuse_no_rows("has a header and no rows")

    def _refuse_no_rows(self, what: str) -> None:
        """Raise RefusedError unless the contract accepts a document without rows.

        It would empty its window, and Amazon ends a report without data in another way: that report has no document.
        """
        if self.contract.document and self.contract.document.without_rows == "refused":
            raise RefusedError("NoRows", f"the document {what}, and the contract does not say without_rows: published")

    def _json(self, stream: Reader, part: int, parts: int) -> Iterator[tuple[Table, Conformed]]:
        echo = self.contract.document.echo if self.contract.document else None
        file = JsonFile(
            stream,
            {table.records for table in self.contract.tables},
            {ERROR_DETAILS, *([echo.section] if echo else ())},
        )
        try:
            yield from self._json_records(file, echo, part, parts)
        finally:
            self.charset = "utf-8 (JSON)" if file.begun else ""

    def _json_records(
        self, file: JsonFile, echo: Echo | None, part: int, parts: int
    ) -> Iterator[tuple[Table, Conformed]]:
        checked = echo is None
        known: dict[tuple[str, ...], KnownFields] = {}
        for number, chunk in enumerate(file.read(part, parts)):
            if echo and not checked and echo.section in file.kept:
                check_echo(echo, self.document, file.kept)
                checked = True
            yield from self._records(chunk, known, typed=True, sampled=number > 0)
        if not file.met:
            self._refuse_other_json(file)
        if echo and not checked:
            check_echo(echo, self.document, file.kept)
        self.missing = {
            ".".join(table.records)
            for table in self.contract.tables
            if not any(table.records[: len(path)] == path for path in file.met)
        }
        self.unknown |= {
            writable(name)
            for name in file.members
            if not any(table.records[0] == name for table in self.contract.tables)
            and not (echo and name == echo.section)
        }

    def _refuse_other_json(self, file: JsonFile) -> None:
        if ERROR_DETAILS in file.members:
            raise RefusedError(
                "ErrorDocument",
                f"the document holds an error in place of a report: {json_text(file.kept.get(ERROR_DETAILS))}",
            )
        wanted = ", ".join(sorted(".".join(table.records) for table in self.contract.tables))
        raise RefusedError(
            "WrongFormat", f"the document has none of the arrays {wanted}; its members are {len(file.members)} others"
        )

    def _xml(self, stream: Reader, part: int, parts: int) -> Iterator[tuple[Table, Conformed]]:
        cut = min((table.records for table in self.contract.tables), key=len)
        known: dict[tuple[str, ...], KnownFields] = {}
        file = XmlFile(stream, cut)
        try:
            for number, chunk in enumerate(file.read(part, parts)):
                yield from self._records(chunk, known, typed=False, sampled=number > 0)
        finally:
            self.charset = "as declared (XML)" if file.met else ""
        if not file.has_records:
            self._refuse_no_rows(f"has no {'.'.join(cut)}")

    def _records(
        self, chunk: Chunk, known: dict[tuple[str, ...], KnownFields], *, typed: bool, sampled: bool
    ) -> Iterator[tuple[Table, Conformed]]:
        tables = [table for table in self.contract.tables if table.records[: len(chunk.path)] == chunk.path]
        names = known.get(chunk.path)
        if names is None:
            names = known[chunk.path] = _tree(tables, chunk.path)
        self.unknown |= unknown_fields(
            chunk.records[:: DRIFT_SAMPLE if sampled else 1], names, ".".join(chunk.path) + "."
        )
        tree = Tree(chunk)
        for table in tables:
            rows = RecordRows(table, tree, table.records[len(chunk.path) :], typed)
            if not set(map(type, rows.records)) <= {dict}:
                is_record = np.array([isinstance(record, dict) for record in rows.records])
                yield table, _not_records(table, rows.select(np.flatnonzero(~is_record)))
                rows = rows.select(np.flatnonzero(is_record))
            if rows.size:
                yield self._conform(table, rows)


def _where(error: Exception) -> str:
    """Return what went wrong and where, without the error's message, which may hold values of the document."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    at = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    return f"the decoder cannot deal with this document, which is a fault of the decoder: {at}"


def _from(charset: str | None, choices: list[Charset]) -> list[Charset]:
    """Return the candidates from the codec `charset` on; those before it have failed."""
    names = [choice.codec for choice in choices]
    return choices[names.index(charset) :] if charset in names else choices


def _tree(tables: list[Table], path: tuple[str, ...]) -> KnownFields:
    """Return the names that the tables of an array know, from the array's records on."""
    paths: list[list[str]] = []
    for table in tables:
        base = table.records[len(path) :]
        paths.append(list(base))
        for source in (
            *(column.source for column in table.columns if not column.source.startswith("$")),
            *table.omitted,
            *(rule.column for rule in table.where),
        ):
            parsed = parse_path(source)
            above = base[: len(base) - parsed.up] if parsed.up <= len(base) else ()
            paths.append([*above, *parsed.steps])
    return known_fields(paths)


def _no_rows(table: Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=arrow_schema(table))


def _only_quarantined(table: Table, row: Ragged) -> Conformed:
    return Conformed(_no_rows(table), 1, [Quarantined(row.line, None, row.reason, row.text)])


def _not_records(table: Table, odd: RecordRows) -> Conformed:
    return Conformed(
        _no_rows(table),
        odd.size,
        [Quarantined(int(line), None, "is not an object", odd.raw(row)) for row, line in enumerate(odd.lines)],
    )
