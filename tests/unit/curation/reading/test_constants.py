"""Columns that take their value from the request or the document."""

from datetime import date

import pytest
from curation.errors import RefusedError

ID = ("id", "bigint")
AMOUNT = {"name": "amount", "from": "money.amount", "type": "decimal(18,4)"}


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


def test_a_value_of_the_request_that_does_not_fit_its_column_is_named(nested):
    given = {"name": "day", "from": "$request.window_start", "type": "date"}
    with pytest.raises(
        RefusedError, match=r"\$request.window_start, from which column day is taken, is not a date"
    ) as raised:
        nested({"rows": [{"id": 1}]}, ID, given, window_start="today")
    assert raised.value.code == "RequestMalformed"
