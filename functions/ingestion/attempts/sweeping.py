"""Finding what died without a word: by the status events of executions, and by looking at everything that should have
ended long ago.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta

from ingestion.attempts.outcomes import after_failure
from ingestion.attempts.recording import conclude, retried
from ingestion.curation.closing import CurationEnd
from ingestion.errors import LedgerConflict
from ingestion.instants import Clock
from ingestion.ledger.items import Attempt, LedgerWindow, Outcome, WindowState
from ingestion.ports import Alarms, Ledger, StateMachines
from ingestion.telling import tell

_REPORT = re.compile(r"(?P<request>.+-[0-9a-f]{16})-r(?P<revision>\d+)-a(?P<attempt>\d+)")
_RUN = re.compile(r"run-\d{8}-[0-9a-f]{12}")
_LOOK_AGAIN = timedelta(hours=1)
_OVERDUE = 100
_START_GRACE = timedelta(minutes=5)
_FRESH_REPORT = frozenset({"DocumentDamaged"})
_FOR_PEOPLE = frozenset({"AuthorizationRefused", "ConfigurationMissing"})
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Death:
    """How an execution ended: its status, and the error and cause if it had any."""

    status: str
    error: str | None = None
    cause: str | None = None

    @property
    def reason(self) -> str:
        """On one line, at most 500 characters."""
        return " ".join(": ".join(part for part in (self.status, self.error, self.cause) if part).split())[:500]


@dataclass(frozen=True)
class Sweeping:
    """Leaves nothing hanging."""

    ledger: Ledger
    state_machines: StateMachines
    alarms: Alarms
    curation: CurationEnd
    clock: Clock

    def execution_ended(self, name: str, death: Death) -> str:
        """An execution ended badly. `recorded`, or `ignored` if it is not ours or its end was known."""
        if _RUN.fullmatch(name):
            return "recorded" if self.curation.fail(name, death.error or death.status, death.cause or "") else "ignored"
        match = _REPORT.fullmatch(name)
        if match is None:
            log.warning("an execution with a name that is not ours", extra={"execution": name})
            return "ignored"
        attempt = self.ledger.attempt(match["request"], int(match["revision"]), int(match["attempt"]))
        if attempt is None:
            log.warning("an execution that the ledger does not know", extra={"execution": name})
            return "ignored"
        if not attempt.closed:
            self._failed(attempt, death)
            return "recorded"
        if attempt.outcome is not Outcome.FAILED:
            self._tell(
                attempt, attempt.outcome.value if attempt.outcome else death.status, attempt.reason or death.reason
            )
        return "ignored"

    def look(self) -> dict[str, int | bool]:
        """The regular round."""
        overdue = self.ledger.overdue_attempts(self.clock(), _OVERDUE)
        failed = sum(self._look_at(attempt) for attempt in overdue)
        released = self._look_at_lease()
        return {
            "overdue": len(overdue),
            "failed": failed,
            "leases_released": int(released),
            "documents_wait": self.documents_wait(),
        }

    def documents_wait(self) -> bool:
        """Whether stored documents wait and nobody curates.

        A run that took the lease and never started counts: start_curation resumes it.
        """
        lease = self.ledger.lease()
        if lease.holder is not None:
            return not lease.started
        return bool(self.ledger.waiting_documents(self.clock(), 1))

    def _look_at(self, attempt: Attempt) -> bool:
        """Whether an overdue attempt is dead; one that still runs is looked at again later."""
        status = self.state_machines.status(attempt.execution_arn)
        if status == "RUNNING":
            try:
                self.ledger.save(replace(attempt, watch_at=self.clock() + _LOOK_AGAIN))
            except LedgerConflict:
                log.info("an overdue attempt moved by itself", extra={"request": attempt.request})
            return False
        self._failed(attempt, Death(status or "NEVER_STARTED", None, "found by the sweep"))
        return True

    def _failed(self, attempt: Attempt, death: Death) -> None:
        refused = death.error == "AuthorizationRefused"
        counts = not refused
        same_report = death.error not in _FRESH_REPORT

        def decide(window: LedgerWindow) -> LedgerWindow:
            return after_failure(
                window, attempt_now(), death.reason, self.clock(), same_report=same_report, counts=counts
            )

        def attempt_now() -> Attempt:
            return self.ledger.attempt(attempt.request, attempt.revision, attempt.attempt) or attempt

        window = conclude(self.ledger, attempt, Outcome.FAILED, death.reason, self.clock, decide)
        log.warning(
            "an attempt failed",
            extra={
                "account": attempt.account,
                "source": attempt.key.source,
                "request": attempt.request,
                "attempt": attempt.attempt,
                "reason": death.reason,
            },
        )
        if refused:
            self._pause(attempt.account, death.reason)
        if death.error in _FOR_PEOPLE:
            self._tell(attempt, str(death.error), death.reason)
        elif window.state is WindowState.LOST:
            self._tell(attempt, "given up", window.reason or death.reason)

    def _pause(self, account: str, reason: str) -> None:
        """Login with Amazon refuses the account: nothing of it is started for a while."""

        def work() -> None:
            known = self.ledger.account(account)
            if known is not None:
                self.ledger.save(replace(known, authorization_refused_at=self.clock(), authorization_reason=reason))

        retried(work)

    def _tell(self, attempt: Attempt, what: str, reason: str) -> None:
        subject = (
            f"{attempt.account}: {what}" if what in _FOR_PEOPLE else f"{attempt.account} {attempt.key.source}: {what}"
        )
        where = f"{attempt.key.source} of {attempt.account}, {attempt.key.marketplace} {attempt.key.window}"
        message = f"{where} ({attempt.request}, attempt {attempt.attempt}): {reason}"
        tell(self.ledger, self.alarms, self.clock, subject, message)

    def _look_at_lease(self) -> bool:
        """Release the curation lease of a run that is no more.

        One that still runs keeps it, however late: two writers would be worse than waiting.
        """
        lease = self.ledger.lease()
        if (
            lease.holder is None
            or lease.execution_arn is None
            or lease.taken_at is None
            or self.clock() - lease.taken_at < _START_GRACE
        ):
            return False
        status = self.state_machines.status(lease.execution_arn)
        if status == "RUNNING":
            if lease.held_until is not None and self.clock() > lease.held_until:
                tell(
                    self.ledger,
                    self.alarms,
                    self.clock,
                    f"curation {lease.holder} runs beyond its time",
                    "The curation lease has expired, but its execution still runs.",
                )
            return False
        return self.curation.fail(lease.holder, status or "NEVER_STARTED", "found by the sweep")
