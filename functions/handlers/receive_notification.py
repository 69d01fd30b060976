"""receive_notification: an SQS batch of Amazon's notifications -> {"batchItemFailures"}."""

from __future__ import annotations

import logging
from typing import Any

from ingestion.attempts.notifying import MalformedMessage, Notifying
from ingestion.errors import IngestionError
from ingestion.instants import utc_now

from handlers import wiring
from handlers.json_logs import logged, set_up

set_up()
_notifying = Notifying(wiring.ledger(), wiring.state_machines(), utc_now)
log = logging.getLogger(__name__)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, list[dict[str, str]]]:
    """Receive each message; those that fail are returned, so that they end in the dead-letter queue."""
    failures = []
    for record in event["Records"]:
        try:
            _notifying.receive(record["body"])
        except (MalformedMessage, IngestionError) as error:
            log.warning(
                "a message failed",
                extra={"message_id": record["messageId"], "error": type(error).__name__, "cause": str(error)},
            )
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
