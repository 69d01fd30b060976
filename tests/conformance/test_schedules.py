"""Amazon EventBridge Scheduler."""

import json
import re
from datetime import UTC, datetime

import pytest

from local_cloud.emulator.patches.schedules import due_time

ROLE = "arn:aws:iam::123456789012:role/conformance"


def seconds(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.patch("schedules_fill_in_context_attributes")
def test_a_target_gets_the_context_of_its_schedule(lab, unique):
    url, queue = lab.queue()
    attributes = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number", "no-such-attribute")
    given = {name: f"<aws.scheduler.{name}>" for name in attributes}
    arn = lab.client("scheduler").create_schedule(
        Name=unique(),
        ScheduleExpression="at(2026-01-31T04:05:06)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": queue,
            "RoleArn": ROLE,
            "Input": json.dumps({**given, "text": "due <aws.scheduler.scheduled-time>"}),
        },
    )["ScheduleArn"]
    (message,) = lab.drain(url, 1, 25)
    got = json.loads(message["Body"])
    assert re.fullmatch("[0-9a-f]{16}", got.pop("execution-id"))
    assert got == {
        "schedule-arn": arn,
        "scheduled-time": "2026-01-31T04:05:06Z",
        "attempt-number": "1",
        "no-such-attribute": "<aws.scheduler.no-such-attribute>",
        "text": "due 2026-01-31T04:05:06Z",
    }


@pytest.mark.parametrize(
    ("expression", "last_fired", "due"),
    [
        ("at(2026-01-31T04:05:06)", None, "2026-01-31T04:05:06"),
        ("rate(1 minute)", None, "2026-01-31T12:04:30"),
        ("rate(1 minute)", "2026-01-31T12:03:40", "2026-01-31T12:04:40"),
        ("rate(1 hour)", "2026-01-31T03:30:00", "2026-01-31T11:30:00"),
        ("cron(0 12 * * ? *)", "2026-01-29T12:00:09", "2026-01-31T12:00:00"),
        ("cron(0 * * * ? *)", "2026-01-31T11:00:03", "2026-01-31T12:00:00"),
    ],
)
def test_a_late_tick_names_the_time_that_was_due(expression, last_fired, due):
    schedule = {"ScheduleExpression": expression, "CreationDate": seconds("2026-01-31T10:00:30")}
    found = due_time(schedule, last_fired and seconds(last_fired), seconds("2026-01-31T12:05:09"))
    assert found == seconds(due)


@pytest.mark.patch("rates_begin_at_once")
def test_a_rate_begins_when_its_schedule_is_made(lab, unique):
    url, queue = lab.queue()
    begun = datetime.now(UTC).replace(microsecond=0)
    lab.client("scheduler").create_schedule(
        Name=unique(),
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": ROLE, "Input": "<aws.scheduler.scheduled-time>"},
    )
    (message,) = lab.drain(url, 1, 25)
    due = datetime.fromisoformat(message["Body"])
    assert 0 <= (due - begun).total_seconds() <= 25
