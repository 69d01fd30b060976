"""`lake doctor` on a deployed lake: first of the end-to-end tests, while nothing has been made to fail yet."""

import json
from typing import Any

from tests.end_to_end.conftest import LakeUnderTest


def examined(lake: LakeUnderTest, *options: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit status of `lake doctor` and its findings by check."""
    done = lake.command("doctor", "--json", *options)
    assert done.stdout, done.stderr
    by_check: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        by_check.setdefault(finding["check"], []).append(finding)
    return done.returncode, by_check


def test_a_new_lake_is_healthy_and_says_what_it_waits_for(registered: LakeUnderTest) -> None:
    status, found = examined(registered)
    assert status == 0, found
    unfinished = {(one["check"], one["said"]) for all_ in found.values() for one in all_ if one["verdict"] == "warning"}
    assert unfinished == {
        ("schedules", "all schedules are disabled: nothing is requested"),
        ("secrets", "refused waits for credentials"),
        ("accounts", "refused was never authorised"),
        ("databases", f"{registered.location.curated_database} has no tables yet"),
        ("databases", f"{registered.location.operations_database} has no tables yet"),
        ("runs", "no curation run yet"),
    }


def test_what_is_broken_is_found(registered: LakeUnderTest) -> None:
    sqs, functions = registered.location.client("sqs"), registered.location.client("lambda")
    dead = registered.location.outputs["queue_urls"]["failed_invocations"]
    name = registered.location.outputs["functions"]["start_curation"]
    [mapping] = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    sqs.send_message(QueueUrl=dead, MessageBody="a failed invocation")
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        status, found = examined(registered, "--only", "queues", "--only", "consumers")
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
        sqs.purge_queue(QueueUrl=dead)
    assert status == 1
    assert found["queues"][0]["said"] == "1 message in the dead-letter queue failed_invocations"
    assert "does not poll its queue" in found["consumers"][0]["said"]
    assert examined(registered, "--only", "queues", "--only", "consumers")[0] == 0


def test_the_analyst_role_reads_the_tables_once_there_are_any(first_documents: LakeUnderTest) -> None:
    _, found = examined(first_documents, "--only", "databases", "--only", "runs", "--only", "analyst")
    assert {one["verdict"] for all_ in found.values() for one in all_} == {"ok"}, found
    assert "the analyst role counts" in found["analyst"][0]["said"]
