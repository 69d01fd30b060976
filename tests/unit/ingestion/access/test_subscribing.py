from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.access.subscribing import Subscribing, SubscriptionFailed
from ingestion.configuration.accounts import Account, Fault
from ingestion.errors import AccessDenied, CredentialsMissing, LedgerItemIncomplete, SellingPartnerUnavailable

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
        lake.ledger,
        lake.configuration,
        lambda account: lake._authorize(account.name, False),
        lambda account: destinations[account.name],
        "name",
        "arn:queue",
        lake.clock,
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


@pytest.mark.parametrize(
    "error", [SellingPartnerUnavailable("down"), ValueError("a bug"), LedgerItemIncomplete("lacks a field")]
)
def test_one_failure_does_not_stop_the_others(lake: FakeLake, error: Exception) -> None:
    lake.configuration.add(seller(name="second"))
    outage = Destinations(error)

    with pytest.raises(SubscriptionFailed, match=f"northwind: {type(error).__name__}"):
        subscribing(lake, {"northwind": outage, "second": Destinations()}).all()

    accounts = [(known.account, known.notified) for known in lake.ledger.accounts()]
    assert accounts == [("northwind", False), ("second", True)]


class Authorize:
    """`authorize` by account: raises while a secret is missing."""

    def __init__(self, lake: FakeLake) -> None:
        self.lake, self.missing = lake, True

    def __call__(self, account: Account) -> None:
        if self.missing:
            raise CredentialsMissing("the secret lake/accounts/northwind/refresh-token has no refresh_token")

    def subscribing(self, destinations: Destinations | None = None) -> Subscribing:
        destinations = destinations or Destinations()
        lake = self.lake
        return Subscribing(lake.ledger, lake.configuration, self, lambda _: destinations, "n", "arn:queue", lake.clock)

    def reason(self) -> str | None:
        known = self.lake.ledger.account("northwind")
        assert known is not None
        return known.credentials_missing


def test_an_account_without_credentials_waits_and_rings_nothing() -> None:
    authorize = Authorize(FakeLake(credentials=False))
    authorize.lake.dispatching.tick()
    for _ in range(2):
        assert authorize.subscribing().all() == {"northwind": "waits"}
    assert authorize.reason() is not None
    with pytest.raises(SubscriptionFailed, match="northwind: CredentialsMissing"):
        authorize.subscribing().all("northwind")  # a person asked

    authorize.missing = False
    assert authorize.subscribing().all("northwind") == {"northwind": "subscribed"}
    assert authorize.reason() is None


def test_an_account_whose_subscription_fails_does_not_wait_any_more_once_it_is_authorised() -> None:
    authorize = Authorize(FakeLake(credentials=False))
    authorize.missing = False
    with pytest.raises(SubscriptionFailed):
        authorize.subscribing(Destinations(SellingPartnerUnavailable("down"))).all("northwind")
    assert authorize.reason() is None
    assert authorize.lake.dispatching.tick()["started"] == 16


def test_credentials_that_vanish_are_told_once(lake: FakeLake) -> None:
    authorize = Authorize(lake)
    with pytest.raises(SubscriptionFailed, match="refresh_token"):
        authorize.subscribing().all()
    assert authorize.subscribing().all() == {"northwind": "waits"}
    assert "refresh_token" in (authorize.reason() or "")


def test_a_parameter_that_cannot_be_read_stops_no_other_account(lake: FakeLake) -> None:
    lake.configuration.unreadable.append(Fault("/lake/accounts/bad", "bad", None, "no JSON"))
    with pytest.raises(SubscriptionFailed, match="/lake/accounts/bad"):
        subscribing(lake, {"northwind": Destinations()}).all()
    known = lake.ledger.account("northwind")
    assert known is not None
    assert known.notified


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
