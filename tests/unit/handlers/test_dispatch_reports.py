from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from adapters.ledger import DynamoLedger

from tests.unit.fakes.configuration import DAILY
from tests.unit.handlers.environment import ENVIRONMENT, cold


def test_dispatch_takes_the_schedulers_time_if_there_is_one_and_refuses_what_is_none(aws: Any) -> None:
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

    nothing = {
        "due": 0,
        "oldest_due_seconds": 0,
        "planned": 0,
        "started": 0,
        "postponed": 0,
        "lost": 0,
        "waiting": 0,
        "failed": 0,
    }
    before = cold("dispatch_reports")({"scheduled_time": "2021-06-14T00:00:00Z"}, None)
    assert before == nothing | {"waiting": 1}
    [known] = DynamoLedger(aws, "ledger").accounts()
    DynamoLedger(aws, "ledger").save(replace(known, credentials_missing=None))

    answer = cold("dispatch_reports")({"scheduled_time": "2021-06-14T00:00:00Z"}, None)

    assert answer == nothing | {"due": 2, "planned": 2, "started": 2}
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
    now = cold("dispatch_reports")({}, None)
    assert now["planned"] == 1  # now is later: the rest of the account's days are due
    with pytest.raises(ValueError, match="scheduler"):
        cold("dispatch_reports")({"scheduled_time": "<aws.scheduler.scheduled-time>"}, None)
    assert cold("dispatch_reports")({"ask_again": {"account": "northwind", "source": "daily"}}, None) == {
        "asked_again": 0
    }
