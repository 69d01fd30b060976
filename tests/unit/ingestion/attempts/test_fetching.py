from __future__ import annotations

import gzip
import hashlib
import json
import random
import zlib
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from ingestion.attempts.fetching import Fetched
from ingestion.errors import DocumentDamaged, QuotaExhausted, SellingPartnerUnavailable, Throttled
from ingestion.ledger.attempts import Outcome
from ingestion.ledger.windows import WindowState
from ingestion.reports_api.values import Download

from tests.unit.fakes.configuration import daily, seller
from tests.unit.fakes.lake import FakeLake

CONTENT = b"order-id\tqty\r\n1\t2\r\n"


def sidecars(lake: FakeLake) -> dict[str, dict[str, object]]:
    return {key: json.loads(body) for key, body in lake.raw.objects.items() if key.endswith(".json")}


def test_stores_one_gzip_member_and_the_sidecar_last(lake: FakeLake) -> None:
    attempt = lake.one()
    fetched = lake.collect(attempt, CONTENT)

    assert (fetched.outcome, fetched.reason) == (Outcome.STORED, None)
    key = "raw/reports/GET_DAILY_REPORT/account=northwind/marketplace=DE/window=2026-11-20/50000"
    assert list(lake.raw.objects) == [f"{key}.gz", f"{key}.json"]
    assert gzip.decompress(lake.raw.objects[f"{key}.gz"]) == CONTENT
    record = sidecars(lake)[f"{key}.json"]
    assert record == {
        "account": "northwind",
        "kind": "seller",
        "region": "eu",
        "source": "daily",
        "variant": "child",
        "report_type": "GET_DAILY_REPORT",
        "report_options": {"granularity": "DAY"},
        "marketplace_id": "A1PA6795UKMFR9",
        "marketplace_ids": ["A1PA6795UKMFR9"],
        "window": "2026-11-20",
        "window_start": "2026-11-20",
        "window_end": "2026-11-20",
        "data_start_time": "2026-11-20T00:00:00Z",
        "data_end_time": "2026-11-20T00:00:00Z",
        "request": attempt.key.request,
        "revision": 1,
        "attempt": 1,
        "report_id": "50000",
        "report_document_id": "doc-50000",
        "created_time": "2026-11-23T12:00:00Z",
        "processing_start_time": "2026-11-23T12:00:00Z",
        "processing_end_time": None,
        "report_time": "2026-11-23T12:00:00Z",
        "bucket": "raw",
        "key": f"{key}.gz",
        "stored_bytes": len(lake.raw.objects[f"{key}.gz"]),
        "content_bytes": len(CONTENT),
        "content_sha256": hashlib.sha256(CONTENT).hexdigest(),
        "content_type": "text/plain; charset=Cp1252",
        "charset": "Cp1252",
        "stored_at": "2026-11-23T12:00:00Z",
    }
    window = lake.window("2026-11-20")
    assert window.state is WindowState.STORED
    assert window.next_action_at == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # three days after its end in Berlin
    assert (window.revision, window.attempt) == (2, 1)


@pytest.mark.parametrize(
    "wire",
    [
        CONTENT,
        gzip.compress(CONTENT),
        gzip.compress(CONTENT[:7]) + gzip.compress(CONTENT[7:]),
        gzip.compress(gzip.compress(CONTENT)),
        gzip.compress(CONTENT) + b"\0" * 150,
    ],
    ids=["plain", "gzip", "two members", "packed twice", "padded"],
)
def test_whatever_comes_over_the_wire_one_member_of_the_content_is_stored(lake: FakeLake, wire: bytes) -> None:
    attempt = lake.one()
    report_id = lake.ask(attempt)
    lake.amazon.finish(report_id, wire=wire)
    lake.fetch(attempt)

    stored = next(body for key, body in lake.raw.objects.items() if key.endswith(".gz"))
    member = zlib.decompressobj(wbits=31)
    assert member.decompress(stored) == CONTENT
    assert member.eof
    assert not member.unused_data


