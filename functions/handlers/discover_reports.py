"""discover_reports, every few minutes: {"scheduled_time"?} -> {"looked", "adopted", "failed"}.

Finds the reports that Amazon makes by itself. Its schedule sends no time: a tick that comes late must not request more
than the ninety days that Amazon lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.failures import RoundFailed
from ingestion.instants import utc_now
from ingestion.windows.discovering import Discovering

from handlers import wiring
from handlers.events import scheduled_time
from handlers.figures import scheduled_run
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_AUTHORIZE = setting("AUTHORIZE_FUNCTION")
_metrics = wiring.metrics()


def _authorize(account: str, force: bool) -> None:
    wiring.functions().invoke(_AUTHORIZE, {"account": account, "force": force})


_discovering = Discovering(
    wiring.ledger(), wiring.configuration(), _authorize, wiring.reports_for, wiring.allowances(), utc_now
)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Read the lists of reports that are due, and adopt what is new."""
    with scheduled_run(_metrics) as told:
        try:
            figures = _discovering.discover(scheduled_time(event))
        except RoundFailed as failure:
            told.update(_told(failure.figures))
            raise
        told.update(_told(figures))
    return figures


def _told(figures: Mapping[str, int]) -> dict[str, int]:
    return {"ReportsAdopted": figures["adopted"], "ListsFailed": figures["failed"]}
