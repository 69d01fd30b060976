"""JSON documents, streamed.

The arrays that tables read are cut into chunks of whole records, whatever their size and nesting.
"""

import json
import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from curation.decoding.document_start import first_line_described, refuse_binary
from curation.decoding.json_values import parsed_values
from curation.decoding.record_tree import Chunk
from curation.decoding.streams import Reader
from curation.errors import RefusedError

CHUNK = 512 << 10
SMALL = 1 << 10
LONGEST_VALUE = 16 << 20
DEEPEST = 64

_BLANKS = re.compile(rb"[ \t\r\n]*")
_TEXT_BLANKS = re.compile(r"[ \t\r\n]*")
_FIRST_KEY = re.compile(rb'\{[ \t\r\n]*("(?:[^"\\]|\\.)*")')
_NEXT_RECORD = re.compile(rb',[ \t\r\n]*\{[ \t\r\n]*"')
_CUT_NUMBERS = frozenset({".", "e", "E", "e+", "e-", "E+", "E-"})
"""What a number may be followed by where the text is cut: 12. is no number, but it can be the beginning of one."""
_SCANNER = json.JSONDecoder(parse_float=Decimal, strict=False)


class JsonFile:
    """One JSON document being read.

    `arrays` are the paths of the tables' records: the first array found on such a path is streamed, what lies deeper
    stays inside its records. `keep` names top-level members to remember (the echo of the request): they are in `kept`
    once the stream is read, the names of all in `members`. `begun` tells whether the document has begun as a JSON
    object.
    """

    def __init__(self, stream: Reader, arrays: Collection[tuple[str, ...]], keep: Collection[str] = ()) -> None:
        self._stream = stream
        self._arrays = arrays
        self._keep = set(keep)
        self._data = b""
        self._at = 0
        self._passed = 0
        self._ended = False
        self._chunks = 0
        self.begun = False
        self.kept: dict[str, Any] = {}
        self.met: set[tuple[str, ...]] = set()
        self.members: list[str] = []

    def read(self, part: int = 0, parts: int = 1) -> Iterator[Chunk]:
        """Yield the records of this part of the document (every n-th chunk).

        Raises RefusedError for what is not one JSON object.
        """
        self._fill(CHUNK)
        if self._data.startswith(b"\xef\xbb\xbf"):
            self._at = 3
        self._refuse_other_formats()
        self.begun = True
        try:
            yield from self._object((), part, parts)
        except RecursionError as error:
            raise RefusedError("TooDeep", "values are nested too deeply") from error
        if self._peek():
            raise RefusedError("WrongFormat", "something follows the JSON object")

    def _refuse_other_formats(self) -> None:
        sign = self._peek()
        start = self._data[self._at : self._at + 4096]
        if not sign:
            raise RefusedError("Empty", "the document has no content")
        refuse_binary(start)
        if sign != b"{":
            raise RefusedError("WrongFormat", f"the document is no JSON object: {first_line_described(start)}")

    def _object(self, path: tuple[str, ...], part: int, parts: int) -> Iterator[Chunk]:
        if len(path) > DEEPEST:
            raise RefusedError("TooDeep", f"records lie deeper than {DEEPEST} levels")
        self._take(b"{")
        if self._peek() == b"}":
            self._take(b"}")
            return
        while True:
            name = self._value()
            if not isinstance(name, str):
                raise RefusedError("WrongFormat", "a member of an object has no name")
            self._take(b":")
            if not path:
                self.members.append(name)
            yield from self._member((*path, name), part, parts)
            if self._peek() == b"}":
                self._take(b"}")
                return
            self._take(b",")

    def _member(self, path: tuple[str, ...], part: int, parts: int) -> Iterator[Chunk]:
        sign = self._peek()
        leads = any(array[: len(path)] == path for array in self._arrays)
        if sign == b"[":
            chunks = self._array(path, part, parts)
            if leads:
                self.met.add(path)
                yield from chunks
            else:
                for _ in chunks:
                    pass
        elif sign == b"{" and leads:
            yield from self._object(path, part, parts)
        else:
            value = self._value()
            if len(path) == 1 and path[0] in self._keep:
                self.kept[path[0]] = value

    def _array(self, path: tuple[str, ...], part: int, parts: int) -> Iterator[Chunk]:
        self._take(b"[")
        if self._peek() == b"]":
            self._take(b"]")
            return
        number, closed = 1, False
        first_key = self._first_key()
        while not closed:
            mine = self._chunks % parts == part
            chunk, records, exact, closed = self._next(first_key, mine=mine)
            self._chunks += 1
            if mine:
                yield Chunk(path, number, records or [], b"" if exact else chunk)
            number += len(_NEXT_RECORD.findall(chunk)) + 1 if records is None else len(records)

    def _next(self, first_key: bytes | None, *, mine: bool) -> tuple[bytes, list[Any] | None, bool, bool]:
        """Return the next chunk, its records, whether they hold exact decimals, and whether the array ends with it.

        The records are None where they are another task's.
        """
        self._fill(CHUNK)
        end = self._cut(first_key) if first_key else None
        if end is not None:
            chunk = self._data[self._at : end]
            # Without brackets nothing in the chunk can close the array or open another one: the cut needs no proof.
            # Else parsing is the proof.
            if not mine and b"[" not in chunk and b"]" not in chunk:
                self._at = end + 1
                return chunk, None, False, False
            parsed = parsed_values(chunk)
            if parsed is not None:
                self._at = end + 1
                return chunk, *parsed, False
        began = self._passed + self._at
        chunk, closed = self._scanned()
        parsed = parsed_values(chunk)
        if parsed is None:
            raise self._not_json("a record is not JSON", began - self._passed - self._at, chunk)
        return chunk, *parsed, closed

    def _first_key(self) -> bytes | None:
        """Return the first key of the first record, quotes included: the records of one array begin alike."""
        self._fill(CHUNK)
        match = _FIRST_KEY.match(self._data, self._skipped(self._at))
        return match[1] if match else None

    def _cut(self, first_key: bytes) -> int | None:
        """Return where the last whole record of the chunk ends: at the comma before the last one that begins in it."""
        before = min(len(self._data), self._at + CHUNK)
        while (at := self._data.rfind(first_key, self._at + 1, before)) > self._at:
            brace = _sign_before(self._data, at)
            if self._data[brace] == ord("{"):
                comma = _sign_before(self._data, brace)
                if comma > self._at and self._data[comma] == ord(","):
                    return comma
            before = at
        return None

    def _scanned(self) -> tuple[bytes, bool]:
        """Return the next whole records, their ends found by a real scanner, and whether the array ends with them.

        The text is read as Latin-1, only to find positions: the later bytes of UTF-8 are never structural.
        """
        while True:
            self._at = self._skipped(self._at)
            text = self._data[self._at :].decode("latin-1")
            at, whole = 0, None
            while (end := self._end_of_value(text, at)) is not None:
                sign_at = _text_skipped(text, end)
                sign = text[sign_at : sign_at + 1]
                if sign == "]":
                    return self._taken(end, sign_at + 1), True
                if sign and sign != ",":
                    raise self._not_json("no comma between two records", sign_at)
                if not sign:
                    break
                whole = (end, sign_at + 1)
                at = _text_skipped(text, sign_at + 1)
            if whole:
                return self._taken(*whole), False
            self._more(len(text))

    def _taken(self, end: int, after: int) -> bytes:
        chunk = self._data[self._at : self._at + end]
        self._at += after
        return chunk

    def _more(self, size: int) -> None:
        """Read on because a value is not whole yet.

        Raises RefusedError at the document's end or when the value is too long.
        """
        if self._ended:
            raise RefusedError("Truncated", "the JSON document ends in the middle")
        if size > LONGEST_VALUE:
            raise RefusedError("ValueTooLong", f"a value is longer than {LONGEST_VALUE >> 20} MiB")
        self._fill(size + CHUNK)

    def _end_of_value(self, text: str, at: int) -> int | None:
        """Return where the value that begins at `at` ends, None when the text ends before it.

        Raises RefusedError for what is not JSON.
        """
        try:
            end = _SCANNER.raw_decode(text, at)[1]
            return None if text[end:] in _CUT_NUMBERS else end
        except json.JSONDecodeError as error:
            # Near the end of the text a cut literal or escape looks like an error.
            if "Unterminated" in error.msg or error.pos >= len(text) - 12:
                return None
            raise self._not_json(f"not JSON: {error.msg}", error.pos) from error

    def _value(self) -> Any:
        """Read a small value: a name, a member that is kept, or one that no table reads."""
        self._peek()
        size = SMALL
        while True:
            text = self._data[self._at : self._at + size].decode("latin-1")
            end = self._end_of_value(text, 0)
            whole = self._at + size >= len(self._data)
            if end is not None and (end < len(text) or (whole and self._ended)):
                data = self._taken(end, end)
                parsed = parsed_values(data)
                if parsed is None:
                    raise self._not_json("not JSON", -len(data), data)
                return parsed[0][0]
            if whole:
                self._more(len(text))
            size *= 8  # most values are short, and a document may have very many

    def _peek(self) -> bytes:
        """Return the next sign that is not blank, empty at the end."""
        while True:
            self._at = self._skipped(self._at)
            if self._at < len(self._data) or self._ended:
                return self._data[self._at : self._at + 1]
            self._fill(CHUNK)

    def _take(self, sign: bytes) -> None:
        found = self._peek()
        if not found:
            raise RefusedError("Truncated", "the JSON document ends in the middle")
        if found != sign:
            raise self._not_json(f"not JSON: {sign.decode()} expected")
        self._at += 1

    def _skipped(self, at: int) -> int:
        match = _BLANKS.match(self._data, at)
        return match.end() if match else at

    def _fill(self, size: int) -> None:
        """Have at least `size` bytes ahead, or all that is left."""
        missing = size - (len(self._data) - self._at)
        if missing <= 0 or self._ended:
            return
        pieces = [self._data[self._at :]]
        while missing > 0 and not self._ended:
            piece = self._stream.read(max(missing, CHUNK))
            pieces.append(piece)
            missing -= len(piece)
            self._ended = not piece
        self._passed += self._at
        self._data, self._at = b"".join(pieces), 0

    def _not_json(self, what: str, beyond: int = 0, data: bytes = b"") -> RefusedError:
        """Return the refusal of a document that is not JSON at `beyond` bytes from here, without what is there."""
        if b"\0" in data:
            return RefusedError("Binary", "the document holds NUL bytes")
        return RefusedError("WrongFormat", f"{what} at byte {self._passed + self._at + beyond}")


def _sign_before(data: bytes, at: int) -> int:
    """Return the position of the last sign before `at` that is not blank, -1 when there is none."""
    at -= 1
    while at >= 0 and data[at] in b" \t\r\n":
        at -= 1
    return at


def _text_skipped(text: str, at: int) -> int:
    match = _TEXT_BLANKS.match(text, at)
    return match.end() if match else at
