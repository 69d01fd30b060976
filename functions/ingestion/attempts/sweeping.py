"""Finding executions that ended without recording an outcome.

Status events report most of them; a regular round checks all attempts that are overdue.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta

from ingestion.access.credentials import let_wait
from ingestion.access.pausing import pause
from ingestion.attempts.outcomes import after_failure, after_refused_authorization
from ingestion.attempts.recording import Recording
from ingestion.curation.claiming import documents_wait, waiting_figures
from ingestion.curation.failing import CurationFailure
from ingestion.errors import LedgerConflict
from ingestion.failures import Failures
from ingestion.identity import AttemptKey
from ingestion.instants import Clock
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.port import Ledger
from ingestion.ledger.windows import LedgerWindow, WindowState
from ingestion.state_machines import StateMachines
from ingestion.telling import Alarms, tell

_REPORT = re.compile(r"(?P<request>.+-[0-9a-f]{16})-r(?P<revision>\d+)-a(?P<attempt>\d+)")
_RUN = re.compile(r"run-\d{8}-[0-9a-f]{12}")
_WATCH_AGAIN = timedelta(hours=1)
_OVERDUE = 100
_NEEDS_NEW_REPORT = frozenset({"DocumentDamaged"})
_FOR_PEOPLE = frozenset({"AuthorizationRefused", "ConfigurationMissing", "CredentialsMissing"})
_NOT_THE_WINDOWS = frozenset({"AuthorizationRefused", "CredentialsMissing"})
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExecutionFailure:
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
    """Records the outcome of whatever failed without recording one itself."""

    ledger: Ledger
    state_machines: StateMachines
    alarms: Alarms
    curation: CurationFailure
    clock: Clock

    def execution_ended(self, name: str, failure: ExecutionFailure) -> str:
        """An execution failed, timed out or was aborted: `recorded`.

        `ignored` if it is none of the lake's or its end was recorded before.
        """
        if _RUN.fullmatch(name):
            recorded = self.curation.record(name, failure.error or failure.status, failure.cause or "")
            return "recorded" if recorded else "ignored"
        match = _REPORT.fullmatch(name)
        if match is None:
            log.warning("ignored an execution whose name is none of the lake's", extra={"execution": name})
            return "ignored"
        key = AttemptKey(request=match["request"], revision=int(match["revision"]), attempt=int(match["attempt"]))
        attempt = self.ledger.attempt(key)
        if attempt is None:
            log.warning("ignored an execution that the ledger does not know", extra={"execution": name})
            return "ignored"
        if attempt.outcome is None:
            self._record(attempt, failure)
            return "recorded"
        if attempt.outcome is not Outcome.FAILED:
            self._tell(attempt, attempt.outcome.value, attempt.reason or failure.reason)
        return "ignored"

    def sweep(self, failures: Failures) -> dict[str, int | bool]:
        """The regular round. What cannot be checked goes to `failures`, and is checked again in the next round."""
        overdue: list[Attempt] = []
        failed = released = 0
        with failures.apart("overdue attempts"):
            overdue = self.ledger.overdue_attempts(self.clock(), _OVERDUE)
        for attempt in overdue:
            with failures.apart(f"{attempt.line.source} of {attempt.account}"):
                failed += self._check(attempt)
        with failures.apart("the curation lease"):
            released += self.curation.record_abandoned(self.state_machines)
        waiting: dict[str, int] = {}
        with failures.apart("documents that wait"):
            waiting = waiting_figures(self.ledger, self.clock())
        return {
            "overdue": len(overdue),
            "failed": failed,
            "leases_released": released,
            **waiting,
            "not_checked": failures.count,
        }

    def documents_wait(self) -> bool:
        """Whether start_curation has something to do."""
        return documents_wait(self.ledger, self.clock())

    def _check(self, attempt: Attempt) -> bool:
        """Whether an overdue attempt has failed; one that still runs is checked again later."""
        status = self.state_machines.status(attempt.execution_arn)
        if status == "RUNNING":
            try:
                self.ledger.save(replace(attempt, watch_at=self.clock() + _WATCH_AGAIN))
            except LedgerConflict:
                log.info("an overdue attempt went on by itself", extra={"request": attempt.key.request})
            return False
        self._record(attempt, ExecutionFailure(status or "NEVER_STARTED", None, "found by the sweep"))
        return True

    def _record(self, attempt: Attempt, failure: ExecutionFailure) -> None:
        access_failed = failure.error in _NOT_THE_WINDOWS

        def decide(window: LedgerWindow) -> LedgerWindow:
            current = self.ledger.attempt(attempt.key) or attempt
            if access_failed:
                return after_refused_authorization(window, current, failure.reason, self.clock())
            same_report = failure.error not in _NEEDS_NEW_REPORT
            return after_failure(window, current, failure.reason, self.clock(), same_report=same_report)

        window = Recording(self.ledger, self.clock).conclude(attempt, Outcome.FAILED, failure.reason, decide)
        log.warning(
            "an attempt failed",
            extra={
                "account": attempt.account,
                "source": attempt.line.source,
                "request": attempt.key.request,
                "attempt": attempt.key.attempt,
                "reason": failure.reason,
            },
        )
        if failure.error == "AuthorizationRefused":
            pause(self.ledger, attempt.account, failure.reason, self.clock)
        elif failure.error == "CredentialsMissing":
            let_wait(self.ledger, attempt.account, failure.reason)
        if failure.error in _FOR_PEOPLE:
            self._tell(attempt, str(failure.error), failure.reason)
        elif window.state is WindowState.LOST:
            self._tell(attempt, "given up", window.reason or failure.reason)

    def _tell(self, attempt: Attempt, what: str, reason: str) -> None:
        line = attempt.line
        subject = f"{line.account}: {what}" if what in _FOR_PEOPLE else f"{line.account} {line.source}: {what}"
        where = f"{line.source} of {line.account}, {line.marketplace} {attempt.window.key}"
        message = f"{where} ({attempt.key.request}, attempt {attempt.key.attempt}): {reason}"
        tell(self.ledger, self.alarms, self.clock, subject, message)
