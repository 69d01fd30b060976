"""The port to the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from ingestion.errors import LedgerItemIncomplete
from ingestion.identity import AttemptKey, WindowKey
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.alerts import Alert
from ingestion.ledger.attempts import Attempt, CreationRight
from ingestion.ledger.curation import CurationRun, Lease
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.item import Item
from ingestion.ledger.lines import Cursor, DiscoveryState
from ingestion.ledger.reports import ParkedMessage, ReportOwner
from ingestion.ledger.windows import LedgerWindow


class Ledger(Protocol):
    """The memory of the ingestion.

    All reads by key are strongly consistent; the lists of what is due may lag a moment behind. An item that cannot be
    read (LedgerItemIncomplete) is left out of these lists, of the accounts and of the runs: it is one of `unreadable`.
    """

    def unreadable(self) -> tuple[LedgerItemIncomplete, ...]:
        """What the lists left out since this was last asked."""

    def save(self, *items: Item) -> None:
        """Write all items (at most 100) in one transaction, each on condition that it is as it was read (`lock`).

        LedgerConflict: nothing was written. Nothing is ever deleted here: what may go carries `expires_at`.
        """

    def window(self, key: WindowKey) -> LedgerWindow | None:
        """One window."""

    def windows(self, account: str, source: str | None = None) -> Iterator[LedgerWindow]:
        """All windows of an account, or of one source of it, in the order of their keys."""

    def due_windows(self, until: datetime, limit: int) -> list[LedgerWindow]:
        """Windows whose next action is due: per shard the `limit` latest and the `limit` earliest."""

    def attempt(self, key: AttemptKey) -> Attempt | None:
        """One attempt."""

    def overdue_attempts(self, until: datetime, limit: int) -> list[Attempt]:
        """Attempts in flight whose `watch_at` is not after `until`, the earliest first."""

    def creation_right(self, account: str, report_type: str, marketplace: str, window: str) -> CreationRight | None:
        """Which attempt may create reports of this type and window now."""

    def report_owner(self, selling_partner_id: str, report_id: str) -> ReportOwner | None:
        """The attempt that a report belongs to."""

    def message(self, selling_partner_id: str, report_id: str) -> ParkedMessage | None:
        """The notification that came about a report."""

    def park(self, message: ParkedMessage) -> None:
        """Keep a notification, whether or not there was one before."""

    def cursors(self, account: str) -> list[Cursor]:
        """The cursors of all lines of an account."""

    def discovery_states(self, account: str) -> list[DiscoveryState]:
        """The discovery states of all lines of an account."""

    def account(self, account: str) -> LedgerAccount | None:
        """One account."""

    def accounts(self) -> list[LedgerAccount]:
        """All accounts that were ever seen."""

    def document(self, account: str, report_id: str) -> LedgerDocument | None:
        """One stored document."""

    def waiting_documents(self, until: datetime, limit: int) -> list[LedgerDocument]:
        """Documents that wait for curation by `until`; those that wait longest first."""

    def lease(self) -> Lease:
        """The curation lease, held or not."""

    def alert(self, subject: str) -> Alert | None:
        """The alarm that was sent about a subject."""

    def runs(self, limit: int) -> list[CurationRun]:
        """The latest curation runs, newest first."""
