"""check_report: {"request", "revision", "attempt"} -> {"finished"}."""

from __future__ import annotations

from typing import Any

from ingestion.attempts.checking import Checking

from handlers import wiring
from handlers.events import attempt_key
from handlers.json_logs import logged, set_up

set_up()
_checking = Checking(wiring.ledger(), wiring.reports_for, wiring.allowances())


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, bool]:
    """Ask Amazon whether the attempt's report is finished."""
    return {"finished": _checking.finished(attempt_key(event))}
