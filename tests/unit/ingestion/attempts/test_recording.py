from __future__ import annotations

from dataclasses import replace

import pytest
from ingestion.attempts.recording import Recording
from ingestion.errors import WindowNotFound
from ingestion.ledger.attempts import Outcome
from ingestion.ledger.windows import LedgerWindow

from tests.unit.fakes.lake import FakeLake


def moved(window: LedgerWindow) -> LedgerWindow:
    return replace(window, in_flight=False, reason="moved")


def unexpected(window: LedgerWindow) -> LedgerWindow:
    raise AssertionError("the window was moved again")


def test_closing_an_attempt_moves_its_window(lake: FakeLake) -> None:
    attempt = lake.one()

    window = Recording(lake.ledger, lake.clock).conclude(attempt, Outcome.FAILED, "why", moved)

    assert (window.key, window.reason) == (attempt.window_key, "moved")
    assert lake.window("2026-11-20").reason == "moved"
    closed = lake.ledger.attempt(attempt.key)
    assert closed is not None
    assert (closed.outcome, closed.reason, closed.closed_at) == (Outcome.FAILED, "why", lake.clock())


def test_a_closed_attempt_changes_nothing(lake: FakeLake) -> None:
    recording, attempt = Recording(lake.ledger, lake.clock), lake.one()
    recording.conclude(attempt, Outcome.FAILED, "why", moved)
    before = dict(lake.ledger.items)

    window = recording.conclude(attempt, Outcome.STORED, None, unexpected)

    assert window == lake.window("2026-11-20")
    assert lake.ledger.items == before


def test_an_attempt_that_its_window_no_longer_waits_for_only_closes(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ledger.save(replace(lake.window("2026-11-20"), attempt=2))
    before = lake.window("2026-11-20")

    window = Recording(lake.ledger, lake.clock).conclude(attempt, Outcome.FAILED, "why", unexpected)

    assert window == before == lake.window("2026-11-20")
    closed = lake.ledger.attempt(attempt.key)
    assert closed is not None
    assert closed.closed


def test_an_attempt_without_a_window_is_an_error_and_stays_open(lake: FakeLake) -> None:
    attempt = lake.one()
    elsewhere = replace(attempt, window=replace(attempt.window, key="2020-01-01"))

    with pytest.raises(WindowNotFound, match="the ledger has no window 2020-01-01"):
        Recording(lake.ledger, lake.clock).conclude(elsewhere, Outcome.FAILED, "why", moved)

    assert lake.ledger.attempt(attempt.key) == attempt
