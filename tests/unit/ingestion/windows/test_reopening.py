from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from ingestion.errors import ConfigurationMissing
from ingestion.ledger.attempts import Attempt
from ingestion.ledger.windows import LedgerWindow, WindowState

from tests.unit.fakes.configuration import DAILY, daily, seller
from tests.unit.fakes.lake import FakeLake

WRONG: dict[str, Any] = {"variants": {"child": {}}}
MENDED: dict[str, Any] = {"variants": {"child": {"reportPeriod": "DAY"}}}


def refused(
    lake: FakeLake, attempt: Attempt, text: bytes = b"This report type requires the reportPeriod reportOption"
) -> None:
    lake.amazon.finish(lake.ask(attempt), "FATAL", text)
    lake.fetch(attempt)


@pytest.mark.parametrize(
    ("mended", "text", "state"),
    [
        (MENDED, b"This report type requires the reportPeriod reportOption", WindowState.REFUSED),
        (MENDED, b"not authorized", WindowState.NOT_ENTITLED),
        ({"report_type": "GET_OTHER_REPORT"}, b"unsupported report type", WindowState.REFUSED),
        ({"window": DAILY["window"] | {"bounds": "instants"}}, b"invalid date range", WindowState.REFUSED),
    ],
)
def test_what_amazon_refused_is_asked_again_when_the_contract_asks_otherwise(
    mended: dict[str, object], text: bytes, state: WindowState
) -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 20)), {"daily": DAILY | WRONG})
    refused(lake, lake.one(), text)
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    assert (lake.window("2026-11-20").state, lake.window("2026-11-20").next_action_at) == (state, None)

    lake.configuration.raw["daily"] = DAILY | WRONG | mended
    again = lake.one()
    assert again.key.revision > 1
    lake.collect(again, b"a")
    lake.curate()

    assert lake.window("2026-11-20").state is WindowState.CURATED


def test_what_amazon_refused_stays_refused_while_the_contract_asks_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 20)), {"daily": DAILY | WRONG})
    refused(lake, lake.one())
    lake.configuration.raw["daily"] = (
        DAILY | WRONG | {"deadline": "PT8H", "limits": [{"scope": "account", "every": "PT1M"}]}
    )
    read: list[str] = []
    windows = lake.ledger.windows

    def watched(account: str, source: str | None = None) -> Iterator[LedgerWindow]:
        read.append(account)
        return windows(account, source)

    monkeypatch.setattr(lake.ledger, "windows", watched)
    for _ in range(3):
        lake.clock.forward(hours=1)
        lake.dispatching.tick()
    assert not read  # nothing is looked through while nothing has changed

    assert lake.window("2026-11-20").state is WindowState.REFUSED
    assert len(lake.attempts()) == 1


def test_a_refusal_that_comes_after_the_contract_was_mended_is_asked_again_too() -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 19)), {"daily": DAILY | WRONG})
    attempt = lake.one()
    refused(lake, lake.in_flight("2026-11-19"))
    lake.configuration.raw["daily"] = DAILY | MENDED
    lake.clock.forward(minutes=1)
    lake.dispatching.tick()
    assert lake.in_flight("2026-11-19").question.options == {"reportPeriod": "DAY"}
    refused(lake, attempt)
    lake.clock.forward(minutes=1)

    assert lake.one().question.options == {"reportPeriod": "DAY"}
    lake.clock.forward(minutes=1)
    lake.dispatching.tick()
    digest = lake.in_flight("2026-11-20").question_digest
    assert {cursor.question_digest for cursor in lake.ledger.cursors("northwind")} == {digest}


