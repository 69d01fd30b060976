"""Step Functions: starting executions, reading their status, completing tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import error_code, named_errors

_NO_TASK_WAITS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


@dataclass(frozen=True)
class StepFunctions:
    """All state machines."""

    stepfunctions: Any

    def start(self, state_machine_arn: str, name: str, data: Mapping[str, Any]) -> bool:
        """Start an execution; False when one of this name exists or existed within 90 days.

        The same name with the same input is the same execution.
        """
        with named_errors():
            try:
                self.stepfunctions.start_execution(
                    stateMachineArn=state_machine_arn, name=name, input=json.dumps(data, sort_keys=True)
                )
            except ClientError as error:
                if error_code(error) == "ExecutionAlreadyExists":
                    return False
                raise
        return True

    def status(self, execution_arn: str) -> str | None:
        """An execution's status; None when there is none of this name."""
        with named_errors():
            try:
                return str(self.stepfunctions.describe_execution(executionArn=execution_arn)["status"])
            except ClientError as error:
                if error_code(error) == "ExecutionDoesNotExist":
                    return None
                raise

    def complete_task(self, token: str) -> bool:
        """Complete a waiting task. A token that timed out, was used or replaced is normal: False."""
        with named_errors():
            try:
                self.stepfunctions.send_task_success(taskToken=token, output="{}")
            except ClientError as error:
                if error_code(error) in _NO_TASK_WAITS:
                    return False
                raise
        return True
