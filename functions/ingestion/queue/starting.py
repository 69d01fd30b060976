"""Starting the execution of a window's next attempt."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.attempts import creation_right
from ingestion.attempts.outcomes import started
from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.errors import LedgerConflict
from ingestion.identity import AttemptKey, execution_arn
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.attempts import Attempt, ContractTerms, CreationRight
from ingestion.ledger.item import Item
from ingestion.ledger.port import Ledger
from ingestion.ledger.reports import ReportOwner
from ingestion.ledger.windows import LedgerWindow, Leftover
from ingestion.quotas.allowances import limits_of
from ingestion.reports_api.values import Question
from ingestion.state_machines import StateMachines
from ingestion.windows.calendar import next_restatement, question_dates
from ingestion.windows.lines import Line

_FIRST_WATCH = timedelta(minutes=15)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Starting:
    """Composes attempts and starts them."""

    ledger: Ledger
    state_machines: StateMachines
    state_machine_arn: str

    def attempt(
        self, window: LedgerWindow, line: Line, account: LedgerAccount, *, as_of: datetime, now: datetime
    ) -> Attempt:
        """The window's next attempt, with all that its execution needs."""
        contract, key = line.contract, _next_key(window, line)
        leftover, adopted = _leftover(window, line, key), window.adopted
        return Attempt(
            key=key,
            line=line.key,
            window=window.window,
            marketplace_id=line.marketplace_id,
            selling_partner_id=line.account.selling_partner_id,
            region=line.account.region,
            kind=line.account.kind,
            question=_question(window, line, as_of),
            terms=_terms(contract, line),
            # An adopted report is finished: no notification will come for it.
            polled=not account.notified or adopted is not None,
            as_of=as_of,
            dispatched_at=now,
            execution_arn=execution_arn(self.state_machine_arn, key.execution_name),
            question_digest=line.question_digest,
            restatement_at=next_restatement(contract.window, window.window.ends_at, as_of),
            intent_at=leftover.intent_at,
            report_id=adopted.report_id if adopted else leftover.report_id,
            watch_at=now + _FIRST_WATCH,
        )

    def start(self, window: LedgerWindow, attempt: Attempt, right: CreationRight | None, now: datetime) -> bool:
        """Save the attempt, then start its execution. `right` is the creation right as it was read.

        The ledger comes first: an execution that it does not know could not be found when it fails. One that did not
        start is found by the sweep. False if another dispatcher was faster: nothing was written or started.
        """
        items: list[Item] = [started(window, attempt, now), attempt]
        if attempt.report_id is None:
            items.append(creation_right.taken(right, attempt, now))
        else:
            items.append(self._owner(attempt, attempt.report_id))
        try:
            self.ledger.save(*items)
        except LedgerConflict:
            log.info("another dispatcher was faster", extra={"request": attempt.key.request})
            return False
        name = attempt.key.execution_name
        new = self.state_machines.start(self.state_machine_arn, name, attempt.execution_input)
        log.info(
            "started an attempt",
            extra={"account": attempt.account, "source": attempt.line.source, "execution": name, "new": new},
        )
        return True

    def _owner(self, attempt: Attempt, report_id: str) -> ReportOwner:
        """The report of an earlier attempt, or one that was adopted, now belongs to this attempt."""
        known = self.ledger.report_owner(attempt.selling_partner_id, report_id)
        return ReportOwner(
            lock=known.lock if known else 0,
            selling_partner_id=attempt.selling_partner_id,
            report_id=report_id,
            attempt=attempt.key,
        )


def _next_key(window: LedgerWindow, line: Line) -> AttemptKey:
    """The window's next attempt.

    Changed options are another question, so another request. Its revision is a new one of the window, so that options
    which come back meet no attempt of their first time.
    """
    request = line.request_id(window.window.key)
    if window.request in (None, request):
        return AttemptKey(request=request, revision=window.revision, attempt=window.attempt)
    return AttemptKey(request=request, revision=window.revision + 1, attempt=1)


def _leftover(window: LedgerWindow, line: Line, key: AttemptKey) -> Leftover:
    """What the last attempt left, if it asked the same question: a report answers the question that created it only."""
    same = window.request in (None, key.request) and window.question_digest in (None, line.question_digest)
    return (window.leftover if same else None) or Leftover()


def _question(window: LedgerWindow, line: Line, as_of: datetime) -> Question:
    start, end = question_dates(line.contract.window, window.window, as_of)
    marketplace_ids = window.adopted.marketplace_ids if window.adopted else line.marketplace_ids
    return Question(line.contract.report_type, marketplace_ids, start, end, line.options)


def _terms(contract: RequestContract, line: Line) -> ContractTerms:
    return ContractTerms(
        restricted=contract.restricted,
        snapshot=contract.window.grain is Grain.SNAPSHOT,
        deadline_seconds=contract.deadline.seconds,
        poll_seconds=contract.poll_every.seconds,
        cooldown_seconds=contract.cooldown_after_fatal.seconds,
        limits=limits_of(contract, line.account.name, line.account.application),
    )
