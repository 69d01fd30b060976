"""Usage plans: a token bucket for each (account, application, operation), and the further limits of some report types.

Rates and bursts: the usage plan tables of the official models. Limits of report types: SP-API docs and Amazon's answers
in public issues (GET_SALES_AND_TRAFFIC_REPORT: once in 15 minutes for an application since 2026-04;
GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL: about four an hour).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from local_cloud.selling_partner.clock import Clock


@dataclass(frozen=True)
class Plan:
    """Requests per second that are refilled, and how many fit into the bucket."""

    rate: float
    burst: float

    def scaled(self, factor: float) -> Plan:
        """Return the plan with both numbers multiplied."""
        return Plan(self.rate * factor, self.burst * factor)


PLANS = {
    "createReport": Plan(0.0167, 15),
    "getReport": Plan(2, 15),
    "getReports": Plan(0.0222, 10),
    "getReportDocument": Plan(0.0167, 15),
    "cancelReport": Plan(0.0222, 10),
    "createDestination": Plan(1, 5),
    "getDestination": Plan(1, 5),
    "getDestinations": Plan(1, 5),
    "deleteDestination": Plan(1, 5),
    "createSubscription": Plan(1, 5),
    "getSubscription": Plan(1, 5),
    "getSubscriptions": Plan(1, 5),
    "getSubscriptionById": Plan(1, 5),
    "deleteSubscriptionById": Plan(1, 5),
}

REPORT_TYPE_PLANS: dict[str, tuple[str, Plan]] = {
    "GET_SALES_AND_TRAFFIC_REPORT": ("application", Plan(1 / 900, 1)),
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": ("account", Plan(4 / 3600, 4)),
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": ("account", Plan(20 / 86400, 20)),
}
"""Report type -> (whose bucket, its plan), taken at createReport beside the operation's own."""


class UsagePlans:
    """All buckets; `scale` multiplies every rate and burst."""

    def __init__(self, clock: Clock, scale: float) -> None:
        self._clock = clock
        self._scale = scale
        self._buckets: dict[tuple[str, ...], tuple[float, datetime]] = {}
        self._lock = threading.Lock()

    def take(self, operation: str, *key: str) -> bool:
        """Take one request from the bucket of an operation; False when it is empty."""
        return self._take(PLANS[operation].scaled(self._scale), (operation, *key))

    def take_report_type(self, report_type: str, application: str, account: str) -> bool:
        """Take one request from the bucket of a report type, where it has one; False when it is empty."""
        if report_type not in REPORT_TYPE_PLANS:
            return True
        scope, plan = REPORT_TYPE_PLANS[report_type]
        return self._take(plan.scaled(self._scale), (report_type, application if scope == "application" else account))

    def header(self, operation: str) -> str:
        """Return the value of x-amzn-RateLimit-Limit: requests per second, as text ("0.0167", "2.0")."""
        rate = round(PLANS[operation].rate * self._scale, 4)
        return str(float(rate))

    def _take(self, plan: Plan, key: tuple[str, ...]) -> bool:
        with self._lock:
            now = self._clock.now()
            level, since = self._buckets.get(key, (plan.burst, now))
            level = min(plan.burst, level + plan.rate * (now - since).total_seconds())
            allowed = level >= 1
            self._buckets[key] = (level - 1 if allowed else level, now)
            return allowed
