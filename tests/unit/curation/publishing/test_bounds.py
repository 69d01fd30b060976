"""Bounds without Spark: those of windows, and how far a partition reaches."""

from datetime import date

import pytest
from curation.publishing import bounds


def test_windows_are_listed_once_each_in_order():
    assert bounds.window_bounds(["b", "a", "b"]) == "t.request_window IN ('a', 'b')"


def test_many_windows_are_a_range(monkeypatch):
    monkeypatch.setattr(bounds, "MOST_LITERALS", 2)
    assert bounds.window_bounds(["c", "it's", "a"]) == r"t.request_window BETWEEN 'a' AND 'it\'s'"


def test_no_windows_bound_no_rows():
    assert bounds.window_bounds([]) == "false"


@pytest.mark.parametrize(
    ("value", "step", "by", "moved"),
    [
        (date(2026, 11, 30), "DAY", 1, date(2026, 12, 1)),
        (date(2026, 12, 1), "MONTH", 1, date(2027, 1, 1)),
        (date(2026, 1, 1), "MONTH", -1, date(2025, 12, 1)),
        (date(2026, 1, 1), "YEAR", 2, date(2028, 1, 1)),
        (date(1, 1, 1), "DAY", -1, date(1, 1, 1)),
        (date(1, 1, 1), "MONTH", -1, date(1, 1, 1)),
        (date(1, 1, 1), "YEAR", -1, date(1, 1, 1)),
    ],
)
def test_a_step_is_moved_and_never_before_the_year_1(value, step, by, moved):
    assert bounds.moved(value, step, by) == moved
