"""discover_reports as Lambda calls it, over an emulated AWS and a Selling Partner API on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from adapters.functions import Functions
from adapters.ledger import DynamoLedger
from ingestion.ledger.accounts import LedgerAccount

from tests.unit.handlers.environment import cold
from tests.unit.ingestion.windows.test_discovering import CONTRACT, TYPE

REPORT = {
    "reportId": "71",
    "reportType": TYPE,
    "processingStatus": "DONE",
    "reportDocumentId": "document",
    "createdTime": "2026-11-20T08:00:00+00:00",
    "dataStartTime": "2026-11-06T08:00:00+00:00",
    "dataEndTime": "2026-11-20T08:00:00+00:00",
    "marketplaceIds": ["A1PA6795UKMFR9"],
}


class ListOfReports(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"reports": [REPORT]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), ListOfReports)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/eu"
    server.shutdown()
    thread.join()
    server.server_close()


def test_authorize_is_asked_and_the_report_is_in_the_ledger(
    aws: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = {
        "/lake/regions/eu": {"endpoint": endpoint, "token_endpoint": endpoint, "document_hosts": []},
        "/lake/accounts/northwind": {
            "account": "northwind",
            "kind": "seller",
            "region": "eu",
            "selling_partner_id": "A3TH9S8BH6GOGM",
            "application": "lake",
            "start_date": "2026-01-01",
            "marketplaces": [{"id": "A1PA6795UKMFR9", "code": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}],
        },
        "/lake/accounts/northwind/sources/deposits": {
            "source": "deposits",
            "variants": None,
            "start_date": "2026-11-01",
        },
        "/lake/reports/deposits": CONTRACT,
    }
    for name, value in parameters.items():
        boto3.client("ssm").put_parameter(Name=name, Type="SecureString", Value=json.dumps(value))
    secret = json.dumps({"access_token": "Atza|canary", "expires_at": "2999-01-01T00:00:00Z"})
    boto3.client("secretsmanager").create_secret(Name="lake/accounts/northwind/access-token", SecretString=secret)
    ledger = DynamoLedger(aws, "ledger")
    ledger.save(LedgerAccount(account="northwind", selling_partner_id="A3TH9S8BH6GOGM", kind="seller", region="eu"))
    asked: list[Any] = []
    handler = cold("discover_reports")
    monkeypatch.setattr(Functions, "invoke", lambda _, name, event: asked.append((name, event)))

    assert handler({}, None) == {"looked": 1, "adopted": 1, "failed": 0}
    assert asked == [("lake-authorize", {"account": "northwind", "force": False})]
    [window] = DynamoLedger(aws, "ledger").windows("northwind")
    assert window.adopted is not None
    assert (window.key.window, window.adopted.marketplace_ids) == ("2026-11-06--2026-11-20--71", ("A1PA6795UKMFR9",))
    assert handler({}, None) == {"looked": 0, "adopted": 0, "failed": 0}
    # Told another time, it looks as of then: six hours later the list is due again.
    late = (datetime.now(UTC) + timedelta(hours=7)).isoformat()
    assert handler({"scheduled_time": late}, None) == {"looked": 1, "adopted": 0, "failed": 0}
