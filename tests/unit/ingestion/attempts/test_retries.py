"""The retry policy, row by row, and that each failure follows its row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ingestion.attempts.classification import Refusal
from ingestion.attempts.retries import (
    AUTHORIZATION_REFUSED,
    DEFERRED,
    EXECUTION_FAILED,
    NO_DATA_WAIT,
    SNAPSHOT_NO_DATA_WAIT,
)
from ingestion.ledger.windows import WindowState
from ingestion.retry_rule import RetryRule

from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.lake import FakeLake

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROWS: dict[str, tuple[RetryRule, list[float], int | None]] = {
    "an execution failed": (EXECUTION_FAILED, [5, 10, 20, 40, 80, 160, 320, 360, 360], 8),
    "asked too soon": (DEFERRED[Refusal.ASKED_TOO_SOON], [5, 10, 20, 40, 80, 160, 320, 360, 360], 8),
    "unexplained": (DEFERRED[Refusal.UNEXPLAINED], [5, 10, 20, 40, 80, 160, 320, 360, 360], 3),
    "not yet published": (DEFERRED[Refusal.NOT_YET_PUBLISHED], [60, 120, 240, 480, 960, 1440, 1440], 10),
    "authorization refused": (AUTHORIZATION_REFUSED, [15, 15, 15], None),
}


@pytest.mark.parametrize(("rule", "minutes", "attempts"), ROWS.values(), ids=ROWS)
def test_each_row(rule: RetryRule, minutes: list[float], attempts: int | None) -> None:
    assert [rule.wait(failures) / MINUTE for failures in range(1, len(minutes) + 1)] == minutes
    assert rule.wait(1000) / MINUTE == minutes[-1]
    assert [failures for failures in range(1, 1000) if rule.exhausted(failures)][:1] == ([attempts] if attempts else [])


def test_every_refusal_is_deferred_or_final() -> None:
    assert set(Refusal) - set(DEFERRED) == {Refusal.BAD_QUESTION, Refusal.NOT_ENTITLED}


def test_a_cancelled_report_is_requested_once_more() -> None:
    assert (NO_DATA_WAIT / HOUR, SNAPSHOT_NO_DATA_WAIT / HOUR) == (24, 4)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        (b"Data is not yet available", [60, 120, 240, 480, 960, 1440, 1440, 1440, 1440]),
        (b"already requested within the last 30 minutes", [30, 30, 30, 40, 80, 160, 320]),  # the contract's cooldown
        (b"internal failure 7", [30, 30]),
    ],
)
def test_a_window_waits_and_is_given_up_as_its_row_says(text: bytes, minutes: list[float]) -> None:
    lake = FakeLake(contracts={"daily": DAILY | {"cooldown_after_fatal": "PT30M"}})
    waits: list[float] = []
    while True:
        attempt = lake.one()
        lake.amazon.finish(lake.ask(attempt), "FATAL", text)
        lake.fetch(attempt)
        window = lake.window("2026-11-20")
        if window.state is WindowState.LOST:
            break
        assert window.next_action_at is not None
        waits.append((window.next_action_at - lake.clock()) / MINUTE)
        lake.clock.now = window.next_action_at
        lake.quotas.arrivals.clear()

    assert waits == minutes
    assert (window.reason or "").startswith(f"given up after {len(minutes) + 1} attempts")
