"""Windows: the best that is known of each, why, and when something happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestion.identity import LineKey, Window, WindowKey
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.item import Item


class WindowState(StrEnum):
    """The best that is known of a window: one that is curated and asked again stays curated."""

    PLANNED = "planned"
    REQUESTED = "requested"
    STORED = "stored"
    CURATED = "curated"
    NO_DATA = "no_data"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    NOT_ENTITLED = "not_entitled"
    QUARANTINED = "quarantined"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class NewestDocument:
    """The newest report of a window, in the total order (report time, report id).

    `stored_as` is the report whose bytes are kept: a report with unchanged content stores nothing itself.
    """

    report_id: str
    report_time: datetime
    content_sha256: str
    stored_as: str
    state: DocumentState = DocumentState.STORED

    @property
    def order(self) -> tuple[datetime, str]:
        """Comparable: later reports are greater."""
        return self.report_time, self.report_id


@dataclass(frozen=True, kw_only=True)
class AdoptedReport:
    """A report that Amazon made by itself: the only one that its window can ever have, so none is created for it."""

    report_id: str
    marketplace_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """What a failed attempt leaves to the next: its report, or when it intended to create one that it never saw."""

    report_id: str | None = None
    intent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LedgerWindow(Item):
    """One window of one line. `adopted` is set for windows that were not planned, but found.

    `request` and `question_digest` are those of the latest attempt (the digest: how the contract asked, see
    windows.lines.Line). `revision` and `attempt` number the attempt in flight, or else the next one.
    """

    line: LineKey
    window: Window
    marketplace_id: str | None
    state: WindowState = WindowState.PLANNED
    reason: str | None = None
    request: str | None = None
    question_digest: str | None = None
    revision: int = 1
    attempt: int = 1
    in_flight: bool = False
    failures: int = 0
    empty_answers: int = 0
    newest: NewestDocument | None = None
    leftover: Leftover | None = None
    adopted: AdoptedReport | None = None
    updated_at: datetime | None = None
    next_action_at: datetime | None = None

    @property
    def key(self) -> WindowKey:
        """What names the window."""
        return WindowKey(line=self.line, window=self.window.key)
