"""One tick of the queue, each minute: plan what is due, and start the most valuable of it as far as quotas allow."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestion.access.pausing import PAUSE, is_paused
from ingestion.access.registering import register
from ingestion.attempts.creation_right import creation_right
from ingestion.configuration.port import Configuration
from ingestion.errors import LedgerConflict, QuotaExhausted
from ingestion.identity import LineKey
from ingestion.instants import Clock
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.attempts import Attempt
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow, WindowState
from ingestion.queue.candidates import candidates, is_missed, longest_wait, may_be_requested
from ingestion.queue.starting import Starting
from ingestion.queue.turns import Turns
from ingestion.quotas.allowances import Allowances
from ingestion.quotas.buckets import Bucket
from ingestion.state_machines import StateMachines
from ingestion.windows.lines import Line, enabled_lines
from ingestion.windows.planning import Planning

_PLANNED_PER_TICK = 1000
_SWITCHED_OFF = timedelta(hours=6)
_RIGHT_IS_HELD = timedelta(minutes=1)
_SHORTEST_WAIT = timedelta(seconds=1)
_BATCH = 90
_WORKING_TIME = timedelta(seconds=30)  # well within the minute that a tick has
log = logging.getLogger(__name__)


@dataclass
class Tick:
    """One call: what it knows, and what it did."""

    as_of: datetime
    now: datetime
    lines: Mapping[LineKey, Line]
    accounts: Mapping[str, LedgerAccount]
    turns: Turns
    due: int = 0
    oldest_due_seconds: int = 0
    planned: int = 0
    started: int = 0
    postponed: int = 0
    lost: int = 0

    def figures(self) -> dict[str, int]:
        """For the answer, the log and the metrics."""
        return {
            "due": self.due,
            "oldest_due_seconds": self.oldest_due_seconds,
            "planned": self.planned,
            "started": self.started,
            "postponed": self.postponed,
            "lost": self.lost,
        }


@dataclass(frozen=True)
class Dispatching:
    """Plans and starts. `limit` bounds the executions started per call."""

    ledger: Ledger
    configuration: Configuration
    allowances: Allowances
    state_machines: StateMachines
    state_machine_arn: str
    clock: Clock
    limit: int

    def tick(self, as_of: datetime | None = None) -> dict[str, int]:
        """One call.

        `as_of` is the clock for what is due (default: now); quotas and deadlines always go by the real one.
        """
        now = self.clock()
        lines = {line.key: line for line in enabled_lines(self.configuration)}
        accounts = {line.account.name: line.account for line in lines.values()}
        known = register(self.ledger, accounts.values())
        tick = Tick(as_of or now, now, lines, known, Turns(self.allowances.quotas, now))
        self._plan(tick)
        postponed: list[LedgerWindow] = []
        competing = candidates(self.ledger, tick.as_of)
        tick.due, tick.oldest_due_seconds = len(competing), longest_wait(competing, tick.as_of)
        for window in competing:
            if tick.started >= self.limit or self.clock() - now > _WORKING_TIME:
                break
            later = self._dispatch(window, tick)
            if later is not None:
                postponed.append(replace(window, next_action_at=later))
        self._postpone(postponed, tick)
        return tick.figures()

    def _plan(self, tick: Tick) -> None:
        planning = Planning(self.ledger)
        cursors = {cursor.line: cursor for account in _accounts(tick.lines) for cursor in self.ledger.cursors(account)}
        for key, line in tick.lines.items():
            budget = _PLANNED_PER_TICK - tick.planned
            if budget <= 0:
                return
            try:
                tick.planned += planning.plan(line, cursors.get(key), tick.as_of, budget)
            except LedgerConflict:
                log.info("another dispatcher is planning this", extra={"account": key.account, "source": key.source})

    def _dispatch(self, window: LedgerWindow, tick: Tick) -> datetime | None:
        """Start a due window, or say when to consider it again."""
        line, account = tick.lines.get(window.line), tick.accounts.get(window.line.account)
        if line is None or account is None or not may_be_requested(window, line):
            return tick.as_of + _SWITCHED_OFF
        if is_paused(account, tick.now):
            return tick.as_of + PAUSE
        if is_missed(window, line, tick.as_of):
            self._record_missed(window, tick)
            return None
        starting = Starting(self.ledger, self.state_machines, self.state_machine_arn)
        attempt = starting.attempt(window, line, account, as_of=tick.as_of, now=tick.now)
        return self._start(starting, window, attempt, tick)

    def _start(self, starting: Starting, window: LedgerWindow, attempt: Attempt, tick: Tick) -> datetime | None:
        """Reserve what the attempt needs and start it, or say when its turn comes."""
        right = creation_right(self.ledger, attempt)
        if attempt.report_id is None:
            if right is not None and right.holder not in (None, attempt.key):
                return tick.as_of + _RIGHT_IS_HELD
            try:
                reserved = tick.turns.reserve(self._buckets(attempt))
            except QuotaExhausted as error:
                return tick.as_of + max(_SHORTEST_WAIT, error.wait_until - tick.now)
            attempt = replace(attempt, reserved_for=reserved)
        if starting.start(window, attempt, right, tick.now):
            tick.started += 1
        elif attempt.reserved_for is not None:
            # Each dispatcher reserves for itself: this gives back its own call, never that of the faster one.
            self.allowances.quotas.refund(self._buckets(attempt))
        return None

    def _buckets(self, attempt: Attempt) -> list[Bucket]:
        return self.allowances.creation(attempt.account, attempt.terms.limits)

    def _record_missed(self, window: LedgerWindow, tick: Tick) -> None:
        """Nothing happens any more to a snapshot whose day has passed; without data it is lost."""
        state = window.state if window.newest or window.state is WindowState.NO_DATA else WindowState.LOST
        reason = window.reason or "the day passed before it could be requested"
        try:
            self.ledger.save(replace(window, state=state, reason=reason, next_action_at=None, updated_at=tick.as_of))
            tick.lost += 1
        except LedgerConflict:
            log.info(
                "another dispatcher was faster", extra={"account": window.line.account, "source": window.line.source}
            )

    def _postpone(self, windows: list[LedgerWindow], tick: Tick) -> None:
        for begin in range(0, len(windows), _BATCH):
            batch = windows[begin : begin + _BATCH]
            try:
                self.ledger.save(*batch)
                tick.postponed += len(batch)
            except LedgerConflict:  # another dispatcher has some of them: the others are still due in the next tick
                log.info("another dispatcher was faster")


def _accounts(lines: Iterable[LineKey]) -> set[str]:
    return {key.account for key in lines}
