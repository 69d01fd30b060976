"""Stored documents and where they are on their way to the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestion.identity import WindowKey
from ingestion.ledger.item import Item


class DocumentState(StrEnum):
    """Where a stored document is on its way to the tables."""

    STORED = "stored"
    CURATED = "curated"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, kw_only=True)
class LedgerDocument(Item):
    """A stored document: its record (the sidecar's JSON text) and its way to the tables.

    It waits for curation from `waits_from` on; None: it does not wait. An `urgent` one (a person wants it curated) does
    not wait for others to fill a run. `failed_runs` counts the runs with it that
    failed, `failed_alone` those that had no other document, the last of them at `failed_alone_at` (those between which
    no other run succeeded count once).
    """

    account: str
    report_id: str
    window_key: WindowKey
    report_time: datetime
    record: str
    state: DocumentState = DocumentState.STORED
    reason: str | None = None
    run_id: str | None = None
    failed_runs: int = 0
    failed_alone: int = 0
    failed_alone_at: datetime | None = None
    waits_from: datetime | None = None
    urgent: bool = False
