"""Pausing an account that Login with Amazon refuses: nothing of it is started for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ingestion.instants import Clock
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried

PAUSE = timedelta(minutes=15)
"""How long nothing is started after a refusal."""


def is_paused(account: LedgerAccount, now: datetime) -> bool:
    """Whether the account was refused within the pause."""
    return account.authorization_refused_at is not None and now - account.authorization_refused_at < PAUSE


def pause(ledger: Ledger, account: str, reason: str, clock: Clock) -> None:
    """Record that Login with Amazon refuses an account."""

    def work() -> None:
        known = ledger.account(account)
        if known is not None:
            ledger.save(replace(known, authorization_refused_at=clock(), authorization_reason=reason))

    retried(work)
