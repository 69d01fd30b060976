"""Which windows exist and are due: new ones are put into the ledger, each exactly once, by a cursor per account,
source, variant and marketplace.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from ingestion.attempts.outcomes import reopened
from ingestion.configuration.accounts import Account, Enablement
from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.errors import LedgerConflict
from ingestion.ledger.items import Cursor, LedgerWindow, WindowKey, WindowState, request_of
from ingestion.ports import Configuration, Ledger
from ingestion.windows.calendar import (
    Window,
    due_at,
    due_windows,
    earlier_windows,
    local_midnight,
    next_window,
    zone_of,
)

ALL_MARKETPLACES = "all"
_REFUSED = (WindowState.REFUSED, WindowState.NOT_ENTITLED)
_TRANSACTION = 90  # windows written together with their cursor; DynamoDB takes 100 items
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Subject:
    """One line of windows: a source's variant for one marketplace, or for all of an account's region."""

    account: Account
    contract: RequestContract
    variant: str
    marketplace: str
    marketplace_id: str | None
    time_zone: str
    source_start_date: date | None = None

    @property
    def start_date(self) -> date:
        """The first day of which anything is asked for: the account's, or the source's own where that is later."""
        return max(self.account.start_date, self.source_start_date or self.account.start_date)

    @property
    def marketplace_ids(self) -> tuple[str, ...]:
        """What createReport is told."""
        return (self.marketplace_id,) if self.marketplace_id else tuple(m.id for m in self.account.marketplaces)

    @property
    def question(self) -> str:
        """A digest of how the contract asks Amazon, apart from the window: another one may be answered where this one
        was refused.
        """
        contract, rule = self.contract, self.contract.window
        trailing = [rule.trailing.months, rule.trailing.time.total_seconds()] if rule.trailing else None
        asks = [
            contract.report_type,
            sorted(contract.variants[self.variant].items()),
            contract.restricted,
            rule.bounds,
            rule.marketplace_time,
            trailing,
        ]
        return hashlib.sha256(json.dumps(asks).encode()).hexdigest()[:16]

    def window_key(self, window: str) -> WindowKey:
        """Where the ledger keeps a window."""
        return WindowKey(
            account=self.account.name,
            source=self.contract.source,
            variant=self.variant,
            marketplace=self.marketplace,
            window=window,
        )


def subjects(account: Account, contract: RequestContract, enablement: Enablement) -> Iterator[Subject]:
    """All lines of windows of a source that is switched on for an account; none when the contract is not for this kind
    of account.
    """
    if account.kind not in contract.accounts:
        return
    for variant in contract.variants:
        if enablement.variants is not None and variant not in enablement.variants:
            continue
        if contract.per_marketplace:
            for m in account.marketplaces:
                yield Subject(account, contract, variant, m.code, m.id, m.time_zone, enablement.start_date)
        else:
            yield Subject(
                account,
                contract,
                variant,
                ALL_MARKETPLACES,
                None,
                account.marketplaces[0].time_zone,
                enablement.start_date,
            )


def enabled_subjects(configuration: Configuration) -> Iterator[Subject]:
    """The lines of all sources that are switched on.

    One that is switched on without being configured is logged and left out.
    """
    accounts, contracts = configuration.accounts(), configuration.contracts()
    for enablement in configuration.enablements():
        account, contract = accounts.get(enablement.account), contracts.get(enablement.source)
        if account is None or contract is None:
            log.warning(
                "a source is switched on that is not configured",
                extra={"account": enablement.account, "source": enablement.source},
            )
            continue
        yield from subjects(account, contract, enablement)


@dataclass(frozen=True)
class Planning:
    """Puts due windows into the ledger."""

    ledger: Ledger

    def plan(self, subject: Subject, cursor: Cursor | None, now: datetime, budget: int) -> int:
        """Plan at most `budget` windows of one subject that are due by `now`; how many were planned. Nothing is read or
        written before the cursor's time.

        What Amazon makes by itself cannot be planned (module `discovering`).
        """
        if subject.contract.window.grain is Grain.DISCOVERED:
            return 0
        planned = 0
        if cursor is not None:
            cursor, reopened_now = self._reopen(subject, cursor, now, budget)
            cursor, planned = self._plan_earlier(subject, cursor, now, budget - reopened_now)
            planned += reopened_now
            if (cursor.next_due_at is None or cursor.next_due_at > now) and not _reopened(subject, cursor):
                return planned
        rule, account = subject.contract.window, subject.account
        while planned < budget:
            after = cursor.planned_until if cursor else None
            due = due_windows(rule, subject.time_zone, subject.start_date, account.end_date, after, now)
            chunk = list(islice(due, min(_TRANSACTION, budget - planned)))
            until = chunk[-1].ends_at if chunk else after
            following = next_window(rule, subject.time_zone, subject.start_date, account.end_date, until, now)
            moved = Cursor(
                lock=cursor.lock if cursor else 0,
                account=account.name,
                source=subject.contract.source,
                variant=subject.variant,
                marketplace=subject.marketplace,
                planned_until=following.starts_at if following else (until or now),
                next_due_at=due_at(rule, following) if following else None,
                planned_from=(cursor.planned_from if cursor else None) or _begin(subject),
                question=cursor.question if cursor else subject.question,
            )
            if not chunk and cursor is not None and moved == cursor:
                return planned
            self._save([self._item(subject, window, now) for window in chunk], moved)
            planned += len(chunk)
            cursor = Cursor(**{**moved.__dict__, "lock": moved.lock + 1})
            if cursor.next_due_at is None or cursor.next_due_at > now:
                return planned
        return planned

    def _reopen(self, subject: Subject, cursor: Cursor, now: datetime, budget: int) -> tuple[Cursor, int]:
        """When the contract asks otherwise than before, what Amazon refused is asked again: the line's windows are
        looked through once, the latest first.

        Attempts under way ask the former question still; until the last of them has ended, the windows are looked
        through again.
        """
        if cursor.question == subject.question:
            return cursor, 0
        others = [window for window in self._line(subject) if _asked_otherwise(window, subject)]
        refused = [window for window in others if _has_ended(window, _REFUSED, subject, now)]
        chosen = refused[:budget]
        self._save_reopened(chosen, now)
        if len(chosen) < len(refused) or any(window.in_flight for window in others):
            return cursor, len(chosen)
        settled = replace(cursor, question=subject.question)
        self.ledger.save(settled)
        return replace(settled, lock=settled.lock + 1), len(chosen)

    def ask_again(self, subject: Subject, now: datetime) -> int:
        """Ask again what Amazon refused, and what was given up; how many windows. For people: only they know what has
        changed.
        """
        chosen = [
            window for window in self._line(subject) if _has_ended(window, (*_REFUSED, WindowState.LOST), subject, now)
        ]
        self._save_reopened(chosen, now)
        return len(chosen)

    def _line(self, subject: Subject) -> list[LedgerWindow]:
        """The subject's windows, the latest first."""
        windows = self.ledger.windows(subject.account.name, subject.contract.source)
        return sorted(
            (window for window in windows if window.key == subject.window_key(window.key.window)),
            key=lambda window: window.starts_at,
            reverse=True,
        )

    def _save_reopened(self, windows: list[LedgerWindow], now: datetime) -> None:
        for begin in range(0, len(windows), _TRANSACTION):
            batch = windows[begin : begin + _TRANSACTION]
            self.ledger.save(*(reopened(window, now) for window in batch))
            log.info(
                "asking again",
                extra={"account": batch[0].key.account, "source": batch[0].key.source, "windows": len(batch)},
            )

    def _plan_earlier(self, subject: Subject, cursor: Cursor, now: datetime, budget: int) -> tuple[Cursor, int]:
        """Plan what lies before the windows planned so far, when a start date was moved back; the latest first, so that
        the cursor tells how far this went.
        """
        rule, account, begin = subject.contract.window, subject.account, _begin(subject)
        if cursor.planned_from is None or begin >= cursor.planned_from:
            return cursor, 0
        windows = earlier_windows(
            rule, subject.time_zone, subject.start_date, account.end_date, cursor.planned_from, now
        )
        planned = 0
        while planned < budget:
            size = min(_TRANSACTION, budget - planned)
            windows, chunk = windows[:-size], windows[-size:]
            moved = replace(cursor, planned_from=chunk[0].starts_at if windows else begin)
            self._save([self._item(subject, window, now) for window in chunk], moved)
            cursor = replace(moved, lock=moved.lock + 1)
            planned += len(chunk)
            if not windows:
                break
        return cursor, planned

    def _save(self, windows: list[LedgerWindow], cursor: Cursor) -> None:
        """Windows and cursor in one transaction.

        Windows that are there already (adopted from a backup, say) stay as they are.
        """
        try:
            self.ledger.save(*windows, cursor)
        except LedgerConflict:
            unknown = [window for window in windows if self.ledger.window(window.key) is None]
            self.ledger.save(*unknown, cursor)

    def _item(self, subject: Subject, window: Window, now: datetime) -> LedgerWindow:
        return LedgerWindow(
            key=subject.window_key(window.key),
            marketplace_id=subject.marketplace_id,
            window_start=window.start,
            window_end=window.end,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            updated_at=now,
            next_action_at=due_at(subject.contract.window, window),
        )


def _asked_otherwise(window: LedgerWindow, subject: Subject) -> bool:
    if window.question is not None:
        return window.question != subject.question
    return window.request not in (
        None,
        request_of(window.key, subject.marketplace_id, dict(subject.contract.variants[subject.variant])),
    )


def _has_ended(window: LedgerWindow, states: Sequence[WindowState], subject: Subject, now: datetime) -> bool:
    """In one of these states, and nothing will happen to it by itself.

    A picture of a day that has passed cannot be taken any more.
    """
    if window.state not in states or window.in_flight or window.next_action_at is not None:
        return False
    return subject.contract.window.grain is not Grain.SNAPSHOT or window.ends_at > now


def _begin(subject: Subject) -> datetime:
    """The instant at which the subject's first day begins."""
    return local_midnight(subject.start_date, zone_of(subject.contract.window, subject.time_zone))


def _reopened(subject: Subject, cursor: Cursor) -> bool:
    """An account whose end date was moved or taken away has windows again."""
    return cursor.next_due_at is None and subject.account.end_date is None
