from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.curation import lease as curation_lease
from ingestion.curation.run_history import succeeded_since
from ingestion.ledger.curation import CurationRun
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import WindowState

from tests.unit.fakes.lake import FakeLake


def restate(lake: FakeLake, content: bytes) -> None:
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    lake.collect(lake.in_flight("2026-11-20"), content)


def test_results_reach_windows_documents_figures_and_runs(lake: FakeLake) -> None:
    lake.dispatching.tick()
    for day in ("2026-11-20", "2026-11-19", "2026-11-18"):
        lake.collect(lake.in_flight(day), day.encode())

    answer = lake.curate({"50001": "refused", "50002": "quarantined"})

    assert answer["documents"] == 3
    assert {key: answer[key] for key in ("curated", "superseded", "refused", "quarantined")} == {
        "curated": 1,
        "superseded": 0,
        "refused": 1,
        "quarantined": 1,
    }
    assert lake.window("2026-11-20").state is WindowState.CURATED
    assert (lake.window("2026-11-19").state, lake.window("2026-11-19").reason) == (WindowState.REFUSED, "code: why")
    assert lake.window("2026-11-18").state is WindowState.QUARANTINED
    document = lake.ledger.document("northwind", "50001")
    assert document is not None
    assert (document.state, document.reason, document.waits_from) == (DocumentState.REFUSED, "code: why", None)
    assert lake.metrics.figures == {
        "CurationRuns": 1,
        "RowsChanged": 3,
        "DocumentsCurated": 1,
        "DocumentsSuperseded": 0,
        "DocumentsRefused": 1,
        "DocumentsQuarantined": 1,
    }
    assert [subject for subject, _ in lake.alarms.published] == ["2 documents were not published"]
    assert lake.ledger.lease().holder is None
    assert lake.ledger.runs(1)[0].status == "SUCCEEDED"


