"""The same behaviour of the quotas in memory and of those in DynamoDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from adapters.quotas import DynamoQuotas
from botocore.exceptions import ClientError
from ingestion.errors import (
    QuotaExhausted,
)
from ingestion.quotas.buckets import Bucket, UsagePlan
from ingestion.quotas.port import Quotas

from tests.unit.adapters.tables import tables
from tests.unit.fakes.quotas import FakeQuotas

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["fake", "real"])
def quotas(request: pytest.FixtureRequest) -> Quotas:
    if request.param == "fake":
        return FakeQuotas()
    request.getfixturevalue("aws")
    return DynamoQuotas(tables(), "quotas")


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


def test_a_reservation_charges_every_bucket(quotas: Quotas) -> None:
    assert quotas.reserve([SLOW, FAST], NOW) == NOW
    for bucket in (FAST, SLOW):
        if bucket is SLOW:
            quotas.reserve([SLOW], NOW)  # its burst is two
        with pytest.raises(QuotaExhausted):
            quotas.reserve([bucket], NOW)


def test_a_refund_gives_one_call_back_and_no_more(quotas: Quotas) -> None:
    for _ in range(2):
        quotas.reserve([SLOW], NOW)
    quotas.refund([SLOW])
    quotas.reserve([SLOW], NOW)
    with pytest.raises(QuotaExhausted):
        quotas.reserve([SLOW], NOW)


def test_amazons_rate_replaces_ours_after_a_first_call_too(quotas: Quotas) -> None:
    quotas.reserve([SLOW], NOW)
    quotas.observe(SLOW, 1.0)
    quotas.observe(SLOW, 0.5)
    later = NOW + timedelta(minutes=2)
    assert [quotas.reserve([SLOW], later) for _ in range(2)] == [later, later]
    with pytest.raises(QuotaExhausted) as told:
        quotas.reserve([SLOW], later)
    assert told.value.wait_until == later + timedelta(seconds=2)


class Refusing:
    """A client whose reads answer nothing and whose writes are denied."""

    def get_item(self, **_: object) -> dict[str, object]:
        return {}

    def update_item(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "m"}}, "UpdateItem")


def test_an_error_of_another_kind_reserves_nothing() -> None:
    with pytest.raises(ClientError):
        DynamoQuotas(Refusing(), "quotas").reserve([FAST], NOW)
