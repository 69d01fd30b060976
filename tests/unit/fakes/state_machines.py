"""Step Functions in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FakeStateMachines:
    def __init__(self) -> None:
        self.executions: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        self.completed: list[str] = []
        self.dead_tokens: set[str] = set()

    def start(self, state_machine_arn: str, name: str, data: Mapping[str, Any]) -> bool:
        new = name not in self.executions
        self.executions.setdefault(name, dict(data))
        self.statuses.setdefault(f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}", "RUNNING")
        return new

    def status(self, execution_arn: str) -> str | None:
        return self.statuses.get(execution_arn)

    def complete_task(self, token: str) -> bool:
        if token in self.dead_tokens:
            return False
        self.completed.append(token)
        self.dead_tokens.add(token)
        return True
