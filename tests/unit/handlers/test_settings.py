"""Settings are checked at cold start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.handlers.environment import NEEDS, cold


@pytest.mark.parametrize(
    ("function", "variable"), [(function, variable) for function, needs in NEEDS.items() for variable in needs]
)
def test_a_missing_setting_is_told_at_cold_start(
    aws: Any, monkeypatch: pytest.MonkeyPatch, function: str, variable: str
) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(RuntimeError, match=variable):
        cold(function)


def test_a_scale_of_zero_is_refused(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTA_SCALE", "0")
    with pytest.raises(RuntimeError, match="QUOTA_SCALE"):
        cold("check_report")
