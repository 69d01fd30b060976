"""The functions as Lambda calls them: event in, answer out, over an emulated AWS."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

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
        "not_checked": 0,
        "documents_wait": False,
    }
    event = {"detail": {"executionArn": "arn", "name": "daily-0000000000000000-r1-a1", "status": "FAILED"}}
    assert cold("sweep")(event, None) == {"event": "ignored", "documents_wait": False}
