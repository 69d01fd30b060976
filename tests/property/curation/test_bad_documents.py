"""However a document is damaged, it is read or refused by a known name, its records add up, and nothing is raised."""

import csv
import gzip
import io
import json
import re
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pytest
from curation.conforming.casting import CannotCastError, cast_text
from curation.conforming.values import parse_text
from curation.contracts.locales import rules_for
from curation.contracts.parsing import parse_contract, parse_marketplace
from curation.errors import RefusedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trial.document_trial import try_document
from trial.report import report

CODES = set(re.findall(r"[A-Z][a-z]\w+", re.search(r"Codes: ([^.]*)\.", RefusedError.__doc__)[1])) - {"DecodingFailed"}
"""DecodingFailed is the name of what this test is to find."""

COLUMNS = [
    ("text", "string", {}),
    ("small", "int", {}),
    ("large", "bigint", {}),
    ("money", "decimal(18,4)", {}),
    ("share", "double", {}),
    ("flag", "boolean", {}),
    ("day", "date", {"format": ["iso8601", "%d.%m.%Y", "%m/%Y"]}),
    ("local_day", "date", {"zone": "marketplace"}),
    ("moment", "timestamp", {}),
    ("local_moment", "timestamp", {"format": "%d.%m.%Y %H:%M:%S", "zone": "marketplace"}),
    ("named_moment", "timestamp", {"format": "%Y-%m-%d %H:%M:%S %Z"}),
    ("any_moment", "timestamp", {"format": ["%Y-%m-%d %H:%M:%S %Z", "%d.%m.%Y %H:%M:%S %z", "iso8601"]}),
]
ROW = {
    "text": "Käse",
    "small": "12",
    "large": "9007199254740993",
    "money": "12.3400",
    "share": "0.25",
    "flag": "true",
    "day": "2026-11-01",
    "local_day": "2026-11-01T23:30:00Z",
    "moment": "2026-11-01T10:00:00+01:00",
    "local_moment": "01.11.2026 10:00:00",
    "named_moment": "2026-11-01 10:00:00 PST",
    "any_moment": "01.11.2026 10:00:00 +0100",
}
NUMBERS = {"small": 12, "large": 9007199254740993, "money": 12.34, "share": 0.25, "flag": True}


def columns(prefix="", **more):
    return [
        {"name": name, "from": prefix + name, "type": kind, "description": "d", **extra, **more.get(name, {})}
        for name, kind, extra in COLUMNS
    ]


def table(given, **more):
    return {"description": "d", "unit": "window", "columns": given, "partitioned_by": [], **more}


def contract(document, tables):
    request = {"report_type": "GET_TEST", "scope": "marketplace", "variants": {"all": {"period": "DAY"}}}
    return {"source": "s", "request": request, "document": document, "tables": tables}


REQUESTED = {"name": "asked_day", "from": "$request.window_start", "type": "date", "description": "d"}
OPTION = {"name": "period", "from": "$request.options.period", "type": "string", "description": "d"}
FIRST = {"name": "first", "from": "$first_row.money", "type": "decimal(18,4)", "description": "d"}
NUMBER = {"name": "number", "from": "$row.number", "type": "bigint", "description": "d"}
WHERE = [{"name": "without_text", "column": "text", "is": "present", "keep": True}]
FLAT_TABLES = {
    "one": table([*columns(text={"aliases": {"de_DE": ["Text"]}}), FIRST, NUMBER, REQUESTED], key=["number"]),
    "two": table(columns(), where=WHERE),
}
JSON_TABLES = {
    "outer": table([*columns("inner."), OPTION, REQUESTED, NUMBER], records="rows"),
    "deeper": table(
        [*columns(), {"name": "parent", "from": "../inner.text", "type": "string", "description": "d"}],
        records="rows.more",
        where=WHERE,
    ),
}
XML_TABLES = {
    "outer": table([*columns("inner."), NUMBER], records="root.row"),
    "deeper": table(
        [
            *columns(small={"from": "small@unit"}),
            {"name": "parent", "from": "../inner.text", "type": "string", "description": "d"},
        ],
        records="root.row.more",
    ),
}
ECHO = {
    "reportType": "GET_TEST",
    "reportOptions": {"period": "DAY"},
    "marketplaceIds": ["A1PA6795UKMFR9"],
    "dataStartTime": "2026-11-01",
    "dataEndTime": "2026-11-01",
}
FORMS = {
    "tsv": contract({"format": "tsv", "quoting": "none", "numbers": "marketplace", "null_values": ["--"]}, FLAT_TABLES),
    "csv": contract({"format": "csv", "quoting": "double", "numbers": "point"}, FLAT_TABLES),
    "json": contract({"format": "json", "echo": {"section": "echo", "dates": "exact"}}, JSON_TABLES),
    "xml": contract({"format": "xml", "without_rows": "published"}, XML_TABLES),
}
MARKETPLACE = {
    "id": "A1PA6795UKMFR9",
    "code": "DE",
    "time_zone": "Europe/Berlin",
    "code_page": "cp1252",
    "language": "de_DE",
    "currency": "EUR",
}
RULES = rules_for(parse_marketplace(MARKETPLACE["id"], MARKETPLACE), "marketplace")

