"""What is wrong is refused by name, and nothing is lost."""

import json

from tests.end_to_end import world
from tests.end_to_end.conftest import Interruption, LakeUnderTest, wait_until


def test_a_wrong_refresh_token_is_refused_with_cause_and_remedy(registered: LakeUnderTest) -> None:
    done = registered.command("account", "add", "refused", "--json", typed="Atzr|canary-of-nobody")
    assert done.returncode == 1
    assert "invalid_grant" in done.stderr
    assert "authorise the application again" in done.stderr
    assert "canary" not in done.stderr + done.stdout
    assert done.stderr.count("\n") == 1


def test_an_unknown_account_is_named_with_the_known_ones(registered: LakeUnderTest) -> None:
    done = registered.command("account", "add", "nobody", typed="Atzr|x")
    assert done.returncode == 1
    assert f"nobody is not configured (configured: {', '.join(sorted(registered.accounts))})" in done.stderr


def test_an_account_without_credentials_waits_and_nothing_of_it_is_started(interrupted: Interruption) -> None:
    lake = interrupted.lake
    client = lake.location.client("stepfunctions")
    described = (client.describe_execution(executionArn=entry["executionArn"]) for entry in lake.executions("report"))
    assert not [entry for entry in described if json.loads(entry["input"])["account"] == "refused"]
    [row] = lake.coverage(world.LATER, "refused")
    assert (row.expected, row.complete, len(row.missing)) == (2, 0, 2)
    assert {window.why for window in row.missing} == {"waits for credentials: lake account add refused"}
    assert row.waits == "no credentials were stored yet"


def test_a_malformed_message_ends_in_the_dead_letter_queue(registered: LakeUnderTest) -> None:
    client = registered.location.client("sqs")
    queue, dead = (
        registered.location.outputs["queue_urls"]["notifications"],
        registered.location.outputs["queue_urls"]["notifications_dlq"],
    )
    # The five deliveries of a message are half an hour apart in all; here they need not be.
    before = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"][
        "VisibilityTimeout"
    ]
    client.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    try:
        client.send_message(QueueUrl=queue, MessageBody="this is no notification")
        message = wait_until(
            lambda: client.receive_message(QueueUrl=dead, WaitTimeSeconds=1).get("Messages"),
            lambda: "the message is not in the dead-letter queue",
            patience=60,
        )
    finally:
        client.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": before})
    assert [entry["Body"] for entry in message] == ["this is no notification"]


def test_sql_that_is_wrong_says_what_athena_says(registered: LakeUnderTest) -> None:
    done = registered.command("query", "SELECT * FROM no_such_table")
    assert done.returncode == 1
    assert "no_such_table" in done.stderr
    assert done.stderr.count("\n") == 1
