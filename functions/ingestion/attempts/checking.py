"""Asking whether a report is finished: for accounts that are polled, and for notifications that did not come."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.attempts.recording import the_attempt
from ingestion.errors import UnknownRequest
from ingestion.ports import Ledger, ReportsFor
from ingestion.quotas.allowances import Allowances


@dataclass(frozen=True)
class Checking:
    """Looks at reports."""

    ledger: Ledger
    reports_for: ReportsFor
    allowances: Allowances

    def finished(self, request: str, revision: int, attempt: int) -> bool:
        """Whether Amazon will do no more about the attempt's report."""
        current = the_attempt(self.ledger, request, revision, attempt)
        if current.closed:
            return True
        if current.report_id is None:
            raise UnknownRequest(f"attempt {attempt} of revision {revision} of {request} has no report to look at")
        with self.allowances.call("getReport", current.account):
            return self.reports_for(current.account, current.region).get(current.report_id).finished
