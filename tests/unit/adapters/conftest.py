"""AWS in process, without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.emulated_aws import emulated_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated_aws(monkeypatch):
        yield
