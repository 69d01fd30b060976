from __future__ import annotations

import io
import json
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_cloud import cloud

ROLE = "arn:aws:iam::123456789012:role/test"
ASL = Path(__file__).parents[2] / "terraform" / "state_machines"
FUNCTIONS = ("authorize", "request_report", "check_report", "fetch_document", "finish_curation")
RETRY = [
    {
        "ErrorEquals": ["SellingPartnerUnavailable", "TokenEndpointUnavailable", "Lambda.ServiceException"],
        "IntervalSeconds": 1,
        "BackoffRate": 1,
        "MaxAttempts": 2,
        "MaxDelaySeconds": 1,
        "JitterStrategy": "FULL",
    }
]


class Machines:
    """The two state machines as Terraform renders them, over scripted functions."""

    def __init__(self, endpoints: cloud.Endpoints) -> None:
        self.endpoints = endpoints
        for service in ("dynamodb", "iam", "lambda", "stepfunctions"):
            setattr(self, service, self._client(service))
        services = [f"{service}.amazonaws.com" for service in ("lambda", "states", "glue")]
        trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        name = ROLE.rpartition("/")[2]
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        self.iam.put_role_policy(
            RoleName=name, PolicyName="all", PolicyDocument=json.dumps({"Statement": [everything]})
        )
        self.dynamodb.create_table(
            TableName="script",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.write(Path(__file__).with_name("stub.py"), "stub.py")
        variables = {
            "partition": "aws",
            "retry": json.dumps(RETRY),
            "execution_timeout_seconds": "120",
            "job_timeout_seconds": "60",
            "job_name": "no-such-job",
        }
        for name in FUNCTIONS:
            made = getattr(self, "lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=ROLE,
                Handler="stub.handler",
                Code={"ZipFile": package.getvalue()},
                Timeout=30,
            )
            variables[f"{name}_arn"] = made["FunctionArn"]
        self.arns = {}
        for name in ("report", "curation"):
            text = (ASL / f"{name}.asl.json").read_text()
            for variable, value in variables.items():
                text = text.replace("${" + variable + "}", value)
            assert "${" not in text
            self.arns[name] = self.stepfunctions.create_state_machine(name=name, definition=text, roleArn=ROLE)[
                "stateMachineArn"
            ]

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoints.aws,
            region_name=self.endpoints.region,
            aws_access_key_id=cloud.environment(self.endpoints)["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=cloud.environment(self.endpoints)["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 0}),
        )

    def script(self, function: str, subject: str, *steps: dict[str, Any]) -> None:
        self.dynamodb.put_item(
            TableName="script",
            Item={"pk": {"S": f"{function}#{subject}"}, "steps": {"S": json.dumps(steps)}, "calls": {"N": "0"}},
        )

    def calls(self, function: str, subject: str) -> list[dict[str, Any]]:
        item = (
            self.dynamodb.get_item(
                TableName="script", Key={"pk": {"S": f"{function}#{subject}"}}, ConsistentRead=True
            ).get("Item")
            or {}
        )
        return [json.loads(event["S"]) for event in item.get("events", {"L": []})["L"]]

    def start(self, machine: str, data: dict[str, Any], name: str) -> str:
        return self.stepfunctions.start_execution(
            stateMachineArn=self.arns[machine], input=json.dumps(data), name=name
        )["executionArn"]

    def report(self, subject: str, **changes: Any) -> str:
        """Start an execution whose request and account are both named like the test."""
        usual = {
            "request": subject,
            "revision": 1,
            "attempt": 1,
            "account": subject,
            "source": "daily",
            "polled": False,
        }
        usual |= {"deadline_seconds": 20, "poll_seconds": 1}
        return self.start("report", usual | changes, subject)

    def end(self, arn: str, seconds: float = 40) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            execution: dict[str, Any] = self.stepfunctions.describe_execution(executionArn=arn)
            if execution["status"] != "RUNNING":
                return execution
            time.sleep(0.1)
        raise AssertionError(f"{arn} still runs")

    def states(self, arn: str) -> list[str]:
        events = self.stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    def history(self, arn: str) -> str:
        return json.dumps(
            self.stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"], default=str
        )


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    folder = Path(tempfile.mkdtemp(prefix="state-machines-"))
    try:
        yield Machines(cloud.start(folder))
    finally:
        cloud.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
