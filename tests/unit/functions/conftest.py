from __future__ import annotations

import pytest

from tests.unit.functions.fakes import FakeLake


@pytest.fixture
def lake() -> FakeLake:
    return FakeLake()
