"""Accounts, their marketplaces and regions, and the sources switched on for them, from Parameter Store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.configuration.values import optional_day, text, texts
from ingestion.errors import ConfigurationMissing


@dataclass(frozen=True)
class Marketplace:
    """One marketplace an account sells in.

    `time_zone` is an IANA name; Amazon's documentation has none, so it is configuration.
    """

    id: str
    code: str
    time_zone: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Marketplace:
        """Read one of an account's marketplaces; its time zone must exist."""
        ZoneInfo(text(data, "time_zone"))
        return cls(text(data, "id"), text(data, "code"), text(data, "time_zone"))


@dataclass(frozen=True)
class Region:
    """Amazon's endpoints for one region; the endpoint may carry a path."""

    name: str
    endpoint: str
    token_endpoint: str
    document_hosts: tuple[str, ...]
    """Patterns of the hosts from which documents are downloaded."""

    @classmethod
    def parse(cls, name: str, data: Mapping[str, Any]) -> Region:
        """Read `/{prefix}/regions/{name}`."""
        try:
            return cls(name, text(data, "endpoint"), text(data, "token_endpoint"), texts(data, "document_hosts"))
        except (KeyError, TypeError) as error:
            raise ConfigurationMissing(f"the parameter of region {name!r} cannot be read: {error!r}") from error


@dataclass(frozen=True)
class Account:
    """A seller account or a vendor group, with the dates between which its data is loaded (both inclusive)."""

    name: str
    kind: str
    region: str
    selling_partner_id: str
    application: str
    start_date: date
    end_date: date | None
    notifications: str
    marketplaces: tuple[Marketplace, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Account:
        """Read `/{prefix}/accounts/{account}`; ConfigurationMissing names the account and what is wrong."""
        try:
            return cls(
                name=text(data, "account"),
                kind=text(data, "kind"),
                region=text(data, "region"),
                selling_partner_id=text(data, "selling_partner_id"),
                application=text(data, "application"),
                start_date=date.fromisoformat(text(data, "start_date")),
                end_date=optional_day(data, "end_date"),
                notifications=text(data, "notifications") if data.get("notifications") else "auto",
                marketplaces=_marketplaces(data),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationMissing(
                f"the parameter of account {data.get('account')!r} cannot be read: {error!r}"
            ) from error


def _marketplaces(data: Mapping[str, Any]) -> tuple[Marketplace, ...]:
    found = tuple(Marketplace.parse(marketplace) for marketplace in data["marketplaces"])
    if not found:
        raise ValueError("it has no marketplaces")
    return found


@dataclass(frozen=True)
class Enablement:
    """A source switched on for an account.

    `variants` None means all of the contract's; nothing of the source is requested from before `start_date`.
    """

    account: str
    source: str
    variants: tuple[str, ...] | None
    start_date: date | None = None

    @classmethod
    def parse(cls, account: str, source: str, data: Mapping[str, Any]) -> Enablement:
        """Read `/{prefix}/accounts/{account}/sources/{source}`; ConfigurationMissing names both and what is wrong."""
        try:
            variants = texts(data, "variants") if data.get("variants") is not None else None
            return cls(account, source, variants, optional_day(data, "start_date"))
        except (TypeError, ValueError) as error:
            raise ConfigurationMissing(
                f"the parameter of source {source!r} of account {account!r} cannot be read: {error!r}"
            ) from error


@dataclass(frozen=True)
class Fault:
    """A parameter that cannot be read, and why: what it configures is left out, and nothing else.

    `account` and `source` say what it configures; None where it is for all accounts or all sources.
    """

    parameter: str
    account: str | None
    source: str | None
    reason: str

    def __str__(self) -> str:
        """For people."""
        return f"the parameter {self.parameter} cannot be used: {self.reason}"
