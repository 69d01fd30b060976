"""Records are the same wherever a document is cut, and no bytes do anything but decode or be refused."""

import gzip
import io
import json
import re
from xml.etree import ElementTree

import pytest
from curation.contracts.parsing import parse_contract
from curation.decoding import flat_file, json_file, line_ends, xml_file
from curation.decoding.json_values import has_long_number
from curation.decoding.record_tree import Chunk
from curation.decoding.streams import content
from curation.errors import DecodeAgainError, RefusedError
from curation.manifest import parse_document
from curation.reading.document import DocumentDecoder
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.document_record import document_record

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=6)
    | st.sampled_from(['},{"id":', "]", '"', "\\", 2**64, 1.5]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "x", "rows"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["id", "x", "rows"]), json_values, min_size=1, max_size=3), max_size=12),
    st.sampled_from([None, 1]),
    st.integers(16, 200),
    st.integers(1, 3),
    json_values,
)
@example([{"id": None}, {"id": None}, {"rows": [[-1000000000, "\x80\U00010000", "\x80\U00010000"]]}], None, 16, 1, 1.5)
def test_json_records_are_the_same_wherever_the_document_is_cut(records, indent, size, parts, other):
    text = json.dumps({"before": other, "rows": records, "after": other}, indent=indent, ensure_ascii=False).encode()
    found = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_file, "CHUNK", size)
        for part in range(parts):
            for chunk in json_file.JsonFile(io.BytesIO(text), {("rows",)}).read(part, parts):
                found += list(enumerate(chunk.records, chunk.first))

    def text_of(record):
        return json.dumps(record, default=float)  # numbers may be decimals on one side

    assert sorted((record for _, record in found), key=text_of) == sorted(records, key=text_of)
    if parts == 1:
        assert [number for number, _ in found] == list(range(1, len(records) + 1))


@pytest.mark.parametrize("number", ["-12.5e+3", "0.25", "3E-2"])
def test_numbers_are_whole_wherever_the_document_is_cut(number, monkeypatch):
    monkeypatch.setattr(json_file, "CHUNK", 16)
    for blanks in range(40):
        before = f'{{"before":{" " * blanks}{number}, "other": [{number},{number}], '
        text = f'{before}"rows": [{{"id": {number}}},{{"id": {number}}}]}}'
        chunks = json_file.JsonFile(io.BytesIO(text.encode()), {("rows",)}).read()
        assert [record for chunk in chunks for record in chunk.records] == [{"id": float(number)}] * 2


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["json", "tsv", "csv", "xml"]), st.booleans())
def test_no_bytes_whatever_do_anything_but_decode_or_be_refused(data, form, packed):
    """A document can be anything; it is read, or refused by name, and never kills the job."""
    document = {"format": form, "quoting": "double" if form == "csv" else "none", "numbers": "point"}
    table = {
        "description": "d",
        "unit": "window",
        "columns": [{"name": "v", "from": "v", "type": "int", "description": "d"}],
    }
    table |= {"records": "rows"} if form == "json" else {"records": "root.row"} if form == "xml" else {}
    prefix = {"json": b'{"rows": [{"v": 1}, ', "xml": b"<root><row><v>1</v></row>"}.get(form, b"v\n1\n")
    contract = parse_contract({"source": "s", "document": document, "tables": {"t": table}})
    for body in (data, prefix + data):
        try:
            list(
                DocumentDecoder(contract, parse_document(document_record()), None).rows(
                    io.BytesIO(gzip.compress(body) if packed else body), plain_allowed=True
                )
            )
        except (RefusedError, DecodeAgainError):
            continue


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 199))
def test_a_cut_gzip_stream_never_passes_for_a_whole_one(data, at):
    packed = gzip.compress(data)
    assume(at < len(packed))
    with pytest.raises(RefusedError):
        all_of(packed[:at])


def all_of(stored):
    stream = content(io.BytesIO(stored))
    while stream.read(64):
        pass


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", "é".encode("cp1252"), b"\x80"]), min_size=1, max_size=8).map(
        b"".join
    )
)
def test_line_ends_are_found_as_a_search_for_them_finds_them(data):
    assert line_ends.has_blank_line(data) == (b"\n\n" in data or b"\n\r\n" in data)
    assert line_ends.has_lone_carriage_return(data) == (data.count(b"\r") != data.count(b"\r\n"))
    assert flat_file._text(data, "cp1252") == data.decode("cp1252")


