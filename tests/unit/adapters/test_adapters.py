"""The same behaviour of the in-memory fakes and of the real adapters (over an emulated AWS in process)."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from adapters.functions import Functions
from adapters.ledger import DynamoLedger
from adapters.ledger_codec import decode, encode
from adapters.parameters import ParameterConfiguration
from adapters.quotas import DynamoQuotas
from adapters.raw_store import PART_BYTES, S3RawStore
from adapters.secrets import SecretTokens
from adapters.state_machines import StepFunctions
from botocore.exceptions import ClientError
from ingestion.access.tokens import Token
from ingestion.documents.port import RawStore
from ingestion.errors import (
    AuthorizationRefused,
    AwsCallFailed,
    ConfigurationMissing,
    LedgerConflict,
    NotFound,
    QuotaExhausted,
)
from ingestion.identity import AttemptKey, LineKey
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.alerts import Alert
from ingestion.ledger.curation import CurationRun, DocumentName, Lease
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.lines import Cursor, DiscoveryState
from ingestion.ledger.port import Ledger
from ingestion.ledger.reports import ParkedMessage, ReportOwner
from ingestion.quotas.buckets import Bucket, UsagePlan
from ingestion.quotas.port import Quotas
from moto import mock_aws

from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.lake import FakeLake
from tests.unit.fakes.ledger import FakeLedger
from tests.unit.fakes.quotas import FakeQuotas
from tests.unit.fakes.raw_store import FakeRawStore

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINE = LineKey(account="a", source="s", variant="v", marketplace="DE")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


def tables() -> Any:
    dynamodb = boto3.client("dynamodb")
    attributes = {"pk": "S", "sk": "S", "due_shard": "S", "next_action_at": "N"}
    dynamodb.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in attributes.items()],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due_shard", "KeyType": "HASH"},
                    {"AttributeName": "next_action_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    dynamodb.create_table(
        TableName="quotas",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    return dynamodb


@pytest.fixture(params=["fake", "real"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "fake":
        return FakeLedger()
    request.getfixturevalue("aws")
    return DynamoLedger(tables(), "ledger")


@pytest.fixture(params=["fake", "real"])
def quotas(request: pytest.FixtureRequest) -> Quotas:
    if request.param == "fake":
        return FakeQuotas()
    request.getfixturevalue("aws")
    return DynamoQuotas(tables(), "quotas")


@pytest.fixture(params=["fake", "real"])
def raw_store(request: pytest.FixtureRequest) -> RawStore:
    if request.param == "fake":
        return FakeRawStore()
    request.getfixturevalue("aws")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return S3RawStore(s3, "raw")


def some_items() -> list[Any]:
    """One of every kind, as the life of a window makes them."""
    lake = FakeLake()
    attempt = lake.one()
    lake.collect(attempt, b"a")
    lake.ask(lake.in_flight("2026-11-19"), "token")
    stored = [replace(item, lock=0) for item in lake.ledger.items.values()]
    return [
        *stored,
        ParkedMessage(
            selling_partner_id="A",
            report_id="1",
            report_type="T",
            processing_status="DONE",
            received_at=NOW,
            expires_at=NOW,
        ),
        Lease(
            fence=3,
            holder="run",
            documents=(DocumentName(account="a", report_id="1", superseded_by="2"),),
            taken_at=NOW,
            held_until=NOW,
            started=True,
        ),
        CurationRun(
            run_id="run-1",
            status="SUCCEEDED",
            documents=1,
            curated=1,
            superseded=0,
            refused=0,
            quarantined=0,
            reason=None,
            finished_at=NOW,
            expires_at=NOW,
        ),
        Alert(subject="s", expires_at=NOW),
    ]


@pytest.mark.parametrize("item", some_items(), ids=lambda item: type(item).__name__)
def test_items_survive_the_table(item: Any) -> None:
    assert decode(type(item), encode(item)) == replace(item, lock=1)


def test_time_to_live_is_epoch_seconds() -> None:
    wire = encode(Alert(subject="s", expires_at=NOW))
    assert wire["expires_at"] == {"N": str(int(NOW.timestamp()))}


def test_what_is_not_due_is_not_in_the_index() -> None:
    for item in some_items():
        wire = encode(item)
        assert ("due_shard" in wire) == ("next_action_at" in wire)


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


SLOW = Bucket("account/a/createReport", UsagePlan(1 / 60, 2))
FAST = Bucket("account/a/getReport", UsagePlan(10.0, 1))


def test_a_bucket_lets_its_burst_through_then_its_rate(quotas: Quotas) -> None:
    assert [quotas.reserve([SLOW], NOW) for _ in range(2)] == [NOW, NOW]
    with pytest.raises(QuotaExhausted) as told:
        quotas.reserve([SLOW], NOW)
    assert told.value.wait_until == NOW + timedelta(seconds=60)
    assert quotas.reserve([SLOW], NOW + timedelta(seconds=60)) == NOW + timedelta(seconds=60)


def test_a_bucket_that_another_moved_meanwhile_is_read_again(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    dynamodb = tables()
    mine, others = DynamoQuotas(dynamodb, "quotas"), DynamoQuotas(dynamodb, "quotas")
    mine.reserve([FAST], NOW)
    read = DynamoQuotas._read

    def slowly(self: DynamoQuotas, bucket: Bucket) -> Any:
        state = read(self, bucket)
        if self is mine and not moved:
            moved.append(others.reserve([FAST], NOW + timedelta(seconds=1)))
        return state

    moved: list[datetime] = []
    monkeypatch.setattr(DynamoQuotas, "_read", slowly)
    with pytest.raises(QuotaExhausted):
        mine.reserve([FAST], NOW + timedelta(seconds=1))
    assert moved


def test_a_horizon_reserves_ahead(quotas: Quotas) -> None:
    assert [quotas.reserve([SLOW], NOW, 120.0) for _ in range(4)] == [
        NOW + timedelta(seconds=s) for s in (0, 0, 60, 120)
    ]
    with pytest.raises(QuotaExhausted):
        quotas.reserve([SLOW], NOW, 120.0)


def test_several_buckets_give_all_or_nothing(quotas: Quotas) -> None:
    quotas.reserve([SLOW], NOW)
    quotas.reserve([SLOW], NOW)
    with pytest.raises(QuotaExhausted):
        quotas.reserve([FAST, SLOW], NOW)
    assert quotas.reserve([FAST], NOW) == NOW


def test_a_refund_gives_the_call_back(quotas: Quotas) -> None:
    quotas.reserve([FAST], NOW)
    quotas.refund([FAST])
    assert quotas.reserve([FAST], NOW) == NOW


def test_429_empties_a_bucket(quotas: Quotas) -> None:
    assert quotas.exhaust([SLOW], NOW) == NOW + timedelta(seconds=60)
    with pytest.raises(QuotaExhausted):
        quotas.reserve([SLOW], NOW + timedelta(seconds=59))


def test_amazons_rate_replaces_ours(quotas: Quotas) -> None:
    quotas.observe(SLOW, 1.0)
    quotas.reserve([SLOW], NOW)
    quotas.reserve([SLOW], NOW)
    assert quotas.reserve([SLOW], NOW + timedelta(seconds=1))


def test_raw_store(raw_store: RawStore) -> None:
    upload = raw_store.upload("raw/small.gz")
    upload.write(b"small")
    upload.complete()
    upload = raw_store.upload("raw/none.gz")
    upload.write(b"x")
    upload.abort()
    raw_store.put_sidecar("raw/small.json", b"{}")
    assert raw_store.sidecar("raw/small.json") == b"{}"
    with pytest.raises(NotFound):
        raw_store.sidecar("raw/none.gz")


def test_large_documents_go_up_in_parts(aws: None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = os.urandom(PART_BYTES * 2 + 5)
    upload = S3RawStore(s3, "raw").upload("raw/large.gz")
    for start in range(0, len(body), 300_000):
        upload.write(body[start : start + 300_000])
        assert len(upload._buffer) < PART_BYTES + 300_000
    with pytest.raises(ClientError):
        s3.head_object(Bucket="raw", Key="raw/large.gz")
    upload.complete()
    assert s3.get_object(Bucket="raw", Key="raw/large.gz")["Body"].read() == body
    given_up = S3RawStore(s3, "raw").upload("raw/given_up.gz")
    given_up.write(body)
    given_up.abort()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="raw")


def test_configuration(aws: None) -> None:
    ssm = boto3.client("ssm")

    def put(name: str, value: str) -> None:
        ssm.put_parameter(Name=f"/lake/{name}", Value=value, Type="SecureString", Overwrite=True)

    marketplaces = [{"id": "A1PA6795UKMFR9", "code": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}]
    northwind = {
        "account": "northwind",
        "kind": "seller",
        "region": "eu",
        "selling_partner_id": "A",
        "application": "lake",
        "start_date": "2026-11-01",
    }
    put(
        "accounts/northwind",
        json.dumps(northwind | {"end_date": None, "notifications": "auto", "marketplaces": marketplaces}),
    )
    for number in range(12):  # more than one page
        put(
            f"accounts/northwind/sources/s{number}",
            json.dumps({"source": f"s{number}", "variants": ["child"] if number else None}),
        )
    put("reports/daily", json.dumps(DAILY))
    put("regions/eu", json.dumps({"endpoint": "https://api", "token_endpoint": "https://token"}))
    time = [0.0]
    configuration = ParameterConfiguration(ssm, "lake", lambda: time[0])

    assert list(configuration.accounts()) == ["northwind"]
    assert configuration.account("northwind").marketplaces[0].code == "DE"
    assert {(e.source, e.variants) for e in configuration.enablements()} >= {("s0", None), ("s1", ("child",))}
    assert configuration.contracts()["daily"].variants == {"child": {"granularity": "DAY"}}
    assert configuration.region("eu").token_endpoint == "https://token"
    with pytest.raises(ConfigurationMissing, match="/lake/regions/na"):
        configuration.region("na")
    put("regions/eu", "not json")
    assert configuration.region("eu")
    time[0] = 60.0
    with pytest.raises(ConfigurationMissing, match="not a JSON object"):
        configuration.region("eu")
    put("reports/daily", json.dumps(DAILY | {"window": {}}))
    with pytest.raises(ConfigurationMissing, match="daily"):
        configuration.contracts()


def test_secrets(aws: None) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="lake/accounts/northwind/refresh-token", SecretString='{"refresh_token": "Atzr|r"}')
    secrets.create_secret(Name="lake/applications/lake/lwa", SecretString='{"client_id": "id"}')
    for name in ("accounts/northwind/access-token", "applications/lake/grantless"):
        secrets.create_secret(Name=f"lake/{name}")  # a container without a value, as Terraform makes it
    tokens = SecretTokens(secrets, "lake")

    assert tokens.refresh_token("northwind") == "Atzr|r"
    assert tokens.access_token("northwind") is None
    assert tokens.access_token("nobody") is None
    with pytest.raises(ConfigurationMissing, match="client_secret"):
        tokens.client("lake")
    with pytest.raises(ConfigurationMissing, match="lake account add"):
        tokens.refresh_token("nobody")
    token = Token("Atza|secret", NOW)
    tokens.save_access_token("northwind", token)
    tokens.save_grantless_token("lake", token)
    assert tokens.access_token("northwind") == tokens.grantless_token("lake") == token
    assert "secret" not in repr(token)


class FakeClient:
    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> None:
            raise ClientError({"Error": {"Code": self.code, "Message": "m"}}, name)

        return call


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_dead_task_tokens_are_normal(code: str) -> None:
    assert StepFunctions(FakeClient(code)).complete_task("token") is False


def test_other_failures_of_step_functions_are_not() -> None:
    with pytest.raises(AwsCallFailed, match="AccessDeniedException"):
        StepFunctions(FakeClient("AccessDeniedException")).complete_task("token")
    with pytest.raises(AwsCallFailed, match="AccessDeniedException"):
        StepFunctions(FakeClient("AccessDeniedException")).start("arn", "name", {})
    with pytest.raises(AwsCallFailed, match="AccessDeniedException"):
        StepFunctions(FakeClient("AccessDeniedException")).status("arn")
    assert StepFunctions(FakeClient("ExecutionAlreadyExists")).start("arn", "name", {}) is False
    assert StepFunctions(FakeClient("ExecutionDoesNotExist")).status("arn") is None


def test_a_failed_function_raises_what_it_raised() -> None:
    class Lambda:
        def invoke(self, **_: Any) -> dict[str, Any]:
            return {
                "FunctionError": "Unhandled",
                "Payload": io.BytesIO(b'{"errorType": "AuthorizationRefused", "errorMessage": "invalid_grant"}'),
            }

    with pytest.raises(AuthorizationRefused, match="invalid_grant"):
        Functions(Lambda()).invoke("authorize", {})
