"""Registering configured accounts in the ledger, where notifications find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ingestion.access.credentials import NEVER_STORED
from ingestion.configuration.accounts import Account
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.port import Ledger


def registered(known: LedgerAccount | None, account: Account) -> LedgerAccount:
    """The account's item as its configuration is now; what else the ledger learnt about it stays.

    A new account waits for its credentials, until a subscription shows that they are there.
    """
    if known is None:
        return LedgerAccount(
            account=account.name,
            selling_partner_id=account.selling_partner_id,
            kind=account.kind,
            region=account.region,
            credentials_missing=NEVER_STORED,
        )
    return replace(known, selling_partner_id=account.selling_partner_id, kind=account.kind, region=account.region)


def register(ledger: Ledger, account: Account, known: Mapping[str, LedgerAccount]) -> LedgerAccount:
    """Save an account that is new or changed (`known` are those of the ledger); its item as it is afterwards."""
    stored = known.get(account.name)
    item = registered(stored, account)
    if item == stored:
        return item
    ledger.save(item)
    return replace(item, lock=item.lock + 1)