def test_many_refused_windows_come_back_over_several_calls_the_latest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.queue.dispatching._PLANNED_PER_TICK", 4)
    lake = FakeLake(seller(start_date=date(2026, 11, 15)), {"daily": DAILY | WRONG})
    for _ in range(2):
        lake.dispatching.tick()
        lake.clock.forward(minutes=1)
    for attempt in lake.attempts():
        refused(lake, attempt)
    lake.configuration.raw["daily"] = DAILY | MENDED
    states = []
    for _ in range(3):
        lake.quotas.arrivals.clear()
        lake.dispatching.tick()
        states.append(sorted(window.key.window for window in lake.windows() if window.state is WindowState.REFUSED))
        lake.clock.forward(minutes=1)

    assert states == [["2026-11-15", "2026-11-16"], [], []]


def test_a_refused_picture_of_a_day_that_has_passed_does_not_come_back() -> None:
    snapshot = daily(grain="snapshot", bounds="none", available_after="PT6H", restatement_delays=[])
    lake = FakeLake(contracts={"daily": snapshot | WRONG})
    refused(lake, lake.one("2026-11-23"))
    lake.clock.forward(days=1)
    lake.configuration.raw["daily"] = snapshot | MENDED
    lake.dispatching.tick()

    assert lake.window("2026-11-23").state is WindowState.REFUSED
    assert lake.in_flight("2026-11-24")


def test_a_person_may_have_asked_again_what_ended_for_good(lake: FakeLake) -> None:
    """A role that was granted later changes no contract; nor does the end of an outage that lasted longer than all
    attempts.
    """
    refused(lake, lake.one(), b"not authorized")
    given_up = lake.in_flight("2026-11-19")
    lake.ledger.save(replace(lake.window("2026-11-19"), failures=7))
    lake.fail(given_up, "FAILED", "SellingPartnerUnavailable")
    lost = lake.window("2026-11-19")
    assert lost.state is WindowState.LOST
    lake.ledger.save(replace(lost, next_action_at=None))  # settled: Amazon restates no more
    lake.collect(lake.in_flight("2026-11-18"), b"a")
    lake.curate()
    curated = lake.window("2026-11-18")

    assert lake.reopen("northwind", "daily") == 2
    assert lake.reopen("northwind", "daily") == 0
    lake.clock.forward(minutes=5)
    lake.dispatching.tick()

    assert [
        (lake.in_flight(day).key.revision, lake.in_flight(day).key.attempt) for day in ("2026-11-20", "2026-11-19")
    ] == [
        (2, 1),
        (lost.revision + 1, 1),
    ]
    assert lake.window("2026-11-18") == curated


@pytest.mark.parametrize(("account", "source"), [("northwind", "elsewhere"), ("nobody", "daily")])
def test_what_is_not_switched_on_cannot_be_asked_again(lake: FakeLake, account: str, source: str) -> None:
    with pytest.raises(ConfigurationMissing, match=f"{source} is not switched on for {account}"):
        lake.reopen(account, source)


def test_more_windows_than_a_transaction_takes_are_reopened() -> None:
    lake = FakeLake(seller(start_date=date(2026, 5, 1)), {"daily": DAILY | MENDED})
    lake.dispatching.tick()
    for window in lake.windows():
        refused_window = replace(window, state=WindowState.REFUSED, in_flight=False, next_action_at=None)
        lake.ledger.save(refused_window)
    assert len(lake.windows()) > 180
    assert lake.reopen("northwind", "daily") == len(lake.windows())
    assert {window.state for window in lake.windows()} == {WindowState.PLANNED}


def test_a_window_in_flight_is_not_reopened(lake: FakeLake) -> None:
    lake.dispatching.tick()
    lost = replace(lake.window("2026-11-20"), state=WindowState.LOST, next_action_at=None)
    assert lost.in_flight
    lake.ledger.save(lost)

    assert lake.reopen("northwind", "daily") == 0
    assert lake.window("2026-11-20") == replace(lost, lock=lost.lock + 1)


def test_a_window_that_is_due_by_itself_is_not_reopened(lake: FakeLake) -> None:
    lake.dispatching.tick()
    restated = replace(lake.window("2026-11-20"), state=WindowState.LOST, in_flight=False, next_action_at=lake.clock())
    lake.ledger.save(restated)

    assert lake.reopen("northwind", "daily") == 0
