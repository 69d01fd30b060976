"""Flat files: tab or comma separated, one header line, cut into blocks of whole lines that pyarrow parses as text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from curation.contract import DocumentFormat
from curation.decoding.charsets import Charset
from curation.decoding.streams import READ_SIZE, Reader
from curation.errors import DecodeAgainError, RefusedError

LONGEST_LINE = 8 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OTHER_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"?')


@dataclass(frozen=True)
class Header:
    """The header line: its names by position, stripped of blanks and quotes."""

    names: tuple[str, ...]

    def position(self, wanted: Sequence[str], taken: set[int]) -> int | None:
        """Return the first free position that carries one of the wanted names."""
        return next((at for at, name in enumerate(self.names) if name in wanted and at not in taken), None)


@dataclass
class FlatBlock:
    """Some rows of a flat file, as text columns by position; `lines` are their line numbers in the file, the header being line 1."""

    columns: Sequence[pa.Array]
    lines: Any
    content: bytes
    first_line: int
    quoted: bool
    delimiter: str

    @property
    def size(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    @cached_property
    def _texts(self) -> list[str]:
        return [line.removesuffix("\r") for line in self.content.decode().split("\n")]

    def raw(self, row: int) -> str:
        """Return the row as it stands in the file; for quoted files, which may break lines inside a value, its values."""
        if self.quoted:
            return self.delimiter.join(column[row].as_py() or "" for column in self.columns)
        return self._texts[int(self.lines[row]) - self.first_line]


@dataclass(frozen=True)
class Ragged:
    """A row that has more values than the header has names."""

    line: int
    reason: str
    text: str


def blocks(stream: Reader, start: bytes, *, quoted: bool) -> Iterator[bytes]:
    """Yield whole lines, about a megabyte at a time. Raises RefusedError (LineTooLong) where no line ends for 8 MiB."""
    rest = start
    while chunk := stream.read(READ_SIZE):
        rest += chunk
        end = _last_line_end(rest, quoted=quoted)
        if end:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            raise RefusedError("LineTooLong", f"no line ends within {LONGEST_LINE >> 20} MiB")
    if rest:
        yield rest


def _last_line_end(data: bytes, *, quoted: bool) -> int:
    end = data.rfind(b"\n") + 1
    if not quoted or not end:
        return end
    # A line ends only outside of quotes: where an even number of them has gone by.
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', earlier, end)
        end = earlier
    return end


class FlatFile:
    """One flat file being read. `charsets` are the candidates in order; the first that decodes a block is kept, a later failure asks to start again.

    `has_rows` tells, once the file is read, whether anything but blanks follows the header: in any part of the file, not only the one that was read.
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
        self._blocks = blocks(stream, start, quoted=self._quoted)
        first = next(self._blocks, b"")
        line, _, rest = first.partition(b"\n") if not self._quoted else _partition_quoted(first)
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
        """Return the data as UTF-8. While nothing has been yielded the next candidate may be tried; the caller starts again otherwise."""
        if b"\0" in data:
            raise RefusedError("Binary", "the document holds NUL bytes")
        try:
            text = data.decode(self.charset.codec)
        except UnicodeDecodeError as error:
            if len(self._charsets) == 1:
                raise RefusedError("CharsetUnknown", f"no charset fits; the last one tried was {self.charset}, which fails: {error.reason}") from error
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
            line += data.count(b"\n")
        self._refuse_cut_line(data)

    def _refuse_cut_line(self, data: bytes) -> None:
        """Raise RefusedError where the file ends amid a line: without a line end, and with fewer values than the line before has."""
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
            kept, _ = self._without_blank_lines(self._decode(data), 0)
            if kept:
                line = (_partition_quoted(kept) if self._quoted else kept.partition(b"\n"))[0]
                return dict(reversed(list(zip(self.header.names, self._fields(line.decode()), strict=False))))
        return {}

    def _body(self) -> Iterator[bytes]:
        pending, self._pending = self._pending, []
        yield from pending
        yield from self._blocks

    def _parse(self, data: bytes, first_line: int) -> Iterator[FlatBlock | Ragged]:
        kept, lines = self._without_blank_lines(data, first_line)
        if not kept:
            return
        width = len(self.header.names)
        if data.count(b"\r") != data.count(b"\r\n"):
            # pyarrow would end a row at a lone carriage return; here it is data.
            yield from self._split_by_hand(data, kept, lines, first_line)
            return
        invalid: list[pyarrow.csv.InvalidRow] = []

        def collect(row: pyarrow.csv.InvalidRow) -> str:
            invalid.append(row)
            return "skip"

        names = [str(at) for at in range(width)]
        table = pyarrow.csv.read_csv(
            pa.BufferReader(kept),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=len(kept) + 1, column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._delimiter,
                quote_char='"' if self._quoted else False,
                double_quote=self._quoted,
                newlines_in_values=self._quoted,
                ignore_empty_lines=False,
                invalid_row_handler=collect,
            ),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        ).combine_chunks()
        columns = [_single(table.column(at)) for at in range(width)]
        if lines is None or len(lines) != table.num_rows + len(invalid):
            # Not all of them are known where a quote stands amid a value without quotes, which is data; then a row is taken for a line.
            lines = np.arange(first_line, first_line + table.num_rows + len(invalid), dtype=np.int64)
        if not invalid:
            yield FlatBlock(columns, lines, data, first_line, self._quoted, self._delimiter)
            return
        skipped = np.array([row.number - 1 for row in invalid], dtype=np.int64)
        yield FlatBlock(columns, np.delete(lines, skipped), data, first_line, self._quoted, self._delimiter)
        rows = [(int(lines[row.number - 1]), self._fields(row.text)) for row in invalid]
        yield from self._mend(rows, data, first_line)

    def _fields(self, text: str) -> list[str]:
        text = text.removesuffix("\n").removesuffix("\r")
        return _split_quoted(text, self._delimiter) if self._quoted else text.split(self._delimiter)

    def _split_by_hand(self, data: bytes, kept: bytes, lines: Any, first_line: int) -> Iterator[FlatBlock | Ragged]:
        if self._quoted:
            texts = [kept[start:end].decode() for start, end in zip(*_quoted_records(kept), strict=True)]
        else:
            texts = kept.decode().removesuffix("\n").split("\n")
        numbers = range(first_line, first_line + len(texts)) if lines is None else lines.tolist()
        yield from self._mend([(line, self._fields(text)) for line, text in zip(numbers, texts, strict=True)], data, first_line)

    def _without_blank_lines(self, data: bytes, first_line: int) -> tuple[bytes, Any]:
        return _without_blank_records(data, first_line) if self._quoted else _without_blank_lines(data, first_line)

    def _mend(self, rows: list[tuple[int, list[str]]], data: bytes, first_line: int) -> Iterator[FlatBlock | Ragged]:
        """Pad rows that end early, cut empty values beyond the header, and name the rows that have too many values."""
        width = len(self.header.names)
        fitting: list[tuple[int, list[str]]] = []
        for line, fields in rows:
            if any(fields[width:]):
                yield Ragged(line, f"has {len(fields)} values under {width} headers", self._delimiter.join(fields))
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


