"""A lake whose AWS clients are stand-ins given by the test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from operations.lake.location import Location


@dataclass(frozen=True)
class LakeOfFakes(Location):
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.clients[service]


@pytest.fixture
def lake_of() -> Callable[..., Location]:
    def make(**clients: Any) -> Location:
        databases = {"curated": "lake_curated", "operations": "lake_operations"}
        return LakeOfFakes(
            "lake",
            "123456789012",
            "eu-west-1",
            databases,
            clients={name.replace("lambda_", "lambda"): client for name, client in clients.items()},
        )

    return make
