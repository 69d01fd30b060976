"""What each answer of Amazon means."""

from __future__ import annotations

from typing import Any

import pytest
from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    Conflict,
    IngestionError,
    NotFound,
    RequestRefused,
    SellingPartnerUnavailable,
    Throttled,
)
from selling_partner.http import Api, new_session
from selling_partner.reports import ReportsApi

from tests.unit.selling_partner.server import TOKEN, Amazon, envelope


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (429, envelope("QuotaExceeded", "You exceeded your quota for the requested resource."), Throttled),
        (
            403,
            envelope(
                "Unauthorized", "Access to requested resource is denied.", "The access token you provided has expired."
            ),
            AccessTokenExpired,
        ),
        (
            403,
            envelope("Unauthorized", "", "The access token you provided is revoked, malformed or invalid."),
            AccessTokenExpired,
        ),
        (403, envelope("Unauthorized", "Access to requested resource is denied."), AccessDenied),
        (400, envelope("InvalidInput", "bad"), RequestRefused),
        (404, envelope("NotFound"), NotFound),
        (409, envelope("StateConflict"), Conflict),
        (413, b"<html>", RequestRefused),
        (500, envelope("InternalFailure"), SellingPartnerUnavailable),
        (503, b"", SellingPartnerUnavailable),
        (302, b"", RequestRefused),
        (200, b"not json", SellingPartnerUnavailable),
        (200, [1], SellingPartnerUnavailable),
        (200, {}, SellingPartnerUnavailable),
    ],
)
def test_answers_have_names(
    amazon: Amazon, reports: ReportsApi, status: int, answer: Any, error: type[IngestionError]
) -> None:
    amazon.will(status, answer)
    with pytest.raises(error) as raised:
        reports.get("1")
    assert type(raised.value) is error
    assert TOKEN not in str(raised.value)


def test_nobody_answers() -> None:
    reports = ReportsApi(Api(new_session(), "http://127.0.0.1:9", TOKEN), new_session())
    with pytest.raises(SellingPartnerUnavailable) as raised:
        reports.get("1")
    assert raised.value.__cause__ is None  # the library's error holds the request, and with it the token
    assert raised.value.__suppress_context__
