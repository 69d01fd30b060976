"""AWS Lambda: errors by class name, bounded environments, metrics of every invocation, asynchronous retries from
EventBridge.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc

from local_cloud.emulator.editing import PatchDoesNotFitError, edit, wrap

_RAISED = "__raised__"
_TELL_THE_ERROR = (
    'print("[ERROR] " + traceback.format_exc(), file=sys.stderr); _real_stdout.write(json.dumps({"status": "ok", "result": {"__raised__": '
    '{"errorMessage": str(e), "errorType": type(e).__name__, "requestId": context.aws_request_id, '
    '"stackTrace": traceback.format_tb(e.__traceback__)}}}) + "\\n")'
)
_LOG_TO_STDERR = (
    "import logging; logging.basicConfig(stream=sys.stderr, format='[%(levelname)s]\\t%(asctime)s\\t%(message)s'); "
)


def function_errors_keep_their_class() -> None:
    """An unhandled exception is reported with its class name as errorType, its message, stack trace and request id.

    Source: AWS Lambda developer guide, "Python function errors". Retry and Catch of Step Functions match that name. The
    execution environment survives the exception, and what the function logs at INFO reaches its log.
    """
    raised = (
        '_real_stdout.write(json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()}) + "\\n")'
    )
    loaded = "mod = importlib.import_module(module_name)"
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(raised) != 1 or script.count(loaded) != 1:
        raise PatchDoesNotFitError("the emulator's Lambda bootstrap has another text")
    script = script.replace(raised, _TELL_THE_ERROR).replace(loaded, _LOG_TO_STDERR + loaded)
    lambda_runtime._PYTHON_WORKER_SCRIPT = script

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

    AWS adds an environment per concurrent invocation. Here each is a process of this machine: a hundred at once would
    be gigabytes. A function that invokes itself and waits for the answer would wait for ever.
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

    Source: AWS Lambda developer guide, "Types of metrics". The emulator counts calls of the Invoke API only, so alarms
    on functions that queues, schedules and state machines call would never see an error.
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


def events_retry_a_failing_function() -> None:
    """A function that EventBridge or Scheduler invokes is invoked asynchronously: two more attempts when it raises.

    Source: AWS Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation". The
    emulator tries once. The first retry comes after LAMBDA_ASYNC_RETRY_BASE_SECONDS (AWS: one minute, then two).
    """
    edit(
        eventbridge,
        "_dispatch_to_lambda",
        (
            "    threading.Thread(\n        target=lambda_svc._execute_function_with_config_scope, args=(exec_record, event), daemon=True\n    ).start()\n",
            "    lambda_svc.invoke_async_with_retry(exec_record, event)\n",
        ),
    )
