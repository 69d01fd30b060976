"""finish_curation: {"run_id", "results"} or {"run_id", "error", "cause"} -> {"run_id", "documents", counts}."""

from __future__ import annotations

from typing import Any

from ingestion.curation.closing import CurationEnd
from ingestion.curation.concluding import CurationFinish
from ingestion.instants import utc_now

from handlers import wiring
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_START_CURATION = setting("START_CURATION_FUNCTION")
_finishing = CurationFinish(
    wiring.ledger(),
    wiring.artifacts(),
    wiring.alarms(),
    wiring.metrics(),
    CurationEnd(wiring.ledger(), wiring.alarms(), utc_now),
)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Record the run's end, then look for more: what arrived meanwhile waited for the lease."""
    if "results" in event:
        answer = _finishing.finish(event["run_id"], event["results"])
    else:
        answer = {
            "run_id": event["run_id"],
            "documents": 0,
            "failed": _finishing.fail(event["run_id"], event["error"], event.get("cause") or ""),
        }
    wiring.functions().invoke_later(_START_CURATION, {})
    return answer