def test_results_may_be_recorded_twice(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    assert run_id is not None
    lake.end_run(run_id)

    assert lake.end_run(run_id)["curated"] == 1
    assert lake.window("2026-11-20").state is WindowState.CURATED


def test_a_document_passed_over_for_an_unreadable_one_gets_its_turn(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"good")
    restate(lake, b"unreadable")
    newer = max(lake.amazon.reports)
    lake.curate({newer: "refused"})

    lake.curate()

    assert lake.window("2026-11-20").state is WindowState.CURATED
    document = lake.ledger.document("northwind", "50000")
    assert document is not None
    assert document.state is DocumentState.CURATED


def test_a_window_whose_document_is_superseded_is_complete(lake: FakeLake) -> None:
    """A newer document of another window may speak for the same orders."""
    lake.collect(lake.one(), b"old")
    lake.curate({"50000": "superseded"})

    window = lake.window("2026-11-20")
    assert (window.state, window.reason) == (WindowState.SUPERSEDED, None)
    assert window.next_action_at is not None  # Amazon restates


@pytest.mark.parametrize(
    ("content", "outcome", "state"),
    [
        (b"new", "curated", WindowState.CURATED),
        (b"new", "superseded", WindowState.SUPERSEDED),
        (b"new", "refused", WindowState.REFUSED),
        (b"old", None, WindowState.SUPERSEDED),  # unchanged: nothing is stored
    ],
)
def test_a_superseded_window_is_restated_like_any_other(
    lake: FakeLake, content: bytes, outcome: str | None, state: WindowState
) -> None:
    lake.collect(lake.one(), b"old")
    lake.curate({"50000": "superseded"})
    restate(lake, content)
    if outcome:
        assert lake.window("2026-11-20").state is WindowState.STORED
        lake.curate({max(lake.amazon.reports): outcome})

    assert lake.window("2026-11-20").state is state
    assert lake.window("2026-11-20").next_action_at is not None


def test_a_superseded_window_stays_complete_when_a_restatement_is_refused(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    lake.curate({"50000": "superseded"})
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    attempt = lake.in_flight("2026-11-20")
    lake.amazon.finish(lake.ask(attempt), "FATAL", b"not authorized")
    lake.fetch(attempt)

    assert lake.window("2026-11-20").state is WindowState.SUPERSEDED


def test_an_older_document_does_not_speak_for_its_window(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    restate(lake, b"new")
    lake.curate({max(lake.amazon.reports): "quarantined"})

    lake.curate({"50000": "superseded"})

    assert lake.window("2026-11-20").state is WindowState.QUARANTINED


def test_a_document_passed_over_for_one_without_a_result_gets_its_turn(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    restate(lake, b"new")
    run_id = lake.claiming.start()
    assert run_id is not None
    uri = lake.artifacts.results_uri(run_id)
    entry = {"account": "northwind", "report_id": "50000", "source": "daily", "request": "r", "outcome": "superseded"}
    lake.artifacts.objects[uri] = json.dumps({"run_id": run_id, "documents": [entry], "tables": {}}).encode()
    lake.concluding.finish(run_id, uri)

    document = lake.ledger.document("northwind", "50000")
    assert document is not None
    assert (document.state, document.waits_from is None) == (DocumentState.STORED, False)


def test_a_refused_restatement_leaves_the_window_curated_and_says_why(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"good")
    lake.curate()
    restate(lake, b"unreadable")

    lake.curate({max(lake.amazon.reports): "refused"})

    window = lake.window("2026-11-20")
    assert (window.state, window.reason) == (WindowState.CURATED, "code: why")


def test_documents_without_a_result_wait_on(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    assert run_id is not None
    uri = lake.artifacts.results_uri(run_id)
    lake.artifacts.objects[uri] = json.dumps({"run_id": run_id, "documents": [], "tables": {}}).encode()
    lake.concluding.finish(run_id, uri)

    document = lake.ledger.document("northwind", "50000")
    assert document is not None
    assert (document.failed_runs, document.waits_from) == (1, lake.clock())


def test_a_run_that_lost_the_lease_releases_nothing(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    first = lake.claiming.start()
    assert first is not None
    curation_lease.release(lake.ledger, first)
    second = lake.claiming.start()
    assert second is not None

    lake.end_run(first)

    assert lake.ledger.lease().holder == second


@pytest.mark.parametrize(("days", "alone"), [(("2026-11-20",), 1), (("2026-11-20", "2026-11-19"), 0)])
def test_a_document_without_a_result_counts_as_alone_if_it_was_the_only_one_claimed(
    lake: FakeLake, days: tuple[str, ...], alone: int
) -> None:
    lake.dispatching.tick()
    for day in days:
        lake.collect(lake.in_flight(day), day.encode())
    run_id = lake.claiming.start()
    assert run_id is not None
    uri = lake.artifacts.results_uri(run_id)
    lake.artifacts.objects[uri] = json.dumps({"run_id": run_id, "documents": [], "tables": {}}).encode()

    lake.concluding.finish(run_id, uri)

    documents = [lake.ledger.document("northwind", str(50000 + number)) for number in range(len(days))]
    assert [document and (document.failed_runs, document.failed_alone) for document in documents] == [
        (1, alone) for _ in days
    ]


def test_the_history_has_a_runs_counts_by_outcome_for_ninety_days(lake: FakeLake) -> None:
    outcomes = ["curated"] + ["superseded"] * 2 + ["refused"] * 3 + ["quarantined"] * 4
    lake.dispatching.tick()
    for day in range(20, 10, -1):
        lake.collect(lake.in_flight(f"2026-11-{day}"), b"%d" % day)
    run_id = lake.claiming.start()
    assert run_id is not None
    by_report = {str(50000 + number): outcome for number, outcome in enumerate(outcomes)}
    lake.end_run(run_id, by_report)

    expected = CurationRun(
        lock=1,
        run_id=run_id,
        status="SUCCEEDED",
        documents=10,
        curated=1,
        superseded=2,
        refused=3,
        quarantined=4,
        reason=None,
        finished_at=lake.clock(),
        expires_at=lake.clock() + timedelta(days=90),
    )
    assert lake.ledger.runs(5) == [expected]
    lake.end_run(run_id, by_report)  # the repeat is the same run, not another
    assert lake.ledger.runs(5) == [replace(expected, lock=2)]


@pytest.mark.parametrize(("seconds", "since"), [(-1, True), (0, False), (1, False)])
def test_a_run_succeeded_since_a_moment_if_it_finished_after_it(lake: FakeLake, seconds: int, since: bool) -> None:
    lake.collect(lake.one(), b"a")
    lake.curate()

    assert succeeded_since(lake.ledger, lake.clock() + timedelta(seconds=seconds)) is since


def test_a_documents_reason_has_at_most_a_thousand_characters(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    assert run_id is not None
    uri = lake.artifacts.results_uri(run_id)
    entry = {"account": "northwind", "report_id": "50000", "outcome": "refused", "code": "code", "message": "x" * 2000}
    lake.artifacts.objects[uri] = json.dumps({"run_id": run_id, "documents": [entry]}).encode()

    lake.concluding.finish(run_id, uri)

    assert lake.window("2026-11-20").reason == "code: " + "x" * 994


def test_a_document_that_was_passed_over_for_a_published_one_is_done(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    restate(lake, b"new")

    answer = lake.curate()

    assert (answer["curated"], answer["superseded"]) == (1, 1)
    document = lake.ledger.document("northwind", "50000")
    assert document is not None
    assert (document.state, document.waits_from) == (DocumentState.SUPERSEDED, None)
    assert lake.claiming.start() is None
