from __future__ import annotations

import pytest

from tests.unit.fakes.lake import FakeLake


@pytest.fixture
def lake() -> FakeLake:
    return FakeLake()
