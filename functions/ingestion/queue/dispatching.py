"""Each minute: plan what is due, reserve quota for the most valuable of it, and start its executions."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ingestion.attempts.outcomes import AUTHORIZATION_PAUSE, started
from ingestion.attempts.recording import holder_of
from ingestion.configuration.contracts import Grain
from ingestion.errors import ConfigurationMissing, LedgerConflict, QuotaExhausted
from ingestion.identity import execution_arn, execution_name
from ingestion.instants import Clock, from_epoch
from ingestion.ledger.items import (
    Asking,
    Attempt,
    Item,
    LedgerAccount,
    LedgerWindow,
    Pointer,
    WindowKey,
    WindowState,
    request_of,
)
from ingestion.ports import Configuration, Ledger, StateMachines
from ingestion.quotas.allowances import Allowances, limits_of
from ingestion.quotas.buckets import Bucket
from ingestion.windows.calendar import Window, next_restatement, question_dates
from ingestion.windows.planning import Planning, Subject, enabled_subjects

HORIZON_SECONDS = 60.0
_PLANNED_PER_TICK = 1000
_CANDIDATES = 25
_FRESH = timedelta(days=7)
_SWITCHED_OFF = timedelta(hours=6)
_FIRST_LOOK = timedelta(minutes=15)
_BATCH = 90
_WORKING_TIME = timedelta(seconds=30)  # well within the minute that a tick has
_ASKING_KEPT = timedelta(days=30)
log = logging.getLogger(__name__)


@dataclass
class Tick:
    """What one call did."""

    planned: int = 0
    started: int = 0
    postponed: int = 0
    lost: int = 0
    blocked: dict[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, int]:
        """For the answer and the log."""
        return {"planned": self.planned, "started": self.started, "postponed": self.postponed, "lost": self.lost}


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
        """One call. `as_of` is the clock for what is due (default: now); quotas and deadlines always go by the real
        one.
        """
        now = self.clock()
        as_of = as_of or now
        tick = Tick()
        lines = self._subjects()
        known = self._accounts(lines)
        self._plan(lines, as_of, tick)
        due = self.ledger.due_windows(as_of, _CANDIDATES)
        postponed: list[LedgerWindow] = []
        for window in sorted(due, key=lambda window: _rank(window, as_of)):
            if tick.started >= self.limit or self.clock() - now > _WORKING_TIME:
                break
            subject = lines.get(_line(window.key))
            later = self._handle(window, subject, known.get(window.key.account), as_of, now, tick)
            if later is not None:
                postponed.append(replace(window, next_action_at=later))
        self._postpone(postponed, tick)
        return tick.figures()

    def ask_again(self, account: str, source: str) -> int:
        """Have a source of an account asked again for what Amazon refused and what was given up; how many windows.
        ConfigurationMissing: it is switched off.
        """
        subjects = [
            subject
            for subject in self._subjects().values()
            if (subject.account.name, subject.contract.source) == (account, source)
        ]
        if not subjects:
            raise ConfigurationMissing(
                f"the source {source} is not switched on for {account}: name it in Terraform's variable accounts and run terraform apply"
            )
        return sum(Planning(self.ledger).ask_again(subject, self.clock()) for subject in subjects)

    def _subjects(self) -> dict[tuple[str, str, str, str], Subject]:
        return {
            (s.account.name, s.contract.source, s.variant, s.marketplace): s
            for s in enabled_subjects(self.configuration)
        }

    def _accounts(self, lines: dict[tuple[str, str, str, str], Subject]) -> dict[str, LedgerAccount]:
        """What the ledger knows about the accounts; new or changed ones are entered, so that notifications find them."""
        known = {account.account: account for account in self.ledger.accounts()}
        for configured in {subject.account.name: subject.account for subject in lines.values()}.values():
            was = known.get(configured.name) or LedgerAccount(
                account=configured.name,
                selling_partner_id=configured.selling_partner_id,
                kind=configured.kind,
                region=configured.region,
            )
            entry = replace(
                was, selling_partner_id=configured.selling_partner_id, kind=configured.kind, region=configured.region
            )
            if entry.lock == 0 or entry != was:
                self.ledger.save(entry)
                entry = replace(entry, lock=entry.lock + 1)
            known[configured.name] = entry
        return known

    def _plan(self, lines: dict[tuple[str, str, str, str], Subject], as_of: datetime, tick: Tick) -> None:
        planning = Planning(self.ledger)
        for account in {key[0] for key in lines}:
            cursors = {(c.account, c.source, c.variant, c.marketplace): c for c in self.ledger.cursors(account)}
            for key, subject in lines.items():
                if key[0] != account or tick.planned >= _PLANNED_PER_TICK:
                    continue
                try:
                    tick.planned += planning.plan(subject, cursors.get(key), as_of, _PLANNED_PER_TICK - tick.planned)
                except LedgerConflict:
                    log.info(
                        "another dispatcher is planning this",
                        extra={"account": account, "source": subject.contract.source},
                    )

    def _handle(  # noqa: PLR0917
        self,
        window: LedgerWindow,
        subject: Subject | None,
        account: LedgerAccount | None,
        as_of: datetime,
        now: datetime,
        tick: Tick,
    ) -> datetime | None:
        """Start a due window, or say when to look at it again."""
        if subject is None or account is None or not _can_be_asked(window, subject):
            return as_of + _SWITCHED_OFF
        if (
            account.authorization_refused_at is not None
            and now - account.authorization_refused_at < AUTHORIZATION_PAUSE
        ):
            return as_of + AUTHORIZATION_PAUSE
        if subject.contract.window.grain is Grain.SNAPSHOT and as_of >= window.ends_at:
            self._miss(window, as_of, tick)
            return None
        attempt = self._attempt(window, subject, account, as_of, now)
        asking = self.ledger.asking(attempt.account, attempt.report_type, attempt.key.marketplace, attempt.key.window)
        if asking is not None and attempt.report_id is None and asking.holder not in (None, holder_of(attempt)):
            return as_of + timedelta(seconds=HORIZON_SECONDS)
        if attempt.report_id is None:
            buckets = self.allowances.creation(attempt.account, attempt.limits)
            free = self._free_at(buckets, now, tick)
            if free is None:
                try:
                    reserved = self.allowances.quotas.reserve(buckets, now, HORIZON_SECONDS)
                except QuotaExhausted as error:
                    for bucket in buckets:
                        tick.blocked.setdefault(bucket.key, error.wait_until.timestamp())
                    free = self._free_at(buckets, now, tick)
            if free is not None:
                return from_epoch(as_of.timestamp() + max(1.0, free - now.timestamp()))
            attempt = replace(attempt, reserved_for=reserved)
        if not self._start(window, attempt, asking, now, tick) and attempt.reserved_for is not None:
            # Each dispatcher reserves for itself: what is given back is this one's call, never that of the one who was
            # faster.
            self.allowances.quotas.refund(self.allowances.creation(attempt.account, attempt.limits))
        return None

    def _free_at(self, buckets: list[Bucket], now: datetime, tick: Tick) -> float | None:
        """When a window that finds its buckets empty should come back; None if they are not known to be empty.

        Windows queue up one interval apart: each is looked at when its turn comes, and the ledger tells when that is.
        """
        blocked = [bucket for bucket in buckets if bucket.key in tick.blocked]
        if not blocked:
            return None
        free = max(tick.blocked[bucket.key] for bucket in blocked)
        for bucket in blocked:
            tick.blocked[bucket.key] = max(free, tick.blocked[bucket.key]) + bucket.interval
        return free

    def _attempt(
        self, window: LedgerWindow, subject: Subject, account: LedgerAccount, as_of: datetime, now: datetime
    ) -> Attempt:
        contract, key = subject.contract, window.key
        options = dict(contract.variants[subject.variant])
        request = request_of(key, subject.marketplace_id, options)
        # A contract whose options changed asks another question. Its revision is a new one of the window, so that
        # options which come back meet no attempt of
        # their first time; and what a dead attempt left behind (its report, or the intent to create one) answers the
        # former question only.
        same = window.request in (None, request)
        revision, number = (window.revision, window.attempt) if same else (window.revision + 1, 1)
        left = (
            (window.open_intent_at, window.open_report_id)
            if same and window.question in (None, subject.question)
            else (None, None)
        )
        bounds = Window(key.window, window.window_start, window.window_end, window.starts_at, window.ends_at)
        start, end = question_dates(contract.window, bounds, as_of)
        return Attempt(
            request=request,
            revision=revision,
            attempt=number,
            key=key,
            selling_partner_id=subject.account.selling_partner_id,
            application=subject.account.application,
            region=subject.account.region,
            kind=subject.account.kind,
            report_type=contract.report_type,
            options=options,
            marketplace_id=subject.marketplace_id,
            marketplace_ids=window.adopted.marketplace_ids if window.adopted else subject.marketplace_ids,
            window_start=window.window_start,
            window_end=window.window_end,
            data_start_time=start,
            data_end_time=end,
            restricted=contract.restricted,
            polled=not account.notified
            or window.adopted is not None,  # an adopted report is finished: nobody will notify us of it
            deadline_seconds=contract.deadline.seconds,
            poll_seconds=contract.poll_every.seconds,
            cooldown_seconds=contract.cooldown_after_fatal.seconds,
            limits=limits_of(contract, key.account, subject.account.application),
            snapshot=contract.window.grain is Grain.SNAPSHOT,
            as_of=as_of,
            dispatched_at=now,
            execution_arn=execution_arn(self.state_machine_arn, execution_name(request, revision, number)),
            question=subject.question,
            restatement_at=next_restatement(contract.window, window.ends_at, as_of),
            intent_at=left[0],
            report_id=window.adopted.report_id if window.adopted else left[1],
            watch_at=now + _FIRST_LOOK,
        )

    def _start(self, window: LedgerWindow, attempt: Attempt, asking: Asking | None, now: datetime, tick: Tick) -> bool:
        """The ledger first: an execution that nobody knows of could not be found when it dies. One that did not start
        is found by the sweep.

        False if another dispatcher was faster: nothing was written, and nothing is started.
        """
        items: list[Item] = [started(window, attempt, now), attempt]
        if attempt.report_id is None:
            items.append(
                Asking(
                    lock=asking.lock if asking else 0,
                    account=attempt.account,
                    report_type=attempt.report_type,
                    marketplace=attempt.key.marketplace,
                    window=attempt.key.window,
                    holder=holder_of(attempt),
                    expires_at=now + _ASKING_KEPT,
                )
            )
        else:
            items.append(self._pointer(attempt, attempt.report_id))
        try:
            self.ledger.save(*items)
        except LedgerConflict:
            log.info("another dispatcher was faster", extra={"request": attempt.request})
            return False
        name = execution_name(attempt.request, attempt.revision, attempt.attempt)
        new = self.state_machines.start(self.state_machine_arn, name, attempt.execution_input)
        tick.started += 1
        log.info(
            "started an attempt",
            extra={"account": attempt.account, "source": attempt.key.source, "execution": name, "new": new},
        )
        return True

    def _pointer(self, attempt: Attempt, report_id: str) -> Pointer:
        """The report of a dead attempt now belongs to this one."""
        known = self.ledger.pointer(attempt.selling_partner_id, report_id)
        return Pointer(
            lock=known.lock if known else 0,
            selling_partner_id=attempt.selling_partner_id,
            report_id=report_id,
            request=attempt.request,
            revision=attempt.revision,
            attempt=attempt.attempt,
        )

    def _miss(self, window: LedgerWindow, as_of: datetime, tick: Tick) -> None:
        """A picture of a day that has passed cannot be taken: asked now, it would show another day under the old date."""
        state = window.state if window.newest or window.state is WindowState.NO_DATA else WindowState.LOST
        reason = window.reason or "the day passed before it could be asked for"
        try:
            self.ledger.save(replace(window, state=state, reason=reason, next_action_at=None, updated_at=as_of))
            tick.lost += 1
        except LedgerConflict:
            log.info(
                "another dispatcher was faster", extra={"account": window.key.account, "source": window.key.source}
            )

    def _postpone(self, windows: list[LedgerWindow], tick: Tick) -> None:
        for begin in range(0, len(windows), _BATCH):
            batch = windows[begin : begin + _BATCH]
            try:
                self.ledger.save(*batch)
                tick.postponed += len(batch)
            except LedgerConflict:  # another dispatcher has some of them: they come back by themselves, being still due
                log.info("another dispatcher was faster")


def _line(key: WindowKey) -> tuple[str, str, str, str]:
    return key.account, key.source, key.variant, key.marketplace


def _can_be_asked(window: LedgerWindow, subject: Subject) -> bool:
    """Amazon refuses to be asked for what it makes by itself: such a window (planned when the contract was another one)
    has no report.
    """
    return window.adopted is not None or subject.contract.window.grain is not Grain.DISCOVERED


def _rank(window: LedgerWindow, as_of: datetime) -> tuple[int, float]:
    """Most valuable first: windows just published, then repeats of failed ones, then restatements, then the past; the
    latest windows first.
    """
    if window.newest is None and window.failures == 0 and as_of - window.ends_at < _FRESH:
        return 0, -window.ends_at.timestamp()
    due = window.next_action_at.timestamp() if window.next_action_at else 0.0
    if window.failures or window.empty_answers:
        return 1, due
    if window.newest is not None:
        return 2, due
    return 3, -window.ends_at.timestamp()
