"""The same behaviour of the ledger in memory and of the one in DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from adapters.ledger import DynamoLedger
from adapters.ledger_codec import encode
from adapters.ledger_keys import key_of
from botocore.exceptions import ClientError
from ingestion.errors import AwsCallFailed, LedgerConflict
from ingestion.identity import AttemptKey, LineKey, WindowKey
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.attempts import CreationRight
from ingestion.ledger.curation import CurationRun, Lease
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.lines import Cursor, DiscoveryState
from ingestion.ledger.port import Ledger
from ingestion.ledger.reports import ParkedMessage, ReportOwner

from tests.unit.adapters.failing_client import FailingClient
from tests.unit.adapters.tables import tables
from tests.unit.fakes.lake import FakeLake
from tests.unit.fakes.ledger import FakeLedger

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINE = LineKey(account="a", source="s", variant="v", marketplace="DE")


@pytest.fixture(params=["fake", "real"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "fake":
        return FakeLedger()
    request.getfixturevalue("aws")
    return DynamoLedger(tables(), "ledger")


def account(name: str) -> LedgerAccount:
    return LedgerAccount(account=name, selling_partner_id="A", kind="seller", region="eu")


def test_looks_are_those_of_one_account(ledger: Ledger) -> None:
    for name in ("a", "ab"):
        ledger.save(DiscoveryState(line=replace(LINE, account=name), next_read_at=NOW))
    assert [item.line.account for item in ledger.discovery_states("a")] == ["a"]


def test_a_write_needs_what_was_read(ledger: Ledger) -> None:
    ledger.save(account("a"))
    read = ledger.account("a")
    assert read is not None
    ledger.save(replace(read, notified=True))
    with pytest.raises(LedgerConflict):
        ledger.save(replace(read, notified=False))
    with pytest.raises(LedgerConflict):
        ledger.save(account("a"))
    assert ledger.account("a") == replace(read, notified=True, lock=2)


def test_a_transaction_is_all_or_nothing(ledger: Ledger) -> None:
    ledger.save(account("a"))
    with pytest.raises(LedgerConflict):
        ledger.save(account("b"), account("a"))
    assert [known.account for known in ledger.accounts()] == ["a"]
    ledger.save(account("b"), account("c"))
    assert [known.account for known in ledger.accounts()] == ["a", "b", "c"]
    ledger.save()


def test_a_parked_message_may_come_twice(ledger: Ledger) -> None:
    message = ParkedMessage(
        selling_partner_id="A",
        report_id="1",
        report_type="T",
        processing_status="DONE",
        received_at=NOW,
        expires_at=NOW,
    )
    assert ledger.message("A", "1") is None
    ledger.park(message)
    ledger.park(message)
    assert ledger.message("A", "1") is not None
    key = AttemptKey(request="r", revision=1, attempt=1)
    ledger.save(ReportOwner(selling_partner_id="A", report_id="1", attempt=key))
    assert ledger.report_owner("A", "1") is not None
    assert ledger.report_owner("B", "1") is None


def windows(ledger: Ledger, count: int, **changes: Any) -> None:
    lake = FakeLake()
    lake.dispatching.tick()
    usual = lake.window("2026-11-20")
    for number in range(count):
        window = replace(usual.window, key=f"w{number:03}")
        due = NOW + timedelta(minutes=number)
        ledger.save(replace(usual, lock=0, window=window, next_action_at=due, in_flight=False, **changes))


def test_due_windows_are_the_latest_and_the_earliest_of_each_shard(ledger: Ledger) -> None:
    windows(ledger, 60)

    all_due = ledger.due_windows(NOW + timedelta(minutes=59), 50)
    few = {window.key.window for window in ledger.due_windows(NOW + timedelta(minutes=59), 1)}

    assert len(all_due) == 60
    assert {"w000", "w059"} <= few
    assert len(few) <= 16
    assert [w.key.window for w in ledger.due_windows(NOW, 50)] == ["w000"]


def test_a_window_leaves_the_index_when_nothing_is_due(ledger: Ledger) -> None:
    windows(ledger, 1)
    window = ledger.due_windows(NOW, 5)[0]
    ledger.save(replace(window, next_action_at=None))
    assert ledger.due_windows(NOW + timedelta(days=999), 5) == []
    stored = ledger.window(window.key)
    assert stored is not None
    assert stored.next_action_at is None


def test_windows_are_listed_by_account_and_source(ledger: Ledger) -> None:
    windows(ledger, 3)
    assert [w.key.window for w in ledger.windows("northwind")] == ["w000", "w001", "w002"]
    assert len(list(ledger.windows("northwind", "daily"))) == 3
    assert list(ledger.windows("northwind", "dail")) == []
    assert list(ledger.windows("other")) == []


def test_overdue_attempts_come_earliest_first(ledger: Ledger) -> None:
    lake = FakeLake()
    lake.dispatching.tick()
    for number, attempt in enumerate(lake.attempts()[:3]):
        ledger.save(replace(attempt, lock=0, watch_at=NOW - timedelta(minutes=number)))
    assert [a.watch_at for a in ledger.overdue_attempts(NOW, 2)] == [
        NOW - timedelta(minutes=2),
        NOW - timedelta(minutes=1),
    ]
    assert ledger.due_windows(NOW, 5) == []


def test_documents_wait_until_they_do_not(ledger: Ledger) -> None:
    lake = FakeLake()
    lake.collect(lake.one(), b"a")
    document = lake.ledger.document("northwind", "50000")
    assert isinstance(document, LedgerDocument)
    ledger.save(replace(document, lock=0))
    waiting = ledger.waiting_documents(lake.clock(), 10)
    assert [d.report_id for d in waiting] == ["50000"]
    assert ledger.waiting_documents(lake.clock() - timedelta(seconds=1), 10) == []
    ledger.save(replace(waiting[0], waits_from=None))
    assert ledger.waiting_documents(lake.clock(), 10) == []


def test_cursors_leases_runs_and_alerts(ledger: Ledger) -> None:
    ledger.save(Cursor(line=LINE, planned_until=NOW, next_due_at=None))
    assert [c.line.source for c in ledger.cursors("a")] == ["s"]
    assert ledger.lease() == Lease()
    ledger.save(Lease(fence=1, holder="run-1"))
    assert ledger.lease().holder == "run-1"
    ledger.save(ledger.lease().released())
    assert (ledger.lease().holder, ledger.lease().fence) == (None, 1)
    for number in range(3):
        ledger.save(
            CurationRun(
                run_id=f"run-{number}",
                status="S",
                documents=0,
                curated=0,
                superseded=0,
                refused=0,
                quarantined=0,
                reason=None,
                finished_at=NOW,
                expires_at=NOW,
            )
        )
    assert [run.run_id for run in ledger.runs(2)] == ["run-2", "run-1"]
    assert ledger.alert("s") is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "ProvisionedThroughputExceededException"])
def test_a_call_that_fails_has_a_name_that_callers_know(code: str) -> None:
    failing = DynamoLedger(FailingClient(code), "ledger")
    message = ParkedMessage(
        selling_partner_id="A",
        report_id="1",
        report_type="T",
        processing_status="DONE",
        received_at=NOW,
        expires_at=NOW,
    )
    for call in (
        failing.accounts,
        failing.lease,
        lambda: failing.save(account("a")),
        lambda: failing.save(account("a"), account("b")),
        lambda: failing.park(message),
        lambda: failing.due_windows(NOW, 1),
    ):
        with pytest.raises(AwsCallFailed, match=code):
            call()


def test_the_right_to_create_is_that_of_one_account_type_marketplace_and_window(ledger: Ledger) -> None:
    key = AttemptKey(request="r", revision=1, attempt=1)
    right = CreationRight(account="a", report_type="T", marketplace="DE", window="w", holder=key, expires_at=NOW)
    ledger.save(right)
    assert ledger.creation_right("a", "T", "DE", "w") == replace(right, lock=1)
    for other in (("b", "T", "DE", "w"), ("a", "U", "DE", "w"), ("a", "T", "UK", "w"), ("a", "T", "DE", "v")):
        assert ledger.creation_right(*other) is None


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        (["ConditionalCheckFailed", "None"], LedgerConflict),
        (["None", "TransactionConflict"], LedgerConflict),
        (["ConditionalCheckFailed", "ThrottlingError"], AwsCallFailed),
        (["ValidationError", "None"], AwsCallFailed),
        (["None"], AwsCallFailed),
        ([], AwsCallFailed),
    ],
)
def test_only_a_transaction_that_others_cancelled_is_a_conflict(reasons: list[str], error: type[Exception]) -> None:
    class Cancelling:
        def transact_write_items(self, **_: object) -> None:
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "m"},
                "CancellationReasons": [{"Code": reason} for reason in reasons],
            }
            raise ClientError(answer, "TransactWriteItems")

    with pytest.raises(error):
        DynamoLedger(Cancelling(), "ledger").save(account("a"), account("b"))


def test_a_document_is_read_as_it_was_saved(ledger: Ledger) -> None:
    lake = FakeLake()
    lake.collect(lake.one(), b"a")
    document = lake.ledger.document("northwind", "50000")
    assert document is not None
    ledger.save(replace(document, lock=0))

    assert ledger.document("northwind", "50000") == replace(document, lock=1)
    assert ledger.document("northwind", "50001") is None
    assert ledger.document("other", "50000") is None


def damage(dynamodb: Any, item: Any) -> None:
    """Change an item so that it cannot be read, as a person or another version of the functions might."""
    wire = encode(replace(item, lock=0))
    dynamodb.put_item(TableName="ledger", Item=wire | {"lock": {"S": "none"}})


@pytest.mark.parametrize("kind", ["window", "attempt", "document", "account", "run"])
def test_an_item_that_cannot_be_read_hides_no_other_of_its_list(aws: None, kind: str) -> None:
    dynamodb, lake = tables(), FakeLake()
    ledger = DynamoLedger(dynamodb, "ledger")
    lake.dispatching.tick()
    window, attempt = lake.windows()[0], lake.attempts()[0]
    items: dict[str, tuple[Any, Any, Callable[[], list[Any]]]] = {
        "window": (
            replace(window, next_action_at=NOW),
            replace(lake.windows()[1], next_action_at=NOW),
            lambda: ledger.due_windows(NOW, 9),
        ),
        "attempt": (attempt, lake.attempts()[1], lambda: ledger.overdue_attempts(NOW + timedelta(days=1), 9)),
        "document": (
            LedgerDocument(
                account="a", report_id="1", window_key=window.key, report_time=NOW, record="", waits_from=NOW
            ),
            LedgerDocument(
                account="a", report_id="2", window_key=window.key, report_time=NOW, record="", waits_from=NOW
            ),
            lambda: ledger.waiting_documents(NOW, 9),
        ),
        "account": (account("a"), account("b"), ledger.accounts),
        "run": (run("run-1"), run("run-2"), lambda: ledger.runs(9)),
    }
    bad, good, listed = items[kind]
    damage(dynamodb, bad)
    ledger.save(replace(good, lock=0))

    assert listed() == [replace(good, lock=1)]
    [error] = ledger.unreadable()
    assert key_of(bad)[0] in str(error)
    assert ledger.unreadable() == ()


def stored(report_id: str) -> LedgerDocument:
    key = WindowKey(line=LINE, window="2026-11-20")
    return LedgerDocument(account="a", report_id=report_id, window_key=key, report_time=NOW, record="", waits_from=NOW)


def run(name: str) -> CurationRun:
    return CurationRun(
        run_id=name,
        status="SUCCEEDED",
        documents=1,
        curated=1,
        superseded=0,
        refused=0,
        quarantined=0,
        reason=None,
        finished_at=NOW,
        expires_at=NOW,
    )
