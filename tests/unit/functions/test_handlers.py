"""The functions as Lambda calls them: settings at cold start, event in, answer out, over an emulated AWS and a token
endpoint on the loopback interface.
"""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from adapters.ledger import DynamoLedger
from moto import mock_aws

from tests.unit.functions.fakes import DAILY, notification
from tests.unit.functions.test_adapters import tables

FUNCTIONS = Path(__file__).parents[3] / "functions"
ENVIRONMENT = {
    "LAKE_PREFIX": "lake",
    "LEDGER_TABLE": "ledger",
    "QUOTAS_TABLE": "quotas",
    "RAW_BUCKET": "raw",
    "ARTIFACTS_BUCKET": "artifacts",
    "REPORT_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-report",
    "CURATION_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-curation",
    "NOTIFICATIONS_QUEUE_ARN": "arn:aws:sqs:eu-west-1:123456789012:lake-notifications",
    "ALARMS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:lake-alarms",
    "START_CURATION_FUNCTION": "lake-start-curation",
    "AUTHORIZE_FUNCTION": "lake-authorize",
    "QUOTA_SCALE": "1",
}
NEEDS = {
    "authorize": ["LAKE_PREFIX"],
    "subscribe": ["LAKE_PREFIX", "LEDGER_TABLE", "NOTIFICATIONS_QUEUE_ARN", "AUTHORIZE_FUNCTION"],
    "discover_reports": ["LAKE_PREFIX", "LEDGER_TABLE", "QUOTAS_TABLE", "AUTHORIZE_FUNCTION"],
    "dispatch_reports": ["LAKE_PREFIX", "LEDGER_TABLE", "QUOTAS_TABLE", "REPORT_STATE_MACHINE_ARN"],
    "request_report": ["LEDGER_TABLE", "QUOTAS_TABLE"],
    "receive_notification": ["LEDGER_TABLE"],
    "check_report": ["LEDGER_TABLE", "QUOTAS_TABLE"],
    "fetch_document": ["LEDGER_TABLE", "QUOTAS_TABLE", "RAW_BUCKET"],
    "sweep": ["LEDGER_TABLE", "START_CURATION_FUNCTION", "ALARMS_TOPIC_ARN"],
    "start_curation": ["LEDGER_TABLE", "RAW_BUCKET", "ARTIFACTS_BUCKET", "CURATION_STATE_MACHINE_ARN"],
    "finish_curation": ["LEDGER_TABLE", "ARTIFACTS_BUCKET", "ALARMS_TOPIC_ARN", "START_CURATION_FUNCTION"],
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        **ENVIRONMENT,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    with mock_aws():
        yield tables()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def cold(name: str) -> Any:
    """A handler's module as a new environment imports it."""
    for module in [
        module
        for module in sys.modules
        if module == "handlers" or module.startswith("handlers.") or module == "adapters.aws"
    ]:
        del sys.modules[module]
    return importlib.import_module(f"handlers.{name}").handler


@pytest.mark.parametrize(
    ("function", "variable"), [(function, variable) for function, needs in NEEDS.items() for variable in needs]
)
def test_a_missing_setting_is_told_at_cold_start(
    aws: Any, monkeypatch: pytest.MonkeyPatch, function: str, variable: str
) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(RuntimeError, match=variable):
        cold(function)


def test_a_scale_of_zero_is_refused(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTA_SCALE", "0")
    with pytest.raises(RuntimeError, match="QUOTA_SCALE"):
        cold("check_report")


def test_authorize_reuses_a_good_token_and_returns_none(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    secret = json.dumps({"access_token": "Atza|canary", "expires_at": "2999-01-01T00:00:00Z"})
    boto3.client("secretsmanager").create_secret(Name="lake/accounts/northwind/access-token", SecretString=secret)

    answer = cold("authorize")({"account": "northwind"}, None)

    assert answer == {"expires_at": "2999-01-01T00:00:00Z"}
    assert "canary" not in capsys.readouterr().err


def test_dispatch_takes_the_schedulers_time_if_it_has_one(aws: Any) -> None:
    ssm = boto3.client("ssm")
    marketplaces = [{"id": "A1PA6795UKMFR9", "code": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}]
    account = {
        "account": "northwind",
        "kind": "seller",
        "region": "eu",
        "selling_partner_id": "A3TH9S8BH6GOGM",
        "application": "lake",
    }
    ssm.put_parameter(
        Name="/lake/accounts/northwind",
        Type="SecureString",
        Value=json.dumps(
            account | {"start_date": "2021-06-10", "end_date": "2021-06-12", "marketplaces": marketplaces}
        ),
    )
    ssm.put_parameter(
        Name="/lake/accounts/northwind/sources/daily",
        Type="SecureString",
        Value=json.dumps({"source": "daily", "variants": None}),
    )
    ssm.put_parameter(Name="/lake/reports/daily", Type="SecureString", Value=json.dumps(DAILY))
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    boto3.client("stepfunctions").create_state_machine(
        name="lake-report", definition=definition, roleArn="arn:aws:iam::123456789012:role/x"
    )

    answer = cold("dispatch_reports")({"scheduled_time": "2021-06-14T00:00:00Z"}, None)

    assert answer == {"planned": 2, "started": 2, "postponed": 0, "lost": 0}
    assert [window.key.window for window in DynamoLedger(aws, "ledger").windows("northwind")] == [
        "2021-06-10",
        "2021-06-11",
    ]
    assert (
        len(
            boto3.client("stepfunctions").list_executions(stateMachineArn=ENVIRONMENT["REPORT_STATE_MACHINE_ARN"])[
                "executions"
            ]
        )
        == 2
    )
    by_hand = cold("dispatch_reports")({}, None)
    assert by_hand["planned"] == 1  # now is later: the rest of the account's days are due
    assert cold("dispatch_reports")({"ask_again": {"account": "northwind", "source": "daily"}}, None) == {
        "asked_again": 0
    }


def test_malformed_notifications_come_back_and_the_others_do_not(aws: Any) -> None:
    records = [
        {"messageId": str(number), "body": body} for number, body in enumerate(["not json", notification("1"), "{}"])
    ]

    assert cold("receive_notification")({"Records": records}, None) == {
        "batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]
    }


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
    assert type(raised.value).__name__ == "UnknownRequest"
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["message"], line["error"], line["request"], line["attempt"]) == (
        "failed",
        "UnknownRequest",
        "daily-0000000000000000",
        1,
    )


def test_sweep_looks_around(aws: Any) -> None:
    assert cold("sweep")({}, None) == {"overdue": 0, "failed": 0, "leases_released": 0, "documents_wait": False}
    event = {"detail": {"executionArn": "arn", "name": "daily-0000000000000000-r1-a1", "status": "FAILED"}}
    assert cold("sweep")(event, None) == {"event": "ignored"}


def test_the_functions_import_nothing_that_their_zip_lacks() -> None:
    """Only the standard library, requests and boto3 (part of Lambda's runtime), and quickly: a cold start pays for
    every import.
    """
    names = ", ".join(f"handlers.{name}" for name in NEEDS)
    listing = "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    script = f"import sys; sys.path.insert(0, {str(FUNCTIONS)!r}); import {names}; {listing}"
    environment = {
        **ENVIRONMENT,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert time.perf_counter() - began < 15  # half a second on an idle machine
    forbidden = {
        "pandas",
        "numpy",
        "pyarrow",
        "moto",
        "yaml",
        "jsonschema",
        "aws_lambda_powertools",
        "local_cloud",
        "operations",
        "curation",
    }
    assert not forbidden & set(done.stdout.split())
