"""Creating a report exactly as often as intended.

createReport is not idempotent, so the intent is written down before the call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingestion.attempts import creation_right
from ingestion.attempts.classification import Refusal, classify
from ingestion.attempts.notifying import complete
from ingestion.attempts.outcomes import after_refusal
from ingestion.attempts.recording import Recording, the_attempt
from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    AttemptClosed,
    Conflict,
    NotFound,
    QuotaExhausted,
    RequestRefused,
    Throttled,
)
from ingestion.identity import AttemptKey
from ingestion.instants import Clock, parse_instant
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.port import Ledger
from ingestion.ledger.reports import ReportOwner
from ingestion.ledger.retrying import retried
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api.port import Reports, ReportsFor
from ingestion.reports_api.values import Report
from ingestion.state_machines import StateMachines

_PAGES = 5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Requesting:
    """Gets an attempt its report id."""

    ledger: Ledger
    reports_for: ReportsFor
    allowances: Allowances
    state_machines: StateMachines
    clock: Clock

    def request(self, key: AttemptKey, task_token: str | None = None) -> str:
        """The report id of an attempt: known, found again, or created.

        A waiting task is completed if its notification came early. AttemptClosed when the outcome is recorded.
        """
        attempt = the_attempt(self.ledger, key)
        if attempt.closed:
            raise AttemptClosed(f"{key} is closed")
        report_id = attempt.report_id
        if report_id is None:
            report_id = self._obtain(attempt)
            attempt = self._save_report(attempt, report_id, task_token)
        elif task_token:
            attempt = self._change(attempt, task_token=task_token)
        if task_token and self.ledger.message(attempt.selling_partner_id, report_id):
            complete(attempt, self.state_machines)
        return report_id

    def _obtain(self, attempt: Attempt) -> str:
        reports = self.reports_for(attempt.account, attempt.region)
        if attempt.intent_at is not None:
            found = self._find(reports, attempt)
            if found is not None:
                log.info(
                    "found the report of an earlier intent",
                    extra={"request": attempt.key.request, "report_id": found},
                )
                return found
        return self._create(reports, attempt)

    def _create(self, reports: Reports, attempt: Attempt) -> str:
        """Call createReport, with the quota reserved and the intent written down."""
        buckets = self.allowances.creation(attempt.account, attempt.terms.limits)
        now = self.clock()
        if attempt.reserved_for is None:
            self.allowances.quotas.reserve(buckets, now)
        elif attempt.reserved_for > now:
            raise QuotaExhausted(attempt.reserved_for)
        attempt = self._change(attempt, intent_at=now, reserved_for=None)
        try:
            return reports.create(attempt.question)
        except Throttled as error:
            self._change(attempt, intent_at=None)
            raise QuotaExhausted(self.allowances.quotas.exhaust(buckets, self.clock())) from error
        except AccessTokenExpired:
            self._change(attempt, intent_at=None, reserved_for=now)
            raise
        except (RequestRefused, AccessDenied, NotFound, Conflict) as error:
            self._record_refusal(attempt, error)
            raise

    def _find(self, reports: Reports, attempt: Attempt) -> str | None:
        """The report that an intent without an id may have created.

        It is of the attempt's type, window and marketplaces, was created since, and belongs to no other attempt.
        """
        matching = [report for report in self._listed(reports, attempt) if _answers(report, attempt)]
        for report in sorted(matching, key=lambda report: (report.created_time, report.report_id)):
            if self.ledger.report_owner(attempt.selling_partner_id, report.report_id) is None:
                return report.report_id
        return None

    def _listed(self, reports: Reports, attempt: Attempt) -> Iterator[Report]:
        if attempt.intent_at is None:
            return
        since = attempt.intent_at.replace(microsecond=0)  # created times have whole seconds
        pages = reports.list(attempt.question.report_type, attempt.question.marketplace_ids, since)
        for _ in range(_PAGES):
            with self.allowances.call("getReports", attempt.account):
                page = next(pages)
            yield from (report for report in page.reports if report.created_time >= since)
            if page.last:
                return

    def _save_report(self, attempt: Attempt, report_id: str, task_token: str | None) -> Attempt:
        """Save report id, task token and owner in one transaction; the right to create is released with it.

        As of `_change`: the answer is for reading, each write reads the attempt again.
        """

        def work() -> Attempt:
            current = the_attempt(self.ledger, attempt.key)
            known = self.ledger.report_owner(attempt.selling_partner_id, report_id)
            owner = ReportOwner(
                lock=known.lock if known else 0,
                selling_partner_id=attempt.selling_partner_id,
                report_id=report_id,
                attempt=attempt.key,
            )
            saved = replace(current, report_id=report_id, task_token=task_token, reserved_for=None)
            self.ledger.save(saved, owner, *creation_right.released(self.ledger, current))
            return saved

        return retried(work)

    def _change(self, attempt: Attempt, **changes: object) -> Attempt:
        def work() -> Attempt:
            current = the_attempt(self.ledger, attempt.key)
            changed = replace(current, **changes)  # type: ignore[arg-type]  # the names are this module's own
            self.ledger.save(changed)
            return changed

        return retried(work)

    def _record_refusal(self, attempt: Attempt, error: Exception) -> None:
        reason = f"createReport: {error}"
        not_entitled = isinstance(error, AccessDenied) or classify(str(error)) is Refusal.NOT_ENTITLED
        outcome = Outcome.NOT_ENTITLED if not_entitled else Outcome.REFUSED
        Recording(self.ledger, self.clock).conclude(
            attempt, outcome, reason, lambda window: after_refusal(window, outcome, reason, self.clock())
        )


def _answers(report: Report, attempt: Attempt) -> bool:
    question = attempt.question
    if report.report_type != question.report_type:
        return False
    if report.marketplace_ids and set(report.marketplace_ids) != set(question.marketplace_ids):
        return False
    bounds = (question.data_start_time, report.data_start_time), (question.data_end_time, report.data_end_time)
    return all(ours is None or theirs is None or parse_instant(ours) == theirs for ours, theirs in bounds)
