"""The configuration in memory: an account, and a contract for a daily report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ingestion.configuration.accounts import Account, Enablement, Fault, Marketplace, Region
from ingestion.configuration.contracts import RequestContract
from ingestion.errors import ConfigurationMissing

DAILY: dict[str, Any] = {
    "report_type": "GET_DAILY_REPORT",
    "accounts": ["seller"],
    "scope": "marketplace",
    "variants": {"child": {"granularity": "DAY", "unset": None}},
    "restricted": False,
    "window": {
        "grain": "day",
        "bounds": "dates_inclusive",
        "per_request": "P1D",
        "time_zone": "marketplace",
        "available_after": "PT48H",
        "restatement_delays": ["P3D", "P5D"],
        "history": "P2Y",
    },
    "limits": [],
    "cooldown_after_fatal": "PT30M",
    "deadline": "PT4H",
    "poll_every": "PT2M",
}
BERLIN = Marketplace("A1PA6795UKMFR9", "DE", "Europe/Berlin")
LONDON = Marketplace("A1F83G8C2ARO7P", "UK", "Europe/London")


def daily(**window: Any) -> dict[str, Any]:
    """The usual contract with another window."""
    return DAILY | {"window": DAILY["window"] | window}


def seller(**changes: Any) -> Account:
    """The usual account with other fields."""
    usual = Account("northwind", "seller", "eu", "A3TH9S8BH6GOGM", "lake", date(2026, 11, 1), None, "auto", (BERLIN,))
    return replace(usual, **changes)


class FakeConfiguration:
    def __init__(self, account: Account, contracts: Mapping[str, Mapping[str, Any]]) -> None:
        self._accounts = {account.name: account}
        self.raw = {source: dict(contract) for source, contract in contracts.items()}
        self.switched_on = [Enablement(account.name, source, None) for source in contracts]
        self.unreadable: list[Fault] = []

    def accounts(self) -> dict[str, Account]:
        return dict(self._accounts)

    def faults(self) -> tuple[Fault, ...]:
        return tuple(self.unreadable)

    def add(self, account: Account) -> None:
        self._accounts[account.name] = account

    def account(self, name: str) -> Account:
        if name not in self._accounts:
            raise ConfigurationMissing(name)
        return self._accounts[name]

    def enablements(self) -> list[Enablement]:
        return self.switched_on

    def contracts(self) -> dict[str, RequestContract]:
        return {source: RequestContract.parse(source, data) for source, data in self.raw.items()}

    def region(self, name: str) -> Region:
        return Region(name, "https://api.example", "https://token.example", ("*.example",))
