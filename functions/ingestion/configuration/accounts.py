"""Accounts, their marketplaces and regions, and the sources switched on for them, from Parameter Store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingestion.errors import ConfigurationMissing


@dataclass(frozen=True)
class Marketplace:
    """One marketplace an account sells in.

    `time_zone` is an IANA name; Amazon's documentation has none, so it is configuration.
    """

    id: str
    code: str
    time_zone: str


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
            hosts = tuple(map(str, data["document_hosts"]))
            return cls(name, str(data["endpoint"]), str(data["token_endpoint"]), hosts)
        except KeyError as error:
            raise ConfigurationMissing(f"the parameter of region {name!r} lacks {error}") from error


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
            end = data.get("end_date")
            return cls(
                name=data["account"],
                kind=data["kind"],
                region=data["region"],
                selling_partner_id=data["selling_partner_id"],
                application=data["application"],
                start_date=date.fromisoformat(data["start_date"]),
                end_date=date.fromisoformat(end) if end else None,
                notifications=data.get("notifications") or "auto",
                marketplaces=tuple(Marketplace(m["id"], m["code"], m["time_zone"]) for m in data["marketplaces"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationMissing(
                f"the parameter of account {data.get('account')!r} cannot be read: {error!r}"
            ) from error


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
            variants, start = data.get("variants"), data.get("start_date")
            return cls(
                account,
                source,
                tuple(variants) if variants is not None else None,
                date.fromisoformat(start) if start else None,
            )
        except (TypeError, ValueError) as error:
            raise ConfigurationMissing(
                f"the parameter of source {source!r} of account {account!r} cannot be read: {error!r}"
            ) from error
