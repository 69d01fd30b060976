from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from ingestion.ledger.windows import WindowState

from tests.unit.fakes.configuration import DAILY, daily, seller
from tests.unit.fakes.lake import FakeLake


def test_the_latest_windows_are_asked_for_first(lake: FakeLake) -> None:
    lake.dispatching.tick()

    waiting = sorted(window.key.window for window in lake.windows() if not window.in_flight)
    assert waiting == ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]


def test_a_snapshot_is_asked_on_its_day_or_never() -> None:
    lake = FakeLake(
        contracts={"daily": daily(grain="snapshot", bounds="none", available_after="PT6H", restatement_delays=[])}
    )
    lake.dispatching.tick()
    attempt = lake.in_flight("2026-11-23")
    assert attempt.question.data_start_time is None
    assert len(lake.windows()) == 1

    lake.clock.forward(days=1)
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, authorization_refused_at=lake.clock()))
    lake.dispatching.tick()  # the 24th is planned and held back
    lake.clock.forward(days=1)
    lake.dispatching.tick()

    missed = lake.window("2026-11-24")
    assert missed.state is WindowState.LOST
    assert missed.reason == "the day passed before it could be requested"
    assert lake.in_flight("2026-11-25")


def test_the_backlog_does_not_hide_a_fresh_window() -> None:
    lake = FakeLake(
        seller(start_date=date(2024, 11, 24)), {"daily": DAILY | {"limits": [{"scope": "account", "every": "PT1H"}]}}
    )
    for _ in range(20):
        lake.dispatching.tick()
        lake.clock.forward(minutes=1)
    lake.clock.now = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)  # the 21st was published at 23:00 UTC
    lake.quotas.arrivals.clear()

    lake.dispatching.tick()

    assert lake.window("2026-11-21").in_flight
