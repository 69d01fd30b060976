"""XML documents, streamed: each record is read as a tree of dicts and lists, then forgotten."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from curation.decoding.flat import excerpt, refuse_binary
from curation.decoding.paths import TEXT
from curation.decoding.records import Chunk
from curation.decoding.streams import Reader
from curation.errors import RefusedError

READ = 64 << 10
RECORDS_PER_CHUNK = 500
LONGEST_VALUE = 16 << 20
DEEPEST = 64
_PROLOG = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->|\s)*", re.DOTALL)


class XmlFile:
    """One XML document being read, cut at the elements of path `cut` (from the root element on).

    `met` tells whether the root was the right one, `has_records`, once the document is read, whether there was a record in any part of it.
    """

    def __init__(self, stream: Reader, cut: Sequence[str]) -> None:
        self._stream = stream
        self._cut = tuple(cut)
        self.met = False
        self.has_records = False

    def read(self, part: int = 0, parts: int = 1) -> Iterator[Chunk]:
        """Yield the records of this part of the document (every n-th chunk). Raises RefusedError for what is not XML of this layout."""
        number, chunks, records = 1, 0, list[Any]()
        for element in self._elements():
            self.has_records = True
            if chunks % parts == part:
                records.append(as_value(element))
            number += 1
            if (number - 1) % RECORDS_PER_CHUNK == 0:
                if chunks % parts == part:
                    yield Chunk(self._cut, number - len(records), records)
                chunks, records = chunks + 1, []
        if records:
            yield Chunk(self._cut, number - len(records), records)

    def _elements(self) -> Iterator[Element]:
        parser: XMLPullParser[Any] = XMLPullParser(events=("start", "end"))
        open_elements: list[Element] = []
        path: list[str] = []
        held = 0
        for data in self._pieces():
            held += len(data)
            if held > LONGEST_VALUE:
                raise RefusedError("ValueTooLong", f"no record ends within {LONGEST_VALUE >> 20} MiB")
            try:
                parser.feed(data)
                for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
                    if event == "start":
                        path.append(_local(element.tag))
                        open_elements.append(element)
                        self._check(path)
                        continue
                    if tuple(path) == self._cut:
                        held = 0
                        yield element
                    path.pop()
                    open_elements.pop()
                    # Forget what lies outside of a record that is still being read.
                    if open_elements and len(path) < len(self._cut):
                        del open_elements[-1][:]
            except ParseError as error:
                raise RefusedError("WrongFormat", f"not well-formed XML: {error}") from error
        if path:
            raise RefusedError("Truncated", "the XML document ends in the middle")

    def _check(self, path: list[str]) -> None:
        if len(path) > DEEPEST:
            raise RefusedError("TooDeep", f"elements are nested deeper than {DEEPEST} levels")
        if len(path) == 1:
            if path[0] != self._cut[0]:
                raise RefusedError("WrongFormat", f"the root element is not {self._cut[0]}")
            self.met = True

    def _pieces(self) -> Iterator[bytes]:
        start = self._stream.read(READ)
        _refuse_other_formats(start)
        yield start
        while data := self._stream.read(READ):
            yield data


def _refuse_other_formats(start: bytes) -> None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise RefusedError("Empty", "the document has no content")
    refuse_binary(start)
    if not text.startswith(b"<"):
        raise RefusedError("ErrorDocument" if b"errorDetails" in text[:4096] else "WrongFormat", f"the document is not XML: {excerpt(text)}")
    prolog = _PROLOG.match(text)
    after = text[prolog.end() :] if prolog else text
    # A DOCTYPE can declare entities that grow without bound or read files. It can only stand before the root element.
    if after[:14].upper() == b"<!DOCTYPE HTML":
        raise RefusedError("WrongFormat", f"the document is an HTML page: {excerpt(text)}")
    if after[:9].upper() == b"<!DOCTYPE":
        raise RefusedError("DoctypeRefused", "the document declares a DOCTYPE, which Amazon's reports do not have")
    if not re.match(rb"<[A-Za-z_]", after):
        raise RefusedError("WrongFormat", f"the root element does not begin within {READ >> 10} KiB")


def as_value(element: Element) -> Any:
    """Return an element as a value: its text, or a dict of its children (a list where a name is repeated) and attributes (with @ before their names)."""
    if not len(element) and not element.attrib:
        return element.text or ""
    value: dict[str, Any] = {"@" + _local(name): text for name, text in element.attrib.items()}
    for child in element:
        name, content = _local(child.tag), as_value(child)
        if name not in value:
            value[name] = content
        elif isinstance(value[name], list):
            value[name].append(content)
        else:
            value[name] = [value[name], content]
    if not len(element):
        value[TEXT] = element.text or ""
    return value


def _local(name: str) -> str:
    return name.rpartition("}")[2]
