"""The ledger in memory. It passes the same suite as the real one (tests/unit/adapters/test_ledger.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from adapters.ledger_keys import (
    WAITING,
    WATCHED,
    attempt_key,
    creation_right_key,
    document_key,
    due_of,
    key_of,
    report_key,
    window_key,
)
from ingestion.errors import LedgerConflict, LedgerItemIncomplete
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

_I = TypeVar("_I", bound=Item)


class FakeLedger:
    """Fault mode: `conflicts` makes so many saves fail; `before_save` runs before the next save (another writer)."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.conflicts = 0
        self.saves = 0
        self.before_save: list[Callable[[], object]] = []

    def unreadable(self) -> tuple[LedgerItemIncomplete, ...]:
        return ()

    def save(self, *items: Item) -> None:
        if self.before_save:
            self.before_save.pop(0)()
        if self.conflicts:
            self.conflicts -= 1
            raise LedgerConflict("injected")
        assert len(items) <= 100
        assert len({key_of(item) for item in items}) == len(items)
        for item in items:
            stored = self.items.get(key_of(item))
            if (stored.lock if stored else 0) != item.lock:
                raise LedgerConflict(type(item).__name__)
        self.saves += 1
        for item in items:
            self.items[key_of(item)] = replace(item, lock=item.lock + 1)

    def park(self, message: ParkedMessage) -> None:
        self.items[key_of(message)] = replace(message, lock=1)

    def _get(self, kind: type[_I], key: tuple[str, str]) -> _I | None:
        item = self.items.get(key)
        assert item is None or isinstance(item, kind)
        return item

    def _of(self, kind: type[_I], pk: str, prefix: str = "") -> list[_I]:
        return [
            item
            for key, item in sorted(self.items.items())
            if key[0] == pk and key[1].startswith(prefix) and isinstance(item, kind)
        ]

    def _due(self, kind: type[_I], until: datetime) -> list[tuple[str, _I]]:
        """Items due by `until` with their index partitions, the earliest first."""
        found = [
            (due[1], due[0], item)
            for item in self.items.values()
            if isinstance(item, kind) and (due := due_of(item)) and due[1] <= until
        ]
        return [(shard, item) for _, shard, item in sorted(found, key=lambda entry: entry[0])]

    def window(self, key: WindowKey) -> LedgerWindow | None:
        return self._get(LedgerWindow, window_key(key))

    def windows(self, account: str, source: str | None = None) -> Iterator[LedgerWindow]:
        yield from self._of(LedgerWindow, f"window#{account}", f"{source}#" if source else "")

    def due_windows(self, until: datetime, limit: int) -> list[LedgerWindow]:
        found: dict[tuple[str, str], LedgerWindow] = {}
        due = self._due(LedgerWindow, until)
        for shard in {entry[0] for entry in due}:
            mine = [window for place, window in due if place == shard]
            for window in (*mine[-limit:], *(mine[:limit] if len(mine) >= limit else [])):
                found[window_key(window.key)] = window
        return list(found.values())

    def attempt(self, key: AttemptKey) -> Attempt | None:
        return self._get(Attempt, attempt_key(key))

    def overdue_attempts(self, until: datetime, limit: int) -> list[Attempt]:
        return [item for shard, item in self._due(Attempt, until) if shard == WATCHED][:limit]

    def creation_right(self, account: str, report_type: str, marketplace: str, window: str) -> CreationRight | None:
        return self._get(CreationRight, creation_right_key(account, report_type, marketplace, window))

    def report_owner(self, selling_partner_id: str, report_id: str) -> ReportOwner | None:
        return self._get(ReportOwner, report_key(selling_partner_id, report_id, "owner"))

    def message(self, selling_partner_id: str, report_id: str) -> ParkedMessage | None:
        return self._get(ParkedMessage, report_key(selling_partner_id, report_id, "message"))

    def cursors(self, account: str) -> list[Cursor]:
        return self._of(Cursor, f"cursor#{account}")

    def discovery_states(self, account: str) -> list[DiscoveryState]:
        return self._of(DiscoveryState, f"discovery#{account}")

    def account(self, account: str) -> LedgerAccount | None:
        return self._get(LedgerAccount, ("account", account))

    def accounts(self) -> list[LedgerAccount]:
        return self._of(LedgerAccount, "account")

    def document(self, account: str, report_id: str) -> LedgerDocument | None:
        return self._get(LedgerDocument, document_key(account, report_id))

    def waiting_documents(self, until: datetime, limit: int) -> list[LedgerDocument]:
        return [item for shard, item in self._due(LedgerDocument, until) if shard == WAITING][:limit]

    def lease(self) -> Lease:
        return self._get(Lease, ("lease", "curation")) or Lease()

    def runs(self, limit: int) -> list[CurationRun]:
        return list(reversed(self._of(CurationRun, "run")))[:limit]

    def alert(self, subject: str) -> Alert | None:
        return self._get(Alert, ("alert", subject))
