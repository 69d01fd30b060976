"""A curation run that failed: its documents requeued, its lease released, an alarm sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from ingestion.curation import lease as curation_lease
from ingestion.curation.document_outcomes import DocumentOutcomes
from ingestion.curation.run_history import keep_run
from ingestion.failures import Failures
from ingestion.instants import Clock
from ingestion.ledger.port import Ledger
from ingestion.state_machines import StateMachines
from ingestion.telling import Alarms, tell

_START_GRACE = timedelta(minutes=5)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CurationFailure:
    """Records the failure of runs."""

    ledger: Ledger
    alarms: Alarms
    clock: Clock

    def record(self, run_id: str, error: str, cause: str) -> bool:
        """Record that a run failed. Its documents wait for another, fewer at a time; then its lease is released.

        A document that cannot be requeued waits as before; RoundFailed names it.
        False if the run holds no lease: its end was recorded before.
        """
        lease = self.ledger.lease()
        if lease.holder != run_id:
            return False
        reason = " ".join(f"{error}: {cause}".split())[:500]
        outcomes = DocumentOutcomes(self.ledger, self.alarms, self.clock)
        failures = Failures("curation", self.ledger, self.clock)
        for name in lease.documents:
            with failures.apart(f"report {name.report_id} of {name.account}"):
                outcomes.requeue(name, reason, run_id, alone=len(lease.documents) == 1)
        curation_lease.release(self.ledger, run_id)
        keep_run(
            self.ledger,
            self.clock,
            run_id=run_id,
            status="FAILED",
            documents=len(lease.documents),
            counts={},
            reason=reason,
        )
        log.error("a curation run failed", extra={"run_id": run_id, "reason": reason})
        tell(self.ledger, self.alarms, self.clock, f"curation run failed: {error}"[:90], f"{run_id}: {reason}")
        failures.raise_news()
        return True

    def record_abandoned(self, state_machines: StateMachines) -> bool:
        """Record the failure of a run that holds the lease although its execution has ended.

        A run that is still executing keeps the lease, however late: two writers would be worse than waiting.
        """
        lease = self.ledger.lease()
        if lease.holder is None or lease.execution_arn is None or lease.taken_at is None:
            return False
        if self.clock() - lease.taken_at < _START_GRACE:
            return False
        status = state_machines.status(lease.execution_arn)
        if status != "RUNNING":
            return self.record(lease.holder, status or "NEVER_STARTED", "found by the sweep")
        if lease.held_until is not None and self.clock() > lease.held_until:
            subject = f"curation {lease.holder} runs beyond its time"
            message = "The curation lease has expired, but its execution still runs."
            tell(self.ledger, self.alarms, self.clock, subject, message)
        return False
