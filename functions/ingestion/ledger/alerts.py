"""Alarms that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingestion.ledger.item import Item


@dataclass(frozen=True, kw_only=True)
class Alert(Item):
    """An alarm that was sent; it is not sent again before `expires_at`."""

    subject: str
    expires_at: datetime
