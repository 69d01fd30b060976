"""Notifications of finished reports meet the attempts that wait for them. Whoever comes second completes the task."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ingestion.instants import Clock
from ingestion.ledger.items import Attempt, ParkedMessage
from ingestion.ports import Ledger, StateMachines

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
    """A message's notification; None for other types of notification. MalformedMessage tells what is wrong, without the
    content.

    Sellers are named by sellerId, vendor groups by accountId alone (amzn1.vg...); payload versions 2020-09-04 and 1.0
    look the same (official schema).
    """
    try:
        data: dict[str, Any] = json.loads(body)
        kind = data["notificationType"]
        if not isinstance(kind, str):
            raise TypeError("notificationType is not text")  # noqa: TRY301
        if kind != _TYPE:
            return None
        told = data["payload"]["reportProcessingFinishedNotification"]
        partner = told.get("sellerId") or told["accountId"]
        fields = (
            partner.removeprefix("amzn1.merchant.o."),
            told["reportId"],
            told["reportType"],
            told["processingStatus"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedMessage(f"not a notification: {type(error).__name__}: {error}"[:200]) from error
    if not all(isinstance(field, str) and field for field in fields):
        raise MalformedMessage("not a notification: an empty or non-text field")
    return Notification(*fields)


@dataclass(frozen=True)
class Notifying:
    """Receives notifications."""

    ledger: Ledger
    state_machines: StateMachines
    clock: Clock

    def receive(self, body: str) -> str:
        """Take in one message: `completed`, `parked` (early, late or a double: harmless) or `dropped` (nobody here is
        meant).
        """
        notification = parse_notification(body)
        if notification is None:
            log.info("dropped a notification of another type")
            return "dropped"
        context = {
            "report_id": notification.report_id,
            "report_type": notification.report_type,
            "processing_status": notification.processing_status,
        }
        if not any(account.selling_partner_id == notification.selling_partner_id for account in self.ledger.accounts()):
            log.info("dropped a notification for a selling partner that is not ours", extra=context)
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
        pointer = self.ledger.pointer(notification.selling_partner_id, notification.report_id)
        if pointer is None:
            log.info("parked a notification: nobody has asked for this report (yet)", extra=context)
            return "parked"
        attempt = self.ledger.attempt(pointer.request, pointer.revision, pointer.attempt)
        if attempt is None or not complete(attempt, self.state_machines):
            log.info("nobody waits for this report", extra=context | {"request": pointer.request})
            return "parked"
        log.info("completed the waiting task", extra=context | {"request": pointer.request, "attempt": pointer.attempt})
        return "completed"


def complete(attempt: Attempt, state_machines: StateMachines) -> bool:
    """Wake the state that waits for the attempt's report, if one does; that its token is dead already is normal."""
    if attempt.task_token is None or attempt.closed:
        return False
    return state_machines.complete_task(attempt.task_token)
