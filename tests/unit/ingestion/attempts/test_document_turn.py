from __future__ import annotations

from datetime import timedelta

import pytest
from ingestion.attempts.document_turn import wait_for_turn
from ingestion.errors import QuotaExhausted
from ingestion.quotas.buckets import Bucket, UsagePlan

from tests.unit.fakes.lake import FakeLake

BUCKET = Bucket("documents", UsagePlan(1.0, 1))


@pytest.mark.parametrize(("late", "reserved"), [(0, True), (1, False)])
def test_a_turn_is_reserved_at_most_six_hours_ahead(lake: FakeLake, late: int, reserved: bool) -> None:
    attempt = lake.one()
    turn = lake.clock() + timedelta(hours=6, seconds=late)
    lake.quotas.arrivals[BUCKET.key] = turn.timestamp()

    with pytest.raises(QuotaExhausted) as told:
        wait_for_turn(lake.ledger, lake.quotas, BUCKET, attempt.key, lake.clock)

    assert told.value.wait_until == turn
    waiting = lake.ledger.attempt(attempt.key)
    assert waiting is not None
    assert waiting.document_at == (turn if reserved else None)


def test_a_turn_is_used_once(lake: FakeLake) -> None:
    attempt = lake.one()
    turn = lake.clock() + timedelta(minutes=1)
    lake.quotas.arrivals[BUCKET.key] = turn.timestamp()
    for moment in (lake.clock(), turn - timedelta(seconds=1)):
        lake.clock.now = moment
        with pytest.raises(QuotaExhausted) as told:
            wait_for_turn(lake.ledger, lake.quotas, BUCKET, attempt.key, lake.clock)
        assert told.value.wait_until == turn
    reserved = dict(lake.quotas.arrivals)
    lake.clock.now = turn

    wait_for_turn(lake.ledger, lake.quotas, BUCKET, attempt.key, lake.clock)

    assert lake.quotas.arrivals == reserved
    used = lake.ledger.attempt(attempt.key)
    assert used is not None
    assert used.document_at is None
    with pytest.raises(QuotaExhausted):
        wait_for_turn(lake.ledger, lake.quotas, BUCKET, attempt.key, lake.clock)
