"""dispatch_reports, each minute: {"scheduled_time"?} -> {"planned", "started", "postponed", "lost"}. By hand: {"ask_again": {"account", "source"}}."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from ingestion.dispatching import Dispatching
from ingestion.instants import parse_instant, utc_now

from handlers import wiring
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
log = logging.getLogger(__name__)


def _scheduled(event: dict[str, Any]) -> datetime | None:
    """The scheduler's time, if it filled it in (an emulated one leaves `<aws.scheduler.scheduled-time>` standing)."""
    text = event.get("scheduled_time")
    if not isinstance(text, str) or text.startswith("<"):
        return None
    return parse_instant(text)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Plan, reserve and start what is due; or, when a person says so, make due again what ended for good."""
    again = event.get("ask_again")
    if again is not None:
        return {"asked_again": _dispatching.ask_again(again["account"], again["source"])}
    figures = _dispatching.tick(_scheduled(event))
    log.info("dispatched", extra=figures)
    return figures
