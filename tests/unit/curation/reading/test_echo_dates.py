"""Dates in a document's echo, where the request or the answer has only one of them or writes it in another form."""

import pytest
from curation.contracts.model import Echo
from curation.errors import RefusedError
from curation.manifest import parse_document
from curation.reading.echo import check_echo, read_echo

RECORD = {
    "account": "a",
    "report_id": "1",
    "source": "s",
    "request": "s-0",
    "variant": "v",
    "report_type": "T",
    "window": "w",
    "report_time": "2026-11-02T00:00:00Z",
    "bucket": "",
    "key": "k",
}


def check(asked, answered, dates="exact"):
    """Compare the echo of a request for a pair of dates."""
    start, end = asked
    document = parse_document(RECORD | {"data_start_time": start, "data_end_time": end})
    said = {"reportType": "T", "dataStartTime": answered[0], "dataEndTime": answered[1]}
    check_echo(Echo("spec", dates), document, {"spec": said})


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (("2026-11-01", "2026-11-02"), ("2026-11-01", "2026-11-02")),
        (("2026-11-01T00:00:00Z", "2026-11-02T23:59:59Z"), ("2026-11-01", "2026-11-02")),
        (("2026-11-01", "2026-11-02"), ("2026-11-01T08:00:00Z", "2026-11-02T07:59:59Z")),
        (("2026-11-01T00:00:00+01:00", None), ("2026-10-31T23:00:00Z", None)),
        ((None, None), ("2026-11-01", "2026-11-02")),
        ((None, "2026-11-02"), (None, "2026-11-02")),
    ],
)
def test_dates_that_mean_the_same_are_the_same(asked, answered):
    check(asked, answered)


@pytest.mark.parametrize(
    ("asked", "answered", "difference"),
    [
        ((None, "2026-11-02"), (None, "2026-11-03"), "dataEndTime: requested 2026-11-02, echoed 2026-11-03"),
        (("2026-11-01", None), ("2026-11-02", None), "dataStartTime: requested 2026-11-01, echoed 2026-11-02"),
        (("2026-11-01", "2026-11-02"), (None, "2026-11-03"), "dataEndTime: requested 2026-11-02, echoed 2026-11-03"),
        (("2026-11-01", None), (None, None), "dataStartTime: requested 2026-11-01, echoed nothing"),
        (
            ("2026-11-01T00:00:00Z", None),
            ("2026-11-01T01:00:00Z", None),
            "dataStartTime: requested 2026-11-01T00:00:00Z, echoed 2026-11-01T01:00:00Z",
        ),
    ],
)
def test_every_date_that_differs_is_named(asked, answered, difference):
    with pytest.raises(RefusedError, match=difference) as refused:
        check(asked, answered)
    assert refused.value.code == "EchoMismatch"


def test_a_wider_answer_is_enough_where_the_contract_says_so_and_a_narrower_one_is_not():
    asked = ("2026-11-03", "2026-11-05")
    check(asked, ("2026-11-01", "2026-11-07"), "widened")
    check(asked, asked, "widened")
    for answered in (("2026-11-04", "2026-11-07"), ("2026-11-01", "2026-11-04")):
        with pytest.raises(RefusedError, match="echo differs from the request"):
            check(asked, answered, "widened")


def test_dates_that_the_contract_does_not_expect_are_not_read():
    check(("2026-11-01", None), ("yesterday", 5), "absent")
    assert read_echo(Echo("spec", "absent"), {"spec": {"dataStartTime": "yesterday"}}).data_start_time is None
    assert read_echo(Echo("spec", "exact"), {"spec": {"dataEndTime": "2026-11-01"}}).data_end_time == "2026-11-01"


@pytest.mark.parametrize(
    ("value", "kind"),
    [({}, "an object"), ([], "a list"), (True, "a boolean"), (5, "a number"), (1.5, "a number")],
)
def test_a_member_of_another_kind_is_named_by_its_kind(value, kind):
    with pytest.raises(RefusedError, match=f"reportType of the document's echo is {kind}, not a text"):
        read_echo(Echo("spec", "exact"), {"spec": {"reportType": value}})


def test_options_may_be_numbers_and_booleans():
    said = read_echo(Echo("spec", "exact"), {"spec": {"reportOptions": {"a": 5, "b": True, "c": False, "d": None}}})
    assert said.options == {"a": "5", "b": "true", "c": "false"}
