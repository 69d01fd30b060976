"""No token, secret or signed URL in any log, execution history or stored record.

Runs when all the others have left their traces.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end import world
from tests.end_to_end.conftest import Interruption, LakeUnderTest

MARKS = {
    "a refresh token": "Atzr|",
    "an access token": "Atza|",
    "a grantless token": "Atc|",
    "a signed URL": "X-Amz-Signature",
    "a URL's expiry": "X-Amz-Expires",
}


@pytest.fixture(scope="module")
def used_lake(interrupted: Interruption) -> LakeUnderTest:
    return interrupted.lake


@pytest.fixture(scope="module")
def canaries(used_lake: LakeUnderTest) -> dict[str, str]:
    """Everything that must not be seen, by what it is."""
    client = used_lake.location.client("secretsmanager")
    found = {"the client secret": world.CLIENT_SECRET, **MARKS}
    for account in used_lake.accounts.values():
        found[f"the refresh token of {account.name}"] = account.refresh_token
        if account.name != "refused":
            value = client.get_secret_value(
                SecretId=f"{used_lake.location.prefix}/accounts/{account.name}/access-token"
            )["SecretString"]
            found[f"the access token of {account.name}"] = json.loads(value)["access_token"]
    return found


def seen(text: str, canaries: dict[str, str]) -> list[str]:
    return [what for what, canary in canaries.items() if canary in text]


def test_not_in_cloudwatch_logs(used_lake: LakeUnderTest, canaries: dict[str, str]) -> None:
    events = list(_log_events(used_lake))
    assert len(events) > 100, "the functions log nothing: the test proves nothing"
    assert {(group, what) for group, message in events for what in seen(message, canaries)} == set()


def _log_events(lake: LakeUnderTest) -> Iterator[tuple[str, str]]:
    client = lake.location.client("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            for events in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield from ((group["logGroupName"], event["message"]) for event in events["events"])


@pytest.mark.parametrize("machine", ["report", "curation"])
def test_not_in_an_execution_history(used_lake: LakeUnderTest, canaries: dict[str, str], machine: str) -> None:
    client = used_lake.location.client("stepfunctions")
    executions = used_lake.executions(machine)
    assert executions
    for entry in executions:
        pages = client.get_paginator("get_execution_history").paginate(
            executionArn=entry["executionArn"], includeExecutionData=True
        )
        history = json.dumps([page["events"] for page in pages], default=str)
        assert seen(history, canaries) == [], entry["name"]


def test_not_in_a_component_log(used_lake: LakeUnderTest, canaries: dict[str, str]) -> None:
    logs = [path for path in used_lake.local.logs.rglob("*") if path.is_file()]
    assert {path.name for path in logs} >= {"ministack.log", "moto.log", "selling_partner.log", "terraform.log"}
    assert {(path.name, what) for path in logs for what in seen(path.read_text(errors="replace"), canaries)} == set()


def test_not_in_the_ledger(used_lake: LakeUnderTest, canaries: dict[str, str]) -> None:
    items: list[Any] = []
    for table in used_lake.location.outputs["tables"].values():
        for page in used_lake.location.client("dynamodb").get_paginator("scan").paginate(TableName=table):
            items += page["Items"]
    assert items
    assert seen(json.dumps(items, default=str), canaries) == []


def test_not_beside_a_document(used_lake: LakeUnderTest, canaries: dict[str, str]) -> None:
    client, bucket = used_lake.location.client("s3"), used_lake.location.bucket("raw")
    keys = [
        entry["Key"]
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for entry in page.get("Contents", [])
    ]
    sidecars = [key for key in keys if key.endswith(".json")]
    assert sidecars
    assert {
        (key, what)
        for key in sidecars
        for what in seen(client.get_object(Bucket=bucket, Key=key)["Body"].read().decode(), canaries)
    } == set()
