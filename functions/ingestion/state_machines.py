"""The port to Step Functions, which runs attempts and curation runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class StateMachines(Protocol):
    """Step Functions."""

    def start(self, state_machine_arn: str, name: str, data: Mapping[str, Any]) -> bool:
        """Start an execution; False when one of this name exists or existed."""

    def status(self, execution_arn: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED; None when there is no such execution."""

    def complete_task(self, token: str) -> bool:
        """Complete the waiting state whose report is ready; False when no state waits with this token any more."""
