"""request_report: {"request", "revision", "attempt", "task_token"?} -> {"report_id"}."""

from __future__ import annotations

from typing import Any

from ingestion.attempts.requesting import Requesting
from ingestion.errors import AccessDenied, RequestRefused
from ingestion.instants import utc_now

from handlers import wiring
from handlers.events import attempt_key
from handlers.json_logs import logged, set_up

set_up()
_requesting = Requesting(wiring.ledger(), wiring.reports_for, wiring.allowances(), wiring.state_machines(), utc_now)
_metrics = wiring.metrics()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Get the attempt its report, once."""
    try:
        return {"report_id": _requesting.request(attempt_key(event), event.get("task_token"))}
    except (RequestRefused, AccessDenied):
        _metrics.record({"AttemptsRefused": 1})
        raise
