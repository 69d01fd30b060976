from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.access.subscribing import Subscribing, SubscriptionFailed
from ingestion.access.tokens import Token
from ingestion.errors import AccessDenied, SellingPartnerUnavailable

from tests.unit.fakes.configuration import seller
from tests.unit.fakes.lake import FakeLake


def test_a_token_is_reused_until_five_minutes_before_its_end(lake: FakeLake) -> None:
    lake.authorizing.account("northwind")
    lake.clock.forward(minutes=54, seconds=59)
    lake.authorizing.account("northwind")
    assert lake.login.asked == 1
    lake.clock.forward(seconds=1)
    lake.authorizing.account("northwind")
    assert lake.login.asked == 2


def test_force_renews_a_token_that_looks_good(lake: FakeLake) -> None:
    first = lake.authorizing.account("northwind")
    assert lake.authorizing.account("northwind", force=True).value != first.value
    assert lake.tokens.access["northwind"].value != first.value


def test_grantless_tokens_are_cached_alike(lake: FakeLake) -> None:
    lake.authorizing.application("lake", "scope")
    lake.authorizing.application("lake", "scope")
    lake.clock.forward(minutes=56)
    lake.authorizing.application("lake", "scope")
    assert lake.login.asked == 2


def test_a_token_does_not_show_itself(lake: FakeLake) -> None:
    assert "canary" not in repr(lake.authorizing.account("northwind"))
    assert Token("a", lake.clock()).expires_at


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
