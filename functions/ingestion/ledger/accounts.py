"""Accounts as the ledger knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingestion.ledger.item import Item


@dataclass(frozen=True, kw_only=True)
class LedgerAccount(Item):
    """What the lake learnt about an account: whether Amazon notifies it, and whether Login with Amazon refused it.

    While `credentials_missing` (the reason) is set, nothing of the account is planned or started.
    """

    account: str
    selling_partner_id: str
    kind: str
    region: str
    notified: bool = False
    notification_reason: str | None = None
    subscribed_at: datetime | None = None
    authorization_refused_at: datetime | None = None
    authorization_reason: str | None = None
    credentials_missing: str | None = None
