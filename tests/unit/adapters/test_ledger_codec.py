from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from adapters.ledger_codec import decode, encode
from adapters.ledger_keys import key_of
from ingestion.errors import LedgerItemIncomplete
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.alerts import Alert
from ingestion.ledger.attempts import Attempt
from ingestion.ledger.curation import CurationRun, DocumentName, Lease
from ingestion.ledger.reports import ParkedMessage

from tests.unit.fakes.lake import FakeLake

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


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


def test_a_required_field_that_is_missing_is_an_error_that_names_item_and_field() -> None:
    wire = encode(LedgerAccount(account="a", selling_partner_id="A", kind="seller", region="eu"))
    del wire["region"]
    with pytest.raises(LedgerItemIncomplete, match=r"account a lacks LedgerAccount\.region"):
        decode(LedgerAccount, wire)


def test_so_is_one_of_a_nested_value() -> None:
    wire = encode(FakeLake().one())
    del wire["window"]["M"]["ends_at"]
    with pytest.raises(LedgerItemIncomplete, match=r"request#daily-\w+ r000001#a000001 lacks Window\.ends_at"):
        decode(Attempt, wire)


@pytest.mark.parametrize("item", some_items(), ids=lambda item: type(item).__name__)
def test_only_what_has_a_default_or_may_be_none_may_be_missing(item: Any) -> None:
    for field in dataclasses.fields(item):
        wire = encode(item)
        if wire.pop(field.name, None) is None:
            continue
        optional = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        optional = optional and field.type not in ("WindowState", "DocumentState")  # always written
        if optional or "None" in str(field.type):
            decode(type(item), wire)
        else:
            with pytest.raises(LedgerItemIncomplete, match=rf"{type(item).__name__}\.{field.name}$"):
                decode(type(item), wire)


WRONG = [
    {"NULL": True},
    {"S": "text"},
    {"S": ""},
    {"N": "1.5"},
    {"N": "1000000000000000000000000000000"},
    {"BOOL": True},
    {"L": [{"S": "text"}]},
    {"L": [{"N": "1"}]},
    {"M": {}},
    {"M": {"granularity": {"N": "1"}}},
    {"B": b"bytes"},
]


def fields_of(wire: dict[str, Any], kind: Any) -> Iterator[tuple[dict[str, Any], str, str, bool]]:
    """Every written field of an item and of its values: its place, its name, the class that has it, may it be None."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name not in wire:
            continue
        yield wire, field.name, kind.__name__, types.NoneType in typing.get_args(hints[field.name])
        for part in (hints[field.name], *typing.get_args(hints[field.name])):
            if dataclasses.is_dataclass(part):
                value = wire[field.name]
                for nested in value.get("L", [value]):
                    yield from fields_of(nested["M"], part)


def kinds() -> list[Any]:
    return list({type(item): item for item in some_items()}.values())


def refusal(kind: Any, wire: dict[str, Any]) -> str | None:
    try:
        decode(kind, wire)
    except LedgerItemIncomplete as error:
        return str(error)
    return None


@pytest.mark.parametrize("item", kinds(), ids=lambda item: type(item).__name__)
def test_a_value_of_another_type_is_never_read_as_something_else(item: Any) -> None:
    """What is decoded is what stands there; everything else is an error that names the item and the field."""
    refused = 0
    for position, (_, name, kind, optional) in enumerate(fields_of(encode(item), type(item))):
        for wrong in WRONG:
            wire = encode(item)
            list(fields_of(wire, type(item)))[position][0][name] = wrong
            reason = refusal(type(item), wire)
            if reason is None:
                again = encode(replace(decode(type(item), wire), lock=0))
                written = [at[name] for at, *where in fields_of(again, type(item)) if where[:2] == [name, kind]]
                assert wrong in written or (wrong == {"NULL": True} and optional) or name == "lock"
            else:
                assert reason.startswith(f"the ledger's item {key_of(item)[0]} {key_of(item)[1]}")
                # A map without its fields is named by the first of them that is missing.
                assert f"{kind}.{name}" in reason or " lacks " in reason
                refused += 1
    assert refused


def test_an_item_of_another_kind_is_refused() -> None:
    wire = encode(Alert(subject="s", expires_at=NOW))
    with pytest.raises(LedgerItemIncomplete, match="alert s is a Alert, not a Lease"):
        decode(Lease, wire)
