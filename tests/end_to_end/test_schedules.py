"""The schedules, which the other tests keep switched off: they invoke their functions with their own role."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest, wait_until


@pytest.fixture(scope="module")
def scheduled(every_report: LakeUnderTest) -> LakeUnderTest:
    """Every schedule but that of discover_reports, which sends no time, was due once in the tests' world."""
    lake = every_report
    scheduler = lake.location.client("scheduler")
    functions = [lake.location.named(name) for name in ("dispatch-reports", "subscribe", "sweep")]
    before = {name: invocations(lake, name) for name in functions}
    kept = [scheduler.get_schedule(GroupName=lake.location.prefix, Name=name) for name in functions]
    for schedule in kept:
        put(scheduler, schedule, ScheduleExpression=f"at({world.EVERYTHING[:19]})", State="ENABLED")
    try:
        wait_until(
            lambda: all(invocations(lake, name) > before[name] for name in functions),
            lambda: f"invoked: {[name for name in functions if invocations(lake, name) > before[name]]}",
            patience=60,
        )
    finally:
        for schedule in kept:
            put(scheduler, schedule)
    lake.quiet()
    return lake


def put(scheduler: Any, schedule: dict[str, Any], **changed: str) -> None:
    names = ("GroupName", "Name", "ScheduleExpression", "State", "FlexibleTimeWindow", "Target", "KmsKeyArn")
    scheduler.update_schedule(**{name: schedule[name] for name in names if name in schedule} | changed)


def invocations(lake: LakeUnderTest, function: str) -> float:
    """How often a function was invoked in the last hours."""
    now = datetime.now(UTC)
    points = lake.location.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - timedelta(hours=3),
        EndTime=now + timedelta(minutes=1),
        Period=10800,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(float(point["Sum"]) for point in points)


def test_a_scheduled_invocation_that_fails_is_kept(scheduled: LakeUnderTest) -> None:
    """One account of the tests is not registered, so that not all can be subscribed."""
    queue = scheduled.location.outputs["queue_urls"]["failed_invocations"]
    found = wait_until(
        lambda: scheduled.location.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"),
        lambda: "the invocation is not in the queue",
        patience=60,
    )
    assert "SubscriptionFailed" in found[0]["Body"]
