"""Accounts that wait for credentials: nothing of them is planned or started, so nothing of them fails.

An account waits from its configuration on until `subscribe` finds that it can be authorised (`lake account add` calls
it), and again when a secret of it or of its application has lost its value.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried

NEVER_STORED = "no credentials were stored yet"
"""Why a new account waits."""

WAIT = timedelta(hours=1)
"""How long a window that was planned before is put off while its account waits."""
log = logging.getLogger(__name__)


def waits(account: LedgerAccount | None) -> bool:
    """Whether an account waits for credentials. One that the ledger does not know was never authorised."""
    return account is None or account.credentials_missing is not None


def let_wait(ledger: Ledger, account: str, reason: str) -> bool:
    """Let an account wait for credentials; False if it did already."""

    def work() -> bool:
        known = ledger.account(account)
        if known is None or waits(known):
            return False
        ledger.save(replace(known, credentials_missing=reason[:500]))
        return True

    changed = retried(work)
    if changed:
        log.warning("an account waits for credentials", extra={"account": account, "reason": reason})
    return changed
