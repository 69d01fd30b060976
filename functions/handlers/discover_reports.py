"""discover_reports, every few minutes: {"scheduled_time"?} -> {"looked", "adopted", "failed"}.

Finds the reports that Amazon makes by itself. Its schedule sends no time: a tick that comes late must not request more
than the ninety days that Amazon lists.
"""

from __future__ import annotations

from typing import Any

from ingestion.instants import utc_now
from ingestion.windows.discovering import Discovering

from handlers import wiring
from handlers.events import scheduled_time
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_AUTHORIZE = setting("AUTHORIZE_FUNCTION")


def _authorize(account: str, force: bool) -> None:
    wiring.functions().invoke(_AUTHORIZE, {"account": account, "force": force})


_discovering = Discovering(
    wiring.ledger(), wiring.configuration(), _authorize, wiring.reports_for, wiring.allowances(), utc_now
)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Read the lists of reports that are due, and adopt what is new."""
    return _discovering.discover(scheduled_time(event))
