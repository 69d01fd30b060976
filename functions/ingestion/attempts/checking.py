"""Checking whether a report is finished: for accounts that are polled, and for notifications that did not come."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.attempts.recording import the_attempt
from ingestion.errors import ReportNotCreated
from ingestion.identity import AttemptKey
from ingestion.ledger.port import Ledger
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api.port import ReportsFor


@dataclass(frozen=True)
class Checking:
    """Checks reports."""

    ledger: Ledger
    reports_for: ReportsFor
    allowances: Allowances

    def finished(self, key: AttemptKey) -> bool:
        """Whether Amazon will do no more about the attempt's report."""
        attempt = the_attempt(self.ledger, key)
        if attempt.closed:
            return True
        if attempt.report_id is None:
            raise ReportNotCreated(f"{key} has no report to check")
        with self.allowances.call("getReport", attempt.account):
            return self.reports_for(attempt.account, attempt.region).get(attempt.report_id).finished
