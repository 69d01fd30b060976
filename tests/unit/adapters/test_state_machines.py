from __future__ import annotations

import pytest
from adapters.state_machines import StepFunctions
from ingestion.errors import AwsCallFailed

from tests.unit.adapters.failing_client import FailingClient


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_dead_task_tokens_are_normal(code: str) -> None:
    assert StepFunctions(FailingClient(code)).complete_task("token") is False


def test_other_failures_of_step_functions_are_not() -> None:
    with pytest.raises(AwsCallFailed, match="AccessDeniedException"):
        StepFunctions(FailingClient("AccessDeniedException")).complete_task("token")
    with pytest.raises(AwsCallFailed, match="AccessDeniedException"):
        StepFunctions(FailingClient("AccessDeniedException")).start("arn", "name", {})
    with pytest.raises(AwsCallFailed, match="AccessDeniedException"):
        StepFunctions(FailingClient("AccessDeniedException")).status("arn")
    assert StepFunctions(FailingClient("ExecutionAlreadyExists")).start("arn", "name", {}) is False
    assert StepFunctions(FailingClient("ExecutionDoesNotExist")).status("arn") is None
