"""AWS Lambda: errors by class name, bounded environments, metrics of every invocation, retries, filtered logs."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc

from local_cloud.emulator.editing import PatchDoesNotFitError, replace, wrap

_log = logging.getLogger("functions")
_RAISED = "__raised__"
_REPORTING = """
import json, logging, sys, traceback

logging.basicConfig(stream=sys.stderr, format="[%(levelname)s]\\t%(asctime)s\\t%(message)s")

def _raised(error, context):
    print("[ERROR] " + traceback.format_exc(), file=sys.stderr)
    found = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": context.aws_request_id,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return json.dumps({"status": "ok", "result": {"__raised__": found}})
"""
"""What the emulator's bootstrap of a Python function lacks; goes in front of it."""


def function_errors_keep_their_class() -> None:
    """An unhandled exception is reported with its class name as errorType, its message, stack trace and request id.

    Retry and Catch of Step Functions match that name. The execution environment survives the exception, and what the
    function logs at INFO reaches its log.

    Source: AWS Lambda developer guide, "Python function errors".
    Upstream: ministack.core.lambda_runtime._PYTHON_WORKER_SCRIPT reports the message alone and sets up no logging.
    Remove when: errorType is the exception's class, and INFO lines are in the log group (test_functions.py).

    The bootstrap is text that runs in another process, so its one line that reports an error is replaced as text.
    """
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    raised = 'json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()})'
    if script.count(raised) != 1:
        raise PatchDoesNotFitError("the emulator's Lambda bootstrap has another text")
    lambda_runtime._PYTHON_WORKER_SCRIPT = _REPORTING + script.replace(raised, "_raised(e, context)")

    def execute(
        inner: Callable[..., dict[str, Any]], function: dict[str, Any], event: Any, request_id: str
    ) -> dict[str, Any]:
        result = inner(function, event, request_id)
        body = result.get("body")
        if isinstance(body, dict) and _RAISED in body:
            return {"body": body[_RAISED], "error": True, "log": result.get("log", "")}
        if result.get("error") and isinstance(body, dict) and body.get("errorMessage") == "Worker process died":
            body.update(errorType="Runtime.ExitError", errorMessage=f"RequestId: {request_id} Error: Runtime exited")
        return result

    wrap(lambda_svc, "_execute_function_warm", execute)


def function_environments_are_bounded() -> None:
    """At most LAMBDA_ENVIRONMENTS (4) processes per function; further invocations wait for one.

    Each environment is a process of this machine: a hundred at once would take gigabytes. A function that invokes
    itself and waits for the answer would wait for ever.

    Source: AWS Lambda developer guide, "Understanding Lambda function scaling": one environment per concurrent
    invocation.
    Upstream: ministack.services.lambda_svc._execute_function_warm adds a process per concurrent invocation, as AWS
    does.
    Remove when: the emulator has a limit of its own for processes per function (test_functions.py).
    """
    limit = int(os.environ.get("LAMBDA_ENVIRONMENTS", "4"))
    gates: dict[str, threading.BoundedSemaphore] = {}
    lock = threading.Lock()

    def execute(
        inner: Callable[..., dict[str, Any]], function: dict[str, Any], event: Any, request_id: str
    ) -> dict[str, Any]:
        arn = (function.get("config") or function).get("FunctionArn", "")
        with lock:
            gate = gates.setdefault(arn, threading.BoundedSemaphore(limit))
        with gate:
            return inner(function, event, request_id)

    wrap(lambda_svc, "_execute_function_warm", execute)


def function_metrics_cover_every_invocation() -> None:
    """AWS/Lambda Invocations, Errors and Duration count every invocation, whoever made it.

    Source: AWS Lambda developer guide, "Types of metrics".
    Upstream: ministack.services.lambda_svc._emit_lambda_metrics is called for the Invoke API only, so alarms on
    functions that queues, schedules and state machines invoke never see an error.
    Remove when: an error of a function that a state machine invoked is counted (test_functions.py).
    """

    def dispatch(
        inner: Callable[..., dict[str, Any]], function: dict[str, Any], config: dict[str, Any], *call: Any
    ) -> dict[str, Any]:
        started = time.time()
        result = inner(function, config, *call)
        emit_all(config.get("FunctionName", ""), (time.time() - started) * 1000, bool(result.get("error")), False)
        return result

    emit_all = lambda_svc._emit_lambda_metrics

    def emit(inner: Callable[..., None], function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle:  # refused before it ran, so not counted by dispatch
            inner(function_name, duration_ms, error, throttle)

    wrap(lambda_svc, "_execute_function_dispatch", dispatch)
    wrap(lambda_svc, "_emit_lambda_metrics", emit)


_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def level_of(line: str) -> str | None:
    """The level that Lambda assigns to a line of a log in JSON; None for a line that is no JSON object."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict):
        return None
    level = str(entry.get("level", "")).upper()
    try:
        known = datetime.fromisoformat(entry["timestamp"]).tzinfo is not None
    except (KeyError, TypeError, ValueError):
        known = False
    return level if known and level in _LEVELS else "INFO"


def function_logs_are_filtered_by_level() -> None:
    """Of a function that logs in JSON, lines below its application log level do not reach the log group.

    A line whose `level` is none of Lambda's, or without a `timestamp` by RFC 3339, counts as INFO. Lines that are no
    JSON objects are kept.

    Source: AWS Lambda developer guide, "Log-level filtering".
    Upstream: ministack.services.lambda_svc._emit_lambda_logs writes every line.
    Remove when: a line below the level is not in the log group (test_functions.py).
    """

    def emit(
        inner: Callable[..., None], function: dict[str, Any], request_id: str, text: str, *rest: Any, **named: Any
    ) -> None:
        logging_config = (function.get("config") or function).get("LoggingConfig") or {}
        if logging_config.get("LogFormat") == "JSON" and text:
            least = _LEVELS.index(logging_config.get("ApplicationLogLevel") or "INFO")
            levels = ((line, level_of(line)) for line in text.splitlines())
            text = "\n".join(line for line, level in levels if level is None or _LEVELS.index(level) >= least)
        inner(function, request_id, text, *rest, **named)

    wrap(lambda_svc, "_emit_lambda_logs", emit)


def events_retry_a_failing_function() -> None:
    """A function that EventBridge or Scheduler invokes gets two more attempts when it raises.

    The first retry comes after LAMBDA_ASYNC_RETRY_BASE_SECONDS (AWS: one minute, then two).

    Source: AWS Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation".
    Upstream: ministack.services.eventbridge._dispatch_to_lambda invokes once.
    Remove when: a failing target of a rule is invoked three times (test_functions.py).
    """

    def dispatch(arn: str, payload: str) -> None:
        function, config, name = lambda_svc._get_func_record_for_ref(arn)
        if not function or not config:
            _log.warning("no function %s for an event", name)
            return
        try:
            event = json.loads(payload)
        except ValueError:
            event = {"body": payload}
        lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), event)

    replace(eventbridge, "_dispatch_to_lambda", dispatch)
