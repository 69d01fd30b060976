from __future__ import annotations

import pytest
from ingestion.configuration.contracts import RequestContract
from ingestion.quotas.allowances import limits_of
from ingestion.quotas.buckets import Bucket, UsagePlan

from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.lake import FakeLake


def limits(*entries: dict[str, object]) -> dict[str, UsagePlan]:
    contract = RequestContract.parse("daily", DAILY | {"limits": list(entries)})
    return {bucket.key: bucket.plan for bucket in limits_of(contract, "northwind", "lake")}


def test_a_limit_belongs_to_its_account_or_application() -> None:
    found = limits({"scope": "application", "every": "PT15M"}, {"scope": "account", "per_day": 40})
    assert found == {
        "application/lake/GET_DAILY_REPORT/every": UsagePlan(1 / 900, 1),
        "account/northwind/GET_DAILY_REPORT/per_day": UsagePlan(30 / 86_400, 10),
    }


def test_a_limit_of_both_kinds_has_two_buckets() -> None:
    found = limits({"scope": "account", "every": "PT1M", "per_day": 40})
    assert found == {
        "account/northwind/GET_DAILY_REPORT/every": UsagePlan(1 / 60, 1),
        "account/northwind/GET_DAILY_REPORT/per_day": UsagePlan(39 / 86_400, 1),
    }


def test_creation_takes_from_the_usage_plan_and_every_limit_all_scaled() -> None:
    lake = FakeLake(scale=10)
    limit = Bucket("account/northwind/T/every", UsagePlan(0.1, 1))
    plan, own = lake.allowances.creation("northwind", [limit])
    assert (plan.key, own.key) == ("account/northwind/createReport", limit.key)
    assert [plan.plan.rate, own.plan.rate] == pytest.approx([0.167, 1.0])
    assert (plan.plan.burst, own.plan.burst) == (15, 1)


def test_only_rates_of_operations_that_are_reserved_are_kept() -> None:
    lake = FakeLake()
    lake.allowances.observe("createReport", "northwind", 0.5)
    lake.allowances.observe("createReport", "northwind", 0.0)
    lake.allowances.observe("getSubscription", "northwind", 9.0)
    assert lake.quotas.rates == {"account/northwind/createReport": 0.5}