def test_a_later_member_may_refer_as_far_back_as_gzip_allows(lake: FakeLake) -> None:
    block = random.Random(1).randbytes(32_000)  # found again only in a window of 32 KiB
    content = CONTENT + block * 2
    wire = gzip.compress(CONTENT) + gzip.compress(block * 2)
    assert len(wire) < len(content) - 30_000
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), wire=wire)
    lake.fetch(attempt)

    assert [gzip.decompress(body) for key, body in lake.raw.objects.items() if key.endswith(".gz")] == [content]


def test_content_larger_than_one_step_of_unpacking_is_stored_whole(
    lake: FakeLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = CONTENT * (3 * 2**20 // len(CONTENT))
    wire = gzip.compress(content)
    chunks = [wire[: len(wire) // 2], wire[len(wire) // 2 :]]  # each is more than one step of content
    monkeypatch.setattr(lake.amazon, "download", lambda _: nullcontext(Download("text/plain", iter(chunks))))
    lake.collect(lake.one(), b"")

    assert [gzip.decompress(body) for key, body in lake.raw.objects.items() if key.endswith(".gz")] == [content]


@pytest.mark.parametrize(
    "wire",
    [
        gzip.compress(CONTENT)[:-4],
        gzip.compress(CONTENT)[:-12] + b"\1\2\3\4" + gzip.compress(CONTENT)[-8:],
        gzip.compress(CONTENT) + b"garbage",
        gzip.compress(CONTENT)[:5],
    ],
    ids=["cut", "wrong bits", "garbage behind", "header only"],
)
def test_a_damaged_document_is_asked_for_again_and_then_fails(lake: FakeLake, wire: bytes) -> None:
    attempt = lake.one()
    report_id = lake.ask(attempt)
    lake.amazon.finish(report_id, wire=wire)

    with pytest.raises(DocumentDamaged):
        lake.fetch(attempt)

    assert lake.amazon.calls.count("download") == 3
    assert not lake.raw.objects
    assert len(lake.raw.aborted) == 3


def test_an_expired_url_is_replaced_within_the_call(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.dead_urls = 2

    assert lake.collect(attempt, CONTENT).outcome is Outcome.STORED
    assert lake.amazon.calls.count("getReportDocument") == 3


def test_urls_that_keep_expiring_are_given_up(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.dead_urls = 99

    with pytest.raises(SellingPartnerUnavailable):
        lake.collect(attempt, CONTENT)
    assert lake.amazon.calls.count("getReportDocument") == 3


def test_a_repeated_call_answers_the_same_and_mends_a_missing_sidecar(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.raw.fail_sidecar = 1
    with pytest.raises(OSError, match="injected"):
        lake.collect(attempt, CONTENT)
    assert not sidecars(lake)

    assert lake.fetch(attempt).outcome is Outcome.STORED
    assert len(sidecars(lake)) == 1
    assert lake.amazon.calls.count("download") == 1


def restated(lake: FakeLake, content: bytes) -> Fetched:
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    return lake.collect(lake.in_flight("2026-11-20"), content)


def test_unchanged_content_moves_the_window_on_and_stores_nothing(lake: FakeLake) -> None:
    lake.collect(lake.one(), CONTENT)
    lake.curate()
    before = dict(lake.raw.objects)

    fetched = restated(lake, CONTENT)

    assert fetched.outcome is Outcome.UNCHANGED
    assert lake.raw.objects == before
    window = lake.window("2026-11-20")
    assert window.state is WindowState.CURATED
    assert window.newest is not None
    assert (window.newest.report_id, window.newest.stored_as) == (max(lake.amazon.reports), "50000")
    assert lake.claiming.start() is None


def test_changed_content_of_a_curated_window_is_stored_and_it_stays_curated(lake: FakeLake) -> None:
    lake.collect(lake.one(), CONTENT)
    lake.curate()

    assert restated(lake, b"other").outcome is Outcome.STORED
    assert lake.window("2026-11-20").state is WindowState.CURATED
    assert len(sidecars(lake)) == 2


def test_after_the_last_restatement_nothing_more_happens(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"0")
    for turn in range(2):
        lake.clock.forward(days=2)
        lake.dispatching.tick()
        lake.collect(lake.in_flight("2026-11-20"), str(turn + 1).encode())

    assert lake.window("2026-11-20").next_action_at is None


def test_no_data_is_corroborated_once(lake: FakeLake) -> None:
    lake = FakeLake(contracts={"daily": daily(restatement_delays=[])})
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "CANCELLED")
    assert lake.fetch(attempt).outcome is Outcome.NO_DATA
    window = lake.window("2026-11-20")
    assert (window.state, window.next_action_at) == (WindowState.NO_DATA, lake.clock() + timedelta(days=1))
    assert "cancelled" in (window.reason or "")

    lake.clock.forward(days=1)
    lake.dispatching.tick()
    again = lake.in_flight("2026-11-20")
    assert (again.key.revision, again.key.attempt) == (2, 1)
    lake.amazon.finish(lake.ask(again), "CANCELLED")
    lake.fetch(again)
    assert lake.window("2026-11-20").next_action_at is None


def test_no_data_on_a_restatement_takes_nothing_away(lake: FakeLake) -> None:
    lake.collect(lake.one(), CONTENT)
    lake.curate()
    lake.clock.forward(days=1)
    lake.dispatching.tick()
    attempt = lake.in_flight("2026-11-20")
    lake.amazon.finish(lake.ask(attempt), "CANCELLED")
    lake.fetch(attempt)

    assert lake.window("2026-11-20").state is WindowState.CURATED


@pytest.mark.parametrize(
    ("text", "outcome", "state"),
    [
        (
            '{"errorDetails":"This report type requires the reportPeriod reportOption to be specified"}',
            Outcome.REFUSED,
            WindowState.REFUSED,
        ),
        ("Data for this period is not yet available. Try again later.", Outcome.RETRY_LATER, WindowState.PLANNED),
        ("This report was already requested within the last 30 minutes", Outcome.RETRY_LATER, WindowState.PLANNED),
        ("The selling partner is not enrolled in Brand Registry", Outcome.NOT_ENTITLED, WindowState.NOT_ENTITLED),
        ("internal failure 7", Outcome.RETRY_LATER, WindowState.PLANNED),
    ],
)
def test_fatal_is_explained_and_sorted(lake: FakeLake, text: str, outcome: Outcome, state: WindowState) -> None:
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "FATAL", text.encode())

    fetched = lake.fetch(attempt)

    assert fetched.outcome is outcome
    window = lake.window("2026-11-20")
    assert window.state is state
    assert window.reason == fetched.reason
    if outcome is Outcome.RETRY_LATER:
        assert window.next_action_at is not None
        assert window.next_action_at >= lake.clock() + timedelta(minutes=30)  # the contract's cooldown
        assert (window.revision, window.attempt) == (1, 2)
    else:
        assert window.next_action_at is None


def test_fatal_without_a_document_is_retried_and_given_up(lake: FakeLake) -> None:
    for turn in range(3):
        lake.dispatching.tick()
        attempt = lake.in_flight("2026-11-20")
        lake.amazon.finish(lake.ask(attempt), "FATAL")
        fetched = lake.fetch(attempt)
        assert attempt.key.attempt == turn + 1
        lake.clock.forward(hours=1)

    assert fetched.outcome is Outcome.REFUSED  # the execution ends as refused, so that somebody is told
    window = lake.window("2026-11-20")
    assert window.state is WindowState.LOST
    assert "given up after 3 attempts" in (window.reason or "")


def test_an_unfinished_report_is_retried_by_the_state_machine(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ask(attempt)

    with pytest.raises(SellingPartnerUnavailable):
        lake.fetch(attempt)
    assert not lake.checking.finished(attempt.key)


def test_429_on_a_look_empties_its_bucket(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ask(attempt)
    lake.amazon.faults["getReport"] = [Throttled("429")]

    with pytest.raises(QuotaExhausted) as told:
        lake.checking.finished(attempt.key)
    assert told.value.wait_until == lake.clock() + timedelta(seconds=0.5)
    with pytest.raises(QuotaExhausted):
        lake.checking.finished(attempt.key)


def test_429_on_a_document_waits_for_its_own_bucket(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.faults["getReportDocument"] = [Throttled("429")]

    with pytest.raises(QuotaExhausted):
        lake.collect(attempt, CONTENT)
    assert {key for key, arrival in lake.quotas.arrivals.items() if arrival > lake.clock().timestamp() + 800} >= {
        "account/northwind/getReportDocument"
    }


def test_documents_queue_for_their_quota_each_with_a_turn_of_its_own(lake: FakeLake) -> None:
    lake = FakeLake(seller(start_date=date(2026, 10, 22)), scale=1)
    attempts = {}
    for _ in range(20):
        lake.dispatching.tick()
        for attempt in lake.attempts():
            if attempt.key.request not in attempts and (
                attempt.reserved_for is None or attempt.reserved_for <= lake.clock()
            ):
                attempts[attempt.key.request] = attempt
                lake.amazon.finish(lake.ask(attempt), "DONE", attempt.key.request.encode())
        lake.clock.forward(minutes=1)
    turns = []
    for attempt in attempts.values():
        lake.clock.forward(seconds=1)  # getReport has a quota too
        try:
            lake.fetch(attempt)
        except QuotaExhausted as told:
            turns.append((told.wait_until, attempt))

    assert len(turns) > 5
    assert all((later[0] - earlier[0]).total_seconds() > 59 for earlier, later in pairwise(turns))
    for turn, attempt in turns:
        lake.clock.now = turn
        assert lake.fetch(attempt).outcome is Outcome.STORED


def test_an_attempt_that_was_given_up_changes_its_window_no_more(lake: FakeLake) -> None:
    attempt = lake.one()
    report_id = lake.ask(attempt)
    lake.fail(attempt, "TIMED_OUT")
    window = lake.window("2026-11-20")
    lake.amazon.finish(report_id, "DONE", CONTENT)

    lake.fetch(attempt)

    assert lake.window("2026-11-20") == window


def test_done_without_a_document_is_no_data(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "DONE")
    fetched = lake.fetch(attempt)
    assert (fetched.outcome, fetched.reason) == (Outcome.NO_DATA, "the report has no document")
    closed = lake.ledger.attempt(attempt.key)
    assert closed is not None
    assert closed.outcome is Outcome.NO_DATA
    assert lake.fetch(attempt) == fetched


def test_before_its_turn_an_attempt_gets_the_same_turn_again(lake: FakeLake) -> None:
    attempt = lake.one()
    bucket = lake.allowances.operation("getReportDocument", "northwind")
    for _ in range(15):
        lake.quotas.reserve([bucket], lake.clock())
    with pytest.raises(QuotaExhausted) as first:
        lake.collect(attempt, CONTENT)
    lake.clock.forward(seconds=1)
    with pytest.raises(QuotaExhausted) as second:
        lake.fetch(attempt)
    assert first.value.wait_until == second.value.wait_until
    lake.clock.now = first.value.wait_until
    assert lake.fetch(attempt).outcome is Outcome.STORED
    after = lake.ledger.attempt(attempt.key)
    assert after is not None
    assert after.document_at is None


def test_a_repeated_call_of_an_attempt_that_stored_nothing_writes_no_sidecar(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.collect(attempt, CONTENT)
    stored = lake.ledger.attempt(attempt.key)
    assert stored is not None
    lake.ledger.save(replace(stored, outcome=Outcome.UNCHANGED, reason="the same"))
    for key in sidecars(lake):
        del lake.raw.objects[key]

    assert lake.fetch(attempt) == Fetched(Outcome.UNCHANGED, "the same")
    assert not sidecars(lake)
