"""The status of a lake, read from its parameters and its ledger."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from adapters.ledger import DynamoLedger
from ingestion.ledger.accounts import LedgerAccount

from operations.errors import OperationsError
from operations.lake.ledger import Status, read_status
from operations.lake.location import Location
from tests.unit.adapters.tables import tables
from tests.unit.adapters.test_parameters import ACCOUNT
from tests.unit.emulated_aws import emulated_aws
from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.parameter_store import FakeParameterStore
from tests.unit.operations.lake.test_coverage import NOW


@pytest.fixture
def store() -> FakeParameterStore:
    store = FakeParameterStore()
    store.put("reports/daily", DAILY)
    for name in ("northwind", "contoso"):
        store.put(f"accounts/{name}", ACCOUNT | {"account": name})
        store.put(f"accounts/{name}/sources/daily", {"source": "daily"})
    store.write_index()
    return store


@pytest.fixture
def lake(
    monkeypatch: pytest.MonkeyPatch, lake_of: Callable[..., Location], store: FakeParameterStore
) -> Iterator[Location]:
    with emulated_aws(monkeypatch):
        tables("lake-ledger")
        yield lake_of(ssm=store, dynamodb=boto3.client("dynamodb"))


def account(name: str, **more: Any) -> LedgerAccount:
    return LedgerAccount(account=name, selling_partner_id="A", kind="seller", region="eu", **more)


def waits(status: Status) -> dict[str, str | None]:
    return {row.account: row.waits for row in status.coverage}


def test_an_account_waits_until_the_ledger_knows_that_it_has_credentials(lake: Location) -> None:
    assert set(waits(read_status(lake, NOW)).values()) == {"no credentials were stored yet"}
    ledger = DynamoLedger(boto3.client("dynamodb"), "lake-ledger")
    ledger.save(account("northwind"))
    ledger.save(account("contoso", credentials_missing="the secret is empty"))
    assert waits(read_status(lake, NOW)) == {"northwind": None, "contoso": "the secret is empty"}


def test_a_parameter_that_cannot_be_read_hides_no_other(lake: Location, store: FakeParameterStore) -> None:
    store.put("accounts/contoso", "no JSON")
    store.write_index()
    status = read_status(lake, NOW)
    assert list(waits(status)) == ["northwind"]
    [fault] = status.faults
    assert fault.startswith("the parameter /lake/accounts/contoso cannot be used")
    assert read_status(lake, NOW, account="contoso").coverage == []


def test_an_unknown_account_or_source_is_named(lake: Location) -> None:
    with pytest.raises(OperationsError, match="no account fabrikam"):
        read_status(lake, NOW, account="fabrikam")
    with pytest.raises(OperationsError, match="no source weekly"):
        read_status(lake, NOW, source="weekly")
