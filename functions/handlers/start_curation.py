"""start_curation: a batch of new sidecars, {"at_once"?}, or {"replay": [keys]} -> {"batchItemFailures", "run_id"}.

The batch is of SQS messages with S3's `Object Created` events; `replay` takes keys of sidecars or of documents.
`at_once` starts a run for few documents too, that have not waited long.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

from ingestion.curation.admitting import Admitting
from ingestion.curation.batching import Batching
from ingestion.curation.claiming import Claiming
from ingestion.errors import IngestionError
from ingestion.instants import utc_now

from handlers import wiring
from handlers.json_logs import logged, set_up
from handlers.settings import setting, whole

set_up()
_admitting = Admitting(wiring.ledger(), wiring.raw_store(), utc_now)
_claiming = Claiming(
    wiring.ledger(),
    wiring.artifacts(),
    wiring.state_machines(),
    setting("CURATION_STATE_MACHINE_ARN"),
    Batching(whole("CURATION_MINIMUM_DOCUMENTS"), timedelta(minutes=whole("CURATION_MAXIMUM_WAIT_MINUTES"))),
    utc_now,
)
log = logging.getLogger(__name__)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Admit documents, then start a run for what waits.

    A message whose sidecar is no record ends in the dead-letter queue; the others go on.
    """
    failures = []
    for record in event.get("Records", ()):
        try:
            _admitting.notice(json.loads(record["body"])["detail"]["object"]["key"])
        except (ValueError, KeyError, TypeError, IngestionError) as error:
            log.warning(
                "rejected a sidecar",
                extra={"message_id": record["messageId"], "error": type(error).__name__, "cause": str(error)},
            )
            failures.append({"itemIdentifier": record["messageId"]})
    for key in event.get("replay", ()):
        _admitting.replay(key)
    return {"batchItemFailures": failures, "run_id": _claiming.start(at_once=bool(event.get("at_once", False)))}
