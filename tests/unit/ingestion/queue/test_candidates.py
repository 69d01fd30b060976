from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ingestion.ledger.windows import LedgerWindow, NewestDocument, WindowState
from ingestion.queue.candidates import candidates, longest_wait

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


def test_the_order_of_candidates(lake: FakeLake) -> None:
    """Just published, then repeats, then restatements, then the past; by their end or by when they were due."""
    lake.dispatching.tick(datetime(2020, 1, 1, tzinfo=UTC))
    now, usual = lake.clock(), planned(lake)
    newest = NewestDocument(report_id="1", report_time=now, content_sha256="x", stored_as="1")
    kinds: dict[str, dict[str, Any]] = {
        "fresh": {"ends": timedelta(days=6, hours=23)},
        "fresher": {"ends": timedelta(days=1)},
        "repeated": {"ends": timedelta(days=1), "failures": 1, "due": timedelta(minutes=1)},
        "repeated before": {"ends": timedelta(days=9), "failures": 1, "due": timedelta(minutes=9)},
        "empty": {"ends": timedelta(days=9), "empty_answers": 1, "due": timedelta(minutes=5)},
        "restated": {"ends": timedelta(days=1), "newest": newest, "due": timedelta(minutes=1)},
        "restated before": {"ends": timedelta(days=2), "newest": newest, "due": timedelta(minutes=2)},
        "past": {"ends": timedelta(days=7)},
        "more past": {"ends": timedelta(days=8), "due": timedelta(minutes=30)},
    }
    for key, kind in kinds.items():
        changes = dict(kind)
        ends_at, due = now - changes.pop("ends"), now - changes.pop("due", timedelta(0))
        window = replace(usual.window, key=key, ends_at=ends_at)
        lake.ledger.save(replace(usual, lock=0, window=window, next_action_at=due, **changes))

    found = candidates(lake.ledger, now)
    assert [window.window.key for window in found if window.window.key in kinds] == [
        "fresher",
        "fresh",
        "repeated before",
        "empty",
        "repeated",
        "restated before",
        "restated",
        "past",
        "more past",
    ]


def planned(lake: FakeLake) -> LedgerWindow:
    """A window as planning puts it into the ledger."""
    lake.dispatching.tick(datetime(2026, 11, 4, tzinfo=UTC))
    return replace(lake.windows()[0], state=WindowState.PLANNED, in_flight=False)


@pytest.mark.parametrize(
    ("state", "has_document", "expected"),
    [
        (WindowState.PLANNED, False, WindowState.LOST),
        (WindowState.NO_DATA, False, WindowState.NO_DATA),
        (WindowState.CURATED, True, WindowState.CURATED),
        (WindowState.REFUSED, True, WindowState.REFUSED),
    ],
)
def test_a_missed_snapshot_is_lost_unless_something_is_known_of_it(
    state: WindowState, has_document: bool, expected: WindowState
) -> None:
    lake = FakeLake(
        contracts={"daily": daily(grain="snapshot", bounds="none", available_after="PT6H", restatement_delays=[])}
    )
    attempt = lake.one("2026-11-23")
    lake.fail(attempt)
    newest = NewestDocument(report_id="1", report_time=lake.clock(), content_sha256="x", stored_as="1")
    window = replace(lake.window("2026-11-23"), state=state, reason=None, newest=newest if has_document else None)
    lake.ledger.save(window)
    lake.clock.forward(days=1)

    assert lake.dispatching.tick()["lost"] == 1
    assert (lake.window("2026-11-23").state, lake.window("2026-11-23").next_action_at) == (expected, None)


def test_a_window_waits_since_it_is_due_and_planned(lake: FakeLake) -> None:
    lake.dispatching.tick()
    now = lake.clock()
    window = lake.windows()[0]  # of a day three weeks ago, planned now
    due_before = replace(window, next_action_at=now - timedelta(days=20), updated_at=now - timedelta(minutes=2))
    due_since = replace(window, next_action_at=now - timedelta(minutes=1), updated_at=now - timedelta(days=1))

    assert longest_wait([], now) == 0
    assert longest_wait([due_before], now) == 120
    assert longest_wait([due_since], now) == 60
    assert longest_wait([due_since, due_before], now) == 120
    assert longest_wait([replace(due_since, updated_at=None)], now) == 60


def test_a_dispatcher_that_does_not_keep_up_tells_how_long_the_queue_waits(lake: FakeLake) -> None:
    behind = replace(lake.dispatching, limit=1)
    behind.tick()
    lake.clock.forward(minutes=90)

    figures = behind.tick()

    assert (figures["due"], figures["oldest_due_seconds"]) == (19, 5400)
