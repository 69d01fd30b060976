"""Notifications of finished reports meet the attempts that wait for them; the later of the two completes the task."""

from __future__ import annotations

import json
import logging
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

from ingestion.instants import Clock
from ingestion.ledger.attempts import Attempt
from ingestion.ledger.port import Ledger
from ingestion.ledger.reports import ParkedMessage
from ingestion.state_machines import StateMachines

_KEPT = timedelta(days=30)
_TYPE = "REPORT_PROCESSING_FINISHED"
log = logging.getLogger(__name__)


class MalformedMessage(ValueError):
    """The message is not a notification in Amazon's shape: for the dead-letter queue."""


@dataclass(frozen=True)
class Notification:
    """What a REPORT_PROCESSING_FINISHED message says."""

    selling_partner_id: str
    report_id: str
    report_type: str
    processing_status: str


def parse_notification(body: str) -> Notification | None:
    """A message's notification; None for other types of notification.

    MalformedMessage says what is wrong, without the content. Sellers are named by sellerId, vendor groups by accountId
    alone (amzn1.vg...); payload versions 2020-09-04 and 1.0 look the same (official schema).
    """
    try:
        notification = _read(body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedMessage(f"not a notification: {type(error).__name__}: {error}"[:200]) from error
    if notification is not None and not all(isinstance(text, str) and text for text in astuple(notification)):
        raise MalformedMessage("not a notification: an empty or non-text field")
    return notification


def _read(body: str) -> Notification | None:
    data: dict[str, Any] = json.loads(body)
    kind = data["notificationType"]
    if not isinstance(kind, str):
        raise TypeError("notificationType is not text")
    if kind != _TYPE:
        return None
    finished = data["payload"]["reportProcessingFinishedNotification"]
    partner = finished.get("sellerId") or finished["accountId"]
    return Notification(
        partner.removeprefix("amzn1.merchant.o."),
        finished["reportId"],
        finished["reportType"],
        finished["processingStatus"],
    )


@dataclass(frozen=True)
class Notifying:
    """Receives notifications."""

    ledger: Ledger
    state_machines: StateMachines
    clock: Clock

    def receive(self, body: str) -> str:
        """Receive one message: `completed`, `parked` or `dropped`.

        `parked`: no attempt waits for it, because it is early, late or a duplicate, all of which are harmless.
        `dropped`: it is about another selling partner or another type of notification.
        """
        notification = parse_notification(body)
        if notification is None:
            log.info("dropped a notification of another type")
            return "dropped"
        context: dict[str, Any] = {
            "report_id": notification.report_id,
            "report_type": notification.report_type,
            "processing_status": notification.processing_status,
        }
        if not any(account.selling_partner_id == notification.selling_partner_id for account in self.ledger.accounts()):
            log.info("dropped a notification for a selling partner that is not configured", extra=context)
            return "dropped"
        now = self.clock()
        self.ledger.park(
            ParkedMessage(
                selling_partner_id=notification.selling_partner_id,
                report_id=notification.report_id,
                report_type=notification.report_type,
                processing_status=notification.processing_status,
                received_at=now,
                expires_at=now + _KEPT,
            )
        )
        owner = self.ledger.report_owner(notification.selling_partner_id, notification.report_id)
        if owner is None:
            log.info("parked a notification: the report belongs to no attempt (yet)", extra=context)
            return "parked"
        key = owner.attempt
        context |= {"request": key.request, "attempt": key.attempt}
        attempt = self.ledger.attempt(key)
        if attempt is None or not complete(attempt, self.state_machines):
            log.info("parked a notification: no task waits for this report", extra=context)
            return "parked"
        log.info("completed the waiting task", extra=context)
        return "completed"


def complete(attempt: Attempt, state_machines: StateMachines) -> bool:
    """Complete the task that waits for the attempt's report, if one does; that its token has expired is normal."""
    if attempt.task_token is None or attempt.closed:
        return False
    return state_machines.complete_task(attempt.task_token)
