"""A lake whose AWS clients are stand-ins given by the test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from operations.location import Location


@dataclass(frozen=True)
class LakeOfFakes(Location):
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.clients[service]


@pytest.fixture
def lake_of() -> Callable[..., Location]:
    def make(**clients: Any) -> Location:
        names = {"prefix": "lake", "account_id": "123456789012", "region": "eu-west-1", "curated_database": "curated", "operations_database": "operations"}
        return LakeOfFakes(**names, clients={name.replace("lambda_", "lambda"): client for name, client in clients.items()})

    return make
