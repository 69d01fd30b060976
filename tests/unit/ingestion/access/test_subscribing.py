from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.access.subscribing import Subscribing, SubscriptionFailed
from ingestion.errors import AccessDenied, SellingPartnerUnavailable

from tests.unit.fakes.configuration import seller
from tests.unit.fakes.lake import FakeLake


class Destinations:
    """The Notifications API of an account; raises what it is told to."""

    def __init__(self, error: Exception | None = None, elsewhere: str | None = None) -> None:
        self.error, self.elsewhere = error, elsewhere

    def ensure_destination(self, name: str, queue_arn: str) -> str:
        if self.error:
            raise self.error
        return "ours"

    def subscribe(self, destination_id: str) -> str | None:
        return self.elsewhere


def subscribing(lake: FakeLake, destinations: dict[str, Destinations]) -> Subscribing:
    return Subscribing(
        lake.ledger, lake.configuration, lambda account: destinations[account.name], "name", "arn:queue", lake.clock
    )


@pytest.mark.parametrize(
    ("destinations", "state", "reason"),
    [
        (Destinations(), "subscribed", None),
        (Destinations(elsewhere="ours"), "subscribed", None),
        (Destinations(elsewhere="theirs"), "polled", "theirs"),
        (Destinations(AccessDenied("Unauthorized")), "polled", "Unauthorized"),
    ],
)
def test_accounts_are_subscribed_or_polled(
    lake: FakeLake, destinations: Destinations, state: str, reason: str | None
) -> None:
    assert subscribing(lake, {"northwind": destinations}).all() == {"northwind": state}
    known = lake.ledger.account("northwind")
    assert known is not None
    assert known.notified == (state == "subscribed")
    assert reason is None or reason in (known.notification_reason or "")


def test_an_account_that_is_never_notified_is_not_asked_for() -> None:
    lake = FakeLake(seller(notifications="never"))
    assert subscribing(lake, {}).all("northwind") == {"northwind": "polled"}


def test_one_failure_does_not_stop_the_others(lake: FakeLake) -> None:
    lake.configuration.add(seller(name="second"))
    outage = Destinations(SellingPartnerUnavailable("down"))

    with pytest.raises(SubscriptionFailed, match="northwind: SellingPartnerUnavailable"):
        subscribing(lake, {"northwind": outage, "second": Destinations()}).all()

    assert [(known.account, known.notified) for known in lake.ledger.accounts()] == [("second", True)]


def test_subscribing_again_keeps_what_else_is_known(lake: FakeLake) -> None:
    subscribing(lake, {"northwind": Destinations()}).all()
    known = lake.ledger.account("northwind")
    assert known is not None
    lake.ledger.save(replace(known, authorization_reason="once"))
    lake.clock.forward(days=1)
    subscribing(lake, {"northwind": Destinations()}).all()
    again = lake.ledger.account("northwind")
    assert again is not None
    assert again.authorization_reason == "once"
    assert again.subscribed_at == lake.clock()
    assert lake.clock() - timedelta(days=1) < again.subscribed_at
