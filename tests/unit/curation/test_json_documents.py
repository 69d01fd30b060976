"""JSON documents: streamed, exact, cut only where records end."""

import json
from datetime import date
from decimal import Decimal

import pytest
from curation.decoding import json_file
from curation.errors import RefusedError

ID = ("id", "bigint")
AMOUNT = {"name": "amount", "from": "money.amount", "type": "decimal(18,4)"}


def refusal(function, *arguments, **named):
    with pytest.raises(RefusedError) as raised:
        function(*arguments, **named)
    return raised.value.code


def test_records_with_nested_values(nested):
    result = nested(
        {"rows": [{"id": 1, "money": {"amount": 12.3, "currencyCode": "EUR"}}, {"id": 2, "money": None}, {"id": 3}]},
        ID,
        AMOUNT,
    )
    assert result.column("id") == [1, 2, 3]
    assert result.column("amount") == [Decimal("12.3000"), None, None]
    assert result.decoder.unknown == {"rows.money.currencyCode"}


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


def test_arrays_nested_in_records_reach_their_parents(nested):
    content = {
        "rows": [
            {"name": "p", "inner": {"list": [{"asin": "A"}, {"asin": "B"}]}},
            {"name": "q"},
            {"name": "r", "inner": {"list": []}},
        ]
    }
    result = nested(
        content,
        ("asin", "string"),
        {"name": "name", "from": "../../name", "type": "string"},
        table={"records": "rows.inner.list"},
    )
    assert result.column("asin") == ["A", "B"]
    assert result.column("name") == ["p", "p"]
    assert result.records == {"t": 2}


def test_numbers_are_exact_however_long(nested):
    texts = [
        "0.1",
        "277.06",
        "1e2",
        "12345678901234.5678",
        "0.10000000000000000555",
        "99999999999999.9999",
        "-0.0001",
        "123456789012.3456",
    ]
    content = '{"rows": [' + ", ".join(f'{{"v": {text}}}' for text in texts) + "]}"
    result = nested(content, ("v", "decimal(38,20)"))
    assert result.column("v") == [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("type_", "text", "reason"),
    [
        ("decimal(18,4)", "1.23456", "has more than 4 decimals"),
        ("decimal(18,4)", "1e400", "is too large for decimal(18,4)"),
        ("bigint", "9223372036854775808", "is too large for bigint"),
        ("bigint", "1.5", "is not a whole number"),
        ("bigint", "true", "is a boolean, not bigint"),
        ("bigint", "{}", "is an object, not bigint"),
        ("boolean", "1", "is a number, not a boolean"),
        ("date", "20261120", "is a number, not a date"),
        ("double", "NaN", "is not a finite number"),
        ("double", "1e999", "is too large for double"),
        ("bigint", "1e400", "is too large for bigint"),
        ("decimal(18,4)", "true", "is a boolean, not decimal(18,4)"),
        ("date", '"20.11.2026"', "is not a date written as iso8601"),
    ],
)
def test_what_does_not_fit_is_quarantined_by_record(nested, type_, text, reason):
    result = nested(
        f'{{"rows": [{{"k": "x"}}, {{"k": "y", "v": {text}}}, {{"k": "z"}}]}}', ("k", "string"), ("v", type_)
    )
    assert [(bad.line, bad.column, bad.reason) for bad in result.quarantined] == [(2, "v", reason)]
    assert result.column("k") == ["x", "z"]


def test_records_that_are_no_objects_are_quarantined(nested):
    result = nested('{"rows": [null, {"id": 1}, [2], "x"]}', ID)
    assert result.column("id") == [1]
    assert [(bad.line, bad.reason) for bad in result.quarantined] == [
        (1, "is not an object"),
        (3, "is not an object"),
        (4, "is not an object"),
    ]


def test_text_is_kept_as_it_is(nested):
    content = '{"rows": [{"v": "M\\u00fcller \\"\\u20ac\\" \\\\ 表"}, {"v": 5}, {"v": ["a", 1.5]}]}'
    assert nested(content, ("v", "string")).column("v") == ['Müller "€" \\ 表', "5", '["a",1.5]']


