"""AWS Step Functions: timeouts given as expressions, retries, the error of a throttled function."""

import random
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

from local_cloud.emulator.editing import edit, wrap


def task_timeouts_may_be_expressions() -> None:
    """TimeoutSeconds and HeartbeatSeconds of a Task may be JSONata expressions.

    Source: AWS Step Functions developer guide, "Task workflow state".
    Upstream: ministack.services.stepfunctions._execute_task compares the text with a number and fails with
    States.Runtime.
    Remove when: a task with an expression as TimeoutSeconds times out (test_state_machines.py).
    """

    def execute(
        inner: Callable[..., Any], state: dict[str, Any], data: Any, execution: dict[str, Any], context: dict[str, Any]
    ) -> Any:
        fields = [field for field in ("TimeoutSeconds", "HeartbeatSeconds") if isinstance(state.get(field), str)]
        seconds = {field: stepfunctions._jsonata_state_field(state, field, "number", data, context) for field in fields}
        return inner({**state, **seconds}, data, execution, context)

    wrap(stepfunctions, "_execute_task", execute)


def retry_delay(retrier: dict[str, Any], retries: int) -> float:
    """Seconds to wait before the next attempt, `retries` retries of this retrier being done."""
    delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** retries
    delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay  # noqa: S311 - jitter, not a secret


def retries_wait_as_told() -> None:
    """MaxDelaySeconds bounds a retry's delay, and JitterStrategy FULL draws it between zero and that.

    Source: AWS Step Functions developer guide, "Retry fields".
    Upstream: ministack.services.stepfunctions._execute_task ignores both and never waits longer than a minute.
    Remove when: delays stay below MaxDelaySeconds and differ with JitterStrategy FULL (test_state_machines.py).

    Edited, because the retrier and its count are local variables where the delay is computed.
    """
    edit(
        stepfunctions,
        "_execute_task",
        ("_scaled_sleep(min(sleep_sec, 60))", "_scaled_sleep(_retry_delay(retrier, count))"),
        _retry_delay=retry_delay,
    )
    edit(
        stepfunctions,
        "_with_retry_and_catch",
        (
            '_scaled_sleep(min(interval * (retrier.get("BackoffRate", 2.0) ** count), 60))',
            "_scaled_sleep(_retry_delay(retrier, count))",
        ),
    )


def throttled_functions_have_their_error_name() -> None:
    """A throttled function fails the task with Lambda.TooManyRequestsException.

    Source: AWS Step Functions developer guide, "Handle transient Lambda service exceptions".
    Upstream: ministack.services.stepfunctions._call_lambda names the error Lambda.Unknown.
    Remove when: the execution's error is Lambda.TooManyRequestsException (test_state_machines.py).
    """

    def call(inner: Callable[..., Any], function: str, event: Any) -> Any:
        try:
            return inner(function, event)
        except stepfunctions._ExecutionError as error:
            if error.error == "Lambda.Unknown" and '"__type": "TooManyRequestsException"' in error.cause:
                raise stepfunctions._ExecutionError("Lambda.TooManyRequestsException", error.cause) from error
            raise

    wrap(stepfunctions, "_call_lambda", call)
