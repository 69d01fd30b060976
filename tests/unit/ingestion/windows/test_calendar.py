from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ingestion.configuration.contracts import RequestContract, WindowRule
from ingestion.windows.calendar import due_windows, next_restatement, next_window

from tests.unit.fakes.configuration import DAILY, daily

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def rule(**window: Any) -> WindowRule:
    return RequestContract.parse("s", daily(**window)).window


@pytest.mark.parametrize(
    ("window", "last", "expected"),
    [
        ({"grain": "week", "per_request": "P7D"}, date(2026, 11, 20), "2026-11-08--2026-11-14"),
        ({"grain": "week", "per_request": "P7D"}, date(2026, 11, 21), "2026-11-15--2026-11-21"),
        ({"grain": "week", "per_request": "P2W"}, date(2026, 11, 28), "2026-11-08--2026-11-21"),
        ({"grain": "month", "per_request": "P1M"}, date(2026, 11, 29), "2026-10-01--2026-10-31"),
        ({"grain": "month", "per_request": "P1M"}, date(2026, 11, 30), "2026-11-01--2026-11-30"),
        ({"grain": "day", "per_request": "P7D"}, date(2026, 11, 20), "2026-11-15--2026-11-20"),
        (
            {"grain": "instant", "per_request": "PT6H", "time_zone": "UTC"},
            date(2026, 11, 20),
            "20261120T180000Z--20261121T000000Z",
        ),
    ],
)
def test_an_accounts_end_inside_a_period(window: dict[str, str], last: date, expected: str) -> None:
    windows = list(due_windows(rule(**window), "UTC", date(2026, 10, 1), last, after=None, now=NOW))
    assert windows[-1].key == expected
    assert next_window(rule(**window), "UTC", date(2026, 10, 1), last, after=windows[-1].ends_at, now=NOW) is None


def test_restatement_delays_may_come_in_any_order() -> None:
    unordered = rule(restatement_delays=["P5D", "P3D"])
    end = datetime(2026, 11, 20, tzinfo=UTC)
    assert next_restatement(unordered, end, end) == end + timedelta(days=3)
    assert next_restatement(unordered, end, end + timedelta(days=3)) == end + timedelta(days=5)
    assert next_restatement(unordered, end, end + timedelta(days=5)) is None
    assert next_restatement(RequestContract.parse("s", DAILY).window, end, end) == end + timedelta(days=3)
