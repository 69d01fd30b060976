"""dispatch_reports, each minute: {"scheduled_time"?} -> {"planned", "started", "postponed", "lost"}. By hand:
{"ask_again": {"account", "source"}}.
"""

from __future__ import annotations

import logging
from typing import Any

from ingestion.instants import utc_now
from ingestion.queue.dispatching import Dispatching

from handlers import wiring
from handlers.json_logs import logged, set_up
from handlers.scheduled import scheduled_time
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
log = logging.getLogger(__name__)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Plan, reserve and start what is due; or, when a person says so, make due again what ended for good."""
    again = event.get("ask_again")
    if again is not None:
        return {"asked_again": _dispatching.ask_again(again["account"], again["source"])}
    figures = _dispatching.tick(scheduled_time(event))
    log.info("dispatched", extra=figures)
    return figures
