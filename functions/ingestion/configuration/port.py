"""The port to the configuration."""

from __future__ import annotations

from typing import Protocol

from ingestion.configuration.accounts import Account, Enablement, Fault, Region
from ingestion.configuration.contracts import RequestContract


class Configuration(Protocol):
    """What Terraform wrote into Parameter Store. ConfigurationMissing names what is absent.

    A parameter that cannot be read is left out of the lists and is one of the faults.
    """

    def accounts(self) -> dict[str, Account]:
        """All accounts by name."""

    def faults(self) -> tuple[Fault, ...]:
        """The parameters of accounts, their sources and contracts that cannot be read."""

    def account(self, name: str) -> Account:
        """One account."""

    def enablements(self) -> list[Enablement]:
        """Which sources are switched on for which accounts."""

    def contracts(self) -> dict[str, RequestContract]:
        """The request part of every contract, by source."""

    def region(self, name: str) -> Region:
        """One of Amazon's regions."""
