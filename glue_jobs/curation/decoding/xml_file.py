"""XML documents, streamed: each record is read as a tree of dicts and lists, then forgotten."""

import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers.expat import ErrorString

from curation.decoding.document_start import first_line_described, refuse_binary
from curation.decoding.paths import TEXT
from curation.decoding.record_tree import Chunk
from curation.decoding.streams import Reader
from curation.errors import RefusedError

READ = 64 << 10
RECORDS_PER_CHUNK = 500
LONGEST_VALUE = 16 << 20
DEEPEST = 64
_PROLOG = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->|\s)*", re.DOTALL)


class XmlFile:
    """One XML document being read, cut at the elements of path `cut` (from the root element on).

    `met` tells whether the root was the right one, `has_records`, once the document is read, whether there was a record
    in any part of it.
    """

    def __init__(self, stream: Reader, cut: Sequence[str]) -> None:
        self._stream = stream
        self._cut = tuple(cut)
        self._values = Values()
        self.met = False
        self.has_records = False

    def read(self, part: int = 0, parts: int = 1) -> Iterator[Chunk]:
        """Yield the records of this part of the document (every n-th chunk).

        Raises RefusedError for what is not XML of this layout.
        """
        number, chunks, records = 1, 0, list[Any]()
        for element in self._elements():
            self.has_records = True
            if chunks % parts == part:
                records.append(self._values.of(element))
            number += 1
            if (number - 1) % RECORDS_PER_CHUNK == 0:
                if chunks % parts == part:
                    yield Chunk(self._cut, number - len(records), records)
                chunks, records = chunks + 1, []
        if records:
            yield Chunk(self._cut, number - len(records), records)

    def _elements(self) -> Iterator[Element]:
        """Yield the records' elements.

        The parser builds the tree; between two pieces of the document, what is complete is taken out of it.
        """
        parser: XMLPullParser[Any] = XMLPullParser(events=("start",))
        root: Element | None = None
        held = 0
        for data in self._pieces():
            held += len(data)
            if held > LONGEST_VALUE:
                raise RefusedError("ValueTooLong", f"no record ends within {LONGEST_VALUE >> 20} MiB")
            try:
                parser.feed(data)
                events = cast(Iterator[tuple[str, Element]], parser.read_events())
                if root is None:
                    root = next((element for _, element in events), None)
                deque(events, maxlen=0)  # they accumulate until they are read
            except ParseError as error:
                raise RefusedError("WrongFormat", f"not well-formed XML: {_named(error)}") from error
            if root is not None:
                self._check(root)
                for record in self._complete(root, 1, closed=False):
                    held = 0
                    yield record
        try:
            parser.close()
        except ParseError as error:
            raise RefusedError("Truncated", "the XML document ends in the middle") from error
        if root is not None:
            yield from self._complete(root, 1, closed=True)

    def _complete(self, element: Element, level: int, *, closed: bool) -> Iterator[Element]:
        """Yield the complete records below an element and forget them.

        The last child of an element that is not closed may not be closed either.
        """
        children = list(element)
        last = None if closed or not children else children.pop()
        for child in children:
            if self._values.names[child.tag] == self._cut[level]:
                if level + 1 == len(self._cut):
                    yield child
                else:
                    yield from self._complete(child, level + 1, closed=True)
        del element[: len(children)]
        if last is not None and level + 1 < len(self._cut) and self._values.names[last.tag] == self._cut[level]:
            yield from self._complete(last, level + 1, closed=False)

    def _check(self, root: Element) -> None:
        if self._values.names[root.tag] != self._cut[0]:
            raise RefusedError("WrongFormat", f"the root element is not {self._cut[0]}")
        self.met = True
        depth, element = 1, root
        while len(element):
            depth, element = depth + 1, element[-1]
            if depth > DEEPEST:
                raise RefusedError("TooDeep", f"elements are nested deeper than {DEEPEST} levels")

    def _pieces(self) -> Iterator[bytes]:
        start = self._stream.read(READ)
        _refuse_other_formats(start)
        yield start
        while data := self._stream.read(READ):
            yield data


def _named(error: ParseError) -> str:
    """Return an error of the parser without its text, which can name an entity of the document."""
    line, column = error.position
    return f"{ErrorString(error.code)}: line {line}, column {column}"


def _refuse_other_formats(start: bytes) -> None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise RefusedError("Empty", "the document has no content")
    refuse_binary(start)
    if not text.startswith(b"<"):
        raise RefusedError(
            "ErrorDocument" if b"errorDetails" in text[:4096] else "WrongFormat",
            f"the document is not XML: {first_line_described(text)}",
        )
    prolog = _PROLOG.match(text)
    after = text[prolog.end() :] if prolog else text
    # A DOCTYPE can declare entities that grow without bound or read files. It can only stand before the root element.
    if after[:14].upper() == b"<!DOCTYPE HTML":
        raise RefusedError("WrongFormat", "the document is an HTML page")
    if after[:9].upper() == b"<!DOCTYPE":
        raise RefusedError("DoctypeRefused", "the document declares a DOCTYPE, which Amazon's reports do not have")
    if not re.match(rb"<[A-Za-z_]", after):
        raise RefusedError("WrongFormat", f"the root element does not begin within {READ >> 10} KiB")


class Names(dict[str, str]):
    """Local names by qualified name, with `mark` in front; each is computed once."""

    def __init__(self, mark: str = "") -> None:
        super().__init__()
        self._mark = mark

    def __missing__(self, name: str) -> str:
        """Compute the local part of a name."""
        local = self[name] = sys.intern(self._mark + name.rpartition("}")[2])
        return local


class Values:
    """Makes values of elements."""

    def __init__(self) -> None:
        self.names = Names()
        self._attributes = Names("@")

    def of(self, element: Element, depth: int = 0) -> Any:
        """Return an element as a value: its text, or a dict of its children and attributes.

        A child whose name is repeated is a list; attributes have @ before their names.
        """
        if not len(element):
            return self._of_leaf(element)
        if depth > DEEPEST:
            raise RefusedError("TooDeep", f"elements are nested deeper than {DEEPEST} levels")
        names = self.names
        value: dict[str, Any] = {self._attributes[name]: text for name, text in element.items()}
        for child in element:
            name = names[child.tag]
            content = (
                self.of(child, depth + 1) if len(child) else self._of_leaf(child) if child.keys() else child.text or ""
            )
            if name not in value:
                value[name] = content
            elif isinstance(value[name], list):
                value[name].append(content)
            else:
                value[name] = [value[name], content]
        return value

    def _of_leaf(self, element: Element) -> Any:
        attributes = element.items()
        if not attributes:
            return element.text or ""
        value = {self._attributes[name]: text for name, text in attributes}
        value[TEXT] = element.text or ""
        return value