def _without_blank_lines(data: bytes, first_line: int) -> tuple[bytes, Any]:
    """Return the data without its blank lines, and the numbers of the lines that stay (None when all do)."""
    if not (data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data):
        return data, None
    lines = data.split(b"\n")
    stay = [(at, line) for at, line in enumerate(lines) if line.strip(b"\r")]
    numbers = np.array([first_line + at for at, _ in stay], dtype=np.int64)
    return (b"\n".join(line for _, line in stay) + b"\n" if stay else b""), numbers


def _quoted_records(data: bytes) -> tuple[Any, Any]:
    """Return where the records of a quoted file begin and end: line ends count where an even number of quotes has gone by."""
    signs = np.frombuffer(data, np.uint8)
    line_ends = np.flatnonzero(signs == ord("\n"))
    quotes = np.flatnonzero(signs == ord('"'))
    ends = line_ends[np.searchsorted(quotes, line_ends) % 2 == 0]
    starts = np.concatenate(([0], ends + 1))
    return (starts[:-1], ends) if data.endswith(b"\n") and len(ends) and ends[-1] == len(data) - 1 else (starts, np.append(ends, len(data)))


def _without_blank_records(data: bytes, first_line: int) -> tuple[bytes, Any]:
    """Return the data of a quoted file without its blank lines, and the numbers of the lines on which its records begin. Values may hold blank lines."""
    starts, ends = _quoted_records(data)
    signs: Any = np.frombuffer(data, np.uint8)
    numbers: Any = first_line + np.searchsorted(np.flatnonzero(signs == ord("\n")), starts)
    sizes = ends - starts
    blank = (sizes == 0) | ((sizes == 1) & (signs[np.minimum(starts, len(signs) - 1)] == ord("\r")))
    if not blank.any():
        return data, numbers
    return b"".join(data[start:end] + b"\n" for start, end in zip(starts[~blank], ends[~blank], strict=True)), numbers[~blank]


def _partition_quoted(data: bytes) -> tuple[bytes, bytes, bytes]:
    at, quotes = 0, 0
    while end := data.find(b"\n", at) + 1:
        quotes += data.count(b'"', at, end)
        if quotes % 2 == 0:
            return data[: end - 1], b"\n", data[end:]
        at = end
    return data, b"", b""


def _split_quoted(record: str, delimiter: str) -> list[str]:
    """Return the values of a record. A quote counts where a value begins with it; what follows the closing one belongs to the value, as for pyarrow."""
    fields: list[str] = []
    at = 0
    while True:
        quoted = _QUOTED.match(record, at)
        value = ""
        if quoted:
            value, at = quoted[1].replace('""', '"'), quoted.end()
        end = record.find(delimiter, at)
        fields.append(value + record[at : end if end >= 0 else len(record)])
        if end < 0:
            return fields
        at = end + 1


def _refuse_other_formats(start: bytes) -> None:
    """Raise RefusedError for what is plainly no flat file: nothing, binary data, HTML or XML, JSON."""
    text = start.lstrip()
    if not text:
        raise RefusedError("Empty", "the document has no content")
    refuse_binary(start)
    if text[:1] in {b"<", b"{", b"["}:
        kind = "markup" if text[:1] == b"<" else "JSON"
        raise RefusedError("ErrorDocument" if b"errorDetails" in text[:4096] else "WrongFormat", f"the document is {kind}, not a flat file: {excerpt(text)}")


def refuse_binary(start: bytes) -> None:
    """Raise RefusedError for a document that begins with what no text of ASCII's kin holds."""
    if start.startswith(OTHER_BYTE_ORDER_MARKS):
        raise RefusedError("CharsetUnknown", "the document is UTF-16, which Amazon does not send")
    if b"\0" in start[:4096]:
        raise RefusedError("Binary", "the document holds NUL bytes")


def excerpt(data: bytes) -> str:
    """Return the beginning of a document for a message, as printable ASCII."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in data[:120].decode("latin-1").replace("\n", " "))
