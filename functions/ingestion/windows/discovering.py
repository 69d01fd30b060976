"""Discovering the reports that Amazon makes by itself and refuses to create on request.

Their contracts have `grain: discovered`, such as settlements. Amazon lists them for ninety days (SP-API docs, Reports
API v2021-06-30, getReports). Each finished one that the ledger does not know becomes a window with its report id in it;
from there on dispatching, fetching, curation and sweeping treat it like any other window.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from ingestion.access.credentials import let_wait, waits
from ingestion.access.pausing import PAUSE
from ingestion.configuration.contracts import Grain
from ingestion.configuration.port import Configuration
from ingestion.errors import (
    AccessTokenExpired,
    AuthorizationRefused,
    CredentialsMissing,
    IngestionError,
    LedgerConflict,
    QuotaExhausted,
    SellingPartnerUnavailable,
    TokenEndpointUnavailable,
)
from ingestion.failures import Failures
from ingestion.identity import AttemptKey, LineKey, Window
from ingestion.instants import Clock
from ingestion.ledger.lines import DiscoveryState
from ingestion.ledger.port import Ledger
from ingestion.ledger.reports import ReportOwner
from ingestion.ledger.windows import AdoptedReport, LedgerWindow
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api.port import ReportsFor
from ingestion.reports_api.values import Report
from ingestion.windows.calendar import zone_of
from ingestion.windows.lines import Line, enabled_lines

Authorize = Callable[[str, bool], None]
"""Make sure that an account (name) has a good access token; True: renew it whatever the cached one looks like."""
_RETENTION = timedelta(days=90)
_MARGIN = timedelta(minutes=5)  # Amazon's clock may be ahead: a request for more than ninety days would be refused
_TIME_ZONES = timedelta(days=1)
_PASSING = (TokenEndpointUnavailable, SellingPartnerUnavailable, AccessTokenExpired, LedgerConflict)
_TOLD_WHEN_PASSING = 3  # failures in a row
log = logging.getLogger(__name__)


class DiscoveryFailed(IngestionError):
    """Amazon's list of reports could not be read for some sources, for reasons that a person should know of.

    They are read again.
    """


@dataclass
class Round:
    """What one call did, and the instant that it takes for now."""

    as_of: datetime
    read: int = 0
    adopted: int = 0
    failed: int = 0
    authorized: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    to_tell: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Discovering:
    """Reads Amazon's lists of reports, each as often as its contract says."""

    ledger: Ledger
    configuration: Configuration
    authorize: Authorize
    reports_for: ReportsFor
    allowances: Allowances
    clock: Clock

    def discover(self, as_of: datetime | None = None) -> dict[str, int]:
        """Read all lists that are due; how many, and how many reports were adopted.

        One failure does not stop the others. `as_of` is the clock for what is due and how far back is read (default:
        now); quotas always go by the real one. DiscoveryFailed names what a person should know of: at once what needs
        one, and outages when they last.
        """
        failures = Failures("discover_reports", self.ledger, self.clock)
        done = Round(as_of or self.clock())
        lines = [line for line in enabled_lines(self.configuration) if line.contract.window.grain is Grain.DISCOVERED]
        known = {account.account: account for account in self.ledger.accounts()} if lines else {}
        for account in sorted({line.account.name for line in lines}):
            if waits(known.get(account)):
                continue
            with failures.apart(f"account {account}"):
                states = {state.line: state for state in self.ledger.discovery_states(account)}
                for line in lines:
                    state = states.get(line.key) or DiscoveryState(line=line.key, next_read_at=done.as_of)
                    if line.account.name != account or state.next_read_at > done.as_of or account in done.waiting:
                        continue
                    with failures.apart(f"{line.contract.source} of {account}"):
                        self._discover(line, state, done)
        figures = {"looked": done.read, "adopted": done.adopted, "failed": done.failed + failures.count}
        log.info("discovered", extra=figures)
        if done.to_tell:
            raise DiscoveryFailed("; ".join(done.to_tell))
        failures.raise_news(figures)
        return figures

    def _discover(self, line: Line, state: DiscoveryState, done: Round) -> None:
        """Read one list and record when to read it again."""
        context = _context(line.key)
        now = done.as_of
        regular = now + timedelta(seconds=line.contract.poll_every.seconds)
        try:
            for report in self._finished(line, done):
                done.adopted += self._adopt(line, report, now)
            after = replace(state, read_at=now, next_read_at=regular, reason=None, failures=0)
            done.read += 1
        except QuotaExhausted as error:
            reason = "the usage plan of getReports is exhausted for the moment"
            log.info(reason, extra=context)
            after = replace(state, next_read_at=now + (error.wait_until - self.clock()), reason=reason)
        except CredentialsMissing as error:
            self._let_wait(line.account.name, error, done)
            return
        except IngestionError as error:
            after = self._failed(state, error, next_read_at=_after_failure(error, now, regular), done=done)
        try:
            self.ledger.save(after)
        except LedgerConflict:
            log.info("another round reads this list", extra=context)

    def _let_wait(self, account: str, error: CredentialsMissing, done: Round) -> None:
        """Credentials that were there are gone: the list is read when they are back, and the account says why not."""
        done.waiting.add(account)
        done.failed += 1
        if let_wait(self.ledger, account, str(error)):
            done.to_tell.append(f"{account}: {type(error).__name__}: {error}")

    def _failed(
        self, state: DiscoveryState, error: IngestionError, *, next_read_at: datetime, done: Round
    ) -> DiscoveryState:
        reason = f"{type(error).__name__}: {error}"[:500]
        log.warning("a list of reports could not be read", extra=_context(state.line) | {"reason": reason})
        after = replace(state, next_read_at=next_read_at, reason=reason, failures=state.failures + 1)
        done.failed += 1
        if after.failures == (_TOLD_WHEN_PASSING if isinstance(error, _PASSING) else 1):
            done.to_tell.append(f"{state.line.source} of {state.line.account}: {reason}")
        return after

    def _finished(self, line: Line, done: Round) -> Iterator[Report]:
        """All finished reports of the type in Amazon's list that are of the line's marketplaces and dates."""
        account = line.account.name
        if account not in done.authorized:
            self.authorize(account, False)
            done.authorized.add(account)
        try:
            yield from self._listed(line, done.as_of)
        except AccessTokenExpired:
            self.authorize(account, True)
            yield from self._listed(line, done.as_of)

    def _listed(self, line: Line, now: datetime) -> Iterator[Report]:
        account = line.account
        pages = self.reports_for(account.name, account.region).list(
            line.contract.report_type, line.marketplace_ids, _since(line, now)
        )
        while True:
            with self.allowances.call("getReports", account.name):
                page = next(pages)
            yield from (report for report in page.reports if _is_meant(report, line))
            if page.last:
                return

    def _adopt(self, line: Line, report: Report, now: datetime) -> bool:
        """Put a report into the ledger, once.

        Its owner and its window are written together, on condition that there are none.
        """
        if self.ledger.report_owner(line.account.selling_partner_id, report.report_id) is not None:
            return False
        window = LedgerWindow(
            line=line.key,
            window=window_of(report, line),
            marketplace_id=line.marketplace_id,
            adopted=AdoptedReport(
                report_id=report.report_id, marketplace_ids=report.marketplace_ids or line.marketplace_ids
            ),
            updated_at=now,
            next_action_at=now,
        )
        owner = ReportOwner(
            selling_partner_id=line.account.selling_partner_id,
            report_id=report.report_id,
            attempt=AttemptKey(
                request=line.request_id(window.window.key), revision=window.revision, attempt=window.attempt
            ),
        )
        context = _context(line.key) | {"report_id": report.report_id, "window": window.window.key}
        try:
            self.ledger.save(window, owner)
        except LedgerConflict:
            log.info("the ledger knows this report already", extra=context)
            return False
        log.info("adopted a report", extra=context)
        return True


