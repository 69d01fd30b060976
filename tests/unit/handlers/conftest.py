"""An emulated AWS with the functions' environment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.adapters.tables import tables
from tests.unit.emulated_aws import emulated_aws
from tests.unit.handlers.environment import ENVIRONMENT


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    with emulated_aws(monkeypatch, ENVIRONMENT):
        yield tables()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
