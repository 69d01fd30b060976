"""An emulated AWS with the functions' environment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.unit.adapters.tables import tables
from tests.unit.handlers.environment import ENVIRONMENT


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        **ENVIRONMENT,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    with mock_aws():
        yield tables()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
