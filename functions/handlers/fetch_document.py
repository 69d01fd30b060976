"""fetch_document: {"request", "revision", "attempt"} -> {"outcome", "reason"}."""

from __future__ import annotations

from typing import Any

from ingestion.attempts.fetching import Fetching
from ingestion.instants import utc_now

from handlers import wiring
from handlers.events import attempt_key
from handlers.figures import named
from handlers.json_logs import logged, set_up

set_up()
_fetching = Fetching(wiring.ledger(), wiring.reports_for, wiring.allowances(), wiring.raw_store(), utc_now)
_metrics = wiring.metrics()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, str | None]:
    """Collect the outcome of the attempt's report."""
    fetched = _fetching.fetch(attempt_key(event))
    _metrics.record(named("Attempts", {fetched.outcome.value: 1}))
    return {"outcome": fetched.outcome.value, "reason": fetched.reason}
