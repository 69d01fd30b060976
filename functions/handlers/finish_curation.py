"""finish_curation: {"run_id", "results"} or {"run_id", "error", "cause"} -> {"run_id", "documents", counts}."""

from __future__ import annotations

from typing import Any

from ingestion.curation.concluding import Concluding
from ingestion.instants import utc_now

from handlers import wiring
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_START_CURATION = setting("START_CURATION_FUNCTION")
_concluding = Concluding(wiring.ledger(), wiring.artifacts(), wiring.alarms(), wiring.metrics(), utc_now)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Record the run's end, then start the next: what arrived meanwhile waited for the lease."""
    try:
        if "results" in event:
            return _concluding.finish(event["run_id"], event["results"])
        failed = _concluding.fail(event["run_id"], event["error"], event.get("cause") or "")
        return {"run_id": event["run_id"], "documents": 0, "failed": failed}
    finally:
        wiring.functions().invoke_later(_START_CURATION, {})
