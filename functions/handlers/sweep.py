"""sweep: {}, every five minutes, or the event of an execution that failed, timed out or was aborted -> counts."""

from __future__ import annotations

import logging
from typing import Any

from ingestion.attempts.sweeping import ExecutionFailure, Sweeping
from ingestion.curation.failing import CurationFailure
from ingestion.failures import Failures
from ingestion.instants import utc_now

from handlers import wiring
from handlers.figures import scheduled_run
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_START_CURATION = setting("START_CURATION_FUNCTION")
_sweeping = Sweeping(
    wiring.ledger(),
    wiring.state_machines(),
    wiring.alarms(),
    CurationFailure(wiring.ledger(), wiring.alarms(), utc_now),
    utc_now,
)
_metrics = wiring.metrics()
log = logging.getLogger(__name__)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Record what failed, release what it held, and start curation if documents wait."""
    answer: dict[str, Any] = {}
    failures = Failures("sweep", wiring.ledger(), utc_now)
    detail = event.get("detail")
    if isinstance(detail, dict) and "executionArn" in detail:
        failure = ExecutionFailure(detail["status"], detail.get("error"), detail.get("cause"))
        answer["event"] = _sweeping.execution_ended(detail["name"], failure)
    else:
        with scheduled_run(_metrics) as told:
            answer |= _sweeping.sweep(failures)
            told.update(
                AttemptsFailed=answer["failed"],
                AttemptsNotChecked=answer["not_checked"],
            )
            if "documents_waiting" in answer:  # else they could not be counted, which is one of the failures
                told.update(
                    DocumentsWaiting=answer["documents_waiting"],
                    OldestDocumentSeconds=answer["oldest_document_seconds"],
                )
    with failures.apart("start_curation"):
        answer["documents_wait"] = _sweeping.documents_wait()
        if answer["documents_wait"]:
            wiring.functions().invoke_later(_START_CURATION, {})
    log.info("swept", extra=answer)
    failures.raise_news()
    return answer
