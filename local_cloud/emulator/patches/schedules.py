"""Amazon EventBridge Scheduler: the context attributes in a target's input, and when a rate begins."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ministack.services import eventbridge, scheduler

from local_cloud.emulator.editing import wrap

_ATTRIBUTE = re.compile(r"<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>")


def due_time(schedule: dict[str, Any], last_fired: float | None, now: float) -> float:
    """The last time up to `now` at which a schedule was due; all times in seconds since 1970.

    `last_fired` is when the emulator fired it last; None for a schedule that has not fired, whose rate counts from its
    creation. `now` for a schedule that was not due since then.
    """
    expression = schedule.get("ScheduleExpression", "")
    at: float | None = scheduler._at_time_epoch(expression)
    if at is not None:
        return at
    since = float(schedule["CreationDate"] if last_fired is None else last_fired)
    interval = eventbridge._parse_rate_seconds(expression)
    if interval is not None:
        return since + (now - since) // float(interval) * float(interval)
    fields, due = eventbridge._parse_cron_fields(expression), now
    following = eventbridge._cron_next_fire(fields, datetime.fromtimestamp(since, UTC))
    while following is not None and following.timestamp() <= now:
        due = following.timestamp()
        following = eventbridge._cron_next_fire(fields, following)
    return due


def schedules_fill_in_context_attributes() -> None:
    """A target's input gets the values of `<aws.scheduler.scheduled-time>` and its siblings.

    The scheduled time is the one at which the schedule was due, also when the emulator fires it some seconds later.

    Source: EventBridge Scheduler user guide, "Adding context attributes".
    Upstream: ministack.services.scheduler._tick_schedules hands the target its input as it was written.
    Remove when: a target gets values in place of the attributes (test_schedules.py).
    """
    last_fired: dict[Any, float] = {}

    def tick(inner: Callable[[], None]) -> None:
        last_fired.clear()
        last_fired.update(scheduler._schedule_last_fired)
        inner()

    def invoke(
        inner: Callable[..., None], target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], *view: Any
    ) -> None:
        if event.get("Source") == "aws.scheduler" and target.get("Input"):
            key = (event["Account"], event["Region"], f"{rule['GroupName']}/{rule['Name']}")
            due = due_time(rule, last_fired.get(key), event["Time"])
            values = {
                "schedule-arn": rule["Arn"],
                "scheduled-time": datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "execution-id": secrets.token_hex(8),
                "attempt-number": "1",  # the emulator makes one attempt
            }
            target = {**target, "Input": _ATTRIBUTE.sub(lambda found: values[found[1]], target["Input"])}
        inner(target, event, rule, *view)

    wrap(scheduler, "_tick_schedules", tick)
    wrap(eventbridge, "_invoke_target", invoke)


def rates_begin_at_once() -> None:
    """A schedule with a rate and without a start date invokes its target as soon as it exists, then at its rate.

    Source: EventBridge Scheduler user guide, "Schedule types", rate-based schedules.
    Upstream: ministack.services.scheduler._tick_schedules waits for one interval first.
    Remove when: a new schedule of one day invokes its target within seconds (test_schedules.py).
    """

    def tick(inner: Callable[[], None]) -> None:
        for key, schedule in list(scheduler._schedules._data.items()):
            interval = eventbridge._parse_rate_seconds(schedule.get("ScheduleExpression", ""))
            is_new = schedule.get("State") == "ENABLED" and key not in scheduler._schedule_last_fired
            if is_new and interval is not None and not schedule.get("StartDate"):
                scheduler._schedule_last_fired[key] = float(schedule["CreationDate"]) - interval
        inner()

    wrap(scheduler, "_tick_schedules", tick)
