"""A document's echo of its request is compared with what was asked."""

import pytest
from curation.errors import RefusedError

from tests.unit.curation.refusals import refusal

ID = ("id", "bigint")
AMOUNT = {"name": "amount", "from": "money.amount", "type": "decimal(18,4)"}
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
        ({"reportType": "GET_Y"}, "reportType: requested GET_X, echoed GET_Y"),
        ({"reportOptions": {"reportPeriod": "WEEK"}}, "reportPeriod: requested DAY, echoed WEEK"),
        ({"reportOptions": None}, "reportPeriod: requested DAY, echoed nothing"),
        (
            {"marketplaceIds": ["A1PA6795UKMFR9"]},
            "marketplaceIds: requested ATVPDKIKX0DER, echoed A1PA6795UKMFR9",
        ),
        ({"dataEndTime": "2026-11-03"}, "dataEndTime: requested 2026-11-02T00:00:00Z, echoed 2026-11-03"),
        ({"dataStartTime": None}, "dataStartTime: requested 2026-11-01T00:00:00Z, echoed nothing"),
    ],
)
def test_an_answer_to_another_question_is_refused_with_the_difference(nested, changes, said):
    with pytest.raises(RefusedError, match="differs from the request") as raised:
        echoed(nested, changes)
    assert raised.value.code == "EchoMismatch"
    assert said in raised.value.message


def test_a_document_that_misses_days_is_refused_even_where_wider_ones_are_not(nested):
    with pytest.raises(RefusedError, match="dataStartTime"):
        echoed(nested, {"dataStartTime": "2026-11-02"}, dates="widened")


def test_a_document_without_echo(nested):
    assert refusal(nested, {"rows": [{"id": 1}]}, ID, document=ECHO) == "EchoMissing"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reportType": ["GET_X"]}, "reportType of the document's echo is a list, not a text"),
        ({"reportType": 5}, "reportType of the document's echo is a number, not a text"),
        ({"reportOptions": ["DAY"]}, "reportOptions of the document's echo is a list, not an object"),
        ({"reportOptions": "DAY"}, "reportOptions of the document's echo is a text, not an object"),
        (
            {"reportOptions": {"reportPeriod": {"x": 1}}},
            "option 1 of reportOptions of the document's echo is an object, not a text",
        ),
        ({"marketplaceIds": "ATVPDKIKX0DER"}, "marketplaceIds of the document's echo is a text, not a list"),
        ({"marketplaceIds": [["ATVPDKIKX0DER"]]}, "marketplaceIds of the document's echo is a list, not a text"),
        ({"marketplaceIds": {"a": 1}}, "marketplaceIds of the document's echo is an object, not a list"),
        (
            {"dataStartTime": "yesterday"},
            "dataStartTime of the document's echo is not a date in ISO form, but a text of 9 characters",
        ),
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
