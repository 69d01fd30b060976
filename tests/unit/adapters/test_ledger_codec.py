from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from adapters.ledger_codec import decode, encode
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
        if optional or "None" in str(field.type):
            decode(type(item), wire)
        else:
            with pytest.raises(LedgerItemIncomplete, match=rf"{type(item).__name__}\.{field.name}$"):
                decode(type(item), wire)
