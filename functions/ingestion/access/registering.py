"""Registering configured accounts in the ledger, where notifications find them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ingestion.configuration.accounts import Account
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.port import Ledger


def registered(known: LedgerAccount | None, account: Account) -> LedgerAccount:
    """The account's item as its configuration is now; what else the ledger learnt about it stays."""
    if known is None:
        return LedgerAccount(
            account=account.name,
            selling_partner_id=account.selling_partner_id,
            kind=account.kind,
            region=account.region,
        )
    return replace(known, selling_partner_id=account.selling_partner_id, kind=account.kind, region=account.region)


def register(ledger: Ledger, accounts: Iterable[Account]) -> dict[str, LedgerAccount]:
    """Save accounts that are new or changed; all that the ledger knows, by name."""
    known = {account.account: account for account in ledger.accounts()}
    for account in accounts:
        stored = known.get(account.name)
        item = registered(stored, account)
        if item != stored:
            ledger.save(item)
            item = replace(item, lock=item.lock + 1)
        known[account.name] = item
    return known
