"""What the ledger knows about Amazon's report ids, which are unique for a selling partner only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingestion.identity import AttemptKey
from ingestion.ledger.item import Item


@dataclass(frozen=True, kw_only=True)
class ReportOwner(Item):
    """The attempt that a report belongs to."""

    selling_partner_id: str
    report_id: str
    attempt: AttemptKey


@dataclass(frozen=True, kw_only=True)
class ParkedMessage(Item):
    """A notification that waits for (or met) the attempt that owns its report."""

    selling_partner_id: str
    report_id: str
    report_type: str
    processing_status: str
    received_at: datetime
    expires_at: datetime
