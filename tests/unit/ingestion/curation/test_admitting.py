from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
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


def test_a_report_older_than_the_newest_stored_is_stored_and_superseded(
    lake: FakeLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = lake.one()
    late = lake.ask(attempt)
    lake.amazon.finish(late, "DONE", b"old")
    get = lake.amazon.get

    def meanwhile(report_id: str) -> object:
        """While the document is fetched, its execution is given up and the next attempt is faster."""
        monkeypatch.setattr(lake.amazon, "get", get)
        report = get(report_id)
        lake.fail(attempt, "FAILED", "DocumentDamaged")
        lake.clock.forward(minutes=6)
        lake.dispatching.tick()
        lake.collect(lake.in_flight("2026-11-20"), b"new")
        lake.curate()
        return report

    monkeypatch.setattr(lake.amazon, "get", meanwhile)
    lake.fetch(attempt)

    assert lake.admitting.notice(sidecar(lake, late)) == "adopted"
    run_id = lake.claiming.start()
    assert run_id is not None
    assert [record["superseded_by"] for record in lake.manifest(run_id)["documents"]] == [max(lake.amazon.reports)]
    lake.end_run(run_id)
    assert lake.window("2026-11-20").state is WindowState.CURATED


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


def test_an_unknown_document_of_a_known_window_is_its_newest_if_its_report_is_later(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"old")
    other = FakeLake()
    other.collect(other.one(), b"other")
    restate(other, b"restated")
    latest = max(other.amazon.reports)
    for report_id, newest in ((latest, latest), ("50000", latest)):
        key = sidecar(other, report_id)
        lake.raw.objects[key] = other.raw.objects[key]
        lake.ledger.items.pop(("document#northwind#50000", "document"), None)
        assert lake.admitting.notice(key) == "adopted"
        window = lake.window("2026-11-20")
        assert window.newest is not None
        assert (window.newest.report_id, window.state) == (newest, WindowState.STORED)


def test_an_adopted_window_has_the_records_dates_and_the_next_revision(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    other = FakeLake()
    object.__setattr__(other.admitting, "raw_store", lake.raw)
    other.admitting.notice(sidecar(lake, "50000"))
    window = other.window("2026-11-20")
    assert (window.window.start, window.window.end) == ("2026-11-20", "2026-11-20")
    assert window.window.starts_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert window.window.ends_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert (window.revision, window.attempt, window.request) == (2, 1, lake.attempts()[0].key.request)


def strange(lake: FakeLake, *, newer: bool) -> str:
    """The sidecar of a document that the ledger does not know, before or after the one that it knows."""
    record = json.loads(lake.raw.objects[sidecar(lake, "50000")])
    at = datetime.fromisoformat(record["report_time"]) + timedelta(hours=1 if newer else -1)
    report_id = "90000" if newer else "10000"
    changed = record | {
        "report_id": report_id,
        "report_time": at.isoformat(),
        "key": record["key"].replace("50000", report_id),
    }
    key = sidecar(lake, "50000").replace("50000", report_id)
    lake.raw.objects[key] = json.dumps(changed).encode()
    return key


@pytest.mark.parametrize(("outcome", "state"), [("curated", WindowState.CURATED), ("quarantined", WindowState.STORED)])
def test_a_newer_document_is_the_windows_newest_and_clears_its_reason(
    lake: FakeLake, outcome: str, state: WindowState
) -> None:
    lake.collect(lake.one(), b"a")
    lake.curate({"50000": outcome})
    lake.ledger.save(replace(lake.window("2026-11-20"), reason="code: why"))
    lake.clock.forward(minutes=1)

    lake.admitting.notice(strange(lake, newer=True))

    window = lake.window("2026-11-20")
    assert window.newest is not None
    assert (window.newest.report_id, window.state, window.reason) == ("90000", state, None)
    assert window.updated_at == lake.clock()


def test_an_older_document_after_a_newer_one_leaves_the_window_as_it_is(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    lake.curate({"50000": "quarantined"})
    before = lake.window("2026-11-20")
    assert before.reason is not None

    lake.admitting.notice(strange(lake, newer=False))

    assert lake.window("2026-11-20") == before
    document = lake.ledger.document("northwind", "10000")
    assert document is not None
    assert document.waits_from == lake.clock()  # it is curated all the same


@pytest.mark.parametrize(("revision", "following"), [(None, 2), ("absent", 2), (1, 2), (3, 4), ("3", 4)])
def test_an_adopted_window_continues_after_the_records_revision(
    lake: FakeLake, revision: int | str | None, following: int
) -> None:
    lake.collect(lake.one(), b"a")
    key = sidecar(lake, "50000")
    record = json.loads(lake.raw.objects[key]) | {"revision": revision}
    if revision == "absent":
        del record["revision"]
    other = FakeLake()
    other.raw.objects[key] = json.dumps(record).encode()

    other.admitting.notice(key)

    assert (other.window("2026-11-20").revision, other.window("2026-11-20").state) == (following, WindowState.STORED)


def test_a_document_that_is_replayed_counts_no_failures_from_before(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    document = lake.ledger.document("northwind", "50000")
    assert document is not None
    failed = replace(document, state=DocumentState.REFUSED, failed_runs=2, failed_alone=1, waits_from=None)
    lake.ledger.save(replace(failed, failed_alone_at=lake.clock()))
    lake.clock.forward(minutes=1)

    lake.admitting.replay(sidecar(lake, "50000"))

    again = lake.ledger.document("northwind", "50000")
    assert again == replace(document, lock=document.lock + 2, waits_from=lake.clock(), urgent=True)