def _context(line: LineKey) -> dict[str, str]:
    return {"account": line.account, "source": line.source, "marketplace": line.marketplace}


def _since(line: Line, now: datetime) -> datetime:
    """How far back the list is read, each time whole: a report is listed when it is created, but finished later."""
    history = line.contract.window.history.before(now.date())
    wanted = datetime.combine(max(history, line.start_date), time.min, UTC) - _TIME_ZONES
    return min(max(wanted, now - _RETENTION + _MARGIN), now - _MARGIN).replace(microsecond=0)


def window_of(report: Report, line: Line) -> Window:
    """The window that a report covers: its first and last local date, and its id, as two may have the same dates.

    A report without dates covers the day it was created.
    """
    starts_at = report.data_start_time or report.created_time
    ends_at = max(report.data_end_time or starts_at, starts_at)
    zone = zone_of(line.contract.window, line.time_zone)
    start = starts_at.astimezone(zone).date()
    # An end at midnight belongs to the day before.
    last_moment = ends_at - timedelta(microseconds=1) if ends_at > starts_at else ends_at
    end = last_moment.astimezone(zone).date()
    return Window(f"{start}--{end}--{report.report_id}", start.isoformat(), end.isoformat(), starts_at, ends_at)


def _is_meant(report: Report, line: Line) -> bool:
    """Finished, of the line's type and one of its marketplaces, with at least one day between the line's dates."""
    if report.report_type != line.contract.report_type or report.processing_status != "DONE":
        return False
    if report.marketplace_ids and not set(report.marketplace_ids) & set(line.marketplace_ids):
        return False
    window, last = window_of(report, line), line.account.end_date
    return window.end >= line.start_date.isoformat() and (last is None or window.start <= last.isoformat())


def _after_failure(error: IngestionError, now: datetime, regular: datetime) -> datetime:
    """When to read again: in the next round if the failure may pass, after the pause if Login with Amazon refuses.

    Otherwise at the regular time.
    """
    if isinstance(error, _PASSING):
        return now
    if isinstance(error, AuthorizationRefused):
        return now + PAUSE
    return regular