ODD = [
    *(
        "",
        "--",
        " ",
        "0",
        "-0",
        "1e999",
        "-67e-43",
        "406544850370200746272749309511844.4174566",
        "-1e400",
        "1e-999",
        "NaN",
        "Infinity",
        "inf",
        "0x1F",
        "1_000",
        "٣",
        "1,234.5",
        "95,00",
        "9" * 30,
        "9" * 400,
        "2147483648",
    ),
    *(
        "9223372036854775808",
        "0.00001",
        "123456789012345.1",
        "true",
        "TRUE",
        "maybe",
        "10000-01-01",
        "9999-12-31",
        "0001-01-01",
        "0000-01-01",
        "-0001-01-01",
    ),
    *(
        "2026-02-30",
        "20261101",
        "2026-W01-1",
        "31.12.9999",
        "01.01.0001",
        "31.02.2026",
        "13/2026",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
    ),
    *(
        "99999-01-01T00:00:00Z",
        "2026-11-01T10:00:00.1234567Z",
        "2026-11-01T24:00:00Z",
        "2026-11-01T10:00:60Z",
        "2026-11-01 10:00:00 XYZ",
        "31.12.9999 23:59:59",
    ),
    *(
        "01.01.0001 00:00:00",
        "9999-12-31 23:59:59 PST",
        "0001-01-01 00:00:00 JST",
        "29.03.2026 02:30:00",
        "25.10.2026 02:30:00",
        "01.11.2026 10:00:00 +9999",
    ),
    *(
        '"',
        '""',
        'a"b',
        "a\rb",
        "a\0b",
        "\ufeff",
        "\u2028",
        "\x85",
        "\x1a",
        "é",
        "\U0001f600",
        "=1+1",
        "<b>",
        "&amp;",
        "x" * 5_000,
    ),
]
odd_texts = (
    st.sampled_from(ODD)
    | st.text(max_size=8)
    | st.integers().map(str)
    | st.floats().map(repr)
    | st.datetimes().map(str)
)
odd_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | odd_texts
    | st.sampled_from(["\ud800", 2**63, 2**64, 10**400, 1e308]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["text", "inner", "more", "\udfff", "new"]), inner, max_size=2)
    ),
    max_leaves=4,
)
rows = st.lists(st.dictionaries(st.sampled_from(list(ROW)), odd_texts, max_size=2), min_size=0, max_size=3)


def flat(form, header, changes):
    written = [header, *([(ROW | change).get(name, "") for name in header] for change in changes)]
    if form == "tsv":
        return "\n".join("\t".join(line) for line in written) + "\n"
    target = io.StringIO()
    csv.writer(target, lineterminator="\r\n").writerows(written)
    return target.getvalue()


@st.composite
def flat_documents(draw, form):
    names = list(ROW)
    header = draw(
        st.sampled_from(
            [
                names,
                names[::-1],
                [*names, "new", "new"],
                ["Text", *names[1:]],
                [*names, *names[:3]],
                names[:4],
                [*names, "", " "],
            ]
        )
        | st.permutations(names)
    )
    text = flat(form, header, draw(rows))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16", "utf-8-sig"])), "replace")


def replaced(value, at, new):
    """Return a JSON value with what stands at a path replaced."""
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = replaced(value[at[0]], at[1:], new)
    return copy


def places(value, at=()):
    yield at
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(below, (*at, key))


@st.composite
def json_documents(draw, _form):
    row = ROW | NUMBERS
    document = draw(st.dictionaries(odd_texts | st.sampled_from(["\ud800", "errorDetails"]), odd_values, max_size=1))
    document |= {"echo": ECHO, "rows": [{"inner": row | change, "more": [row | change, row]} for change in draw(rows)]}
    for _ in range(draw(st.integers(0, 3))):
        document = replaced(document, draw(st.sampled_from(list(places(document)))), draw(odd_values))
        if not isinstance(document, dict):
            break
    text = json.dumps(document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    return text.encode("utf-8", "surrogatepass")


@st.composite
def xml_documents(draw, _form):
    def element(change):
        return "".join(
            f"<{name} unit={quoteattr(clean(value))}>{escape(clean(value))}</{name}>"
            for name, value in (ROW | change).items()
        )

    def clean(text):
        return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd]", "?", text)

    body = "".join(
        f"<row><inner>{element(change)}</inner><more>{element(change)}</more><more>{element({})}</more></row>"
        for change in draw(rows)
    )
    return f"<root>{body}</root>".encode()