def test_half_a_surrogate_pair_is_quarantined_wherever_it_stands(nested):
    result = nested(
        r'{"rows": [{"id": 1, "v": "ok"}, {"id": 2, "v": "\ud800"}, {"id": 3, "\udfff": 1}]}', ID, ("v", "string")
    )
    assert result.column("id") == [1, 3]
    assert [(bad.line, bad.column, bad.record) for bad in result.quarantined] == [(2, "v", r'{"id":2,"v":"\ud800"}')]
    assert result.decoder.unknown == {"rows.?"}


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


ECHO = {"format": "json", "echo": {"section": "reportSpecification", "dates": "exact"}}
ASKED = {
    "report_type": "GET_X",
    "report_options": {"reportPeriod": "DAY"},
    "marketplace": "US",
    "data_start_time": "2026-11-01T00:00:00Z",
    "data_end_time": "2026-11-02T00:00:00Z",
}
ANSWER = {
    "reportType": "GET_X",
    "reportOptions": {"reportPeriod": "DAY"},
    "marketplaceIds": ["ATVPDKIKX0DER"],
    "dataStartTime": "2026-11-01",
    "dataEndTime": "2026-11-02",
}


def echoed(nested, changes, dates="exact", **asked):
    answer = {name: value for name, value in (ANSWER | changes).items() if value is not None}
    form = {"format": "json", "echo": {"section": "reportSpecification", "dates": dates}}
    return nested({"reportSpecification": answer, "rows": [{"id": 1}]}, ID, document=form, **(ASKED | asked))


def test_an_answer_to_the_question(nested):
    assert echoed(nested, {}).column("id") == [1]
    assert echoed(nested, {"dataStartTime": "2026-10-25", "dataEndTime": "2026-11-07"}, dates="widened").column(
        "id"
    ) == [1]
    assert echoed(nested, {"dataStartTime": None, "dataEndTime": None}, dates="absent").column("id") == [1]
    assert echoed(nested, {"reportOptions": {"reportPeriod": "DAY", "other": "Amazon's default"}}).column("id") == [1]
    hours = {"data_start_time": "2026-11-01T06:00:00Z", "data_end_time": "2026-11-01T07:00:00Z"}
    assert echoed(
        nested, {"dataStartTime": "2026-11-01T06:00:00+00:00", "dataEndTime": "2026-11-01T07:00:00Z"}, **hours
    ).column("id") == [1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reportType": "GET_Y"}, "reportType: asked GET_X, answered GET_Y"),
        ({"reportOptions": {"reportPeriod": "WEEK"}}, "reportPeriod: asked DAY, answered WEEK"),
        ({"reportOptions": None}, "reportPeriod: asked DAY, answered nothing"),
        (
            {"marketplaceIds": ["A1PA6795UKMFR9"]},
            "marketplaceIds: asked ['ATVPDKIKX0DER'], answered ['A1PA6795UKMFR9']",
        ),
        ({"dataEndTime": "2026-11-03"}, "dataEndTime: asked 2026-11-02T00:00:00Z, answered 2026-11-03"),
        ({"dataStartTime": None}, "dataStartTime: asked 2026-11-01T00:00:00Z, answered nothing"),
    ],
)
def test_an_answer_to_another_question_is_refused_with_the_difference(nested, changes, said):
    with pytest.raises(RefusedError, match="another question") as raised:
        echoed(nested, changes)
    assert raised.value.code == "EchoMismatch"
    assert said in raised.value.message


def test_a_document_that_misses_days_is_refused_even_where_wider_ones_are_not(nested):
    with pytest.raises(RefusedError, match="dataStartTime"):
        echoed(nested, {"dataStartTime": "2026-11-02"}, dates="widened")


def test_a_document_without_echo(nested):
    assert refusal(nested, {"rows": [{"id": 1}]}, ID, document=ECHO) == "EchoMissing"


