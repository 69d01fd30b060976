"""The Reports API: what goes over the wire, and what becomes of the answers."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from ingestion.documents.compression import content_of
from ingestion.errors import (
    DocumentUrlExpired,
    SellingPartnerUnavailable,
)
from ingestion.reports_api.values import Question
from selling_partner.reports import ReportsApi

from tests.unit.selling_partner.server import TOKEN, Amazon

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_create_report(amazon: Amazon, reports: ReportsApi, rates: list[tuple[str, float]]) -> None:
    amazon.will(202, {"reportId": "123"}, x_amzn_RateLimit_Limit="0.0167")

    assert reports.create(Question("GET_X", ("A1",), "2026-11-20T00:00:00Z", None, {"a": "b"})) == "123"

    method, path, headers, body = amazon.requests[0]
    assert (method, path) == ("POST", "/eu/reports/2021-06-30/reports")
    assert json.loads(body) == {
        "reportType": "GET_X",
        "marketplaceIds": ["A1"],
        "dataStartTime": "2026-11-20T00:00:00Z",
        "reportOptions": {"a": "b"},
    }
    assert headers["x-amz-access-token"] == TOKEN
    assert headers["user-agent"].startswith("selling-partner-lake/")
    assert re.fullmatch(r"\d{8}T\d{6}Z", headers["x-amz-date"])
    assert rates == [("createReport", 0.0167)]


def test_get_report(amazon: Amazon, reports: ReportsApi) -> None:
    amazon.will(
        200,
        {
            "reportId": "1",
            "reportType": "T",
            "processingStatus": "DONE",
            "createdTime": "2024-03-10T20:11:24+00:00",
            "processingStartTime": "2024-03-10T20:12:24+00:00",
            "reportDocumentId": "d",
        },
    )
    report = reports.get("1")
    assert report.finished
    assert report.report_time == datetime(2024, 3, 10, 20, 12, 24, tzinfo=UTC)


def test_next_token_is_sent_alone(amazon: Amazon, reports: ReportsApi) -> None:
    amazon.will(200, {"reports": [], "nextToken": "more="})
    amazon.will(200, {"reports": []})

    assert [page.last for page in reports.list("T", ["A1", "A2"], NOW)] == [False, True]

    assert amazon.requests[0][1] == (
        "/eu/reports/2021-06-30/reports?reportTypes=T&pageSize=100&createdSince=2026-11-23T12%3A00%3A00Z"
        "&marketplaceIds=A1%2CA2"
    )
    assert amazon.requests[1][1] == "/eu/reports/2021-06-30/reports?nextToken=more%3D"


def document(amazon: Amazon, reports: ReportsApi) -> Any:
    amazon.will(
        200,
        {
            "reportDocumentId": "d",
            "url": f"{amazon.url}/documents/d?X-Amz-Signature=canary-signature",
            "compressionAlgorithm": "GZIP",
        },
    )
    return reports.document("d", restricted=False)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_document_is_unpacked_once_whatever_the_header_says(
    amazon: Amazon, reports: ReportsApi, encoding: str
) -> None:
    named = document(amazon, reports)
    amazon.will(200, gzip.compress(b"content"), Content_Encoding=encoding, Content_Type="text/plain; charset=Cp1252")

    with reports.download(named) as download:
        assert b"".join(content_of(download.chunks)) == b"content"
        assert download.content_type == "text/plain; charset=Cp1252"

    assert "x-amz-access-token" not in amazon.requests[1][2]
    assert "authorization" not in amazon.requests[1][2]


def test_a_dead_url(amazon: Amazon, reports: ReportsApi) -> None:
    named = document(amazon, reports)
    amazon.will(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
    with pytest.raises(DocumentUrlExpired) as raised, reports.download(named):
        pass
    assert "canary" not in str(raised.value) + repr(named)


def test_a_broken_download(amazon: Amazon, reports: ReportsApi) -> None:
    named = document(amazon, reports)
    amazon.will(200, gzip.compress(b"content"), Content_Length="1000", Connection="close")
    with pytest.raises(SellingPartnerUnavailable), reports.download(named) as download:
        b"".join(download.chunks)


def test_a_restricted_document_has_a_token_of_its_own(amazon: Amazon, reports: ReportsApi) -> None:
    amazon.will(200, {"restrictedDataToken": "Atz.sprdt|canary", "expiresIn": 3600})
    amazon.will(200, {"reportDocumentId": "d", "url": "https://x"})
    reports.document("d", restricted=True)
    assert json.loads(amazon.requests[0][3]) == {
        "restrictedResources": [{"method": "GET", "path": "/reports/2021-06-30/documents/d"}]
    }
    assert amazon.requests[1][2]["x-amz-access-token"] == "Atz.sprdt|canary"
