"""Reopening windows that ended for good, when something has changed since.

Two things reopen: the contract asks another question than the one that Amazon refused, and an operator requests it,
who alone knows that a role was granted or that an outage is over.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from ingestion.configuration.contracts import Grain
from ingestion.configuration.port import Configuration
from ingestion.errors import ConfigurationMissing
from ingestion.ledger.lines import Cursor
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow, WindowState
from ingestion.windows.lines import Line, enabled_lines

_REFUSED = frozenset({WindowState.REFUSED, WindowState.NOT_ENTITLED})
_TRANSACTION = 90  # windows written together; DynamoDB takes 100 items
log = logging.getLogger(__name__)


def reopened(window: LedgerWindow, now: datetime) -> LedgerWindow:
    """The window, due at once as if for the first time."""
    state = WindowState.PLANNED if window.newest is None else window.state
    return replace(
        window,
        state=state,
        reason=None,
        revision=window.revision + 1,
        attempt=1,
        failures=0,
        empty_answers=0,
        updated_at=now,
        next_action_at=now,
    )


@dataclass(frozen=True)
class Reopening:
    """Makes windows due again."""

    ledger: Ledger

    def on_another_question(self, line: Line, cursor: Cursor, now: datetime, budget: int) -> tuple[Cursor, int]:
        """Reopen at most `budget` windows that Amazon refused, when the contract asks otherwise than it did then.

        The line's windows are searched once, the latest first; the cursor as it is afterwards, and how many were
        reopened. Attempts in flight still ask the former question: until the last of them has ended, the windows are
        searched again.
        """
        if cursor.question_digest == line.question_digest:
            return cursor, 0
        others = [window for window in self._windows(line) if _asked_otherwise(window, line)]
        refused = [window for window in others if _has_ended(window, _REFUSED, line, now)]
        chosen = refused[:budget]
        self._reopen(chosen, now)
        if len(chosen) < len(refused) or any(window.in_flight for window in others):
            return cursor, len(chosen)
        settled = replace(cursor, question_digest=line.question_digest)
        self.ledger.save(settled)
        return replace(settled, lock=settled.lock + 1), len(chosen)

    def on_operator_request(self, configuration: Configuration, account: str, source: str, now: datetime) -> int:
        """Reopen what Amazon refused and what was given up of a source of an account; how many windows.

        ConfigurationMissing: the source is not switched on for the account.
        """
        lines = [
            line for line in enabled_lines(configuration) if (line.key.account, line.key.source) == (account, source)
        ]
        if not lines:
            for fault in configuration.faults():
                if fault.account in (None, account) and fault.source in (None, source):
                    raise ConfigurationMissing(str(fault))
            raise ConfigurationMissing(
                f"the source {source} is not switched on for {account}: name it in Terraform's variable accounts "
                "and run terraform apply"
            )
        states = _REFUSED | {WindowState.LOST}
        count = 0
        for line in lines:
            chosen = [window for window in self._windows(line) if _has_ended(window, states, line, now)]
            self._reopen(chosen, now)
            count += len(chosen)
        return count

    def _windows(self, line: Line) -> list[LedgerWindow]:
        """The line's windows, the latest first."""
        windows = self.ledger.windows(line.key.account, line.key.source)
        mine = (window for window in windows if window.line == line.key)
        return sorted(mine, key=lambda window: window.window.starts_at, reverse=True)

    def _reopen(self, windows: list[LedgerWindow], now: datetime) -> None:
        for begin in range(0, len(windows), _TRANSACTION):
            batch = windows[begin : begin + _TRANSACTION]
            self.ledger.save(*(reopened(window, now) for window in batch))
            line = batch[0].line
            log.info("reopened windows", extra={"account": line.account, "source": line.source, "windows": len(batch)})


def _asked_otherwise(window: LedgerWindow, line: Line) -> bool:
    if window.question_digest is not None:
        return window.question_digest != line.question_digest
    return window.request not in (None, line.request_id(window.window.key))


def _has_ended(window: LedgerWindow, states: Collection[WindowState], line: Line, now: datetime) -> bool:
    """In one of these states, and nothing will happen to it by itself.

    A snapshot of a day that has passed cannot be taken any more.
    """
    if window.state not in states or window.in_flight or window.next_action_at is not None:
        return False
    return line.contract.window.grain is not Grain.SNAPSHOT or window.window.ends_at > now
