"""Durations and months."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.configuration.durations import Duration, add_months

days = st.dates(date(2023, 1, 1), date(2027, 12, 31))


@given(days, st.integers(-60, 60))
def test_months_later_is_so_many_months_later(day, months):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "P1H", "P1DT", "P-1D", "p1d"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="not an ISO 8601 duration"):
        Duration.parse(text)