def test_values_of_the_request_and_the_document(nested):
    given = [
        {"name": "day", "from": "$request.window_start", "type": "date"},
        {"name": "view", "from": "$request.options.view", "type": "string"},
        {"name": "none", "from": "$request.options.other", "type": "string"},
        {"name": "report", "from": "$document.report_id", "type": "bigint"},
        {"name": "currency", "from": "$marketplace.currency", "type": "string"},
    ]
    row = nested(
        {"rows": [{"id": 1}]}, ID, *given, report_options={"view": "SOURCING"}, report_id="77", marketplace="JP"
    ).tables["t"][0]
    assert (row["day"], row["view"], row["none"], row["report"], row["currency"]) == (
        date(2026, 11, 1),
        "SOURCING",
        None,
        77,
        "JPY",
    )
    assert (row["account_id"], row["source_document"], row["request_window"]) == ("a", "a/77", "2026-11-01")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reportType": ["GET_X"]}, "reportType of the document's echo is a list, not a text"),
        ({"reportType": 5}, "reportType of the document's echo is a number, not a text"),
        ({"reportOptions": ["DAY"]}, "reportOptions of the document's echo is a list, not an object"),
        ({"reportOptions": "DAY"}, "reportOptions of the document's echo is a text, not an object"),
        (
            {"reportOptions": {"reportPeriod": {"x": 1}}},
            "reportOptions.reportPeriod of the document's echo is an object, not a text",
        ),
        ({"marketplaceIds": "ATVPDKIKX0DER"}, "marketplaceIds of the document's echo is a text, not a list"),
        ({"marketplaceIds": [["ATVPDKIKX0DER"]]}, "marketplaceIds of the document's echo is a list, not a text"),
        ({"marketplaceIds": {"a": 1}}, "marketplaceIds of the document's echo is an object, not a list"),
        ({"dataStartTime": "yesterday"}, "dataStartTime of the document's echo is not a date in ISO form: yesterday"),
        ({"dataStartTime": "2026-02-30"}, "dataStartTime of the document's echo is not a date"),
        ({"dataEndTime": "9999-12-31T23:59:59-14:00"}, "dataEndTime of the document's echo is not a date"),
        ({"dataEndTime": 20261102}, "dataEndTime of the document's echo is a number, not a text"),
        ({"dataEndTime": True}, "dataEndTime of the document's echo is a boolean, not a text"),
        ({"reportType": "GET_\ud800"}, "reportType of the document's echo holds half of a surrogate pair"),
    ],
)
def test_an_echo_of_another_form_is_refused_by_name(nested, changes, said):
    with pytest.raises(RefusedError) as raised:
        echoed(nested, changes)
    assert raised.value.code == "EchoMalformed"
    assert said in raised.value.message


def test_an_echo_that_is_no_object_is_none(nested):
    for other in (["x"], "x", 5, None):
        assert refusal(nested, {"reportSpecification": other, "rows": [{"id": 1}]}, ID, document=ECHO) == "EchoMissing"


def test_options_that_are_no_texts_are_compared_as_json_writes_them(nested):
    assert echoed(
        nested,
        {"reportOptions": {"reportPeriod": 7, "flag": True}},
        report_options={"reportPeriod": "7", "flag": "true"},
    ).column("id") == [1]


def test_a_message_quotes_nothing_that_cannot_be_stored_or_shown(nested):
    with pytest.raises(RefusedError, match="EchoMismatch") as raised:
        echoed(nested, {"reportType": "a\x1b[31m\nb" + "x" * 5_000})
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 2_100


def test_a_value_of_the_request_that_does_not_fit_its_column_is_named(nested):
    given = {"name": "day", "from": "$request.window_start", "type": "date"}
    with pytest.raises(
        RefusedError, match=r"\$request.window_start, from which column day is taken, is not a date"
    ) as raised:
        nested({"rows": [{"id": 1}]}, ID, given, window_start="today")
    assert raised.value.code == "RequestMalformed"


def test_very_many_members_that_nobody_wants(nested):
    others = {f"other{number}": {"x": [number, "y" * (number % 3_000)]} for number in range(5_000)}
    result = nested(json.dumps({**others, "rows": [{"id": 1}]}), ID)
    assert result.column("id") == [1]
    assert result.decoder.unknown == set(others)


def test_an_error_in_place_of_a_report_is_told(nested):
    with pytest.raises(RefusedError, match='ErrorDocument: the document tells an error: "give reportPeriod"'):
        nested({"errorDetails": "give reportPeriod"}, ID)
