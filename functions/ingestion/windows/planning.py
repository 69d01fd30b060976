"""Planning: windows that are due are put into the ledger, each exactly once, by a cursor per line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from ingestion.configuration.contracts import Grain
from ingestion.errors import LedgerConflict
from ingestion.identity import Window
from ingestion.ledger.lines import Cursor
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow
from ingestion.windows.calendar import due_at, due_windows, earlier_windows, next_window
from ingestion.windows.lines import Line
from ingestion.windows.reopening import Reopening

_TRANSACTION = 90  # windows written together with their cursor; DynamoDB takes 100 items


@dataclass(frozen=True)
class Planning:
    """Puts due windows into the ledger."""

    ledger: Ledger

    def plan(self, line: Line, cursor: Cursor | None, now: datetime, budget: int) -> int:
        """Plan at most `budget` windows of one line that are due by `now`; how many were planned or reopened.

        Nothing is read or written before the cursor's time. What Amazon makes by itself cannot be planned (module
        `discovering`).
        """
        if line.contract.window.grain is Grain.DISCOVERED:
            return 0
        planned = 0
        if cursor is not None:
            cursor, planned = Reopening(self.ledger).on_another_question(line, cursor, now, budget)
            cursor, earlier = self._plan_earlier(line, cursor, now, budget - planned)
            planned += earlier
            # Without a next window the line has ended, and may have windows again: its end date can be moved.
            if cursor.next_due_at is not None and cursor.next_due_at > now:
                return planned
        while planned < budget:
            cursor, count = self._plan_next(line, cursor, now, budget - planned)
            planned += count
            if not _is_due(cursor, now):
                break
        return planned

    def _plan_next(self, line: Line, cursor: Cursor | None, now: datetime, budget: int) -> tuple[Cursor, int]:
        """Plan one transaction of windows from the cursor on; the cursor as it is afterwards, and how many."""
        rule, dates = line.contract.window, (line.start_date, line.account.end_date)
        after = cursor.planned_until if cursor else None
        due = due_windows(rule, line.time_zone, *dates, after=after, now=now)
        chunk = list(islice(due, min(_TRANSACTION, budget)))
        until = chunk[-1].ends_at if chunk else after
        following = next_window(rule, line.time_zone, *dates, after=until, now=now)
        moved = Cursor(
            lock=cursor.lock if cursor else 0,
            line=line.key,
            planned_until=following.starts_at if following else (until or now),
            next_due_at=due_at(rule, following) if following else None,
            planned_from=(cursor.planned_from if cursor else None) or line.starts_at,
            question_digest=cursor.question_digest if cursor else line.question_digest,
        )
        # A line without any window keeps no cursor: it would say that all before now was planned, which may come yet.
        if moved == cursor or (cursor is None and following is None and not chunk):
            return moved, 0
        return self._save(line, chunk, moved, now), len(chunk)

    def _plan_earlier(self, line: Line, cursor: Cursor, now: datetime, budget: int) -> tuple[Cursor, int]:
        """Plan what lies before the windows planned so far, when a start date was moved back.

        The latest come first, so that the cursor tells how far this went.
        """
        begin = line.starts_at
        if cursor.planned_from is None or begin >= cursor.planned_from:
            return cursor, 0
        windows = earlier_windows(
            line.contract.window,
            line.time_zone,
            line.start_date,
            line.account.end_date,
            before=cursor.planned_from,
            now=now,
        )
        planned = 0
        while planned < budget:
            size = min(_TRANSACTION, budget - planned)
            windows, chunk = windows[:-size], windows[-size:]
            moved = replace(cursor, planned_from=chunk[0].starts_at if windows else begin)
            cursor = self._save(line, chunk, moved, now)
            planned += len(chunk)
            if not windows:
                break
        return cursor, planned

    def _save(self, line: Line, windows: list[Window], cursor: Cursor, now: datetime) -> Cursor:
        """Save windows and cursor in one transaction; the cursor as it is afterwards.

        Windows that are in the ledger already (admitted from a backup, say) stay as they are.
        """
        items = [_planned(line, window, now) for window in windows]
        try:
            self.ledger.save(*items, cursor)
        except LedgerConflict:
            unknown = [item for item in items if self.ledger.window(item.key) is None]
            self.ledger.save(*unknown, cursor)
        return replace(cursor, lock=cursor.lock + 1)


def _planned(line: Line, window: Window, now: datetime) -> LedgerWindow:
    return LedgerWindow(
        line=line.key,
        window=window,
        marketplace_id=line.marketplace_id,
        updated_at=now,
        next_action_at=due_at(line.contract.window, window),
    )


def _is_due(cursor: Cursor, now: datetime) -> bool:
    return cursor.next_due_at is not None and cursor.next_due_at <= now
