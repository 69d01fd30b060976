from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from adapters.parameters import INDEX, ParameterConfiguration, digest
from ingestion.errors import ConfigurationMissing

from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.configuration_calls import calls_a_day
from tests.unit.fakes.parameter_store import FakeParameterStore

ACCOUNT: dict[str, Any] = {
    "account": "northwind",
    "kind": "seller",
    "region": "eu",
    "selling_partner_id": "A",
    "application": "lake",
    "start_date": "2026-11-01",
    "end_date": None,
    "notifications": "auto",
    "marketplaces": [{"id": "A1PA6795UKMFR9", "code": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}],
}
EU = {"endpoint": "https://api", "token_endpoint": "https://token", "document_hosts": ["*.s3.amazonaws.com"]}


class Reader:
    """A configuration over a store in memory, with a clock."""

    def __init__(self, store: FakeParameterStore) -> None:
        self.store, self.now = store, 0.0
        self.configuration = ParameterConfiguration(store, "lake", lambda: self.now)

    def tick(self) -> int:
        """Read all as a tick of dispatch_reports does, a minute later; how many calls it took."""
        self.now += 60.0
        before = self.store.calls
        self.configuration.accounts()
        self.configuration.enablements()
        self.configuration.contracts()
        self.configuration.faults()
        return self.store.calls - before


@pytest.fixture
def store() -> FakeParameterStore:
    """Two accounts, twelve sources of one of them (more than a page), a contract and a region."""
    store = FakeParameterStore()
    store.put("accounts/northwind", ACCOUNT)
    store.put("accounts/contoso", ACCOUNT | {"account": "contoso"})
    for number in range(12):
        store.put(f"accounts/northwind/sources/s{number}", {"source": f"s{number}", "variants": ["a"]})
    store.put("reports/daily", DAILY)
    store.put("regions/eu", EU)
    store.write_index()
    return store


@pytest.fixture
def reader(store: FakeParameterStore) -> Reader:
    return Reader(store)


def test_configuration(aws: None) -> None:
    """Over an emulated Parameter Store, with encrypted parameters in pages."""
    ssm = boto3.client("ssm")

    def put(name: str, value: str) -> None:
        ssm.put_parameter(Name=f"/lake/{name}", Value=value, Type="SecureString", Overwrite=True)

    put("accounts/northwind", json.dumps(ACCOUNT))
    for number in range(12):
        variants = ["child"] if number else None
        put(f"accounts/northwind/sources/s{number}", json.dumps({"source": f"s{number}", "variants": variants}))
    put("reports/daily", json.dumps(DAILY))
    put("regions/eu", json.dumps(EU))
    time = [0.0]
    configuration = ParameterConfiguration(ssm, "lake", lambda: time[0])

    assert list(configuration.accounts()) == ["northwind"]
    assert configuration.account("northwind").marketplaces[0].code == "DE"
    assert {(e.source, e.variants) for e in configuration.enablements()} >= {("s0", None), ("s1", ("child",))}
    assert configuration.contracts()["daily"].variants == {"child": {"granularity": "DAY"}}
    assert configuration.faults() == ()
    assert configuration.region("eu").token_endpoint == "https://token"
    assert configuration.region("eu").document_hosts == ("*.s3.amazonaws.com",)
    with pytest.raises(ConfigurationMissing, match="/lake/regions/na"):
        configuration.region("na")
    put("regions/eu", "not json")
    assert configuration.region("eu")
    time[0] = 60.0
    with pytest.raises(ConfigurationMissing, match="not a JSON object"):
        configuration.region("eu")


BAD_ACCOUNTS: list[Any] = [
    "not json",
    "[]",
    {},
    ACCOUNT | {"kind": 7},
    ACCOUNT | {"region": ""},
    ACCOUNT | {"start_date": "2026-13-01"},
    ACCOUNT | {"start_date": 20261101},
    ACCOUNT | {"end_date": "tomorrow"},
    ACCOUNT | {"marketplaces": []},
    ACCOUNT | {"marketplaces": "DE"},
    ACCOUNT | {"marketplaces": [{"id": "A", "code": "DE", "time_zone": "Europe/Nowhere"}]},
    ACCOUNT | {"marketplaces": [{"id": "A", "code": "DE"}]},
]
BAD_SOURCES: list[Any] = ["", "7", {"variants": "child"}, {"variants": [1]}, {"start_date": "yesterday"}]
BAD_CONTRACTS: list[Any] = [
    "null",
    {},
    DAILY | {"accounts": "seller"},
    DAILY | {"report_type": None},
    DAILY | {"restricted": "no"},
    DAILY | {"window": {}},
    DAILY | {"window": DAILY["window"] | {"grain": "fortnight"}},
    DAILY | {"window": DAILY["window"] | {"history": "2 years"}},
    DAILY | {"variants": ["child"]},
    DAILY | {"limits": [{"scope": "account", "per_day": "1"}]},
    DAILY | {"deadline": 4},
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("accounts/contoso", value) for value in BAD_ACCOUNTS),
        *(("accounts/northwind/sources/s3", value) for value in BAD_SOURCES),
        *(("reports/other", value) for value in BAD_CONTRACTS),
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be_read_is_a_fault_and_hides_no_other(reader: Reader, name: str, value: Any) -> None:
    reader.store.put(name, value)
    reader.store.write_index()
    [fault] = reader.configuration.faults()
    assert fault.parameter == f"/lake/{name}"
    assert (fault.account, fault.source) == {
        "accounts/contoso": ("contoso", None),
        "accounts/northwind/sources/s3": ("northwind", "s3"),
        "reports/other": (None, "other"),
    }[name]
    assert "northwind" in reader.configuration.accounts()
    assert len(reader.configuration.enablements()) == 12 - (fault.source == "s3")
    assert list(reader.configuration.contracts()) == ["daily"]


