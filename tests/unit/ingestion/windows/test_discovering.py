"""Reports that Amazon makes by itself: each is adopted once, and goes the way of all others without ever being asked
for.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from adapters.ledger_codec import decode, encode
from ingestion.configuration.accounts import Enablement
from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    AuthorizationRefused,
    AwsCallFailed,
    LedgerItemIncomplete,
    SellingPartnerUnavailable,
    Throttled,
)
from ingestion.failures import RoundFailed
from ingestion.ledger.attempts import Outcome
from ingestion.ledger.lines import DiscoveryState
from ingestion.ledger.windows import WindowState
from ingestion.reports_api.values import Report
from ingestion.windows.discovering import DiscoveryFailed

from tests.unit.fakes.amazon import notification
from tests.unit.fakes.configuration import BERLIN, LONDON, seller
from tests.unit.fakes.faulty import Faulty
from tests.unit.fakes.lake import FakeLake

TYPE = "GET_DEPOSITS"
CONTRACT = {
    "report_type": TYPE,
    "accounts": ["seller"],
    "scope": "account_region",
    "variants": {"all": {}},
    "restricted": False,
    "window": {"grain": "discovered", "bounds": "none", "time_zone": "UTC", "history": "P90D"},
    "limits": [],
    "poll_every": "PT6H",
}
FOUND = datetime(2026, 11, 20, 8, tzinfo=UTC)


def figures(**some: int) -> dict[str, int]:
    """Of a tick that did nothing else."""
    names = ("due", "oldest_due_seconds", "planned", "started", "postponed", "lost", "waiting", "failed")
    return dict.fromkeys(names, 0) | some


@pytest.fixture
def lake() -> FakeLake:
    return FakeLake(seller(start_date=date(2026, 1, 1), marketplaces=(BERLIN, LONDON)), {"deposits": CONTRACT})


def made(
    lake: FakeLake, report_id: str = "71", created: datetime = FOUND, content: bytes = b"a", **changes: Any
) -> Report:
    """Amazon made a report by itself, over the fourteen days before."""
    usual = Report(report_id, TYPE, "IN_PROGRESS", created, (LONDON.id,), created - timedelta(days=14), created)
    lake.amazon.reports[report_id] = usual
    lake.amazon.finish(report_id, "DONE", content)
    lake.amazon.reports[report_id] = replace(lake.amazon.reports[report_id], **changes)
    return lake.amazon.reports[report_id]


def look(lake: FakeLake) -> DiscoveryState:
    return lake.ledger.discovery_states("northwind")[0]


def test_a_report_that_appeared_is_fetched_and_curated_without_being_asked_for(lake: FakeLake) -> None:
    made(lake)
    assert lake.discovering.discover() == {"looked": 1, "adopted": 1, "failed": 0}
    assert lake.dispatching.tick() | {"oldest_due_seconds": 0} == figures(due=1, started=1)
    [attempt] = lake.attempts()
    assert attempt.polled
    assert lake.ask(attempt) == "71"
    assert lake.checking.finished(attempt.key)
    assert lake.fetch(attempt).outcome is Outcome.STORED
    lake.curate()

    window = lake.window("2026-11-06--2026-11-20--71")
    assert (window.state, window.next_action_at, window.window.start, window.window.end) == (
        WindowState.CURATED,
        None,
        "2026-11-06",
        "2026-11-20",
    )
    assert "createReport" not in lake.amazon.calls
    assert not [bucket for bucket in lake.quotas.arrivals if "createReport" in bucket]


def test_the_record_has_the_reports_dates_and_marketplaces(lake: FakeLake) -> None:
    made(lake)
    lake.discovering.discover()
    lake.dispatching.tick()
    lake.fetch(lake.attempts()[0])

    [sidecar] = [json.loads(body) for key, body in lake.raw.objects.items() if key.endswith(".json")]
    assert (sidecar["window_start"], sidecar["window_end"], sidecar["report_id"]) == ("2026-11-06", "2026-11-20", "71")
    assert (sidecar["marketplace_id"], sidecar["marketplace_ids"]) == (None, [LONDON.id])
    assert (sidecar["data_start_time"], sidecar["data_end_time"]) == (None, None)


def test_each_report_is_adopted_once_and_two_of_the_same_dates_stay_apart(lake: FakeLake) -> None:
    made(lake, "71")
    made(lake, "72")
    assert lake.discovering.discover()["adopted"] == 2
    lake.clock.forward(hours=6)
    assert lake.discovering.discover() == {"looked": 1, "adopted": 0, "failed": 0}
    assert len(lake.windows()) == 2


def test_two_rounds_at_once_adopt_a_report_once(lake: FakeLake) -> None:
    made(lake)
    other: list[dict[str, int]] = []
    lake.ledger.before_save.append(lambda: other.append(lake.discovering.discover()))
    assert lake.discovering.discover()["adopted"] + other[0]["adopted"] == 1


def test_a_notification_that_comes_first_changes_nothing(lake: FakeLake) -> None:
    lake.dispatching.tick()
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, notified=True))
    made(lake)
    assert lake.notifying.receive(notification("71")) == "parked"
    assert not lake.windows()
    assert lake.discovering.discover()["adopted"] == 1
    assert lake.notifying.receive(notification("71")) == "parked"
    assert lake.dispatching.tick()["started"] == 1
    assert lake.attempts()[0].polled  # the message has come already: waiting for another one would be in vain


def test_the_list_is_read_as_often_as_the_contract_says(lake: FakeLake) -> None:
    lake.dispatching.tick()
    assert not lake.ledger.cursors("northwind")
    lake.discovering.discover()
    lake.clock.forward(hours=5, minutes=59)
    assert lake.discovering.discover()["looked"] == 0
    assert lake.amazon.calls == ["getReports"]
    lake.clock.forward(minutes=1)
    assert lake.discovering.discover()["looked"] == 1
    assert look(lake).read_at == lake.clock()
    assert look(lake).next_read_at == lake.clock() + timedelta(hours=6)


def test_all_pages_are_read(lake: FakeLake) -> None:
    for number in range(7):
        made(lake, str(70 + number), FOUND - timedelta(days=number))
    assert lake.discovering.discover()["adopted"] == 7
    assert lake.amazon.calls == ["getReports"] * 3
    # Exactly as many calls are taken from the usage plan: three intervals of 1 / 0.0222 seconds.
    assert lake.quotas.arrivals["account/northwind/getReports"] - lake.clock().timestamp() == pytest.approx(3 / 0.0222)


@pytest.mark.parametrize(
    ("changes", "adopted"),
    [
        ({"processing_status": "IN_PROGRESS"}, 0),
        ({"processing_status": "CANCELLED"}, 0),
        ({"processing_status": "FATAL"}, 0),
        ({"marketplace_ids": ("A13V1IB3VIYZZH",)}, 0),  # of a marketplace that the account is not configured for
        ({"marketplace_ids": ()}, 1),
        ({"data_start_time": None, "data_end_time": None}, 1),
        (
            {"data_start_time": datetime(2025, 12, 1, tzinfo=UTC), "data_end_time": datetime(2025, 12, 31, tzinfo=UTC)},
            0,
        ),  # before the account's start
        (
            {"data_start_time": datetime(2025, 12, 1, tzinfo=UTC), "data_end_time": datetime(2026, 1, 1, tzinfo=UTC)},
            0,
        ),  # the end is exclusive
        ({"data_start_time": datetime(2025, 12, 20, tzinfo=UTC), "data_end_time": datetime(2026, 1, 2, tzinfo=UTC)}, 1),
    ],
)
def test_only_finished_reports_of_the_accounts_marketplaces_and_dates_are_adopted(
    lake: FakeLake, changes: dict[str, Any], adopted: int
) -> None:
    made(lake, **changes)
    assert lake.discovering.discover()["adopted"] == adopted


def test_a_report_that_is_finished_later_is_adopted_later(lake: FakeLake) -> None:
    made(lake, processing_status="IN_PROGRESS")
    assert lake.discovering.discover()["adopted"] == 0
    lake.clock.forward(days=30)
    lake.amazon.finish("71", "DONE", b"a")
    assert lake.discovering.discover()["adopted"] == 1


def test_the_list_is_read_ninety_days_back_at_most_and_from_the_start_date(lake: FakeLake) -> None:
    lake.discovering.discover()
    lake.configuration.switched_on[:] = [Enablement("northwind", "deposits", None, date(2026, 11, 1))]
    lake.clock.forward(hours=6)
    lake.discovering.discover()
    lake.configuration.switched_on[:] = [Enablement("northwind", "deposits", None, date(2027, 1, 1))]
    lake.clock.forward(hours=6)
    lake.discovering.discover()
    since = lake.amazon.listed_since
    assert since[0] == datetime(2026, 11, 23, 12, 5, tzinfo=UTC) - timedelta(days=90)  # Amazon's clock may be ahead
    assert since[1] == datetime(2026, 10, 31, tzinfo=UTC)
    assert since[2] < lake.clock()


def test_told_another_time_it_reads_as_of_then_and_waits_for_quota_by_its_own_clock(lake: FakeLake) -> None:
    then = datetime(2026, 6, 24, 12, tzinfo=UTC)
    made(lake, created=then - timedelta(days=3))
    lake.amazon.faults["getReports"] = [Throttled("429")]
    assert lake.discovering.discover(then)["looked"] == 0
    waits = look(lake).next_read_at - then
    assert timedelta(0) < waits < timedelta(hours=1)
    lake.clock.now += waits
    assert lake.discovering.discover(then + waits) == {"looked": 1, "adopted": 1, "failed": 0}
    since = lake.amazon.listed_since
    assert timedelta(days=89) < then - since[0] < timedelta(days=90)
    [window] = lake.windows()
    assert window.next_action_at == then + waits
    assert look(lake).next_read_at == then + waits + timedelta(hours=6)


def test_per_marketplace_each_takes_its_own(lake: FakeLake) -> None:
    lake.configuration.raw = {"deposits": CONTRACT | {"scope": "marketplace"}}
    made(lake, "71", marketplace_ids=(BERLIN.id,))
    made(lake, "72", marketplace_ids=(LONDON.id,))
    assert lake.discovering.discover() == {"looked": 2, "adopted": 2, "failed": 0}
    assert [(window.line.marketplace, window.marketplace_id) for window in lake.windows()] == [
        ("DE", BERLIN.id),
        ("UK", LONDON.id),
    ]


def test_without_quota_it_is_read_when_there_is_some_again(lake: FakeLake) -> None:
    made(lake)
    lake.amazon.faults["getReports"] = [Throttled("429")]
    assert lake.discovering.discover() == {"looked": 0, "adopted": 0, "failed": 0}
    waits = look(lake)
    assert lake.clock() < waits.next_read_at < lake.clock() + timedelta(hours=1)
    assert (waits.read_at, waits.failures) == (None, 0)
    assert "usage plan" in (waits.reason or "")
    lake.clock.now = waits.next_read_at
    assert lake.discovering.discover()["adopted"] == 1
    assert look(lake).reason is None


def test_a_dead_token_is_renewed_once(lake: FakeLake) -> None:
    made(lake)
    lake.amazon.faults["getReports"] = [AccessTokenExpired("expired")]
    assert lake.discovering.discover()["adopted"] == 1
    assert lake.authorized == [("northwind", False), ("northwind", True)]


def test_an_outage_is_told_when_it_lasts_and_the_others_are_read_meanwhile(lake: FakeLake) -> None:
    lake.configuration.raw = {"credits": CONTRACT | {"report_type": "GET_CREDITS"}, "deposits": CONTRACT}
    lake.configuration.switched_on[:] = [Enablement("northwind", source, None) for source in ("credits", "deposits")]
    made(lake)
    lake.amazon.faults["getReports"] = [SellingPartnerUnavailable("503")]
    assert lake.discovering.discover() == {"looked": 1, "adopted": 1, "failed": 1}
    lake.amazon.faults["getReports"] = [SellingPartnerUnavailable("503")]
    assert lake.discovering.discover()["failed"] == 1
    lake.amazon.faults["getReports"] = [SellingPartnerUnavailable("503")]
    with pytest.raises(DiscoveryFailed, match="credits of northwind: SellingPartnerUnavailable: 503"):
        lake.discovering.discover()
    assert lake.discovering.discover() == {"looked": 1, "adopted": 0, "failed": 0}


@pytest.mark.parametrize(
    ("error", "again"),
    [(AccessDenied("no role"), timedelta(hours=6)), (AuthorizationRefused("invalid_grant"), timedelta(minutes=15))],
)
def test_what_a_person_must_mend_is_told_once(lake: FakeLake, error: Exception, again: timedelta) -> None:
    lake.amazon.faults["getReports"] = [error, error]
    with pytest.raises(DiscoveryFailed, match=type(error).__name__):
        lake.discovering.discover()
    assert look(lake).next_read_at == lake.clock() + again
    lake.clock.forward(hours=6)
    assert lake.discovering.discover()["failed"] == 1


def test_a_dead_execution_or_damaged_document_takes_the_same_report_again(lake: FakeLake) -> None:
    made(lake)
    lake.discovering.discover()
    for number in range(1, 8):
        lake.dispatching.tick()
        attempt = lake.in_flight("2026-11-06--2026-11-20--71")
        assert (attempt.key.attempt, attempt.report_id) == (number, "71")
        lake.fail(attempt, "FAILED", "DocumentDamaged", "cut short")
        lake.clock.forward(hours=7)
    lake.dispatching.tick()
    lake.fail(lake.in_flight("2026-11-06--2026-11-20--71"), "FAILED", "DocumentDamaged", "cut short")

    window = lake.windows()[0]
    assert (window.state, window.next_action_at) == (WindowState.LOST, None)
    assert lake.discovering.discover()["adopted"] == 0
    assert "createReport" not in lake.amazon.calls


def test_a_window_planned_under_another_contract_is_not_asked_for(lake: FakeLake) -> None:
    made(lake)
    lake.discovering.discover()
    [window] = lake.windows()
    lake.ledger.save(replace(window, adopted=None))
    assert lake.dispatching.tick() | {"oldest_due_seconds": 0} == figures(due=1, postponed=1)


def test_its_items_survive_the_table(lake: FakeLake) -> None:
    made(lake)
    lake.amazon.faults["getReports"] = [SellingPartnerUnavailable("503")]
    for _ in range(2):
        lake.discovering.discover()
        for item in lake.ledger.items.values():
            assert decode(type(item), encode(replace(item, lock=0))) == replace(item, lock=1)
    assert {type(item).__name__ for item in lake.ledger.items.values()} == {
        "LedgerAccount",
        "DiscoveryState",
        "LedgerWindow",
        "ReportOwner",
    }


@pytest.mark.parametrize("error", [AwsCallFailed("throttled"), LedgerItemIncomplete("a field"), ValueError("a bug")])
@pytest.mark.parametrize("method", ["discovery_states", "save"])
def test_a_fault_of_one_account_stops_no_other(lake: FakeLake, method: str, error: Exception) -> None:
    second = seller(name="contoso", selling_partner_id="A-CONTOSO", start_date=date(2026, 1, 1))
    lake.configuration.add(second)
    lake.configuration.switched_on.append(Enablement("contoso", "deposits", None))
    lake.store_credentials(second)
    made(lake)
    faulty = Faulty(lake.ledger, method, "contoso", error)
    discovering = replace(lake.discovering, ledger=faulty)

    with pytest.raises(RoundFailed, match=rf"contoso: {type(error).__name__}"):
        discovering.discover()

    assert [window.line.account for window in lake.windows()] == ["northwind"]
    lake.clock.forward(minutes=5)
    told_again = method == "save"  # what cannot be noted as told is told each time
    if not told_again:
        assert discovering.discover()["failed"] == 1


def test_an_item_of_the_ledger_that_cannot_be_read_is_told(lake: FakeLake) -> None:
    lake.ledger.unreadable = lambda: (LedgerItemIncomplete("the item window#x y lacks lock"),)  # type: ignore[method-assign]
    with pytest.raises(RoundFailed, match="an item of the ledger: LedgerItemIncomplete: the item window#x y"):
        lake.discovering.discover()
