"""Flat files: tab or comma separated, one header line, cut into blocks of whole lines that pyarrow parses as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from curation.contracts.model import DocumentFormat
from curation.decoding import quoting
from curation.decoding.charsets import Charset
from curation.decoding.document_start import first_line_described, refuse_binary
from curation.decoding.flat_block import FlatBlock, Ragged
from curation.decoding.line_ends import (
    count,
    has_blank_line,
    has_lone_carriage_return,
    partition_quoted,
    without_blank_lines,
)
from curation.decoding.streams import READ_SIZE, Reader
from curation.decoding.whole_lines import LONGEST_LINE, blocks
from curation.errors import DecodeAgainError, RefusedError

ASCII_SUPERSETS = frozenset({"utf-8", "cp1252"})

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Header:
    """The header line: its names by position, stripped of blanks and quotes."""

    names: tuple[str, ...]

    def position(self, wanted: Sequence[str], taken: set[int]) -> int | None:
        """Return the first free position that carries one of the wanted names."""
        return next((at for at, name in enumerate(self.names) if name in wanted and at not in taken), None)


class FlatFile:
    """One flat file being read.

    `charsets` are the candidates in order. The first one that decodes the start of the file is kept; where it fails
    later, the file must be started again with the next one. `has_rows` tells, once the file is read, whether anything
    but blanks follows the header, in any part of the file.
    """

    def __init__(self, stream: Reader, form: DocumentFormat, charsets: Sequence[Charset]) -> None:
        self._stream = stream
        self._quoted = form.quoting == "double"
        self._delimiter = "\t" if form.format == "tsv" else ","
        self._charsets = list(charsets)
        start = stream.read(READ_SIZE)
        if start.startswith(BYTE_ORDER_MARK):
            start = start[len(BYTE_ORDER_MARK) :]
            self._charsets = [Charset("utf-8", "byte order mark")]
        _refuse_other_formats(start)
        self._blocks = blocks(stream, start, quoted=self._quoted, delimiter=self._delimiter)
        first = next(self._blocks, b"")
        line, _, rest = first.partition(b"\n") if not self._quoted else partition_quoted(first)
        self._pending = [rest] if rest else []
        self.has_rows = False
        self.header = self._read_header(line)

    @property
    def charset(self) -> Charset:
        """Return the charset that has decoded everything so far."""
        return self._charsets[0]

    def _read_header(self, line: bytes) -> Header:
        text = self._decode(line).decode().removesuffix("\r")
        return Header(tuple(name.strip().strip('"').strip() for name in self._fields(text)))

    def _decode(self, data: bytes) -> bytes:
        """Return the data as UTF-8.

        While nothing has been yielded the next candidate may be tried; the caller starts again otherwise.
        """
        if b"\0" in data:
            raise RefusedError("Binary", "the document holds NUL bytes")
        if self.charset.codec in ASCII_SUPERSETS and data.isascii():
            return data
        try:
            text = _text(data, self.charset.codec)
        except UnicodeDecodeError as error:
            if len(self._charsets) == 1:
                raise RefusedError(
                    "CharsetUnknown",
                    f"no charset fits; the last one tried was {self.charset}, which fails: {error.reason}",
                ) from error
            raise DecodeAgainError(charset=self._charsets[1].codec) from error
        return data if self.charset.codec == "utf-8" else text.encode()

    def read(self, part: int = 0, parts: int = 1) -> Iterator[FlatBlock | Ragged]:
        """Yield the blocks of this part of the file (every n-th), and the rows that have too many values."""
        line = 2
        data = b""
        for number, data in enumerate(self._body()):
            self.has_rows = self.has_rows or not data.isspace()
            if number % parts == part:
                yield from self._parse(self._decode(data), line)
            line += count(data, b"\n")
        self._refuse_cut_line(data)

    def _refuse_cut_line(self, data: bytes) -> None:
        """Raise RefusedError where the file ends in the middle of a line.

        Such a line has no line end, and fewer values than the line before it.
        """
        *before, last = data[-LONGEST_LINE:].split(b"\n")
        if not last.strip():
            return
        full = next((self._width(line) for line in reversed(before) if line.strip()), len(self.header.names))
        if self._width(last) < full:
            raise RefusedError("Truncated", f"the last line has no end and only {self._width(last)} of {full} values")

    def _width(self, line: bytes) -> int:
        return len(self._fields(line.decode(self.charset.codec, "replace")))

    def first_row(self) -> dict[str, str]:
        """Return the first row by header, without reading past its block; empty for a file with a header only."""
        for data in self._body():
            self._pending.append(data)
            for line in self._first_lines(self._decode(data)):
                return dict(reversed(list(zip(self.header.names, line, strict=False))))
        return {}

    def _first_lines(self, data: bytes) -> Iterator[list[str]]:
        if self._quoted:
            yield from (
                values
                for _, values, _ in quoting.records(data.decode(), self._delimiter, len(self.header.names))
                if values
            )
        else:
            yield from (self._fields(line) for line in data.decode().split("\n") if line.strip("\r"))

    def _body(self) -> Iterator[bytes]:
        pending, self._pending = self._pending, []
        yield from pending
        yield from self._blocks

    def _parse(self, data: bytes, first_line: int) -> Iterator[FlatBlock | Ragged]:
        if self._quoted:
            yield from self._parse_quoted(data, first_line)
            return
        kept, lines = without_blank_lines(data, first_line)
        if not kept:
            return
        if has_lone_carriage_return(data):
            # pyarrow would end a row at a lone carriage return; here it is data.
            texts = kept.decode().removesuffix("\n").split("\n")
            numbers = range(first_line, first_line + len(texts)) if lines is None else lines.tolist()
            yield from self._mend(
                [(line, self._fields(text)) for line, text in zip(numbers, texts, strict=True)], data, first_line
            )
            return
        table, invalid = self._table(kept)
        yield from self._rows(table, invalid, data, lines, first_line)

    def _parse_quoted(self, data: bytes, first_line: int) -> Iterator[FlatBlock | Ragged]:
        """Let pyarrow parse what has one row per line and quotes around whole values; read everything else by hand."""
        by_hand = data.startswith((b"\n", b"\r\n")) or has_blank_line(data) or has_lone_carriage_return(data)
        if not by_hand and not quoting.has_stray_quote(data, self._delimiter):
            table, invalid = self._table(data)
            if table.num_rows + len(invalid) == count(data, b"\n") + (not data.endswith(b"\n")):
                yield from self._rows(table, invalid, data, None, first_line)
                return
        rows: list[tuple[int, list[str]]] = []
        for at, values, text in quoting.records(data.decode(), self._delimiter, len(self.header.names)):
            if values is None:
                yield Ragged(first_line + at, "has a quote that is not closed within the row", text)
            else:
                rows.append((first_line + at, values))
        yield from self._mend(rows, data, first_line)

    def _table(self, data: bytes) -> tuple[pa.Table, list[pyarrow.csv.InvalidRow]]:
        """Return the rows that have as many values as the header has names, as texts, and the other rows."""
        invalid: list[pyarrow.csv.InvalidRow] = []

        def collect(row: pyarrow.csv.InvalidRow) -> str:
            invalid.append(row)
            return "skip"

        names = [str(at) for at in range(len(self.header.names))]
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._delimiter,
                quote_char='"' if self._quoted else False,
                double_quote=self._quoted,
                newlines_in_values=self._quoted,
                ignore_empty_lines=False,
                invalid_row_handler=collect,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        ).combine_chunks()
        return table, invalid

    def _rows(
        self, table: pa.Table, invalid: list[pyarrow.csv.InvalidRow], data: bytes, lines: Any, first_line: int
    ) -> Iterator[FlatBlock | Ragged]:
        """Yield the rows that pyarrow parsed, and the rows that it could not fit.

        `lines` are the line numbers of both; None where they follow each other from `first_line` on.
        """
        columns = [_single(column) for column in table.columns]
        if lines is None:
            lines = np.arange(first_line, first_line + table.num_rows + len(invalid), dtype=np.int64)
        skipped = np.array([row.number - 1 for row in invalid], dtype=np.int64)
        yield FlatBlock(
            columns, np.delete(lines, skipped) if invalid else lines, data, first_line, self._quoted, self._delimiter
        )
        if invalid:
            yield from self._mend(
                [(int(lines[row.number - 1]), self._fields(row.text)) for row in invalid], data, first_line
            )

    def _fields(self, text: str) -> list[str]:
        text = text.removesuffix("\n").removesuffix("\r")
        return quoting.split(text, self._delimiter) if self._quoted else text.split(self._delimiter)

    def _mend(self, rows: list[tuple[int, list[str]]], data: bytes, first_line: int) -> Iterator[FlatBlock | Ragged]:
        """Pad rows that end early, cut empty values beyond the header, and name the rows that have too many values."""
        width = len(self.header.names)
        fitting: list[tuple[int, list[str]]] = []
        for line, fields in rows:
            if any(fields[width:]):
                yield Ragged(line, f"has {len(fields)} values under {width} headers", self._delimiter.join(fields))
            elif self._quoted and len(fields) < width and any(self._delimiter in value for value in fields):
                # A surplus opening quote has made one value of several.
                yield Ragged(
                    line,
                    f"has {len(fields)} values under {width} headers, one of which holds the delimiter",
                    self._delimiter.join(fields),
                )
            else:
                fitting.append((line, (fields + [""] * (width - len(fields)))[:width]))
        if fitting:
            columns = [pa.array([fields[at] for _, fields in fitting], pa.string()) for at in range(width)]
            numbers = np.array([line for line, _ in fitting], dtype=np.int64)
            yield FlatBlock(columns, numbers, data, first_line, self._quoted, self._delimiter)


def _single(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _text(data: bytes, codec: str) -> str:
    """Return the text of some bytes. Raises UnicodeDecodeError.

    Code page 1252 differs from Latin-1, which needs no table, only in the bytes from 80 to 9F.
    """
    if codec == "cp1252" and not bool(((np.frombuffer(data, np.uint8) - np.uint8(0x80)) < 0x20).any()):
        codec = "latin-1"
    return data.decode(codec)


def _refuse_other_formats(start: bytes) -> None:
    """Raise RefusedError for what is plainly no flat file: nothing, binary data, HTML or XML, JSON."""
    text = start.lstrip()
    if not text:
        raise RefusedError("Empty", "the document has no content")
    refuse_binary(start)
    if text[:1] in {b"<", b"{", b"["}:
        kind = "markup" if text[:1] == b"<" else "JSON"
        raise RefusedError(
            "ErrorDocument" if b"errorDetails" in text[:4096] else "WrongFormat",
            f"the document is {kind}, not a flat file: {first_line_described(text)}",
        )
