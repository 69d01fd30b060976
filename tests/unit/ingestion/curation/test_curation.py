from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.curation import lease as curation_lease
from ingestion.curation.retries import batch_size
from ingestion.errors import NotFound
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import WindowState

from tests.unit.fakes.lake import FakeLake


def sidecar(lake: FakeLake, report_id: str) -> str:
    return next(key for key in lake.raw.objects if key.endswith(f"/{report_id}.json"))


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


def test_a_report_older_than_the_newest_stored_is_stored_and_superseded(lake: FakeLake) -> None:
    attempt = lake.one()
    late = lake.ask(attempt)
    lake.amazon.finish(late, "DONE", b"old")
    get = lake.amazon.get

    def meanwhile(report_id: str) -> object:
        """While the document is fetched, its execution is given up and the next attempt is faster."""
        lake.amazon.get = get  # type: ignore[method-assign]
        report = get(report_id)
        lake.fail(attempt, "FAILED", "DocumentDamaged")
        lake.clock.forward(minutes=6)
        lake.dispatching.tick()
        lake.collect(lake.in_flight("2026-11-20"), b"new")
        lake.curate()
        return report

    lake.amazon.get = meanwhile  # type: ignore[method-assign,assignment]
    lake.fetch(attempt)

    assert lake.admitting.notice(sidecar(lake, late)) == "adopted"
    run_id = lake.claiming.start()
    assert run_id is not None
    assert [record["superseded_by"] for record in lake.manifest(run_id)["documents"]] == [max(lake.amazon.reports)]
    lake.end_run(run_id)
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


def test_a_list_that_lags_behind_claims_nothing_twice(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    listed = lake.ledger.waiting_documents(lake.clock(), 10)
    lake.curate()
    lake.ledger.waiting_documents = lambda until, limit: listed  # type: ignore[method-assign]

    assert lake.claiming.start() is None


def test_replay_curates_again(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    lake.curate()
    assert lake.admitting.notice(sidecar(lake, "50000")) == "known"
    assert lake.claiming.start() is None

    lake.admitting.replay(sidecar(lake, "50000"))

    run_id = lake.claiming.start()
    assert run_id is not None
    assert lake.manifest(run_id)["documents"][0]["superseded_by"] is None


def test_a_document_is_replayed_by_its_own_key_too(lake: FakeLake) -> None:
    """It is the one that operations.documents names."""
    lake.collect(lake.one(), b"a")
    key = sidecar(lake, "50000").replace(".json", ".gz")
    other = FakeLake()
    object.__setattr__(other.admitting, "raw_store", lake.raw)

    other.admitting.replay(key)

    run_id = other.claiming.start()
    assert run_id is not None
    assert other.manifest(run_id)["documents"][0]["report_id"] == "50000"


def test_replaying_an_older_document_changes_nothing(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    lake.curate()
    restate(lake, b"new")
    lake.curate()
    lake.admitting.replay(sidecar(lake, "50000"))

    run_id = lake.claiming.start()

    assert run_id is not None
    assert lake.manifest(run_id)["documents"][0]["superseded_by"] == max(lake.amazon.reports)


def test_documents_restored_from_a_backup_are_adopted(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    other = FakeLake()
    other.raw = lake.raw
    object.__setattr__(other.admitting, "raw_store", lake.raw)

    assert other.admitting.notice(sidecar(lake, "50000")) == "adopted"
    assert other.admitting.notice(sidecar(lake, "50000")) == "known"
    other.curate()
    assert other.window("2026-11-20").state is WindowState.CURATED
    other.dispatching.tick()  # planning leaves what is there
    assert other.window("2026-11-20").state is WindowState.CURATED


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"account": "northwind"}'])
def test_a_sidecar_that_is_no_record_is_rejected(lake: FakeLake, body: bytes) -> None:
    lake.raw.objects["raw/reports/T/account=a/marketplace=DE/window=w/1.json"] = body
    with pytest.raises(ValueError, match=r"sidecar|Expecting"):
        lake.admitting.notice("raw/reports/T/account=a/marketplace=DE/window=w/1.json")


def test_a_sidecar_that_names_another_document_is_rejected(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    key = sidecar(lake, "50000").replace("50000", "60000")
    lake.raw.objects[key] = lake.raw.objects[sidecar(lake, "50000")]
    with pytest.raises(ValueError, match="describes another document"):
        lake.admitting.notice(key)
    with pytest.raises(NotFound):
        lake.admitting.notice(key.replace("60000", "70000"))


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
        if alone and (day := next(later, None)):
            lake.collect(lake.in_flight(day), day.encode())

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
    assert lake.ledger.document("northwind", report_id).state is DocumentState.STORED  # type: ignore[union-attr]
    lake.end_run(next_run(lake))

    assert lake.window("2026-11-20").state is WindowState.CURATED


def test_a_start_that_was_interrupted_is_resumed(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    put = lake.artifacts.put_manifest
    lake.artifacts.put_manifest = lambda run_id, body: (_ for _ in ()).throw(OSError("injected"))  # type: ignore[method-assign]
    with pytest.raises(OSError, match="injected"):
        lake.claiming.start()
    lake.artifacts.put_manifest = put  # type: ignore[method-assign]
    assert lake.claiming.start() is None  # it may still be at work
    lake.clock.forward(minutes=3)

    run_id = lake.claiming.start()

    assert run_id == lake.ledger.lease().holder
    assert run_id in lake.machines.executions


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
