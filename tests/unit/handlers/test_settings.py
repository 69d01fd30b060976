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


def test_a_wait_that_is_no_number_is_refused(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATION_MAXIMUM_WAIT_MINUTES", "-1")
    with pytest.raises(RuntimeError, match="CURATION_MAXIMUM_WAIT_MINUTES must be a whole number, not -1"):
        cold("start_curation")
