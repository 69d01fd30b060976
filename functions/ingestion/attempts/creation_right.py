"""The right to create a report, which one attempt at a time holds for a report type, window and marketplace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ingestion.ledger.attempts import Attempt, CreationRight
from ingestion.ledger.port import Ledger

_KEPT = timedelta(days=30)


def creation_right(ledger: Ledger, attempt: Attempt) -> CreationRight | None:
    """The right that an attempt needs, whoever holds it; None when no attempt ever held it."""
    line = attempt.line
    return ledger.creation_right(line.account, attempt.question.report_type, line.marketplace, attempt.window.key)


def taken(right: CreationRight | None, attempt: Attempt, now: datetime) -> CreationRight:
    """The right held by the attempt: to be saved with the attempt itself."""
    return CreationRight(
        lock=right.lock if right else 0,
        account=attempt.account,
        report_type=attempt.question.report_type,
        marketplace=attempt.line.marketplace,
        window=attempt.window.key,
        holder=attempt.key,
        expires_at=now + _KEPT,
    )


def released(ledger: Ledger, attempt: Attempt) -> tuple[CreationRight, ...]:
    """The right released, if the attempt still holds it: to be saved with whatever ends the attempt's need of it."""
    right = creation_right(ledger, attempt)
    return (replace(right, holder=None),) if right is not None and right.holder == attempt.key else ()