def test_a_tick_reads_the_index_alone_while_nothing_changes(reader: Reader) -> None:
    assert reader.tick() == 1 + 2 + 1  # the index, two pages of accounts and one of contracts
    decryptions = reader.store.decryptions
    assert [reader.tick() for _ in range(5)] == [1] * 5
    assert reader.store.decryptions == decryptions


def test_a_change_is_read_in_the_next_tick_and_only_its_folder(reader: Reader) -> None:
    reader.tick()
    reader.store.put("reports/daily", DAILY | {"report_type": "OTHER"})
    reader.store.write_index()
    assert reader.tick() == 2
    assert reader.configuration.contracts()["daily"].report_type == "OTHER"
    assert reader.tick() == 1


def test_what_is_read_in_the_middle_of_an_apply_is_read_again(reader: Reader) -> None:
    """Terraform writes the parameters one by one, and the index after them; it deletes parameters after the index."""
    store = reader.store
    store.put("accounts/northwind/sources/s12", {"source": "s12"})
    reader.tick()  # between two parameters
    store.put("accounts/northwind/sources/s13", {"source": "s13"})
    removed = store.values.pop("accounts/northwind/sources/s0")
    store.write_index()
    store.values["accounts/northwind/sources/s0"] = removed
    reader.tick()  # between the index and the deletion
    assert len(reader.configuration.enablements()) == 14
    del store.values["accounts/northwind/sources/s0"]
    reader.tick()
    assert [entry.source for entry in reader.configuration.enablements() if entry.source in ("s0", "s13")] == ["s13"]
    assert reader.tick() == 1


def test_an_apply_between_two_pages_is_noticed(reader: Reader) -> None:
    def apply() -> None:
        reader.store.put("accounts/contoso", ACCOUNT | {"account": "contoso", "kind": "vendor"})
        reader.store.write_index()
        reader.store.between_pages = None

    reader.store.between_pages = apply
    reader.tick()
    reader.tick()
    assert reader.configuration.accounts()["contoso"].kind == "vendor"


@pytest.mark.parametrize("index", ["not json", "[]", '{"accounts": 7}', "{}"])
def test_without_a_readable_index_everything_is_read_each_time(reader: Reader, index: str) -> None:
    reader.store.put(INDEX, index)
    assert [reader.tick() for _ in range(3)] == [4] * 3
    assert len(reader.configuration.enablements()) == 12


def test_a_function_that_needs_a_region_reads_no_folder(reader: Reader) -> None:
    for _ in range(3):
        assert reader.configuration.region("eu").endpoint == "https://api"
        reader.now += 60.0
    assert (reader.store.calls, reader.store.pages_by_path) == (1 + 3, [])
    reader.store.put("regions/eu", EU | {"endpoint": "https://other"})
    reader.store.write_index()
    reader.now += 60.0
    assert reader.configuration.region("eu").endpoint == "https://other"


def test_paths_end_in_the_slash_that_the_policy_needs(reader: Reader) -> None:
    """IAM judges GetParametersByPath on the path as given: `parameter/lake/accounts/*` fits `/lake/accounts/` only."""
    reader.tick()
    assert reader.store.pages_by_path == ["/lake/accounts/", "/lake/reports/"]


def test_the_digest_tells_names_and_values_apart() -> None:
    known = {"a": "1", "b": "2"}
    others = [{}, {"a": "1"}, {"a": "2", "b": "1"}, {"a": "1", "c": "2"}, {"a": "1\nb", "": "2"}, {**known, "c": ""}]
    assert len({digest(known), *(digest(other) for other in others)}) == len(others) + 1
    assert digest(dict(reversed(known.items()))) == digest(known)


def test_the_index_saves_nearly_all_decryptions_of_a_day() -> None:
    before, after = calls_a_day(2, 15, index=False), calls_a_day(2, 15)
    assert before.decryptions > 60 * after.decryptions
    assert before.parameter_store > 4 * after.parameter_store
