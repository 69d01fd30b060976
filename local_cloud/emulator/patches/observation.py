"""AWS Step Functions: execution logs in CloudWatch Logs and the AWS/States metrics."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs, stepfunctions

from local_cloud.emulator.editing import wrap

_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
_DATA_FIELDS = ("input", "output", "parameters")


def state_machines_are_measured() -> None:
    """AWS/States counts the executions of a state machine that start, succeed, fail, time out and are aborted.

    Source: AWS Step Functions developer guide, "Monitoring Step Functions metrics using CloudWatch".
    Upstream: ministack.services.stepfunctions._emit_execution_status_event records no metric.
    Remove when: ExecutionsFailed has data after a failed execution (test_state_machines.py).
    """

    def emit(inner: Callable[..., None], execution: dict[str, Any]) -> None:
        cloudwatch.record_metric(
            "AWS/States", _METRICS[execution["status"]], 1, "Count", {"StateMachineArn": execution["stateMachineArn"]}
        )
        inner(execution)

    wrap(stepfunctions, "_emit_execution_status_event", emit)


def _logged(level: str, kind: str) -> bool:
    if level == "ALL":
        return True
    if level == "ERROR":
        return re.search("Failed|TimedOut|Aborted", kind) is not None
    return level == "FATAL" and kind in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


def _write(execution: dict[str, Any], event: dict[str, Any]) -> None:
    machine_arn = execution["stateMachineArn"]
    configuration = (stepfunctions._state_machines.get(machine_arn) or {}).get("loggingConfiguration") or {}
    if not _logged(configuration.get("level", "OFF"), event["type"]):
        return
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    if not configuration.get("includeExecutionData"):
        details = {key: value for key, value in details.items() if key not in _DATA_FIELDS}
    now = int(time.time() * 1000)
    line = json.dumps(
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "event_timestamp": str(now),
            "execution_arn": execution["executionArn"],
        }
    )
    for destination in configuration.get("destinations", []):
        group = destination["cloudWatchLogsLogGroup"]["logGroupArn"].split(":log-group:")[1].removesuffix(":*")
        _append(group, "states/" + machine_arn.split(":")[-1], now, line)


def _append(group: str, stream_name: str, now: int, line: str) -> None:
    if group not in cloudwatch_logs._log_groups:
        return  # as on AWS, where delivery to a deleted group is lost
    empty = {
        "events": [],
        "uploadSequenceToken": "1",
        "creationTime": now,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }
    stream = cloudwatch_logs._log_groups[group]["streams"].setdefault(stream_name, empty)
    entry = {"timestamp": now, "message": line, "ingestionTime": now}
    cloudwatch_logs._append_log_events(stream, [entry])
    cloudwatch_logs._fanout_to_subscription_filters(group, stream_name, [entry])


def state_machines_log() -> None:
    """A state machine writes its events to its log group, by level, with or without execution data.

    Source: AWS Step Functions developer guide, "Using CloudWatch Logs to log execution history".
    Upstream: ministack.services.stepfunctions._add_event writes no log; the logging configuration is stored only.
    Remove when: the log group has the events that the level asks for (test_state_machines.py).
    """

    def add(
        inner: Callable[..., Any], execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None
    ) -> Any:
        event = inner(execution, kind, details)
        if event["id"] == 2:  # the first event is made with the execution itself
            _write(execution, execution["events"][0])
        if event["id"]:
            _write(execution, event)
        return event

    wrap(stepfunctions, "_add_event", add)