DOCUMENTS = {"tsv": flat_documents, "csv": flat_documents, "json": json_documents, "xml": xml_documents}


@st.composite
def damaged(draw, data):
    """Damage bytes: flip, cut out, double, insert."""
    for _ in range(draw(st.integers(0, 3))):
        at, size = draw(st.integers(0, len(data))), draw(st.integers(1, 40))
        piece = draw(
            st.sampled_from(
                [
                    b"",
                    data[at : at + size] * 2,
                    b"\0",
                    b"\xff",
                    b'"',
                    b"\t",
                    b"\n",
                    b"\r",
                    b"<",
                    b">",
                    b"&x;",
                    b"{",
                    b"]",
                    b",",
                    b"\xef\xbb\xbf",
                    b"\x1f\x8b",
                ]
            )
            | st.binary(max_size=4)
        )
        data = data[:at] + piece + data[at + size * draw(st.integers(0, 1)) :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) and draw(st.booleans()) else data


@pytest.mark.parametrize("given", columns(), ids=lambda column: column["name"])
def test_an_odd_value_alone_is_cast_as_it_is_read(given):
    """Alone, because one value that does not fit takes the whole column to the slow path."""
    (column,) = parse_contract(FORMS["tsv"] | {"tables": {"t": table([given])}}).tables[0].columns
    for text in ODD:
        try:
            fast = cast_text(pa.array([text], pa.string()), column, RULES).to_pylist()
        except CannotCastError:
            continue
        assert fast == [parse_text(text, column, RULES)], text


def check(form, data, charset=None):
    tried = try_document(FORMS[form], MARKETPLACE, data, charset)
    found = report(tried)
    json.dumps(found, ensure_ascii=False).encode()
    refused = found["document"]["refused"]
    if refused:
        assert refused["code"] in CODES | {"RuleBroken"}, refused
        assert "\n" not in refused["message"]
        assert found["document"]["published"] == 0
        return refused["code"]
    for name in FORMS[form]["tables"]:
        counts = [given for of, given in tried.conformed if of.name == name]
        quarantined, excluded = (
            sum(len(one.quarantined) for one in counts),
            sum(sum(one.excluded.values()) for one in counts),
        )
        assert sum(one.records for one in counts) == len(found["tables"][name]) + quarantined + excluded
    assert found["document"]["quarantined"] == len(found["quarantine"])
    assert all(one["line"] >= 1 and one["reason"] for one in found["quarantine"])
    return None


@pytest.mark.parametrize("form", sorted(FORMS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_document_is_read_or_refused_by_name_whatever_has_happened_to_it(form, data):
    document = data.draw(damaged(data.draw(DOCUMENTS[form](form))))
    if data.draw(st.booleans()):
        document = gzip.compress(document, 1, mtime=0)
        if data.draw(st.booleans()):
            document = data.draw(damaged(document))
    check(form, document, data.draw(st.sampled_from([None, None, "utf-8", "Cp1252", "Shift_JIS", "klingon"])))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_odd_value_in_every_column_is_read_or_in_quarantine(form):
    changes = [
        {name: text}
        for name in ROW
        for text in ODD
        if form != "xml" or text == re.sub("[^\t\n -\ud7ff\ue000-\ufffd]", "", text)
    ]
    changes = [change for change in changes if not {"\0", "\n", "\r"} & set(*change.values())]
    if form in {"tsv", "csv"}:
        document = flat(form, list(ROW), changes).encode()
    elif form == "json":
        document = json.dumps(
            {"echo": ECHO, "rows": [{"inner": ROW | NUMBERS | change, "more": [ROW | change]} for change in changes]}
        ).encode()
    else:
        elements = [
            "".join(
                f"<{name} unit={quoteattr(value)}>{escape(value)}</{name}>" for name, value in (ROW | change).items()
            )
            for change in changes
        ]
        document = (
            f"<root>{''.join(f'<row><inner>{one}</inner><more>{one}</more></row>' for one in elements)}</root>".encode()
        )
    found = report(try_document(FORMS[form], MARKETPLACE, document))
    assert found["document"]["refused"] is None
    json.dumps(found)
