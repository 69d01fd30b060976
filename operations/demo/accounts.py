"""The demo's accounts, as Terraform's variable: those of the simulator, each source with its first day."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.windows.calendar import due_windows, next_window

from local_cloud.world.documents import PRODUCERS, settlement_reports
from operations.deployment.local_lake import DEMO_ACCOUNTS

MAIN = ("sales_and_traffic", "all_orders", "vendor_sales")
"""The sources that the demo has the longest history of: those of terraform/environments/local.tfvars."""
DAYS = 3
"""Days for which the other daily reports are requested: on a single one there may be no reimbursement or return."""
_WRITTEN = {*PRODUCERS, settlement_reports.REPORT_TYPE}
"""Report types that the simulated business writes; a new contract's may be missing."""
_LONG_AGO = date(2000, 1, 1)


def demo_accounts(bundle: Mapping[str, Any], start: date, now: datetime, file: Path = DEMO_ACCOUNTS) -> dict[str, Any]:
    """Return the variable `accounts`, with every source that an account of its kind may have and the simulator writes.

    The main sources begin at `start`, all others some days before `now`.
    """
    content = json.loads(file.read_text(encoding="utf-8"))
    return {entry["name"]: _account(entry, bundle, start, now) for entry in content["accounts"]}


def _account(entry: Mapping[str, Any], bundle: Mapping[str, Any], start: date, now: datetime) -> dict[str, Any]:
    marketplaces = [bundle["marketplaces"][marketplace_id] for marketplace_id in entry["marketplaces"]]
    asked = {name: contract["request"] for name, contract in bundle["sources"].items() if "request" in contract}
    requests = {
        name: request
        for name, request in asked.items()
        if entry["kind"] in request["accounts"] and request["report_type"] in _WRITTEN
    }
    zones = [marketplace["time_zone"] for marketplace in marketplaces]
    first_days = {
        name: start if name in MAIN else first_day(request, zones, now, start) for name, request in requests.items()
    }
    return {
        "kind": entry["kind"],
        "region": entry["region"],
        "selling_partner_id": entry["selling_partner_id"],
        "application": entry["application"],
        "marketplaces": [marketplace["code"] for marketplace in marketplaces],
        "start_date": min(first_days.values()).isoformat(),
        "sources": {name: {"start_date": day.isoformat()} for name, day in first_days.items()},
    }


def first_day(request: Mapping[str, Any], time_zones: list[str], now: datetime, start: date, days: int = DAYS) -> date:
    """Return the day from which on a source has one window that is due, a daily one `days` of them.

    Reports that Amazon makes by itself are taken from `start` on.
    """
    rule = RequestContract.parse("any", request).window
    if rule.grain is Grain.DISCOVERED:
        return start
    firsts = []
    for zone in time_zones if rule.marketplace_time else ["UTC"]:
        due = list(due_windows(rule, zone, _LONG_AGO, None, after=None, now=now))
        # A snapshot of today may not be due before the morning.
        latest = due[-1] if due else next_window(rule, zone, _LONG_AGO, None, after=None, now=now)
        if latest is None:
            raise ValueError("a source without an end has no next window")
        firsts.append(latest.starts_at.date() if rule.grain is Grain.INSTANT else date.fromisoformat(latest.start))
    return min(firsts) - timedelta(days=days - 1 if rule.grain is Grain.DAY else 0)
