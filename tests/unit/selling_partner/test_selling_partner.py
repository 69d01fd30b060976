"""The HTTP client against a server on the loopback interface: what goes over the wire, and what each answer means."""

from __future__ import annotations

import gzip
import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from handlers.json_logs import JsonFormatter
from ingestion.documents.compression import content_of
from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    AuthorizationRefused,
    Conflict,
    DocumentUrlExpired,
    IngestionError,
    NotFound,
    RequestRefused,
    SellingPartnerUnavailable,
    Throttled,
    TokenEndpointUnavailable,
)
from ingestion.reports_api.values import Question
from selling_partner.http import Api, new_session
from selling_partner.login import LoginWithAmazon
from selling_partner.notifications import NotificationsApi
from selling_partner.reports import ReportsApi

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "Atza|canary-access"


class Amazon:
    """Answers from a list; keeps the requests."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                outer.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, answer, headers = outer.answers.pop(0)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(data)), "x-amzn-RequestId": "id-1"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()

    def will(self, status: int, answer: Any, **headers: str) -> None:
        self.answers.append((status, answer, {name.replace("_", "-"): value for name, value in headers.items()}))


@pytest.fixture(scope="module")
def server() -> Iterator[Amazon]:
    amazon = Amazon()
    yield amazon
    amazon.server.shutdown()
    amazon.server.server_close()


@pytest.fixture
def amazon(server: Amazon) -> Amazon:
    server.answers.clear()
    server.requests.clear()
    return server


@pytest.fixture
def rates() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def api(amazon: Amazon, rates: list[tuple[str, float]]) -> Api:
    return Api(new_session(), f"{amazon.url}/eu", TOKEN, lambda operation, rate: rates.append((operation, rate)))


@pytest.fixture
def reports(api: Api) -> ReportsApi:
    return ReportsApi(api, new_session())


def envelope(code: str, message: str = "", details: str = "") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message, "details": details}]}


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

    assert (
        amazon.requests[0][1]
        == "/eu/reports/2021-06-30/reports?reportTypes=T&pageSize=100&createdSince=2026-11-23T12%3A00%3A00Z&marketplaceIds=A1%2CA2"
    )
    assert amazon.requests[1][1] == "/eu/reports/2021-06-30/reports?nextToken=more%3D"


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


def test_login(amazon: Amazon) -> None:
    login = LoginWithAmazon(new_session(), f"{amazon.url}/auth/o2/token", lambda: NOW)
    amazon.will(200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "bearer"})
    token = login.refresh(("id", "secret"), "Atzr|r")
    assert (token.value, token.expires_at) == (TOKEN, NOW + timedelta(hours=1))
    assert amazon.requests[0][3] == b"grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=id&client_secret=secret"
    assert amazon.requests[0][2]["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (400, {"error": "invalid_grant", "error_description": "revoked"}, AuthorizationRefused),
        (401, {"error": "invalid_client", "error_description": "Client authentication failed"}, AuthorizationRefused),
        (400, {"error": "temporarily_unavailable"}, TokenEndpointUnavailable),
        (429, {}, TokenEndpointUnavailable),
        (500, b"", TokenEndpointUnavailable),
        (200, {}, TokenEndpointUnavailable),
    ],
)
def test_login_refused_or_unavailable(amazon: Amazon, status: int, answer: Any, error: type[IngestionError]) -> None:
    login = LoginWithAmazon(new_session(), amazon.url, lambda: NOW)
    amazon.will(status, answer)
    with pytest.raises(error) as raised:
        login.refresh(("id", "canary-secret"), "Atzr|canary")
    assert "canary" not in str(raised.value)


def test_destinations_are_made_or_found(amazon: Amazon, api: Api) -> None:
    notifications = NotificationsApi(api, api)
    amazon.will(200, {"payload": {"destinationId": "d1"}})
    assert notifications.ensure_destination("n", "arn:q") == "d1"
    amazon.will(409, envelope("StateConflict"))
    destinations = [
        {"destinationId": name, "resource": {"sqs": {"arn": arn}}}
        for name, arn in (("d0", "arn:other"), ("d1", "arn:q"))
    ]
    amazon.will(200, {"payload": destinations})
    assert notifications.ensure_destination("n", "arn:q") == "d1"
    amazon.will(200, {"payload": {"subscriptionId": "s"}})
    assert notifications.subscribe("d1") is None
    amazon.will(409, envelope("StateConflict"))
    amazon.will(200, {"payload": {"subscriptionId": "s", "destinationId": "d9"}})
    assert notifications.subscribe("d1") == "d9"


def test_no_secret_gets_into_the_log(amazon: Amazon, reports: ReportsApi, caplog: pytest.LogCaptureFixture) -> None:
    """All that the client logs on the way, at every level, through the formatter of the functions."""
    for name in ("urllib3", "requests"):
        caplog.set_level(logging.WARNING, logger=name)  # as handlers.json_logs.set_up has it
    caplog.set_level(logging.DEBUG)
    test_a_document_is_unpacked_once_whatever_the_header_says(amazon, reports, "gzip")
    test_a_dead_url(amazon, reports)
    amazon.requests.clear()
    test_a_restricted_document_has_a_token_of_its_own(amazon, reports)
    amazon.requests.clear()
    test_login(amazon)
    logging.getLogger("careless").error(
        "token %s url https://x?X-Amz-Signature=abc&y=1", TOKEN, extra={"deep": {"token": "Atzr|other"}}
    )
    lines = [JsonFormatter().format(record) for record in caplog.records]

    assert len(lines) > 6
    for line in lines:
        json.loads(line)
        for secret in ("canary", "Atza|", "Atzr|", "Signature=abc", "secret"):
            assert secret not in line
    assert any('"x-amzn-RequestId": "id-1"' in line for line in lines)
