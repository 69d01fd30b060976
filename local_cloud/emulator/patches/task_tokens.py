"""AWS Step Functions: task tokens, and waiting for them."""

import json
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import error_response_json, new_uuid
from ministack.services import stepfunctions

from local_cloud.emulator.editing import wrap

_PREFIX = "AQCEAAAAKgAAAAMAAAAA"
_closed: set[str] = set()
"""Tokens of tasks that are over, however they ended."""

running_execution: ContextVar[dict[str, Any] | None] = ContextVar("running_execution", default=None)
"""The execution whose task is being run by this thread."""


def track_the_running_execution() -> None:
    """Let what a task calls know the execution it works for.

    Source: none; other patches need it.
    Upstream: ministack.services.stepfunctions._execute_task does not hand the execution on.
    Remove when: no patch reads `running_execution`.
    """

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

    Source: AWS Step Functions developer guide, "Wait for a Callback with the Task Token".
    Upstream: ministack.services.stepfunctions._execute_task makes one token for all attempts.
    Remove when: a retried task has another token (test_state_machines.py).
    """

    def arguments(
        inner: Callable[..., Any], state: dict[str, Any], data: Any, context: dict[str, Any] | None = None
    ) -> Any:
        if context is not None and ".waitForTaskToken" in state.get("Resource", ""):
            context["Task"] = {"Token": _PREFIX + new_uuid() + new_uuid()}
        return inner(state, data, context)

    wrap(stepfunctions, "_apply_jsonata_arguments", arguments)


def tokens_answer_as_on_aws() -> None:
    """SendTask* answer TaskTimedOut, TaskDoesNotExist, InvalidToken and InvalidOutput as AWS does.

    TaskTimedOut is for a task that is over, TaskDoesNotExist for an unknown one, the others for malformed input.

    Source: AWS Step Functions API reference, SendTaskSuccess and SendTaskFailure.
    Upstream: ministack.services.stepfunctions._send_task_success answers TaskDoesNotExist to all of them.
    Remove when: late, repeated and malformed answers have their own errors (test_state_machines.py).
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
    """A function that raises in `lambda:invoke.waitForTaskToken` fails the task at once, with its own error.

    TimeoutSeconds counts from the start of the task. A task that was completed before its function raised stays
    completed.

    Source: AWS Step Functions developer guide, "Service integration patterns": the integrated call must succeed before
    the wait begins.
    Upstream: ministack.services.stepfunctions._invoke_with_callback drops the error and waits for the whole timeout.
    Remove when: the task fails with the function's error, before its timeout (test_state_machines.py).
    """
    callback: ContextVar[_Callback | None] = ContextVar("callback", default=None)

    def invoke(inner: Callable[..., Any], resource: str, data: Any, token: str, state: dict[str, Any]) -> Any:
        remaining = dict(state)  # the emulator reads the timeout when the function has returned
        previous = callback.set(_Callback(token, remaining, running_execution.get(), time.monotonic()))
        try:
            return inner(resource, data, token, remaining)
        finally:
            callback.reset(previous)
            _closed.add(token)

    def call(inner: Callable[..., Any], function: str, event: Any) -> Any:
        of = callback.get()
        if of is None or of.execution is not running_execution.get():  # a task without a token, in a child execution
            return inner(function, event)
        try:
            return inner(function, event)
        except stepfunctions._ExecutionError as error:
            _complete(of.token, error.error, error.cause)
            raise
        finally:
            if "TimeoutSeconds" in of.state:
                elapsed = time.monotonic() - of.started
                of.state["TimeoutSeconds"] = max(0.0, of.state["TimeoutSeconds"] - elapsed)

    wrap(stepfunctions, "_invoke_with_callback", invoke)
    wrap(stepfunctions, "_call_lambda", call)


@dataclass(frozen=True)
class _Callback:
    """A task that waits for its token: the state it is in, its execution, and when it started (monotonic seconds)."""

    token: str
    state: dict[str, Any]
    execution: dict[str, Any] | None
    started: float


def _complete(token: str, error: str, cause: str) -> None:
    """Fail the task of a token, unless it is completed; the token is dead from now on."""
    waiting = stepfunctions._task_tokens.get(token)
    if waiting is not None and not waiting["event"].is_set():
        _closed.add(token)
        waiting["error"] = {"Error": error, "Cause": cause}
        waiting["event"].set()


def end_waits_of(execution_arn: str) -> None:
    """Wake the callbacks that a closed execution is waiting for; their tokens are dead from now on."""
    with _waits_lock:
        tokens = _waits.pop(execution_arn, set())
    for token in tokens:
        _complete(token, "States.Runtime", "The execution is closed.")


_waits: dict[str, set[str]] = {}
_waits_lock = threading.Lock()


def note_the_waits_of_executions() -> None:
    """Remember which tokens an execution waits for, so that `end_waits_of` finds them.

    Source: none; other patches need it.
    Upstream: ministack.services.stepfunctions._task_tokens does not say which execution waits for a token.
    Remove when: no patch calls `end_waits_of`.
    """

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
