"""Telling people, but not the same thing again and again."""

from __future__ import annotations

from datetime import timedelta

from ingestion.errors import LedgerConflict
from ingestion.instants import Clock
from ingestion.ledger.items import Alert
from ingestion.ports import Alarms, Ledger

_SILENCE = timedelta(hours=24)


def tell(ledger: Ledger, alarms: Alarms, clock: Clock, subject: str, message: str) -> bool:
    """Publish, unless the same subject was published within a day. True if it was published now."""
    now = clock()
    known = ledger.alert(subject)
    if known is not None and known.expires_at > now:
        return False
    try:
        ledger.save(Alert(lock=known.lock if known else 0, subject=subject, expires_at=now + _SILENCE))
    except LedgerConflict:
        return False
    alarms.publish(subject, message)
    return True
