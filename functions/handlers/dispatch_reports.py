"""dispatch_reports, each minute: {"scheduled_time"?} -> {"planned", "started", "postponed", "lost", ...}.

On operator request: {"ask_again": {"account", "source"}} -> {"asked_again"}.
"""

from __future__ import annotations

from typing import Any

from ingestion.instants import utc_now
from ingestion.queue.dispatching import Dispatching
from ingestion.windows.reopening import Reopening

from handlers import wiring
from handlers.events import scheduled_time
from handlers.json_logs import logged, set_up
from handlers.settings import positive, setting

set_up()
_dispatching = Dispatching(
    wiring.ledger(),
    wiring.configuration(),
    wiring.allowances(),
    wiring.state_machines(),
    setting("REPORT_STATE_MACHINE_ARN"),
    utc_now,
    positive("STARTED_PER_TICK", 100),
)
_reopening = Reopening(wiring.ledger())


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Plan, reserve and start what is due; or, on operator request, reopen what ended for good."""
    request = event.get("ask_again")
    if request is not None:
        count = _reopening.on_operator_request(wiring.configuration(), request["account"], request["source"], utc_now())
        return {"asked_again": count}
    return _dispatching.tick(scheduled_time(event))
