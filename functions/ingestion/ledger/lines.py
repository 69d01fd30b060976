"""How far each line of windows has been planned or discovered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingestion.identity import LineKey
from ingestion.ledger.item import Item


@dataclass(frozen=True, kw_only=True)
class Cursor(Item):
    """How far the windows of a line were planned: all that start from `planned_from` on and before `planned_until`.

    Nothing is due before `next_due_at`. `question_digest` is how the contract asked when the windows that Amazon
    refused were last searched for reopening: none of them has to be reopened because of it.
    """

    line: LineKey
    planned_until: datetime
    next_due_at: datetime | None
    planned_from: datetime | None = None
    question_digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class DiscoveryState(Item):
    """How the discovery of a line stands: when Amazon's list of reports was read to its end, and when it will be next.

    `reason` says why the last reading did not reach the end, `failures` how many in a row failed.
    """

    line: LineKey
    next_read_at: datetime
    read_at: datetime | None = None
    reason: str | None = None
    failures: int = 0
