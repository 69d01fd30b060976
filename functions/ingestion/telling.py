"""Alarms and figures for people; the same alarm is not sent again and again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from ingestion.errors import LedgerConflict
from ingestion.instants import Clock
from ingestion.ledger.alerts import Alert
from ingestion.ledger.port import Ledger

_SILENCE = timedelta(hours=24)


class Alarms(Protocol):
    """The topic for what a person must act on."""

    def publish(self, subject: str, message: str) -> None:
        """Send to the alarm topic."""


class Metrics(Protocol):
    """Figures for dashboards and alarms (namespace SellingPartnerLake)."""

    def record(self, figures: Mapping[str, float]) -> None:
        """Record figures by name: counts, or seconds where the name ends in `Seconds`."""


def is_news(ledger: Ledger, clock: Clock, subject: str) -> bool:
    """Whether the subject was not told within a day. It counts as told from now on."""
    now = clock()
    known = ledger.alert(subject)
    if known is not None and known.expires_at > now:
        return False
    try:
        ledger.save(Alert(lock=known.lock if known else 0, subject=subject, expires_at=now + _SILENCE))
    except LedgerConflict:
        return False
    return True


def tell(ledger: Ledger, alarms: Alarms, clock: Clock, subject: str, message: str) -> bool:
    """Publish, unless the same subject was published within a day. True if it was published now."""
    news = is_news(ledger, clock, subject)
    if news:
        alarms.publish(subject, message)
    return news
