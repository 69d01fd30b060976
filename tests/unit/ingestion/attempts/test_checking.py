from __future__ import annotations

import pytest
from ingestion.attempts.checking import Checking

from tests.unit.fakes.amazon import FakeAmazon
from tests.unit.fakes.configuration import seller
from tests.unit.fakes.lake import FakeLake


@pytest.mark.parametrize(
    ("status", "finished"),
    [("IN_QUEUE", False), ("IN_PROGRESS", False), ("DONE", True), ("CANCELLED", True), ("FATAL", True)],
)
def test_a_report_is_finished_when_amazon_does_no_more_about_it(lake: FakeLake, status: str, finished: bool) -> None:
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), status)

    assert lake.checking.finished(attempt.key) is finished


def test_a_closed_attempt_is_finished_without_a_call(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.fail(attempt)  # before it had a report

    assert lake.checking.finished(attempt.key) is True
    assert "getReport" not in lake.amazon.calls


def test_a_report_is_looked_up_for_its_account_in_its_region() -> None:
    lake = FakeLake(seller(region="na"))
    attempt = lake.one()
    lake.ask(attempt)
    asked: list[tuple[str, str]] = []

    def reports_for(account: str, region: str) -> FakeAmazon:
        asked.append((account, region))
        return lake.amazon

    Checking(lake.ledger, reports_for, lake.allowances).finished(attempt.key)

    assert asked == [("northwind", "na")]
