from __future__ import annotations

import itertools

import pytest
from ingestion.configuration.accounts import Enablement
from ingestion.errors import QuotaExhausted

from tests.unit.fakes.configuration import DAILY, seller
from tests.unit.fakes.lake import FakeLake


def test_windows_without_quota_come_back_when_their_turn_is(lake: FakeLake) -> None:
    lake.dispatching.tick()

    turns = sorted(window.next_action_at for window in lake.windows() if window.next_action_at and not window.in_flight)
    assert len(turns) == 4
    assert turns[0] > lake.clock()
    assert all(59 < (later - earlier).total_seconds() < 61 for earlier, later in itertools.pairwise(turns))
    lake.clock.forward(minutes=10)
    assert lake.dispatching.tick()["started"] == 4


def test_a_limit_of_the_report_type_paces_all_accounts_of_the_application() -> None:
    lake = FakeLake(
        contracts={"daily": DAILY | {"limits": [{"scope": "application", "every": "PT15M", "per_day": 96}]}}
    )
    lake.configuration.add(seller(name="second", selling_partner_id="A2"))
    lake.configuration.switched_on.append(Enablement("second", "daily", None))

    assert lake.dispatching.tick()["started"] == 1
    lake.clock.forward(minutes=10)
    assert lake.dispatching.tick()["started"] == 0
    lake.clock.forward(minutes=6)
    assert lake.dispatching.tick()["started"] == 1


def test_quota_scale_multiplies_rates() -> None:
    lake = FakeLake(
        contracts={"daily": DAILY | {"limits": [{"scope": "application", "every": "PT15M", "per_day": 96}]}}, scale=1000
    )

    assert lake.dispatching.tick()["started"] == 20  # one every 0.9 s: all within the coming minute, each with its time


def test_reserved_quota_is_used_at_its_time_and_not_taken_twice() -> None:
    lake = FakeLake(contracts={"daily": DAILY | {"limits": [{"scope": "application", "every": "PT15M"}]}}, scale=1000)
    lake.dispatching.tick()
    last = max(lake.attempts(), key=lambda attempt: attempt.reserved_for or lake.clock())
    arrivals = dict(lake.quotas.arrivals)

    with pytest.raises(QuotaExhausted) as told:
        lake.ask(last)
    assert last.reserved_for is not None
    assert told.value.wait_until == last.reserved_for
    lake.clock.now = told.value.wait_until
    lake.ask(last)
    assert lake.quotas.arrivals == arrivals
