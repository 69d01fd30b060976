"""A simulator on a free loopback port, and a client that speaks its HTTP."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from local_cloud.selling_partner.server import Server
from local_cloud.selling_partner.simulator import Options, Simulator

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "amazon_schemas"
NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
GERMANY, BRITAIN, AMERICA = "A1PA6795UKMFR9", "A1F83G8C2ARO7P", "ATVPDKIKX0DER"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:notifications"


class Recorder:
    """Stands for SQS."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def send(self, queue_arn: str, message: dict[str, Any]) -> None:
        self.messages.append((queue_arn, message))


class Client:
    def __init__(self, options: Options) -> None:
        self.courier = Recorder()
        self.simulator = Simulator(options, self.courier)
        self.server = Server(self.simulator)
        self.url = self.server.url
        self.session = requests.Session()
        self._thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self._tokens: dict[str, str] = {}

    def stop(self) -> None:
        self.session.close()
        self.server.shutdown()
        self.server.server_close()
        self.simulator.stop()

    def login(self, **form: str) -> requests.Response:
        application = next(iter(self.simulator.directory.applications.values()))
        return self.session.post(
            f"{self.url}/auth/o2/token",
            data={"client_id": application.client_id, "client_secret": application.client_secret, **form},
        )

    def token(self, account: str | None) -> str:
        key = account or ""
        if key not in self._tokens:
            if account is None:
                answer = self.login(grant_type="client_credentials", scope="sellingpartnerapi::notifications")
            else:
                answer = self.login(
                    grant_type="refresh_token", refresh_token=self.simulator.directory.accounts[account].refresh_token
                )
            self._tokens[key] = answer.json()["access_token"]
        return self._tokens[key]

    def call(
        self, account: str | None, method: str, path: str, *, region: str | None = None, **more: Any
    ) -> requests.Response:
        region = region or (self.simulator.directory.accounts[account].region if account else "eu")
        headers = {"x-amz-access-token": self.token(account), **more.pop("headers", {})}
        return self.session.request(method, f"{self.url}/{region}{path}", headers=headers, **more)

    def create(
        self,
        account: str,
        report_type: str,
        marketplace: str,
        start: str | None = None,
        end: str | None = None,
        **options: str,
    ) -> requests.Response:
        body: dict[str, Any] = {"reportType": report_type, "marketplaceIds": [marketplace]}
        if options:
            body["reportOptions"] = options
        for name, day in (("dataStartTime", start), ("dataEndTime", end)):
            if day:
                body[name] = day if "T" in day else f"{day}T00:00:00Z"
        return self.call(account, "POST", "/reports/2021-06-30/reports", json=body)

    def advance(self, **by: float) -> None:
        self.simulator.clock.advance(timedelta(**by))

    def report(self, account: str, report_id: str) -> dict[str, Any]:
        return dict(self.call(account, "GET", f"/reports/2021-06-30/reports/{report_id}").json())

    def wait_for(self, account: str, report_id: str, *statuses: str) -> dict[str, Any]:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            report = self.report(account, report_id)
            if "errors" in report:  # real usage plans: wait for the next request
                assert report["errors"][0]["code"] == "QuotaExceeded", report
                self.advance(seconds=1)
            elif report["processingStatus"] in statuses:
                return report
            time.sleep(0.005)
        raise AssertionError(report)

    def finish(self, account: str, report_id: str) -> dict[str, Any]:
        """Push the clock past the report's processing."""
        self.advance(seconds=30)
        self.wait_for(account, report_id, "IN_PROGRESS", "CANCELLED")
        self.advance(seconds=120)
        return self.wait_for(account, report_id, "DONE", "CANCELLED", "FATAL")

    def ask(
        self,
        account: str,
        report_type: str,
        marketplace: str,
        start: str | None = None,
        end: str | None = None,
        **options: str,
    ) -> dict[str, Any]:
        answer = self.create(account, report_type, marketplace, start, end, **options)
        assert answer.status_code == 202, answer.text
        return self.finish(account, answer.json()["reportId"])

    def document_url(self, account: str, report: dict[str, Any], **query: str) -> str:
        answer = self.call(account, "GET", f"/reports/2021-06-30/documents/{report['reportDocumentId']}", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["compressionAlgorithm"] == "GZIP"
        return str(answer.json()["url"])

    def content(self, account: str, report: dict[str, Any]) -> bytes:
        answer = requests.get(self.document_url(account, report))
        assert answer.status_code == 200, answer.text
        return gzip.decompress(answer.content)

    def explanation(self, account: str, report: dict[str, Any]) -> str:
        return str(json.loads(self.content(account, report))["errorDetails"])

    def messages(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        """Return what was sent, once it is at least `count` messages: they follow the final status by a moment."""
        deadline = time.monotonic() + 5
        while len(self.courier.messages) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.courier.messages) >= count
        return self.courier.messages

    def subscribe(self, account: str) -> dict[str, str]:
        body = {"name": "lake", "resourceSpecification": {"sqs": {"arn": QUEUE}}}
        destination = self.call(None, "POST", "/notifications/v1/destinations", json=body).json()["payload"]
        subscription = {"payloadVersion": "1.0", "destinationId": destination["destinationId"]}
        answer = self.call(
            account, "POST", "/notifications/v1/subscriptions/REPORT_PROCESSING_FINISHED", json=subscription
        )
        assert answer.status_code == 200, answer.text
        return {"destination": destination["destinationId"], "subscription": answer.json()["payload"]["subscriptionId"]}


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(**options: Any) -> Client:
        client = Client(Options(**{"clock_start": NOW, "quota_scale": 1000.0, **options}))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.stop()


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    return start()


@pytest.fixture
def official_schema() -> Callable[[str], dict[str, Any]]:
    return lambda name: dict(json.loads((OFFICIAL / f"{name}.json").read_text(encoding="utf-8")))
