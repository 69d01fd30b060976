"""How vendor figures settle: late shipments, returns and corrections arrive over a month.

Amazon publishes after one to three days and corrects for weeks.
"""

from __future__ import annotations

from datetime import date, datetime

from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.periods import age

SETTLES_AFTER = (4, 7, 14, 30)
"""Days after the end of a day at which a vendor's figures of that day are corrected; afterwards they stay."""


def stage(marketplace: Marketplace, day: date, asked_at: datetime) -> int:
    """Return the number of corrections of a day's figures that have happened by the moment of asking."""
    passed = age(marketplace, day, asked_at)
    return sum(1 for threshold in SETTLES_AFTER if passed >= threshold)
