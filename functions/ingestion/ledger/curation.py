"""The curation lease and the history of runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from ingestion.ledger.item import Item


@dataclass(frozen=True, kw_only=True)
class DocumentName:
    """A document as a lease lists it; `superseded_by` is the newer report that replaces it, if there is one."""

    account: str
    report_id: str
    superseded_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lease(Item):
    """The right to write to the tables, held by one run at a time.

    `fence` counts the holders; `documents` are those the holder claimed.
    """

    name: str = "curation"
    fence: int = 0
    holder: str | None = None
    documents: tuple[DocumentName, ...] = field(default=())
    execution_arn: str | None = None
    taken_at: datetime | None = None
    held_until: datetime | None = None
    started: bool = False

    def released(self) -> Lease:
        """The lease without a holder; the fence stays."""
        return replace(
            self, holder=None, documents=(), execution_arn=None, taken_at=None, held_until=None, started=False
        )


@dataclass(frozen=True, kw_only=True)
class CurationRun(Item):
    """A finished curation run, kept for people for ninety days."""

    run_id: str
    status: str
    documents: int
    curated: int
    superseded: int
    refused: int
    quarantined: int
    reason: str | None
    finished_at: datetime
    expires_at: datetime
