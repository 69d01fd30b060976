"""dispatch_reports, each minute: {"scheduled_time"?} -> its figures (ingestion.queue.dispatching.Tick).

On operator request: {"ask_again": {"account", "source"}} -> {"asked_again"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.failures import RoundFailed
from ingestion.instants import utc_now
from ingestion.queue.dispatching import Dispatching
from ingestion.windows.reopening import Reopening

from handlers import wiring
from handlers.events import scheduled_time
from handlers.figures import named, scheduled_run
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
_metrics = wiring.metrics()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Plan, reserve and start what is due; or, on operator request, reopen what ended for good."""
    request = event.get("ask_again")
    if request is not None:
        count = _reopening.on_operator_request(wiring.configuration(), request["account"], request["source"], utc_now())
        return {"asked_again": count}
    with scheduled_run(_metrics) as told:
        try:
            figures = _dispatching.tick(scheduled_time(event))
        except RoundFailed as failure:
            told.update(_told(failure.figures))
            raise
        told.update(_told(figures))
    return figures


def _told(figures: Mapping[str, int]) -> dict[str, float]:
    return named("Windows", {name: value for name, value in figures.items() if name != "waiting"})
