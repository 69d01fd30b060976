"""The accounts and applications of the simulator, read from accounts.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_cloud.world.business import Business
from local_cloud.world.marketplaces import MARKETPLACES

DEFAULT_FILE = Path(__file__).with_name("accounts.json")


@dataclass(frozen=True)
class Application:
    """An SP-API application with its Login with Amazon credentials."""

    name: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def id(self) -> str:
        """The application id that notifications carry."""
        return f"amzn1.sellerapps.app.{self.name}"


@dataclass(frozen=True)
class Account:
    """A selling partner that has authorised one application in one region."""

    name: str
    kind: str
    region: str
    selling_partner_id: str
    account_id: str
    marketplaces: tuple[str, ...]
    refresh_token: str = field(repr=False)
    may_subscribe: bool
    application: str

    def business(self, seed: int) -> Business:
        """The account's business in the world."""
        return Business(seed, self.name, self.kind, self.selling_partner_id)


@dataclass
class Directory:
    """All applications and accounts, and the names of accounts whose authorisation has been revoked."""

    applications: dict[str, Application]
    accounts: dict[str, Account]
    revoked: set[str] = field(default_factory=set)

    def application_of(self, account: Account) -> Application:
        """Return the application that an account has authorised."""
        return self.applications[account.application]


def load(path: Path = DEFAULT_FILE) -> Directory:
    """Read a file of accounts; a ValueError names what is wrong with it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    try:
        applications = [Application(**entry) for entry in content["applications"]]
        accounts = [_account(entry) for entry in content["accounts"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error
    directory = Directory({item.name: item for item in applications}, {item.name: item for item in accounts})
    _check(path, directory, accounts)
    return directory


def _account(entry: dict[str, Any]) -> Account:
    return Account(**{**entry, "region": entry["region"].lower(), "marketplaces": tuple(entry["marketplaces"])})


def _check(path: Path, directory: Directory, accounts: Sequence[Account]) -> None:
    for account in accounts:
        if account.kind not in {"seller", "vendor"}:
            raise ValueError(f"{path}: account {account.name}: kind must be seller or vendor")
        if account.application not in directory.applications:
            raise ValueError(f"{path}: account {account.name}: there is no application {account.application}")
        for marketplace_id in account.marketplaces:
            known = MARKETPLACES.get(marketplace_id)
            if known is None or known.region.lower() != account.region:
                raise ValueError(
                    f"{path}: account {account.name}: {marketplace_id} is no marketplace of region {account.region}"
                )
