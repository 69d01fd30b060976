from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from handlers.events import attempt_key, scheduled_time
from ingestion.identity import AttemptKey


def test_the_attempt_of_an_event() -> None:
    event = {"request": "daily-0123456789abcdef", "revision": 2, "attempt": 3, "task_token": "token"}
    assert attempt_key(event) == AttemptKey(request="daily-0123456789abcdef", revision=2, attempt=3)


def test_the_scheduled_time_of_an_event() -> None:
    assert scheduled_time({}) is None
    assert scheduled_time({"scheduled_time": "2026-11-20T06:00:00Z"}) == datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "<aws.scheduler.scheduled-time>", "2026-11-20T06:00:00", "soon", 7])
def test_a_scheduled_time_that_is_no_instant_is_an_error(text: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        scheduled_time({"scheduled_time": text})
