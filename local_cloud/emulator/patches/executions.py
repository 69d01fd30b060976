"""AWS Step Functions: how executions start, stop, time out, and are told of."""

import contextvars
import json
import re
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response, now_iso
from ministack.services import stepfunctions

from local_cloud.emulator.editing import edit, wrap
from local_cloud.emulator.patches.task_tokens import end_waits_of

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
_LAST_EVENTS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


def execution_names_are_used_once() -> None:
    """StartExecution with the name and input of a running execution returns that execution; other uses of a name are
    refused, as are bad names and inputs.

    Source: AWS Step Functions API reference, StartExecution: ExecutionAlreadyExists, InvalidName,
    InvalidExecutionInput. The emulator refuses the idempotent call and accepts any name and any input.
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
    """An aborted or timed out execution keeps that status: no retry, no later event, and what it waited for is over.

    Source: AWS Step Functions API reference, StopExecution. In the emulator a task that fails afterwards makes the
    execution FAILED.
    """
    failed, retried = '    execution["status"] = "FAILED"\n', "            if retrier is not None:\n"
    edit(
        stepfunctions,
        "_fail_execution",
        (failed, '    if execution["status"] != "RUNNING":\n        return\n' + failed),
    )
    edit(
        stepfunctions,
        "_execute_task",
        (retried, '            if retrier is not None and execution["status"] == "RUNNING":\n'),
    )

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

    wrap(stepfunctions, "_add_event", add)
    wrap(stepfunctions, "_stop_execution", stop)


def executions_time_out() -> None:
    """TimeoutSeconds at the top of a state machine ends the execution as TIMED_OUT.

    Source: AWS Step Functions developer guide, "State machine structure in Amazon States Language". The emulator
    ignores it.
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
    """The status change event of a timed out or aborted execution carries its error and cause, as that of a failed one
    does.

    Source: AWS Step Functions developer guide, "Automating Step Functions event delivery with EventBridge". The
    emulator tells them for FAILED only.
    """
    edit(
        stepfunctions,
        "_emit_execution_status_event",
        ('failed = status == "FAILED"', 'failed = status in ("FAILED", "TIMED_OUT", "ABORTED")'),
    )
