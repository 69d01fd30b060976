"""AWS Step Functions: how executions start, stop and time out, and their status events."""

import contextvars
import json
import re
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response, now_iso
from ministack.services import stepfunctions

from local_cloud.emulator.editing import edit, wrap
from local_cloud.emulator.patches.task_tokens import end_waits_of, running_execution

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
_LAST_EVENTS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


def machines_tell_their_tracing() -> None:
    """DescribeStateMachine tells whether a state machine is traced: as it was created or last updated, else not.

    Source: AWS Step Functions API reference, DescribeStateMachine, tracingConfiguration.
    Upstream: ministack.services.stepfunctions._create_state_machine drops it, so every Terraform plan shows a change.
    Remove when: DescribeStateMachine returns the tracingConfiguration (test_state_machines.py).
    """

    def create(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        if answer[0] < 300:
            made = stepfunctions._state_machines[json.loads(answer[2])["stateMachineArn"]]
            made.setdefault("tracingConfiguration", data.get("tracingConfiguration") or {"enabled": False})
        return answer

    def update(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        if answer[0] < 300 and data.get("tracingConfiguration"):
            changed = stepfunctions._state_machines[data["stateMachineArn"]]
            changed["tracingConfiguration"] = data["tracingConfiguration"]
        return answer

    wrap(stepfunctions, "_create_state_machine", create)
    wrap(stepfunctions, "_update_state_machine", update)


def execution_names_are_used_once() -> None:
    """StartExecution with the name and input of a running execution returns that execution.

    Other uses of a name are refused, as are malformed names and inputs.

    Source: AWS Step Functions API reference, StartExecution: ExecutionAlreadyExists, InvalidName,
    InvalidExecutionInput.
    Upstream: ministack.services.stepfunctions._start_execution refuses the idempotent call and accepts any name and
    input.
    Remove when: the second call returns the first execution, and bad names and inputs are refused
    (test_state_machines.py).
    """

    def start(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        name, text = data.get("name"), data.get("input", "{}")
        if name is not None and not _NAME.fullmatch(name):
            return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
        try:
            json.loads(text)
        except ValueError as error:
            return error_response_json(
                "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'", 400
            )
        machine = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0])
        known = (
            stepfunctions._executions.get(f"{machine.replace(':stateMachine:', ':execution:')}:{name}")
            if machine and name
            else None
        )
        if known and known["status"] == "RUNNING" and known["input"] == text:
            return json_response({"executionArn": known["executionArn"], "startDate": known["startDate"]})
        return inner(data)

    wrap(stepfunctions, "_start_execution", start)


def closed_executions_stay_closed() -> None:
    """An aborted or timed out execution keeps that status, and what it waited for is over.

    There is no further retry and no later event.

    Source: AWS Step Functions API reference, StopExecution.
    Upstream: ministack.services.stepfunctions._fail_execution makes it FAILED when its task fails afterwards.
    Remove when: a stopped execution stays ABORTED and refuses its task token (test_state_machines.py).
    """

    def fail(inner: Callable[..., Any], execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            inner(execution, error, cause)

    def retrier(inner: Callable[..., Any], retriers: list[Any], error: str, counts: dict[int, int]) -> Any:
        execution = running_execution.get()
        closed = execution is not None and execution["status"] != "RUNNING"
        return inner([] if closed else retriers, error, counts)

    def add(
        inner: Callable[..., Any], execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None
    ) -> Any:
        if execution["events"] and execution["events"][-1]["type"] in _LAST_EVENTS:
            return {"id": 0, "type": kind}
        return inner(execution, kind, details)

    def stop(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        end_waits_of(data.get("executionArn", ""))
        return answer

    wrap(stepfunctions, "_fail_execution", fail)
    wrap(stepfunctions, "_find_matching_retrier", retrier)
    wrap(stepfunctions, "_add_event", add)
    wrap(stepfunctions, "_stop_execution", stop)


def executions_time_out() -> None:
    """TimeoutSeconds at the top of a state machine ends the execution as TIMED_OUT.

    Source: AWS Step Functions developer guide, "State machine structure in Amazon States Language".
    Upstream: ministack.services.stepfunctions._run_execution ignores it.
    Remove when: an execution with a top-level TimeoutSeconds becomes TIMED_OUT (test_state_machines.py).
    """

    def expire(execution: dict[str, Any]) -> None:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout", cause="")
        stepfunctions._add_event(
            execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}}
        )
        stepfunctions._emit_execution_status_event(execution)
        end_waits_of(execution["executionArn"])

    def run(inner: Callable[..., Any], execution_arn: str) -> None:
        execution = stepfunctions._executions.get(execution_arn) or {}
        machine = stepfunctions._state_machines.get(execution.get("stateMachineArn")) or {}
        seconds = json.loads(machine.get("definition", "{}")).get("TimeoutSeconds")
        if not seconds:
            inner(execution_arn)
            return
        timer = threading.Timer(float(seconds), contextvars.copy_context().run, (expire, execution))
        timer.daemon = True
        timer.start()
        try:
            inner(execution_arn)
        finally:
            timer.cancel()

    wrap(stepfunctions, "_run_execution", run)


def status_events_tell_the_error() -> None:
    """The status change event of a timed out or aborted execution carries its error and cause.

    Source: AWS Step Functions developer guide, "Automating Step Functions event delivery with EventBridge".
    Upstream: ministack.services.stepfunctions._emit_execution_status_event fills them in for FAILED only.
    Remove when: events with status ABORTED and TIMED_OUT have an error (test_state_machines.py).

    Edited, because the function publishes the event itself: a wrapper comes too early or too late.
    """
    edit(
        stepfunctions,
        "_emit_execution_status_event",
        ('failed = status == "FAILED"', 'failed = status in ("FAILED", "TIMED_OUT", "ABORTED")'),
    )
