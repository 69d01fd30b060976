"""Finding the reports that Amazon makes by itself and refuses to be asked for (contracts with `grain: discovered`, such
as settlements).

They stand in Amazon's list of reports for ninety days (SP-API docs, Reports API v2021-06-30, getReports). Each finished
one that the ledger does not know becomes a window with its report id in it; from there on dispatching, fetching,
curation and sweeping treat it like any other window.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from ingestion.attempts.outcomes import AUTHORIZATION_PAUSE
from ingestion.configuration.contracts import Grain
from ingestion.errors import (
    AccessTokenExpired,
    AuthorizationRefused,
    IngestionError,
    LedgerConflict,
    QuotaExhausted,
    SellingPartnerUnavailable,
    TokenEndpointUnavailable,
)
from ingestion.instants import Clock
from ingestion.ledger.items import AdoptedReport, LedgerWindow, Look, Pointer, request_of
from ingestion.ports import Configuration, Ledger, ReportsFor
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api import Report
from ingestion.windows.calendar import Window, zone_of
from ingestion.windows.planning import Subject, enabled_subjects

Authorize = Callable[[str, bool], None]
"""Make sure that an account (name) has a good access token; True: whatever the cached one looks like."""
_RETENTION = timedelta(days=90)
_MARGIN = timedelta(
    minutes=5
)  # Amazon's clock may be ahead of ours: a question about more than ninety days would be refused
_TIME_ZONES = timedelta(days=1)
_PASSING = (TokenEndpointUnavailable, SellingPartnerUnavailable, AccessTokenExpired, LedgerConflict)
_TOLD_WHEN_PASSING = 3  # looks in a row
log = logging.getLogger(__name__)


class DiscoveryFailed(IngestionError):
    """Amazon's list of reports could not be read for some sources, for reasons that a person should know of; they are
    read again.
    """


@dataclass
class Round:
    """What one call did, and the instant that it was told is now."""

    as_of: datetime
    looked: int = 0
    adopted: int = 0
    failed: int = 0
    authorized: set[str] = field(default_factory=set)
    to_tell: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Discovering:
    """Looks at Amazon's lists of reports, each as often as its contract says."""

    ledger: Ledger
    configuration: Configuration
    authorize: Authorize
    reports_for: ReportsFor
    allowances: Allowances
    clock: Clock

    def look(self, as_of: datetime | None = None) -> dict[str, int]:
        """Read all lists that are due; how many, and how many reports were adopted. One failure does not stop the
        others.

        `as_of` is the clock for what is due and how far back is read (default: now); quotas always go by the real one.
        DiscoveryFailed names what a person should know of: at once what needs one, and outages when they last.
        """
        done = Round(as_of or self.clock())
        lines = [
            subject
            for subject in enabled_subjects(self.configuration)
            if subject.contract.window.grain is Grain.DISCOVERED
        ]
        for account in sorted({subject.account.name for subject in lines}):
            looks = {(look.source, look.variant, look.marketplace): look for look in self.ledger.looks(account)}
            for subject in lines:
                look = looks.get((subject.contract.source, subject.variant, subject.marketplace)) or _first(
                    subject, done.as_of
                )
                if subject.account.name == account and look.next_look_at <= done.as_of:
                    self._look(subject, look, done)
        if done.to_tell:
            raise DiscoveryFailed("; ".join(done.to_tell))
        return {"looked": done.looked, "adopted": done.adopted, "failed": done.failed}

    def _look(self, subject: Subject, look: Look, done: Round) -> None:
        """Read one list and write down when to read it again."""
        context = {"account": look.account, "source": look.source, "marketplace": look.marketplace}
        now = done.as_of
        regular = now + timedelta(seconds=subject.contract.poll_every.seconds)
        try:
            for report in self._finished(subject, done):
                done.adopted += self._adopt(subject, report, now)
            after = replace(look, looked_at=now, next_look_at=regular, reason=None, failures=0)
            done.looked += 1
        except QuotaExhausted as error:
            log.info("the usage plan of getReports is exhausted", extra=context)
            after = replace(
                look,
                next_look_at=now + (error.wait_until - self.clock()),
                reason="the usage plan of getReports is exhausted for the moment",
            )
        except IngestionError as error:
            reason = f"{type(error).__name__}: {error}"[:500]
            log.warning("a list of reports could not be read", extra=context | {"reason": reason})
            after = replace(
                look, next_look_at=_after_failure(error, now, regular), reason=reason, failures=look.failures + 1
            )
            done.failed += 1
            if after.failures == (_TOLD_WHEN_PASSING if isinstance(error, _PASSING) else 1):
                done.to_tell.append(f"{look.source} of {look.account}: {reason}")
        try:
            self.ledger.save(after)
        except LedgerConflict:
            log.info("another round looks at this", extra=context)

    def _finished(self, subject: Subject, done: Round) -> Iterator[Report]:
        """All finished reports of the type in Amazon's list that are of the subject's marketplaces and dates."""
        account = subject.account.name
        if account not in done.authorized:
            self.authorize(account, False)
            done.authorized.add(account)
        try:
            yield from self._listed(subject, done.as_of)
        except AccessTokenExpired:
            self.authorize(account, True)
            yield from self._listed(subject, done.as_of)

    def _listed(self, subject: Subject, now: datetime) -> Iterator[Report]:
        account = subject.account
        pages = self.reports_for(account.name, account.region).list(
            subject.contract.report_type, subject.marketplace_ids, _since(subject, now)
        )
        while True:
            with self.allowances.call("getReports", account.name):
                page = next(pages)
            yield from (report for report in page.reports if _is_meant(report, subject))
            if page.last:
                return

    def _adopt(self, subject: Subject, report: Report, now: datetime) -> bool:
        """Put a report into the ledger, once: its pointer and its window are written together, on condition that there
        are none.
        """
        if self.ledger.pointer(subject.account.selling_partner_id, report.report_id) is not None:
            return False
        window = window_of(report, subject)
        key = subject.window_key(window.key)
        adopted = LedgerWindow(
            key=key,
            marketplace_id=subject.marketplace_id,
            window_start=window.start,
            window_end=window.end,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            adopted=AdoptedReport(
                report_id=report.report_id, marketplace_ids=report.marketplace_ids or subject.marketplace_ids
            ),
            updated_at=now,
            next_action_at=now,
        )
        pointer = Pointer(
            selling_partner_id=subject.account.selling_partner_id,
            report_id=report.report_id,
            request=request_of(key, subject.marketplace_id, dict(subject.contract.variants[subject.variant])),
            revision=adopted.revision,
            attempt=adopted.attempt,
        )
        try:
            self.ledger.save(adopted, pointer)
        except LedgerConflict:
            log.info(
                "the ledger knows this report already", extra={"account": key.account, "report_id": report.report_id}
            )
            return False
        log.info(
            "adopted a report",
            extra={"account": key.account, "source": key.source, "report_id": report.report_id, "window": key.window},
        )
        return True


