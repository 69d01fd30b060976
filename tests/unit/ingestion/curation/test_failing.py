from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ingestion.curation.retries import batch_size
from ingestion.ledger.curation import Lease
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import WindowState

from tests.unit.fakes.lake import FakeLake


def sidecar(lake: FakeLake, report_id: str) -> str:
    return next(key for key in lake.raw.objects if key.endswith(f"/{report_id}.json"))


def next_run(lake: FakeLake) -> str:
    """The next run that starts, however long it takes until its documents' turn comes."""
    for _ in range(24 * 60):
        run_id = lake.claiming.start()
        if run_id:
            return run_id
        lake.clock.forward(minutes=1)
    raise AssertionError("nothing waits")


def die(lake: FakeLake, run_id: str) -> bool:
    return lake.concluding.fail(run_id, "Glue.JobRunFailed", "out of memory")


def claimed(lake: FakeLake, run_id: str) -> list[str]:
    return [record["window"] for record in lake.manifest(run_id)["documents"]]


def test_a_dead_run_is_repeated_at_once_then_in_smaller_batches_ever_later(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    starts = []
    for _ in range(7):
        run_id = next_run(lake)
        starts.append(lake.clock())
        assert die(lake, run_id)
        assert not die(lake, run_id)

    assert [round((later - earlier) / timedelta(minutes=1)) for earlier, later in itertools.pairwise(starts)] == [
        0,
        5,
        20,
        80,
        320,
        360,
    ]
    assert lake.ledger.runs(1)[0].status == "FAILED"
    assert [batch_size(n) for n in range(4)] == [200, 25, 3, 1]
    assert any("curation run failed" in subject for subject, _ in lake.alarms.published)


def test_an_outage_condemns_no_document(lake: FakeLake) -> None:
    """While every run dies, whoever is in it, nothing says that it is the documents."""
    lake.dispatching.tick()
    days = ("2026-11-20", "2026-11-19", "2026-11-18")
    for day in days:
        lake.collect(lake.in_flight(day), day.encode())
    for _ in range(20):
        die(lake, next_run(lake))
    assert {lake.window(day).state for day in days} == {WindowState.STORED}

    for _ in days:
        lake.end_run(next_run(lake))

    assert {lake.window(day).state for day in days} == {WindowState.CURATED}
    assert {subject for subject, _ in lake.alarms.published} == {"curation run failed: Glue.JobRunFailed"}


def test_the_document_that_kills_its_runs_is_found_and_given_up_and_people_are_told(lake: FakeLake) -> None:
    lake.dispatching.tick()
    days = [f"2026-11-{day:02}" for day in range(9, 21)]
    for day in days[2:]:
        lake.collect(lake.in_flight(day), day.encode())
    later, alone = iter(days[:2]), 0
    for _ in range(40):
        if lake.window("2026-11-15").state is not WindowState.STORED:
            break
        run_id = next_run(lake)
        if "2026-11-15" not in claimed(lake, run_id):
            lake.end_run(run_id)
            continue
        alone += claimed(lake, run_id) == ["2026-11-15"]
        die(lake, run_id)
        lake.clock.forward(minutes=1)
        if alone and (following := next(later, None)):
            lake.collect(lake.in_flight(following), following.encode())

    window = lake.window("2026-11-15")
    assert alone == 3
    assert window.state is WindowState.QUARANTINED
    assert (
        window.reason
        == "3 curation runs that had no other document failed, while others succeeded: Glue.JobRunFailed: out of memory"
    )
    assert {lake.window(day).state for day in days if day != "2026-11-15"} == {WindowState.CURATED}
    told = [
        message for subject, message in lake.alarms.published if subject == "northwind daily: a document was given up"
    ]
    assert len(told) == 1
    assert "2026-11-15" in told[0]
    assert "out of memory" in told[0]
    report_id = next(attempt.report_id for attempt in lake.attempts() if attempt.window.key == "2026-11-15")
    assert sidecar(lake, report_id or "") in told[0]  # what a replay wants


def test_failures_between_which_nothing_succeeded_count_once(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"deadly")
    for day in ("2026-11-19", "2026-11-18"):
        for _ in range(5):
            die(lake, next_run(lake))
        assert lake.window("2026-11-20").state is WindowState.STORED
        lake.clock.forward(minutes=1)
        lake.collect(lake.in_flight(day), b"good")
        good = next_run(lake)
        assert claimed(lake, good) == [day]
        lake.end_run(good)

    die(lake, next_run(lake))

    assert lake.window("2026-11-20").state is WindowState.QUARANTINED


def test_replaying_a_document_that_was_given_up_begins_anew(lake: FakeLake) -> None:
    test_failures_between_which_nothing_succeeded_count_once(lake)
    report_id = "50000"

    lake.admitting.replay(sidecar(lake, report_id))
    die(lake, next_run(lake))
    document = lake.ledger.document("northwind", report_id)
    assert document is not None
    assert document.state is DocumentState.STORED
    lake.end_run(next_run(lake))

    assert lake.window("2026-11-20").state is WindowState.CURATED


def test_the_failure_of_a_run_is_counted_once(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = next_run(lake)

    assert die(lake, run_id)
    assert lake.metrics.figures == {"CurationFailures": 1}
    assert die(lake, run_id) is False
    assert lake.metrics.figures == {"CurationFailures": 1}


@pytest.mark.parametrize(("days", "alone"), [(("2026-11-20",), 1), (("2026-11-20", "2026-11-19"), 0)])
def test_a_run_that_failed_counts_as_alone_if_it_had_one_document(
    lake: FakeLake, days: tuple[str, ...], alone: int
) -> None:
    lake.dispatching.tick()
    for day in days:
        lake.collect(lake.in_flight(day), day.encode())

    die(lake, next_run(lake))

    documents = [lake.ledger.document("northwind", str(50000 + number)) for number in range(len(days))]
    assert [document and (document.failed_runs, document.failed_alone) for document in documents] == [
        (1, alone) for _ in days
    ]
    run = lake.ledger.runs(1)[0]
    assert (run.status, run.documents, run.reason) == ("FAILED", len(days), "Glue.JobRunFailed: out of memory")
    assert (run.curated, run.superseded, run.refused, run.quarantined) == (0, 0, 0, 0)


@pytest.mark.parametrize("missing", ["holder", "execution_arn", "taken_at"])
def test_a_lease_that_is_filled_in_half_is_left_alone(lake: FakeLake, missing: str) -> None:
    """Without a holder no run failed; without the others nothing says whether its execution has ended."""
    filled = Lease(
        fence=1, holder="run-00000001-0123456789ab", execution_arn="arn:aws:states:::execution", taken_at=lake.clock()
    )
    changes: dict[str, Any] = {missing: None}
    lake.ledger.save(replace(filled, **changes))
    before = lake.ledger.lease()
    lake.clock.forward(hours=1)

    assert lake.sweeping.curation.record_abandoned(lake.machines) is False
    assert lake.ledger.lease() == before
    assert not lake.alarms.published
    lake.ledger.save(replace(filled, lock=before.lock))
    assert lake.sweeping.curation.record_abandoned(lake.machines) is True
