"""When a run starts: for enough documents, or for one that has waited long; the sweep looks every few minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingestion.curation.batching import Batching
from ingestion.errors import LedgerItemIncomplete
from ingestion.failures import RoundFailed
from ingestion.identity import LineKey, WindowKey
from ingestion.ledger.documents import DocumentState, LedgerDocument

from tests.unit.fakes.faulty import Faulty
from tests.unit.fakes.lake import FakeLake

SWEEP = timedelta(minutes=5)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def document(report_id: str = "1", *, waits_from: datetime = NOW) -> LedgerDocument:
    line = LineKey(account="northwind", source="daily", variant="child", marketplace="DE")
    return LedgerDocument(
        account="northwind",
        report_id=report_id,
        window_key=WindowKey(line=line, window="2026-11-20"),
        report_time=NOW,
        record='{"report_id": "1"}',
        waits_from=waits_from,
    )


@pytest.mark.parametrize(
    ("waiting", "due"),
    [
        ([], False),
        ([document()], False),
        ([document()] * 2, False),
        ([document()] * 3, True),
        ([document(waits_from=NOW - timedelta(minutes=59))], False),
        ([document(waits_from=NOW - timedelta(minutes=60))], True),
        ([replace(document(), failed_runs=1)], True),
        ([replace(document(), urgent=True)], True),
    ],
)
def test_enough_documents_or_an_old_a_failed_or_an_urgent_one(waiting: list[LedgerDocument], due: bool) -> None:
    assert Batching(3, timedelta(hours=1)).is_due(waiting, NOW) == due


def test_with_the_local_clouds_rule_every_document_is_due() -> None:
    assert Batching(1, timedelta(0)).is_due([document()], NOW)
    assert Batching(100, timedelta(0)).is_due([document()], NOW)
    assert not Batching(1, timedelta(0)).is_due([], NOW)


@settings(deadline=None, max_examples=60)
@given(
    arrivals=st.lists(st.integers(0, 24 * 60 - 1), max_size=60).map(sorted),
    minimum=st.integers(1, 20),
    wait_minutes=st.integers(0, 180),
)
def test_no_document_waits_longer_than_the_wait_and_one_sweep_and_runs_are_bounded(
    arrivals: list[int], minimum: int, wait_minutes: int
) -> None:
    """A day in which documents arrive at any minute: each arrival, each end of a run and each sweep looks for work."""
    lake = FakeLake()
    wait = timedelta(minutes=wait_minutes)
    claiming = lake.claiming_by(Batching(minimum, wait))
    start, runs = lake.clock(), 0
    for minute in range(24 * 60 + wait_minutes + 6):
        lake.clock.now = start + timedelta(minutes=minute)
        arrived = [number for number, at in enumerate(arrivals) if at == minute]
        for number in arrived:
            lake.ledger.save(document(f"{number}", waits_from=lake.clock()))
        if not arrived and minute % 5:
            continue
        while (run := claiming.start()) is not None:
            runs += 1
            for name in lake.ledger.lease().documents:
                known = lake.ledger.document(name.account, name.report_id)
                assert known is not None
                assert known.waits_from is not None
                assert lake.clock() - known.waits_from <= wait + SWEEP
                lake.ledger.save(replace(known, state=DocumentState.CURATED, waits_from=None))
            lease = lake.ledger.lease()
            assert lease.holder == run
            lake.ledger.save(lease.released())
    assert lake.ledger.waiting_documents(lake.clock(), 1) == []
    by_wait = (24 * 60) // max(wait_minutes, 1) + 1
    assert runs <= len(arrivals) // minimum + min(by_wait, len(arrivals))


def test_few_documents_wait_for_others_until_the_sweep_finds_them_old(lake: FakeLake) -> None:
    claiming = lake.claiming_by(Batching(100, timedelta(hours=1)))
    lake.collect(lake.one(), b"a")
    assert claiming.start() is None
    assert lake.sweeping.documents_wait()  # so the sweep calls start_curation again
    lake.clock.forward(minutes=60)
    assert claiming.start() is not None


def test_a_person_does_not_wait(lake: FakeLake) -> None:
    claiming = lake.claiming_by(Batching(100, timedelta(hours=1)))
    lake.collect(lake.one(), b"a")
    assert claiming.start(at_once=True) is not None


def test_a_replayed_document_does_not_wait_even_if_a_run_was_in_progress(lake: FakeLake) -> None:
    claiming = lake.claiming_by(Batching(100, timedelta(hours=1)))
    lake.collect(lake.one(), b"a")
    lake.curate()
    first, second = [item for item in lake.raw.objects if item.endswith(".json")], lake.in_flight("2026-11-19")
    lake.collect(second, b"b")
    run = claiming.start(at_once=True)
    assert run is not None
    lake.admitting.replay(first[0])
    assert claiming.start() is None
    lake.end_run(run)
    assert claiming.start() is not None
    lake.end_run(str(lake.ledger.lease().holder))
    known = [item for item in lake.ledger.items.values() if isinstance(item, LedgerDocument)]
    assert not any(item.urgent for item in known)


def test_documents_of_a_failed_run_are_divided_without_waiting(lake: FakeLake) -> None:
    """Else each of the runs that find the one that fails them would wait an hour."""
    claiming = lake.claiming_by(Batching(100, timedelta(hours=1)))
    lake.dispatching.tick()
    for attempt in lake.attempts()[:3]:
        lake.collect(attempt, attempt.window.key.encode())
    run = claiming.start(at_once=True)
    assert run is not None
    lake.concluding.fail(run, "Glue", "out of memory")
    assert claiming.start() is not None


@pytest.mark.parametrize("record", ["not json", "[]"])
def test_a_document_whose_record_cannot_be_read_stops_no_other(lake: FakeLake, record: str) -> None:
    lake.dispatching.tick()
    good, bad = lake.attempts()[:2]
    for attempt in (good, bad):
        lake.collect(attempt, attempt.window.key.encode())
    known = lake.ledger.document("northwind", str(lake.ledger.attempt(bad.key).report_id))  # type: ignore[union-attr]
    assert known is not None
    lake.ledger.save(replace(known, record=record))

    with pytest.raises(RoundFailed, match=f"report {known.report_id} of northwind"):
        lake.claiming.start()

    assert [name.report_id != known.report_id for name in lake.ledger.lease().documents] == [True]
    assert lake.ledger.lease().started


@pytest.mark.parametrize(("method", "failing"), [("document", True), ("window", False), ("save", True)])
def test_one_result_that_cannot_be_recorded_stops_no_other(lake: FakeLake, method: str, failing: bool) -> None:
    lake.dispatching.tick()
    good, bad = lake.attempts()[:2]
    for attempt in (good, bad):
        lake.collect(attempt, attempt.window.key.encode())
    run = lake.claiming.start()
    assert run is not None
    report_id = str(lake.ledger.attempt(bad.key).report_id)  # type: ignore[union-attr]
    mentioned = report_id if failing else bad.window.key
    faulty = Faulty(lake.ledger, method, mentioned, LedgerItemIncomplete("an item lacks a field"))
    lake.concluding = replace(lake.concluding, ledger=faulty)

    with pytest.raises(RoundFailed, match=f"report {report_id} of northwind"):
        lake.end_run(run)

    assert lake.ledger.lease().holder is None
    waiting = lake.ledger.waiting_documents(lake.clock(), 10)
    assert [document.report_id for document in waiting] == [report_id]


def test_a_failed_run_releases_its_lease_although_a_document_cannot_be_requeued(lake: FakeLake) -> None:
    lake.dispatching.tick()
    for attempt in lake.attempts()[:2]:
        lake.collect(attempt, attempt.window.key.encode())
    run = lake.claiming.start()
    assert run is not None
    report_id = lake.ledger.lease().documents[0].report_id
    faulty = Faulty(lake.ledger, "document", report_id, LedgerItemIncomplete("an item lacks a field"))
    concluding = replace(lake.concluding, ledger=faulty)

    with pytest.raises(RoundFailed, match=f"report {report_id} of northwind"):
        concluding.fail(run, "Glue", "out of memory")

    assert lake.ledger.lease().holder is None
    assert len(lake.ledger.waiting_documents(lake.clock(), 10)) == 2
