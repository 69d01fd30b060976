"""Destinations, subscriptions, and the message that a report has ended."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema
import pytest

from local_cloud.selling_partner.accounts import DEFAULT_FILE
from local_cloud.selling_partner.delivery import SqsCourier

GERMANY, AMERICA = "A1PA6795UKMFR9", "ATVPDKIKX0DER"
BASE = "/notifications/v1"
SUBSCRIPTION = f"{BASE}/subscriptions/REPORT_PROCESSING_FINISHED"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:notifications"
DESTINATION = {"name": "lake", "resourceSpecification": {"sqs": {"arn": QUEUE}}}


def test_destinations(client: Any) -> None:
    made = client.call(None, "POST", f"{BASE}/destinations", json=DESTINATION)
    assert made.status_code == 200
    destination = made.json()["payload"]
    assert destination == {
        "name": "lake",
        "resource": {"sqs": {"arn": QUEUE}},
        "destinationId": destination["destinationId"],
    }
    again = client.call(None, "POST", f"{BASE}/destinations", json=DESTINATION)
    assert again.status_code == 409
    assert client.call(None, "GET", f"{BASE}/destinations").json() == {"payload": [destination]}
    assert client.call(None, "GET", f"{BASE}/destinations/{destination['destinationId']}").json() == {
        "payload": destination
    }
    assert client.call(None, "DELETE", f"{BASE}/destinations/{destination['destinationId']}").json() == {}
    assert client.call(None, "GET", f"{BASE}/destinations/{destination['destinationId']}").status_code == 404


def test_bad_destinations(client: Any) -> None:
    for resource in (
        {},
        {"sqs": {"arn": "arn:aws-cn:sqs:x:y:z"}},
        {"sqs": {"arn": QUEUE}, "eventBridge": {"accountId": "1", "region": "eu-west-1"}},
    ):
        body = {"name": "lake", "resourceSpecification": resource}
        assert client.call(None, "POST", f"{BASE}/destinations", json=body).status_code == 400


def test_subscriptions(client: Any) -> None:
    ids = client.subscribe("northwind")
    body = {"payloadVersion": "1.0", "destinationId": ids["destination"]}
    again = client.call("northwind", "POST", SUBSCRIPTION, json=body)
    assert again.status_code == 409
    assert again.json()["errors"][0] == {
        "code": "StateConflict",
        "message": "The resource specified conflicts with the current state.",
        "details": "Subscription already exist for notification type REPORT_PROCESSING_FINISHED",
    }
    shown = {"payload": {"subscriptionId": ids["subscription"], **body}}
    assert client.call("northwind", "GET", SUBSCRIPTION).json() == shown
    assert client.call(None, "GET", f"{SUBSCRIPTION}/{ids['subscription']}").json() == shown
    listed = client.call(
        "northwind", "GET", f"{BASE}/subscriptions", params={"notificationTypes": "REPORT_PROCESSING_FINISHED"}
    )
    assert listed.json() == {"payload": {"subscriptions": [shown["payload"]]}}
    assert client.call(None, "DELETE", f"{BASE}/destinations/{ids['destination']}").status_code == 409
    assert client.call(None, "DELETE", f"{SUBSCRIPTION}/{ids['subscription']}").status_code == 200
    assert client.call("northwind", "GET", SUBSCRIPTION).status_code == 404


def test_each_operation_has_its_kind_of_token(client: Any) -> None:
    for account, method, path in (
        ("northwind", "GET", f"{BASE}/destinations"),
        ("northwind", "POST", f"{BASE}/destinations"),
        ("northwind", "GET", f"{SUBSCRIPTION}/1"),
        (None, "GET", SUBSCRIPTION),
        (None, "POST", SUBSCRIPTION),
        (None, "GET", "/reports/2021-06-30/reports/1"),
    ):
        assert client.call(account, method, path, **({"json": {}} if method == "POST" else {})).status_code == 403


def test_an_account_that_may_not_subscribe(client: Any) -> None:
    made = client.call(None, "POST", f"{BASE}/destinations", json=DESTINATION).json()["payload"]
    answer = client.call(
        "contoso", "POST", SUBSCRIPTION, json={"payloadVersion": "1.0", "destinationId": made["destinationId"]}
    )
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "Unauthorized"


def test_bad_subscriptions(client: Any) -> None:
    made = client.call(None, "POST", f"{BASE}/destinations", json=DESTINATION).json()["payload"]
    good = {"payloadVersion": "1.0", "destinationId": made["destinationId"]}
    directive = {"processingDirective": {"eventFilter": {"eventFilterType": "ANY_OFFER_CHANGED"}}}
    for path, body, status in (
        (f"{BASE}/subscriptions/NOTHING", good, 400),
        (SUBSCRIPTION, {"payloadVersion": "1.0"}, 400),
        (SUBSCRIPTION, {**good, "payloadVersion": "2.0"}, 400),
        (SUBSCRIPTION, {**good, **directive}, 400),
        (SUBSCRIPTION, {**good, "destinationId": "other"}, 404),
    ):
        assert client.call("northwind", "POST", path, json=body).status_code == status


def test_a_finished_report_is_announced_in_the_official_shape(client: Any, official_schema: Any) -> None:
    client.subscribe("northwind")
    report = client.ask("northwind", "GET_SALES_AND_TRAFFIC_REPORT", GERMANY, "2026-03-10", "2026-03-10")
    queue, message = client.messages(1)[0]
    jsonschema.validate(message, official_schema("ReportProcessingFinishedNotification"))
    assert queue == QUEUE
    assert message["payload"] == {
        "reportProcessingFinishedNotification": {
            "sellerId": "A3TH9S8BH6GOGM",
            "accountId": "amzn1.merchant.o.A3TH9S8BH6GOGM",
            "reportId": report["reportId"],
            "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
            "processingStatus": "DONE",
            "reportDocumentId": report["reportDocumentId"],
        }
    }
    assert message["eventTime"].endswith("Z")


def test_a_vendor_has_no_seller_id_and_no_data_no_document(start: Any, tmp_path: Any, official_schema: Any) -> None:
    accounts = json.loads(DEFAULT_FILE.read_text(encoding="utf-8"))
    accounts["accounts"][1]["may_subscribe"] = True
    (tmp_path / "accounts.json").write_text(json.dumps(accounts))
    client = start(accounts=tmp_path / "accounts.json")
    client.subscribe("contoso")
    options = {"reportPeriod": "DAY", "distributorView": "MANUFACTURING", "sellingProgram": "RETAIL"}
    report = client.create("contoso", "GET_VENDOR_SALES_REPORT", AMERICA, "2026-03-10", "2026-03-10", **options).json()
    client.call("contoso", "DELETE", f"/reports/2021-06-30/reports/{report['reportId']}")
    message = client.messages(1)[0][1]
    jsonschema.validate(message, official_schema("ReportProcessingFinishedNotification"))
    assert message["payload"]["reportProcessingFinishedNotification"] == {
        "accountId": "amzn1.vg.6213651",
        "reportId": report["reportId"],
        "reportType": "GET_VENDOR_SALES_REPORT",
        "processingStatus": "CANCELLED",
    }


def test_some_messages_come_twice_and_are_then_equal(client: Any) -> None:
    client.subscribe("northwind")
    made = []
    for number in range(45):
        start_day, end_day = (
            f"2026-02-{number // 2 + 1:02d}T{number % 2}0:00:00Z",
            f"2026-02-{number // 2 + 1:02d}T{number % 2}0:10:00Z",
        )
        made.append(
            client.create(
                "northwind", "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL", GERMANY, start_day, end_day
            ).json()["reportId"]
        )
    client.advance(seconds=30)
    for report_id in made:
        client.wait_for("northwind", report_id, "IN_PROGRESS")
    client.advance(seconds=120)
    for report_id in made:
        client.wait_for("northwind", report_id, "DONE", "CANCELLED")
    messages = [json.dumps(message, sort_keys=True) for _, message in client.messages(46)]
    assert len(set(messages)) == 45
    assert 45 < len(messages) < 56


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """A queue service that is out of order for its first request."""
    seen: list[dict[str, Any]] = []
    failures = [503]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            action = self.headers["X-Amz-Target"].split(".")[1]
            seen.append({"action": action, **body})
            answer = (
                {"QueueUrl": "http://127.0.0.1/queue"}
                if action == "GetQueueUrl"
                else {"MessageId": "1", "MD5OfMessageBody": ""}
            )
            content = json.dumps(answer).encode()
            self.send_response(failures.pop() if failures else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_CONFIG_FILE", os.devnull),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        "botocore.httpchecksum.resolve_response_checksum_algorithms", lambda *_, **__: None, raising=False
    )
    yield seen
    server.shutdown()
    server.server_close()


def test_the_courier_finds_the_queue_of_the_arn_and_tries_again(
    sqs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_cloud.selling_partner.delivery._PAUSES", (0.01, 0.01, 0.01))
    courier = SqsCourier()
    courier.send(QUEUE, {"hello": "world"})
    courier.stop()
    assert [entry["action"] for entry in sqs] == ["GetQueueUrl", "GetQueueUrl", "SendMessage"]
    assert sqs[0]["QueueName"] == "notifications"
    assert sqs[0]["QueueOwnerAWSAccountId"] == "123456789012"
    sent = sqs[-1]
    assert (sent["action"], json.loads(sent["MessageBody"])) == ("SendMessage", {"hello": "world"})
