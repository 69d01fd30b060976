"""Accounts that wait for credentials: nothing of them is planned, started, failed or told; nothing is lost either."""

from __future__ import annotations

from datetime import date

import pytest
from ingestion.access.credentials import let_wait
from ingestion.errors import CredentialsMissing
from ingestion.ledger.windows import WindowState
from ingestion.windows.lines import enabled_lines
from ingestion.windows.planning import Planning

from tests.unit.fakes.configuration import daily, seller
from tests.unit.fakes.lake import FakeLake
from tests.unit.ingestion.windows.test_discovering import CONTRACT, figures

SNAPSHOT = daily(grain="snapshot", bounds="none", available_after="PT0S", restatement_delays=[], history="P1D")


def test_before_credentials_ticks_cost_one_write_and_start_nothing() -> None:
    lake = FakeLake(credentials=False)
    for _ in range(3):
        assert lake.dispatching.tick() == figures(waiting=1)
        lake.sweep()
        lake.clock.forward(hours=12)
    assert lake.ledger.saves == 1
    assert not lake.machines.executions
    assert not lake.alarms.published
    assert not lake.windows()


def test_when_the_credentials_come_all_windows_are_requested() -> None:
    lake = FakeLake(credentials=False)
    lake.dispatching.tick()
    lake.clock.forward(days=10)
    lake.store_credentials(lake.account)
    assert lake.dispatching.tick()["planned"] == 30
    assert {window.window.key for window in lake.windows()} >= {"2026-11-01", "2026-11-30"}


def test_lists_of_reports_are_not_read_before_credentials() -> None:
    lake = FakeLake(contracts={"deposits": CONTRACT}, credentials=False)
    for _ in range(2):
        assert lake.discovering.discover() == {"looked": 0, "adopted": 0, "failed": 0}
        lake.dispatching.tick()
    assert lake.authorized == []
    assert lake.ledger.discovery_states("northwind") == []
    lake.store_credentials(lake.account)
    assert lake.discovering.discover()["looked"] == 1


def test_credentials_that_vanish_cost_no_attempts_and_are_told_once(lake: FakeLake) -> None:
    lake.dispatching.tick()
    first, second = lake.in_flight("2026-11-20"), lake.in_flight("2026-11-19")
    for attempt in (first, second):
        lake.fail(attempt, "FAILED", "CredentialsMissing", "the secret has no refresh_token: run lake account add")
    assert [subject for subject, _ in lake.alarms.published] == ["northwind: CredentialsMissing"]
    window = lake.window("2026-11-20")
    assert (window.failures, window.state) == (0, WindowState.PLANNED)
    known = lake.ledger.account("northwind")
    assert known is not None
    assert "refresh_token" in (known.credentials_missing or "")

    executions = len(lake.machines.executions)
    lake.clock.forward(hours=1)
    figures = lake.dispatching.tick()
    assert (figures["started"], figures["waiting"]) == (0, 1)
    lake.store_credentials(lake.account)
    lake.clock.forward(hours=1)
    lake.dispatching.tick()
    assert len(lake.machines.executions) > executions
    assert lake.window("2026-11-20").in_flight


def test_discovery_that_meets_empty_secrets_lets_the_account_wait_and_tells_it_once() -> None:
    lake = FakeLake(contracts={"deposits": CONTRACT})

    def refuse(account: str, force: bool) -> None:
        raise CredentialsMissing("the secret has no refresh_token")

    discovering = type(lake.discovering)(
        lake.ledger, lake.configuration, refuse, lambda *_: lake.amazon, lake.allowances, lake.clock
    )
    with pytest.raises(Exception, match="northwind: CredentialsMissing"):
        discovering.discover()
    for _ in range(3):
        lake.clock.forward(days=1)
        assert discovering.discover() == {"looked": 0, "adopted": 0, "failed": 0}
    lake.store_credentials(lake.account)
    assert lake.discovering.discover()["looked"] == 1


def test_the_snapshot_of_a_day_that_passes_meanwhile_is_lost_and_says_why() -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 23)), {"stock": SNAPSHOT})
    lake.dispatching.tick()
    lake.fail(lake.in_flight("2026-11-23"), "FAILED", "CredentialsMissing", "empty")
    [window] = lake.windows()
    assert window.next_action_at is not None

    lake.clock.forward(days=1)
    lake.dispatching.tick()
    assert (lake.window("2026-11-23").state, lake.window("2026-11-23").next_action_at) == (WindowState.LOST, None)


def test_a_snapshot_that_was_planned_but_never_requested_names_the_credentials() -> None:
    lake = FakeLake(seller(start_date=date(2026, 11, 23)), {"stock": SNAPSHOT})
    line = next(iter(enabled_lines(lake.configuration)))
    Planning(lake.ledger).plan(line, None, lake.clock(), 10)
    let_wait(lake.ledger, "northwind", "the secret is empty")

    assert lake.dispatching.tick()["postponed"] == 1
    lake.clock.forward(days=1)
    assert lake.dispatching.tick()["lost"] == 1
    assert lake.window("2026-11-23").reason == "the day passed while the account waited for credentials"