quoted_values = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\t\r\n"), max_size=6
) | st.sampled_from(['"', '27" tv', '""', 'x"', '"x'])


@settings(deadline=None)
@given(st.lists(st.tuples(quoted_values, quoted_values, quoted_values), min_size=1, max_size=8), st.booleans())
def test_a_row_is_a_line_whatever_quotes_stand_in_quoted_values(rows, doubled):
    """Doubled quotes are read back.

    Where the writer does not double them no row is lost, and values without quotes are what they were.
    """

    def written(value):
        return '"' + (value.replace('"', '""') if doubled else value) + '"'

    document = "a\tb\tc\n" + "".join("\t".join(map(written, row)) + "\n" for row in rows)
    table = {
        "description": "d",
        "unit": "window",
        "columns": [{"name": name, "from": name, "type": "string", "description": "d"} for name in "abc"],
    }
    contract = parse_contract(
        {"source": "s", "document": {"format": "tsv", "quoting": "double"}, "tables": {"t": table}}
    )
    found = [
        conformed
        for _, conformed in DocumentDecoder(contract, parse_document(document_record()), None).rows(
            io.BytesIO(document.encode()), plain_allowed=True
        )
    ]
    read = [tuple(row[name] or "" for name in "abc") for conformed in found for row in conformed.rows.to_pylist()]
    if doubled:
        assert read == rows
        return
    lost = [line for conformed in found for one in conformed.quarantined for line in one.record.split("\n")]
    assert len(read) + len(lost) == len(rows)
    untouched = [row for row in rows if not any('"' in value for value in row)]
    assert [row for row in read if row in untouched] == [
        row for row in untouched if "\t".join(map(written, row)) not in lost
    ]


names = st.sampled_from(["a", "b", "Order", "{urn:x}c"])


elements = st.recursive(
    st.tuples(
        names,
        st.dictionaries(names, st.text("xé<&", max_size=2), max_size=1),
        st.text("y \n&", max_size=3),
        st.just(()),
    ),
    lambda inner: st.tuples(
        names, st.dictionaries(names, st.just("v"), max_size=1), st.just("\n"), st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


def element_of(parent, content):
    name, attributes, text, below = content
    element = ElementTree.SubElement(parent, name, attributes)
    element.text = text
    for one in below:
        element_of(element, one)


def value_of(element):
    """The reference: an element as a value, however slowly."""
    value = {"@" + name.rpartition("}")[2]: text for name, text in element.attrib.items()}
    for name in {child.tag.rpartition("}")[2] for child in element}:
        found = [value_of(child) for child in element if child.tag.rpartition("}")[2] == name]
        value[name] = found if len(found) > 1 else found[0]
    if len(element):
        return value
    return value | {"": element.text or ""} if value else element.text or ""


@settings(deadline=None)
@given(st.lists(st.lists(elements, max_size=4), max_size=4), st.integers(1, 40))
def test_xml_records_are_the_same_wherever_the_document_is_read_to(messages, size):
    root = ElementTree.Element("root")
    for message in messages:
        element_of(root, ("Message", {}, "", message))
    text = ElementTree.tostring(root)
    expected = [
        value_of(order) for message in ElementTree.fromstring(text) for order in message if order.tag == "Order"
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(xml_file, "READ", max(size, 6))
        patched.setattr(xml_file, "RECORDS_PER_CHUNK", 3)
        chunks = list(xml_file.XmlFile(io.BytesIO(text), ("root", "Message", "Order")).read())
    assert [record for chunk in chunks for record in chunk.records] == expected
    assert [chunk.first + at for chunk in chunks for at in range(len(chunk.records))] == list(
        range(1, len(expected) + 1)
    )


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([b"1", b"12345678", b"0.5", b"true", b"fals", b"e", b" ", b"tr", b"/"]), min_size=1, max_size=12
    ).map(b"".join)
)
def test_long_numbers_and_booleans_are_found_as_a_search_for_them_finds_them(text):
    assert has_long_number(text) == bool(re.search(rb"[./0-9]{16}", text))
    assert Chunk(("rows",), 1, [], text).plain == (b"true" not in text and b"fals" not in text)


@pytest.mark.parametrize("length", range(1, 40))
def test_a_long_number_is_found_wherever_it_stands(length):
    number = (b"1234567.8" * 5)[:length]
    for before in range(9):
        for after in range(9):
            assert has_long_number(b" " * before + number + b" " * after) == (length >= 16)
