from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.curation.claiming import superseded_by
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import WindowState

from tests.unit.fakes.lake import FakeLake


def restate(lake: FakeLake, content: bytes) -> None:
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    lake.collect(lake.in_flight("2026-11-20"), content)


def test_waiting_documents_are_claimed_under_the_lease(lake: FakeLake) -> None:
    lake.dispatching.tick()
    for day in ("2026-11-20", "2026-11-19"):
        lake.collect(lake.in_flight(day), day.encode())

    run_id = lake.claiming.start()

    assert run_id is not None
    manifest = lake.manifest(run_id)
    assert manifest["run_id"] == run_id
    assert [(record["window"], record["superseded_by"]) for record in manifest["documents"]] == [
        ("2026-11-20", None),
        ("2026-11-19", None),
    ]
    assert lake.machines.executions[run_id] == {
        "run_id": run_id,
        "manifest": f"s3://artifacts/curation/{run_id}/manifest.json",
        "results": f"s3://artifacts/curation/{run_id}/results.json",
    }
    lease = lake.ledger.lease()
    assert (lease.holder, lease.fence) == (run_id, 1)
    assert lease.held_until is not None
    assert lease.held_until > lake.clock()


def test_nothing_waits_nothing_starts(lake: FakeLake) -> None:
    assert lake.claiming.start() is None


def test_while_a_run_is_under_way_documents_wait(lake: FakeLake) -> None:
    first = lake.one()
    lake.collect(first, b"a")
    run_id = lake.claiming.start()
    lake.collect(lake.in_flight("2026-11-19"), b"b")
    assert lake.claiming.start() is None
    assert run_id is not None

    lake.end_run(run_id)

    second = lake.claiming.start()
    assert second is not None
    assert [record["window"] for record in lake.manifest(second)["documents"]] == ["2026-11-19"]
    assert lake.ledger.lease().fence == 2


def test_an_older_document_of_a_window_is_superseded(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    restate(lake, b"new")
    newer = max(lake.amazon.reports)

    run_id = lake.claiming.start()

    assert run_id is not None
    assert {record["report_id"]: record["superseded_by"] for record in lake.manifest(run_id)["documents"]} == {
        "50000": newer,
        newer: None,
    }


def test_a_newer_document_that_has_to_wait_does_not_silence_the_older(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"good")
    restate(lake, b"unreadable")
    newer = max(lake.amazon.reports)
    document = lake.ledger.document("northwind", newer)
    assert document is not None
    lake.ledger.save(replace(document, failed_runs=1, waits_from=lake.clock() + timedelta(minutes=5)))  # its run died

    first = lake.claiming.start()
    assert first is not None
    assert [(record["report_id"], record["superseded_by"]) for record in lake.manifest(first)["documents"]] == [
        ("50000", None)
    ]
    lake.end_run(first)
    assert lake.window("2026-11-20").state is WindowState.CURATED
    lake.clock.forward(minutes=6)
    lake.curate({newer: "refused"})

    older = lake.ledger.document("northwind", "50000")
    assert older is not None
    assert older.state is DocumentState.CURATED
    window = lake.window("2026-11-20")
    assert (window.state, window.reason) == (WindowState.CURATED, "code: why")


def test_of_a_batch_cut_between_two_documents_of_a_window_both_are_published(
    lake: FakeLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.curation.retries.LARGEST_BATCH", 1)
    lake.collect(lake.one(), b"old")
    restate(lake, b"new")

    assert [lake.curate()["curated"], lake.curate()["curated"]] == [1, 1]


def test_a_list_that_lags_behind_claims_nothing_twice(lake: FakeLake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.collect(lake.one(), b"a")
    listed = lake.ledger.waiting_documents(lake.clock(), 10)
    lake.curate()
    monkeypatch.setattr(lake.ledger, "waiting_documents", lambda until, limit: listed)

    assert lake.claiming.start() is None


def test_a_start_that_was_interrupted_is_resumed(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    lake.artifacts.fail_manifest = 1
    with pytest.raises(OSError, match="injected"):
        lake.claiming.start()
    assert lake.claiming.start() is None  # it may still be at work
    lake.clock.forward(minutes=3)

    run_id = lake.claiming.start()

    assert run_id == lake.ledger.lease().holder
    assert run_id in lake.machines.executions


def test_the_run_id_is_computed_from_its_work(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    twin = FakeLake()
    twin.collect(twin.one(), b"a")

    assert lake.claiming.start() == twin.claiming.start()


def test_at_most_a_batch_is_claimed(lake: FakeLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.curation.retries.LARGEST_BATCH", 2)
    lake.dispatching.tick()
    for day in ("2026-11-20", "2026-11-19", "2026-11-18"):
        lake.collect(lake.in_flight(day), day.encode())

    assert lake.curate()["documents"] == 2
    assert lake.curate()["documents"] == 1


@pytest.mark.parametrize(
    ("state", "claimed", "replaced"),
    [
        (DocumentState.STORED, False, False),
        (DocumentState.STORED, True, True),
        (DocumentState.CURATED, False, True),
        (DocumentState.SUPERSEDED, False, True),
        (DocumentState.REFUSED, False, False),
    ],
)
def test_a_newer_document_supersedes_once_it_is_curated_or_claimed_along(
    lake: FakeLake, state: DocumentState, claimed: bool, replaced: bool
) -> None:
    lake.collect(lake.one(), b"a")
    document, window = lake.ledger.document("northwind", "50000"), lake.window("2026-11-20")
    assert document is not None
    assert window.newest is not None
    later = document.report_time + timedelta(seconds=1)
    newest = replace(window.newest, report_id="60000", stored_as="60000", report_time=later, state=state)
    together = frozenset({("northwind", "60000")} if claimed else ())

    assert superseded_by(replace(window, newest=newest), document, together) == ("60000" if replaced else None)
    earlier = replace(newest, report_time=document.report_time - timedelta(seconds=1))
    assert superseded_by(replace(window, newest=earlier), document, together) is None
    assert superseded_by(replace(window, newest=None), document, together) is None


def test_the_lease_is_taken_for_six_hours(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    lake.claiming.start()

    lease = lake.ledger.lease()

    assert (lease.taken_at, lease.held_until) == (lake.clock(), lake.clock() + timedelta(hours=6))


def test_a_start_that_was_interrupted_is_resumed_after_two_minutes(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    lake.artifacts.fail_manifest = 1
    with pytest.raises(OSError, match="injected"):
        lake.claiming.start()
    lake.clock.forward(minutes=1, seconds=59)
    assert lake.claiming.start() is None
    lake.clock.forward(seconds=1)

    assert lake.claiming.start() == lake.ledger.lease().holder
    assert lake.ledger.lease().started