def _first(subject: Subject, now: datetime) -> Look:
    return Look(
        account=subject.account.name,
        source=subject.contract.source,
        variant=subject.variant,
        marketplace=subject.marketplace,
        next_look_at=now,
    )


def _since(subject: Subject, now: datetime) -> datetime:
    """How far back the list is read, each time whole: a report stands in it from its beginning, but is finished later."""
    history = subject.contract.window.history.before(now.date())
    wanted = datetime.combine(max(history, subject.start_date), time.min, UTC) - _TIME_ZONES
    return min(max(wanted, now - _RETENTION + _MARGIN), now - _MARGIN).replace(microsecond=0)


def window_of(report: Report, subject: Subject) -> Window:
    """The window that a report speaks for: its first and last local date, and its id, because two may have the same
    dates.

    A report without dates speaks for the day it was made.
    """
    starts_at = report.data_start_time or report.created_time
    ends_at = max(report.data_end_time or starts_at, starts_at)
    zone = zone_of(subject.contract.window, subject.time_zone)
    start = starts_at.astimezone(zone).date()
    last_moment = (
        ends_at - timedelta(microseconds=1) if ends_at > starts_at else ends_at
    )  # an end at midnight belongs to the day before
    end = last_moment.astimezone(zone).date()
    return Window(f"{start}--{end}--{report.report_id}", start.isoformat(), end.isoformat(), starts_at, ends_at)


def _is_meant(report: Report, subject: Subject) -> bool:
    """Finished, of the subject's type and one of its marketplaces, and about days between its dates (one day in common
    is enough).
    """
    if report.report_type != subject.contract.report_type or report.processing_status != "DONE":
        return False
    if report.marketplace_ids and not set(report.marketplace_ids) & set(subject.marketplace_ids):
        return False
    window, last = window_of(report, subject), subject.account.end_date
    return window.end >= subject.start_date.isoformat() and (last is None or window.start <= last.isoformat())


def _after_failure(error: IngestionError, now: datetime, regular: datetime) -> datetime:
    """When to look again: at the next round if it may pass, a while later if Login with Amazon refuses, else as
    regularly.
    """
    if isinstance(error, _PASSING):
        return now
    if isinstance(error, AuthorizationRefused):
        return now + AUTHORIZATION_PAUSE
    return regular
