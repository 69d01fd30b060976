"""AWS Step Functions: task tokens, and waiting for them."""

import json
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import error_response_json, new_uuid
from ministack.services import stepfunctions

from local_cloud.emulator.editing import edit, wrap

_PREFIX = "AQCEAAAAKgAAAAMAAAAA"
_closed: set[str] = set()
"""Tokens of tasks that are over, however they ended."""

running_execution: ContextVar[dict[str, Any] | None] = ContextVar("running_execution", default=None)
"""The execution whose task is being run by this thread."""


def track_the_running_execution() -> None:
    """Plumbing for other patches, no rule of AWS: lets what a task calls know the execution it works for."""

    def execute(
        inner: Callable[..., Any], state: dict[str, Any], data: Any, execution: dict[str, Any], context: dict[str, Any]
    ) -> Any:
        previous = running_execution.set(execution)
        try:
            return inner(state, data, execution, context)
        finally:
            running_execution.reset(previous)

    wrap(stepfunctions, "_execute_task", execute)


def attempts_have_tokens_of_their_own() -> None:
    """Every attempt at a `.waitForTaskToken` task gets a new token; the one of a failed attempt is dead.

    Source: AWS Step Functions developer guide, "Wait for a Callback with the Task Token". The emulator gives all
    attempts the first one's.
    """

    def arguments(
        inner: Callable[..., Any], state: dict[str, Any], data: Any, context: dict[str, Any] | None = None
    ) -> Any:
        if context is not None and ".waitForTaskToken" in state.get("Resource", ""):
            context["Task"] = {"Token": _PREFIX + new_uuid() + new_uuid()}
        return inner(state, data, context)

    wrap(stepfunctions, "_apply_jsonata_arguments", arguments)


def tokens_answer_as_on_aws() -> None:
    """SendTask* answer TaskTimedOut for a task that is over, TaskDoesNotExist for an unknown one, InvalidToken and
    InvalidOutput for malformed input.

    Source: AWS Step Functions API reference, SendTaskSuccess and SendTaskFailure. The emulator says TaskDoesNotExist to
    all of them.
    """

    def guarded(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        token = data.get("taskToken") or ""
        waiting = stepfunctions._task_tokens.get(token)
        if token in _closed or (waiting is not None and waiting["event"].is_set()):
            return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
        if waiting is None:
            if not token.startswith(_PREFIX):
                return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)
            return error_response_json("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'", 400)
        if "output" in data:
            try:
                json.loads(data["output"])
            except ValueError:
                return error_response_json("InvalidOutput", "Invalid Output: 'Output is not valid JSON'", 400)
        return inner(data)

    def closing(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = guarded(inner, data)
        if answer[0] < 300:
            _closed.add(data["taskToken"])
        return answer

    wrap(stepfunctions, "_send_task_success", closing)
    wrap(stepfunctions, "_send_task_failure", closing)
    wrap(stepfunctions, "_send_task_heartbeat", guarded)


def callbacks_fail_with_their_function() -> None:
    """A Lambda that raises in `lambda:invoke.waitForTaskToken` fails the task at once, with its own error;
    TimeoutSeconds counts from the start.

    Source: AWS Step Functions developer guide, "Service integration patterns": the integrated call must succeed before
    the wait begins. The emulator swallows the error and waits for the whole timeout. A task that was completed before
    its function raised stays completed.
    """
    edit(
        stepfunctions,
        "_invoke_with_callback",
        ("    evt = threading.Event()\n", "    evt, _started = threading.Event(), _monotonic()\n"),
        (
            "        try:\n            _call_lambda(func_ref, lambda_payload)\n        except _ExecutionError:\n            pass\n",
            (
                "        try:\n            _call_lambda(func_ref, lambda_payload)\n        except _ExecutionError:\n"
                "            if not evt.is_set():\n                _end_wait(token)\n                raise\n"
            ),
        ),
        (
            "    if not evt.wait(timeout=timeout):\n        _task_tokens.pop(token, None)\n",
            "    if not evt.wait(timeout=max(0.0, _started + timeout - _monotonic())):\n        _end_wait(token)\n",
        ),
        _end_wait=_end_wait,
        _monotonic=time.monotonic,
    )


def _end_wait(token: str) -> None:
    stepfunctions._task_tokens.pop(token, None)
    _closed.add(token)


def end_waits_of(execution_arn: str) -> None:
    """Wake the callbacks that a closed execution is waiting for; their tokens are dead from now on."""
    with _waits_lock:
        tokens = _waits.pop(execution_arn, set())
    for token in tokens:
        waiting = stepfunctions._task_tokens.get(token)
        if waiting is not None and not waiting["event"].is_set():
            _closed.add(token)
            waiting["error"] = {"Error": "States.Runtime", "Cause": "The execution is closed."}
            waiting["event"].set()


_waits: dict[str, set[str]] = {}
_waits_lock = threading.Lock()


def note_the_waits_of_executions() -> None:
    """Plumbing for `end_waits_of`, no rule of AWS: remembers which tokens an execution waits for."""

    def invoke(inner: Callable[..., Any], resource: str, data: Any, token: str, state: dict[str, Any]) -> Any:
        execution = running_execution.get()
        if execution is None:
            return inner(resource, data, token, state)
        with _waits_lock:
            _waits.setdefault(execution["executionArn"], set()).add(token)
        try:
            return inner(resource, data, token, state)
        finally:
            with _waits_lock:
                _waits.get(execution["executionArn"], set()).discard(token)

    wrap(stepfunctions, "_invoke_with_callback", invoke)
