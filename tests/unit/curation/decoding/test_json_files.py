"""JSON documents: streamed, cut only where records end."""

import json

import pytest
from curation.decoding import json_file
from curation.errors import RefusedError

from tests.unit.curation.refusals import refusal

ID = ("id", "bigint")
AMOUNT = {"name": "amount", "from": "money.amount", "type": "decimal(18,4)"}


def test_the_same_array_name_deeper_down_is_not_the_records(nested):
    content = '{"rows2": {"rows": [{"id": 9}]}, "x": {"rows": [{"id": 8}]}, "rows": [{"id": 1}, {"id": 2}]}'
    assert nested(content, ID).column("id") == [1, 2]


def test_records_may_lie_below_objects(nested):
    assert nested({"payload": {"list": {"rows": [{"id": 4}]}}}, ID, table={"records": "payload.list.rows"}).column(
        "id"
    ) == [4]


def test_two_arrays_whose_records_begin_alike(decode):
    tables = {
        name: {
            "description": "d",
            "unit": "window",
            "records": name,
            "columns": [{"name": "id", "from": "id", "type": "bigint", "description": "d"}],
        }
        for name in ("first", "second")
    }
    content = json.dumps(
        {"first": [{"id": number} for number in range(3)], "second": [{"id": number} for number in range(100_000)]}
    )
    result = decode(content, tables=tables, document={"format": "json"})
    assert result.column("id", "first") == [0, 1, 2]
    assert result.column("id", "second") == list(range(100_000))


def test_records_with_nested_arrays_that_begin_alike(nested):
    content = json.dumps({"rows": [{"id": number, "more": [{"id": -1}, {"id": -2}] * 5} for number in range(20_000)]})
    assert nested(content, ID, table={"records": "rows", "omitted": ["more"]}).column("id") == list(range(20_000))


def test_records_that_do_not_begin_alike(nested):
    content = json.dumps(
        {
            "rows": [
                {"id": number, "pad": "x" * 50} if number % 2 else {"pad": ',{"id"', "id": number}
                for number in range(20_000)
            ]
        }
    )
    assert nested(content, ID, table={"records": "rows", "omitted": ["pad"]}).column("id") == list(range(20_000))


def test_names_that_no_text_can_hold_are_reported_as_far_as_they_can(nested):
    assert nested(r'{"\ud800": 1, "rows": [{"id": 1}]}', ID).decoder.unknown == {"?"}


def test_empty_and_missing_arrays(nested, decode):
    assert nested('{"rows": []}', ID).tables == {}
    tables = {
        name: {
            "description": "d",
            "unit": "window",
            "records": name,
            "columns": [{"name": "id", "from": "id", "type": "bigint", "description": "d"}],
        }
        for name in ("rows", "others")
    }
    result = decode('{"rows": [{"id": 1}]}', tables=tables, document={"format": "json"})
    assert result.column("id", "rows") == [1]
    assert result.decoder.missing == {"others"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "Empty"),
        (b"  \n", "Empty"),
        (b"<html></html>", "WrongFormat"),
        (b"[1, 2]", "WrongFormat"),
        (b'{"errorDetails": "no"}', "ErrorDocument"),
        (b'{"other": []}', "WrongFormat"),
        (b'{"rows": [{"id": 1}, {"id"', "Truncated"),
        (b'{"rows": [{"id": 1}', "Truncated"),
        (b'{"rows": [{"id": 1}]', "Truncated"),
        (b'{"rows": [{"id": 1} {"id": 2}]}', "WrongFormat"),
        (b'{"rows": [{"id": 1}, {"id": nope, "x": "aaaaaaaaaaaaaaaaaaaaaaaa"}]}', "WrongFormat"),
        (b'{"rows": []} x', "WrongFormat"),
        (b"\x00\x01\x02\x03", "Binary"),
        ('{"rows": []}'.encode("utf-16"), "CharsetUnknown"),
        (b'{"rows": [{"id": "' + b"x" * 5_000 + b'\0"}]}', "Binary"),
        (b'{"x": "' + b"x" * 5_000 + b'\0", "rows": []}', "Binary"),
        (b'{"rows": [{"id": "M\xfcller"}]}', "CharsetUnknown"),
        (b'{"rows": [{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "TooDeep"),
        (b'{"rows": [{"id": "' + b"x" * (17 << 20) + b'"}]}', "ValueTooLong"),
    ],
)
def test_damaged_documents_are_refused_by_name(nested, content, code):
    assert refusal(nested, content, ID) == code


def test_cut_in_the_middle_of_many_records(nested):
    content = json.dumps({"rows": [{"id": number, "pad": "x" * 80} for number in range(20_000)]}).encode()
    assert refusal(nested, content[: len(content) // 2], ID) == "Truncated"


@pytest.mark.parametrize("indent", [None, 1])
def test_parts_of_a_large_document_make_the_whole_with_exact_numbers(nested, indent):
    rows = [
        {
            "id": number if number % 30_000 else "x",
            "note": "a [bracket], {" if number % 7_000 == 0 else "plain",
            "amount": number / 4,
        }
        for number in range(1, 100_001)
    ]
    content = json.dumps({"reportSpecification": {"a": [1]}, "rows": rows, "tail": [1, 2, {"x": 3}]}, indent=indent)
    given = [ID, ("note", "string"), ("amount", "decimal(18,4)")]
    whole, parts = nested(content, *given), nested(content, *given, parts=3)
    assert sorted(parts.column("id")) == whole.column("id")
    assert (
        sorted(bad.line for bad in parts.quarantined)
        == [bad.line for bad in whole.quarantined]
        == [30_000, 60_000, 90_000]
    )
    assert whole.decoder.unknown == {"reportSpecification", "tail"}


def test_the_scanner_alone_reads_the_same(nested, monkeypatch):
    content = json.dumps({"rows": [{"id": number, "deep": {"a": [number, {"b": "}]"}]}} for number in range(30_000)]})
    fast = nested(content, ID, table={"records": "rows", "omitted": ["deep"]})
    monkeypatch.setattr(json_file.JsonFile, "_cut", lambda *_: None)
    assert (
        nested(content, ID, table={"records": "rows", "omitted": ["deep"]}).column("id")
        == fast.column("id")
        == list(range(30_000))
    )


def test_very_many_members_that_nobody_wants(nested):
    others = {f"other{number}": {"x": [number, "y" * (number % 3_000)]} for number in range(5_000)}
    result = nested(json.dumps({**others, "rows": [{"id": 1}]}), ID)
    assert result.column("id") == [1]
    assert result.decoder.unknown == set(others)


def test_an_error_in_place_of_a_report_is_told(nested):
    with pytest.raises(
        RefusedError, match='ErrorDocument: the document holds an error in place of a report: "give reportPeriod"'
    ):
        nested({"errorDetails": "give reportPeriod"}, ID)
