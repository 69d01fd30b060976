"""start_curation: an SQS batch of `Object Created` events of sidecars, {} (look for more), or {"replay": [sidecar
keys]} -> {"batchItemFailures", "run_id"}.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from ingestion.curation.claiming import CurationStart
from ingestion.errors import NotFound
from ingestion.instants import utc_now

from handlers import wiring
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_curation = CurationStart(
    wiring.ledger(),
    wiring.raw_store(),
    wiring.artifacts(),
    wiring.state_machines(),
    setting("CURATION_STATE_MACHINE_ARN"),
    utc_now,
)
log = logging.getLogger(__name__)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take in documents, then start a run for what waits.

    A message whose sidecar cannot be understood ends in the dead-letter queue; the others go on.
    """
    failures = []
    for record in event.get("Records", ()):
        try:
            _curation.notice(json.loads(record["body"])["detail"]["object"]["key"])
        except (ValueError, KeyError, TypeError, NotFound) as error:
            log.warning(
                "rejected a sidecar",
                extra={"message_id": record["messageId"], "error": type(error).__name__, "cause": str(error)},
            )
            failures.append({"itemIdentifier": record["messageId"]})
    for key in event.get("replay", ()):
        _curation.replay(key)
    return {"batchItemFailures": failures, "run_id": _curation.start()}
