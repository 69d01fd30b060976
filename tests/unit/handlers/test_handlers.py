"""The functions as Lambda calls them: event in, answer out, over an emulated AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from adapters.functions import Functions
from adapters.ledger import DynamoLedger
from adapters.ledger_codec import encode
from ingestion.identity import AttemptKey, LineKey, WindowKey
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.reports import ReportOwner

from tests.unit.fakes.amazon import notification
from tests.unit.handlers.environment import cold


def test_authorize_reuses_a_good_token_and_returns_none(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    secret = json.dumps({"access_token": "Atza|canary", "expires_at": "2999-01-01T00:00:00Z"})
    boto3.client("secretsmanager").create_secret(Name="lake/accounts/northwind/access-token", SecretString=secret)

    answer = cold("authorize")({"account": "northwind"}, None)

    assert answer == {"expires_at": "2999-01-01T00:00:00Z"}
    assert "canary" not in capsys.readouterr().err


def test_malformed_notifications_come_back_and_the_others_do_not(aws: Any) -> None:
    records = [
        {"messageId": str(number), "body": body} for number, body in enumerate(["not json", notification("1"), "{}"])
    ]

    assert cold("receive_notification")({"Records": records}, None) == {
        "batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]
    }


def test_notifications_that_the_ledger_cannot_take_come_back(aws: Any) -> None:
    receive = cold("receive_notification")
    aws.delete_table(TableName="ledger")
    records = [{"messageId": "0", "body": notification("1")}]
    assert receive({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_sidecars_that_cannot_be_understood_come_back(aws: Any) -> None:
    boto3.client("s3").create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    key = "raw/reports/T/account=a/marketplace=DE/window=w/1.json"
    bodies = [
        "not json",
        json.dumps({"detail": {"object": {"key": "elsewhere.json"}}}),
        json.dumps({"detail": {"object": {"key": key}}}),
    ]
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]

    answer = cold("start_curation")({"Records": records}, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": number} for number in "012"], "run_id": None}


def test_failures_keep_their_names(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="the ledger has no attempt") as raised:
        cold("check_report")({"request": "daily-0000000000000000", "revision": 1, "attempt": 1}, None)
    assert type(raised.value).__name__ == "AttemptNotFound"
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["message"], line["error"], line["request"], line["attempt"]) == (
        "failed",
        "AttemptNotFound",
        "daily-0000000000000000",
        1,
    )


def test_sweep_looks_around(aws: Any) -> None:
    assert cold("sweep")({}, None) == {
        "overdue": 0,
        "failed": 0,
        "leases_released": 0,
        "documents_waiting": 0,
        "oldest_document_seconds": 0,
        "not_checked": 0,
        "documents_wait": False,
    }
    event = {"detail": {"executionArn": "arn", "name": "daily-0000000000000000-r1-a1", "status": "FAILED"}}
    assert cold("sweep")(event, None) == {"event": "ignored", "documents_wait": False}


def test_a_notification_about_a_damaged_item_comes_back_alone(aws: Any) -> None:
    ledger = DynamoLedger(aws, "ledger")
    ledger.save(LedgerAccount(account="northwind", selling_partner_id="A3TH9S8BH6GOGM", kind="seller", region="eu"))
    key = AttemptKey(request="daily-0123456789abcdef", revision=1, attempt=1)
    owner = encode(ReportOwner(selling_partner_id="A3TH9S8BH6GOGM", report_id="1", attempt=key))
    aws.put_item(TableName="ledger", Item=owner | {"attempt": {"S": "none"}})
    records = [{"messageId": str(number), "body": notification(str(number))} for number in (1, 2)]
    assert cold("receive_notification")({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_sidecar_about_a_damaged_item_comes_back_alone(aws: Any) -> None:
    line = LineKey(account="a", source="daily", variant="v", marketplace="DE")
    for report_id in ("1", "2"):
        document = LedgerDocument(
            account="a",
            report_id=report_id,
            window_key=WindowKey(line=line, window="w"),
            report_time=datetime(2026, 11, 20, tzinfo=UTC),
            record="{}",
        )
        damaged = {"state": {"S": "unknown"}} if report_id == "1" else {}
        aws.put_item(TableName="ledger", Item=encode(document) | damaged)
    keys = [f"raw/reports/T/account=a/marketplace=DE/window=w/{report_id}.json" for report_id in ("1", "2")]
    records = [
        {"messageId": str(number), "body": json.dumps({"detail": {"object": {"key": key}}})}
        for number, key in enumerate(keys)
    ]
    answer = cold("start_curation")({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}], "run_id": None}


def test_the_next_run_is_looked_for_although_a_result_cannot_be_recorded(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    results = {"documents": [{"account": "a", "report_id": "1", "outcome": "no such outcome"}]}
    boto3.client("s3").put_object(Bucket="artifacts", Key="curation/run/results.json", Body=json.dumps(results))
    asked: list[Any] = []
    handler = cold("finish_curation")
    monkeypatch.setattr(Functions, "invoke_later", lambda _, name, event: asked.append((name, event)))
    with pytest.raises(Exception, match="report 1 of a: ValueError") as raised:
        handler({"run_id": "run", "results": "s3://artifacts/curation/run/results.json"}, None)
    assert type(raised.value).__name__ == "RoundFailed"
    assert asked == [("lake-start-curation", {})]
