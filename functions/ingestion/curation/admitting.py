"""Admitting stored documents into the ledger: those that it does not know, and those to be curated again."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ingestion.documents.object_keys import RawKey
from ingestion.documents.port import RawStore
from ingestion.documents.record import DocumentRecord, parse_record, window_key_of
from ingestion.identity import Window, WindowKey
from ingestion.instants import Clock, parse_instant
from ingestion.ledger.documents import DocumentState, LedgerDocument
from ingestion.ledger.item import Item
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried
from ingestion.ledger.windows import LedgerWindow, NewestDocument, WindowState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Admitting:
    """Queues documents for curation."""

    ledger: Ledger
    raw_store: RawStore
    clock: Clock

    def notice(self, sidecar_key: str) -> str:
        """A sidecar appeared: `known` (its document is queued or curated), or `adopted` (the ledger did not know it).

        ValueError if it is no record. The ledger does not know documents that were restored from a backup, or whose
        attempt had been given up when they came. They are admitted rather than rejected: only fetch_document writes to
        the raw bucket, and a document that is kept but never curated would be a gap that nothing reports.
        """
        place = RawKey.parse(sidecar_key)
        if self.ledger.document(place.account, place.report_id) is not None:
            return "known"
        record = parse_record(self.raw_store.sidecar(sidecar_key), sidecar_key)
        retried(lambda: self._adopt(record))
        log.warning(
            "adopted a document that the ledger did not know",
            extra={"account": place.account, "report_id": place.report_id, "window": place.window},
        )
        return "adopted"

    def replay(self, key: str) -> None:
        """Queue a document again, whatever its outcome was. `key` is that of its sidecar, or its own."""
        place = RawKey.parse(key)
        self.notice(place.sidecar)

        def work() -> None:
            document = self.ledger.document(place.account, place.report_id)
            if document is None:
                return
            self.ledger.save(
                replace(
                    document,
                    state=DocumentState.STORED,
                    failed_runs=0,
                    failed_alone=0,
                    failed_alone_at=None,
                    waits_from=self.clock(),
                    urgent=True,
                )
            )

        retried(work)

    def _adopt(self, record: DocumentRecord) -> None:
        """Enter a document, its window if it has none, and its place in the queue."""
        key, at = window_key_of(record), parse_instant(record["report_time"])
        newest = NewestDocument(
            report_id=record["report_id"],
            report_time=at,
            content_sha256=record["content_sha256"],
            stored_as=record["report_id"],
        )
        document = LedgerDocument(
            account=record["account"],
            report_id=record["report_id"],
            window_key=key,
            report_time=at,
            record=json.dumps(record, indent=1),
            waits_from=self.clock(),
        )
        items: list[Item] = [document]
        window = self.ledger.window(key)
        if window is None:
            items.append(self._window(record, key, newest))
        elif window.newest is None or newest.order > window.newest.order:
            state = window.state if window.state is WindowState.CURATED else WindowState.STORED
            items.append(replace(window, newest=newest, state=state, reason=None, updated_at=self.clock()))
        self.ledger.save(*items)

    def _window(self, record: DocumentRecord, key: WindowKey, newest: NewestDocument) -> LedgerWindow:
        starts_at, ends_at = _instants(record)
        return LedgerWindow(
            line=key.line,
            window=Window(key.window, record["window_start"], record["window_end"], starts_at, ends_at),
            marketplace_id=record.get("marketplace_id"),
            state=WindowState.STORED,
            request=record["request"],
            revision=int(record.get("revision") or 1) + 1,
            newest=newest,
            updated_at=self.clock(),
        )


def _instants(record: DocumentRecord) -> tuple[datetime, datetime]:
    """A window's instants as well as a record tells them.

    Local dates are taken as UTC days, which is near enough for a window that is not planned any more.
    """
    start, end = record["window_start"], record["window_end"]
    if "T" in start:
        return parse_instant(start), parse_instant(end)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return datetime.combine(first, time.min, UTC), datetime.combine(last + timedelta(days=1), time.min, UTC)
