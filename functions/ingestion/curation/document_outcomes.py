"""How a document's curation ends: with an outcome, or requeued for another run."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime

from ingestion.curation.retries import RUN_FAILED, wait_after
from ingestion.curation.run_history import succeeded_since
from ingestion.documents.object_keys import RawKey
from ingestion.instants import Clock
from ingestion.ledger.curation import DocumentName
from ingestion.ledger.documents import DocumentState, LedgerDocument
from ingestion.ledger.item import Item
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried
from ingestion.ledger.windows import LedgerWindow, WindowState
from ingestion.telling import Alarms

NOT_PUBLISHED = (DocumentState.REFUSED, DocumentState.QUARANTINED)
log = logging.getLogger(__name__)


def after_curation(
    window: LedgerWindow, report_id: str, outcome: DocumentState, reason: str | None, now: datetime
) -> LedgerWindow:
    """The window after a stored document of it was curated or not.

    Data that was published before stays published, so the window stays curated.
    """
    newest = window.newest
    speaks = newest is not None and newest.stored_as == report_id
    if newest is not None and speaks:
        newest = replace(newest, state=outcome)
    moved = replace(window, newest=newest, updated_at=now)
    if outcome is DocumentState.CURATED:
        undisputed = newest is None or newest.state is DocumentState.CURATED
        return replace(moved, state=WindowState.CURATED, reason=None if undisputed else window.reason)
    if outcome is DocumentState.SUPERSEDED:
        if not speaks or window.state is WindowState.CURATED:
            return moved
        # Documents of other windows say all that it says, and later.
        return replace(moved, state=WindowState.SUPERSEDED, reason=None)
    if outcome in NOT_PUBLISHED and (newest is None or newest.state is outcome):
        state = window.state if window.state is WindowState.CURATED else WindowState(outcome.value)
        return replace(moved, state=state, reason=reason)
    return moved


@dataclass(frozen=True)
class DocumentOutcomes:
    """Records how documents ended."""

    ledger: Ledger
    alarms: Alarms
    clock: Clock

    def close(self, document: LedgerDocument, outcome: DocumentState, reason: str | None, run_id: str) -> None:
        """Record a document's outcome: it waits no more, and its window says so."""
        items: list[Item] = [
            replace(document, state=outcome, reason=reason, run_id=run_id, waits_from=None, urgent=False)
        ]
        window = self.ledger.window(document.window_key)
        if window is not None:
            items.append(after_curation(window, document.report_id, outcome, reason, self.clock()))
        self.ledger.save(*items)

    def requeue(self, name: DocumentName, reason: str, run_id: str, *, alone: bool) -> None:
        """Let a document whose run failed wait for another, or give it up (see retries.RUN_FAILED).

        `alone`: the run had no other document. What is given up is quarantined, its bytes kept, and an alarm sent.
        """

        def work() -> LedgerDocument | None:
            document = self.ledger.document(name.account, name.report_id)
            if document is None:
                return None
            document = self._counted(document, alone=alone)
            if RUN_FAILED.exhausted(document.failed_alone):
                why = (
                    f"{document.failed_alone} curation runs that had no other document failed, while others succeeded: "
                    f"{reason}"
                )
                self.close(document, DocumentState.QUARANTINED, why, run_id)
                return replace(document, reason=why)
            self.ledger.save(replace(document, waits_from=self.clock() + wait_after(document.failed_runs)))
            return None

        given_up = retried(work)
        if given_up is not None:
            self._tell_given_up(given_up)

    def _counted(self, document: LedgerDocument, *, alone: bool) -> LedgerDocument:
        document = replace(document, failed_runs=document.failed_runs + 1)
        if not alone:
            return document
        counts = document.failed_alone_at is None or succeeded_since(self.ledger, document.failed_alone_at)
        return replace(document, failed_alone=document.failed_alone + counts, failed_alone_at=self.clock())

    def _tell_given_up(self, document: LedgerDocument) -> None:
        line, window = document.window_key.line, document.window_key.window
        log.error(
            "a document was given up",
            extra={"account": line.account, "report_id": document.report_id, "reason": document.reason},
        )
        self.alarms.publish(
            f"{line.account} {line.source}: a document was given up",
            f"{line.source} of {line.account}, {line.marketplace} {window}, report {document.report_id}, "
            f"is not in the tables: {document.reason}\n"
            f"To replay: {RawKey.parse(json.loads(document.record)['key']).sidecar}",
        )
