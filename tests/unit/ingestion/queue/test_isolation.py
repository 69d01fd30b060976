"""A tick in which something fails: all other accounts are served, and the failure is told once a day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from ingestion.configuration.accounts import Enablement, Fault
from ingestion.errors import AwsCallFailed, LedgerConflict, LedgerItemIncomplete
from ingestion.failures import RoundFailed
from ingestion.identity import LineKey, Window, WindowKey
from ingestion.ledger.windows import LedgerWindow
from ingestion.queue.dispatching import Dispatching
from ingestion.quotas.allowances import Allowances

from tests.unit.fakes.configuration import seller
from tests.unit.fakes.faulty import Faulty
from tests.unit.fakes.lake import PLANS, REPORT_MACHINE, FakeLake

ACCOUNTS = ("contoso", "fabrikam", "northwind")
WINDOWS = 3
ERRORS = (AwsCallFailed("throttled"), LedgerItemIncomplete("an item lacks a field"), ValueError("a bug"))


def three_accounts() -> FakeLake:
    """Each with three days that are due: fabrikam, of which something will fail, is neither the first nor the last."""
    lake = FakeLake(seller(start_date=date(2026, 11, 18), end_date=date(2026, 11, 20)))
    for name in ACCOUNTS[:2]:
        account = seller(name=name, selling_partner_id=name, start_date=date(2026, 11, 18), end_date=date(2026, 11, 20))
        lake.configuration.add(account)
        lake.configuration.switched_on.append(Enablement(name, "daily", None))
        lake.store_credentials(account)
    return lake


def dispatching(lake: FakeLake, **ports: object) -> Dispatching:
    ledger, quotas = ports.get("ledger", lake.ledger), ports.get("quotas", lake.quotas)
    machines = ports.get("machines", lake.machines)
    allowances = Allowances(quotas, PLANS, 1.0, lake.clock)  # type: ignore[arg-type]
    return Dispatching(
        ledger,  # type: ignore[arg-type]
        lake.configuration,
        allowances,
        machines,  # type: ignore[arg-type]
        REPORT_MACHINE,
        lake.clock,
        100,
    )


def started(lake: FakeLake) -> Counter[str]:
    return Counter(str(data["account"]) for data in lake.machines.executions.values())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("port", "method"),
    [
        ("ledger", "save"),
        ("ledger", "cursors"),
        ("ledger", "creation_right"),
        ("quotas", "reserve"),
        ("machines", "start"),
    ],
)
def test_a_fault_of_one_account_stops_no_other(port: str, method: str, error: Exception) -> None:
    lake = three_accounts()
    lake.dispatching.tick(lake.clock() - timedelta(days=30))  # the accounts are registered
    faulty = Faulty(getattr(lake, port), method, "fabrikam", error)
    tick = dispatching(lake, **{port: faulty}).tick

    with pytest.raises(RoundFailed, match=rf"fabrikam: {type(error).__name__}"):
        tick()

    assert faulty.raised
    assert started(lake) == {"contoso": WINDOWS, "northwind": WINDOWS}


def test_what_fails_in_each_tick_is_told_once_a_day() -> None:
    lake = three_accounts()
    tick = dispatching(lake, ledger=Faulty(lake.ledger, "cursors", "fabrikam", AwsCallFailed("denied"))).tick
    for _ in range(2):
        with pytest.raises(RoundFailed, match="fabrikam: AwsCallFailed: denied"):
            tick()
        for _ in range(3):
            lake.clock.forward(minutes=1)
            assert tick()["failed"] == 1
        lake.clock.forward(days=1)


def test_a_conflict_with_another_writer_is_no_failure() -> None:
    lake = three_accounts()
    figures = dispatching(lake, ledger=Faulty(lake.ledger, "save", "fabrikam", LedgerConflict("changed"))).tick()
    assert figures["failed"] == 0
    assert started(lake) == {"contoso": WINDOWS, "northwind": WINDOWS}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/lake/accounts/fabrikam", "fabrikam", None, "no JSON"),
        Fault("/lake/accounts/fabrikam/sources/daily", "fabrikam", "daily", "no list"),
        Fault("/lake/reports/other", None, "other", "no grain"),
    ],
    ids=lambda fault: fault.parameter,
)
def test_a_parameter_that_cannot_be_read_stops_nothing_else(fault: Fault) -> None:
    lake = three_accounts()
    lake.configuration.unreadable.append(fault)
    with pytest.raises(RoundFailed, match=fault.parameter):
        lake.dispatching.tick()
    assert started(lake)["contoso"] == started(lake)["northwind"] == WINDOWS


def test_windows_that_fail_each_time_make_room_for_the_others() -> None:
    """The list of due windows holds at most fifty of a shard."""
    lake = three_accounts()
    lake.dispatching.tick(lake.clock() - timedelta(days=30))
    for number in range(800):
        day = lake.clock() - timedelta(days=number + 10)
        line = LineKey(account="fabrikam", source="daily", variant="child", marketplace="DE")
        name = f"{day:%Y-%m-%d}"
        lake.ledger.save(
            LedgerWindow(
                line=line,
                window=Window(name, name, name, day, day + timedelta(days=1)),
                marketplace_id="A1PA6795UKMFR9",
                next_action_at=lake.clock() - timedelta(minutes=number),
            )
        )
    tick = dispatching(lake, quotas=Faulty(lake.quotas, "reserve", "fabrikam", AwsCallFailed("denied"))).tick
    with pytest.raises(RoundFailed):
        tick()
    put_off = [w.next_action_at for w in lake.ledger.windows("fabrikam") if w.next_action_at]
    assert max(put_off) == lake.clock() + timedelta(minutes=15)
    for _ in range(5):
        lake.clock.forward(minutes=1)
        tick()
    assert started(lake) == {"contoso": WINDOWS, "northwind": WINDOWS}


def test_an_attempt_that_was_not_started_is_found_by_the_sweep() -> None:
    lake = three_accounts()
    with pytest.raises(RoundFailed):
        dispatching(lake, machines=Faulty(lake.machines, "start", "fabrikam", AwsCallFailed("throttled"))).tick()
    lake.clock.forward(minutes=16)
    assert lake.sweep()["failed"] == WINDOWS
    key = WindowKey(
        line=LineKey(account="fabrikam", source="daily", variant="child", marketplace="DE"), window="2026-11-20"
    )
    window = lake.ledger.window(key)
    assert window is not None
    assert (window.in_flight, window.attempt) == (False, 2)
