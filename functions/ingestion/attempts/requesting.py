"""Creating a report exactly as often as intended.

createReport has no idempotency, so the intent is written down before the call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingestion.attempts.classification import Refusal, classify
from ingestion.attempts.notifying import complete
from ingestion.attempts.outcomes import after_refusal
from ingestion.attempts.recording import conclude, given_up_asking, retried, the_attempt
from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    Conflict,
    NotFound,
    QuotaExhausted,
    RequestRefused,
    Throttled,
    UnknownRequest,
)
from ingestion.instants import Clock, parse_instant
from ingestion.ledger.items import Attempt, Outcome, Pointer
from ingestion.ports import Ledger, Reports, ReportsFor, StateMachines
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api import Question, Report

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

    def request(self, request: str, revision: int, attempt: int, task_token: str | None = None) -> str:
        """The report id of an attempt: known, found again, or created. A waiting task is completed if its notification
        came early.
        """
        current = the_attempt(self.ledger, request, revision, attempt)
        if current.closed:
            raise UnknownRequest(f"attempt {attempt} of revision {revision} of {request} is closed")
        if current.report_id is None:
            report_id = self._obtain(current)
            current = self._save_report(current, report_id, task_token)
        elif task_token:
            current = self._save_token(current, task_token)
        if current.report_id is None:
            raise UnknownRequest(f"{request} has no report id")
        if task_token and self.ledger.message(current.selling_partner_id, current.report_id):
            complete(current, self.state_machines)
        return current.report_id

    def _obtain(self, attempt: Attempt) -> str:
        reports = self.reports_for(attempt.account, attempt.region)
        if attempt.intent_at is not None:
            found = self._find(reports, attempt)
            if found is not None:
                log.info(
                    "found the report of an earlier intent", extra={"request": attempt.request, "report_id": found}
                )
                return found
        buckets = self.allowances.creation(attempt.account, attempt.limits)
        now = self.clock()
        if attempt.reserved_for is None:
            self.allowances.quotas.reserve(buckets, now)
        elif attempt.reserved_for > now:
            raise QuotaExhausted(attempt.reserved_for)
        attempt = self._change(attempt, intent_at=now, reserved_for=None)
        try:
            return reports.create(_question(attempt))
        except Throttled as error:
            self._change(attempt, intent_at=None)
            raise QuotaExhausted(self.allowances.quotas.exhaust(buckets, self.clock())) from error
        except AccessTokenExpired:
            self._change(attempt, intent_at=None, reserved_for=now)
            raise
        except (RequestRefused, AccessDenied, NotFound, Conflict) as error:
            self._refused(attempt, error)
            raise

    def _find(self, reports: Reports, attempt: Attempt) -> str | None:
        """The report that an intent without an id may have created: of its type, window and marketplaces, created
        since, claimed by nobody.
        """
        matching = [report for report in self._listed(reports, attempt) if _answers(report, attempt)]
        for report in sorted(matching, key=lambda report: (report.created_time, report.report_id)):
            if self.ledger.pointer(attempt.selling_partner_id, report.report_id) is None:
                return report.report_id
        return None

    def _listed(self, reports: Reports, attempt: Attempt) -> Iterator[Report]:
        if attempt.intent_at is None:
            return
        since = attempt.intent_at.replace(microsecond=0)  # created times have whole seconds
        pages = reports.list(attempt.report_type, attempt.marketplace_ids, since)
        for _ in range(_PAGES):
            with self.allowances.call("getReports", attempt.account):
                page = next(pages)
            yield from (report for report in page.reports if report.created_time >= since)
            if page.last:
                return

    def _save_report(self, attempt: Attempt, report_id: str, task_token: str | None) -> Attempt:
        """Report id, task token and pointer in one transaction; the right to create is given up with it."""

        def work() -> Attempt:
            current = the_attempt(self.ledger, attempt.request, attempt.revision, attempt.attempt)
            pointer = self.ledger.pointer(attempt.selling_partner_id, report_id)
            pointer = Pointer(
                lock=pointer.lock if pointer else 0,
                selling_partner_id=attempt.selling_partner_id,
                report_id=report_id,
                request=attempt.request,
                revision=attempt.revision,
                attempt=attempt.attempt,
            )
            saved = replace(current, report_id=report_id, task_token=task_token, reserved_for=None)
            self.ledger.save(saved, pointer, *given_up_asking(self.ledger, current))
            return replace(saved, lock=saved.lock + 1)

        return retried(work)

    def _save_token(self, attempt: Attempt, task_token: str) -> Attempt:
        return self._change(attempt, task_token=task_token)

    def _change(self, attempt: Attempt, **changes: object) -> Attempt:
        def work() -> Attempt:
            current = the_attempt(self.ledger, attempt.request, attempt.revision, attempt.attempt)
            changed = replace(current, **changes)  # type: ignore[arg-type]  # the names are this module's own
            self.ledger.save(changed)
            return replace(changed, lock=changed.lock + 1)

        return retried(work)

    def _refused(self, attempt: Attempt, error: Exception) -> None:
        reason = f"createReport: {error}"
        not_entitled = isinstance(error, AccessDenied) or classify(str(error)) is Refusal.NOT_ENTITLED
        outcome = Outcome.NOT_ENTITLED if not_entitled else Outcome.REFUSED
        conclude(
            self.ledger,
            attempt,
            outcome,
            reason,
            self.clock,
            lambda window: after_refusal(window, outcome, reason, self.clock()),
        )


def _question(attempt: Attempt) -> Question:
    return Question(
        attempt.report_type, attempt.marketplace_ids, attempt.data_start_time, attempt.data_end_time, attempt.options
    )


def _answers(report: Report, attempt: Attempt) -> bool:
    if report.report_type != attempt.report_type:
        return False
    if report.marketplace_ids and set(report.marketplace_ids) != set(attempt.marketplace_ids):
        return False
    asked = (attempt.data_start_time, report.data_start_time), (attempt.data_end_time, report.data_end_time)
    return all(ours is None or theirs is None or parse_instant(ours) == theirs for ours, theirs in asked)
