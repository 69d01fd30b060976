"""Default usage plans of the operations whose calls are reserved: requests per second and burst.

They hold per selling partner account and application (official models of the SP-API, August 2026).
"""

from __future__ import annotations

from ingestion.quotas.buckets import UsagePlan

USAGE_PLANS = {
    "createReport": UsagePlan(0.0167, 15),
    "getReport": UsagePlan(2.0, 15),
    "getReports": UsagePlan(0.0222, 10),
    "getReportDocument": UsagePlan(0.0167, 15),
}
