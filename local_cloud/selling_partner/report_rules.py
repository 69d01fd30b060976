"""Which options and dates a report type takes, and how a request ends that does not fit.

createReport accepts almost anything; the report then ends FATAL with a document that says why, or CANCELLED. Sources:
the official schemas' descriptions, SP-API docs (Report type values), maintainers' answers in public issues. Texts of
error documents are Amazon's where one was published, else of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from local_cloud.selling_partner.models import model
from local_cloud.world.business import Question
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.periods import first_day, last_day, midnight, periods


@dataclass(frozen=True)
class Verdict:
    """How a report ends without data: its status and the document that explains it, if there is one."""

    status: str
    content: bytes | None = None
    content_type: str = "application/json"


Rule = Callable[[Question], Verdict | None]


def judge(question: Question) -> Verdict | None:
    """Return how a request ends that Amazon does not answer with data; None when it is to be answered."""
    for rule in (_options, *RULES.get(question.report_type, ())):
        verdict = rule(question)
        if verdict is not None:
            return verdict
    return None


def fatal(reason: str) -> Verdict:
    """Return FATAL with Amazon's error document."""
    return Verdict("FATAL", json.dumps({"errorDetails": reason}).encode())


def _options(question: Question) -> Verdict | None:
    entry = model("report_types")[question.report_type]
    required = entry.get("required_options", [])
    missing = [name for name in required if not question.options.get(name)]
    if missing:
        return fatal(
            f"This report type requires the {', '.join(required)} reportOption to be specified. "
            "Please review the document for this report type on GitHub."
        )
    for name, allowed in entry.get("options", {}).items():
        value = question.options.get(name)
        if value is not None and value not in allowed:
            return fatal(f"Invalid value {value} for reportOption {name}. Valid values are: {', '.join(allowed)}.")
    return None


def _dates_needed(question: Question) -> Verdict | None:
    if question.start is None or question.end is None:
        return fatal("This report type requires dataStartTime and dataEndTime to be specified.")
    return None


_LEDGER_OPTIONS = {
    "aggregateByLocation": {"COUNTRY", "FC"},
    "aggregatedByTimePeriod": {"MONTHLY", "WEEKLY", "DAILY"},
    "eventType": {"", "Adjustments", "CustomerReturns", "Receipts", "Shipments", "VendorReturns", "WhseTransfers"},
}


def _ledger_options(question: Question) -> Verdict | None:
    for name, allowed in _LEDGER_OPTIONS.items():
        value = question.options.get(name)
        if value is not None and value not in allowed:
            return fatal(
                f"Invalid value {value} for reportOption {name}. Valid values are: {', '.join(sorted(allowed - {''}))}."
            )
    return None


def _one_marketplace(question: Question) -> Verdict | None:
    if len(question.marketplace_ids) != 1:
        return fatal("This report type supports only one marketplaceId per report.")
    return None


def _aligned(question: Question) -> Verdict | None:
    period = question.options["reportPeriod"]
    start, end = question.dates()
    if start != first_day(period, start) or end != last_day(period, end):
        return fatal(
            f"The dataStartTime and dataEndTime must be aligned with the reportPeriod {period}: "
            "the first day of a period and the last day of a period."
        )
    return None


def _one_period(question: Question) -> Verdict | None:
    if len(list(periods(question.options["reportPeriod"], *question.dates()))) > 1:
        return fatal("The report must span exactly one reportPeriod.")
    return None


def _published(after: timedelta) -> Rule:
    """Data of a local day exist some time after its end; asked before that, the report is FATAL."""

    def rule(question: Question) -> Verdict | None:
        end = question.dates()[1]
        if question.asked_at < _end_of(question.marketplace, end) + after:
            return fatal(f"The data for the requested date range is not yet available. dataEndTime: {end.isoformat()}")
        return None

    return rule


def _end_of(marketplace: Marketplace, day: date) -> datetime:
    return midnight(marketplace, day + timedelta(days=1))


_LOOKBACK = {
    "DAY": timedelta(days=1460),
    "WEEK": timedelta(weeks=8),
    "MONTH": timedelta(days=36 * 31),
    "QUARTER": timedelta(days=8 * 92),
    "YEAR": timedelta(days=3 * 366),
}
_SPAN = {"DAY": 15, "WEEK": 7, "MONTH": 15, "QUARTER": 4, "YEAR": 2}


def _vendor_limits(question: Question) -> Verdict | None:
    period = question.options["reportPeriod"]
    start, end = question.dates()
    if question.asked_at.date() - start > _LOOKBACK[period] + timedelta(days=7):
        return fatal(f"The dataStartTime is too far in the past for reportPeriod {period}.")
    if len(list(periods(period, start, end))) > _SPAN[period]:
        return fatal(
            f"The requested date range exceeds the maximum of {_SPAN[period]} periods for reportPeriod {period}."
        )
    return None


def _two_years(question: Question) -> Verdict | None:
    """Sales and traffic: "If the start date of the report is more than two years ago, the report will be cancelled"."""
    return Verdict("CANCELLED") if question.dates()[0] < question.asked_at.date() - timedelta(days=731) else None


def _order_range(question: Question) -> Verdict | None:
    """Order reports over more than 30 days end DONE, with this sentence as their content (seen in the field)."""
    start, end = _range(question)
    if end - start > timedelta(days=31):
        text = "Date range exceeded. Report can be requested only upto 30 days"
        return Verdict("DONE", text.encode(), f"text/plain; charset={question.marketplace.charset}")
    return None


def _longest(limit: timedelta, reason: str) -> Rule:
    def rule(question: Question) -> Verdict | None:
        start, end = _range(question)
        return fatal(reason) if end - start > limit else None

    return rule


def _no_older_than(limit: timedelta, reason: str) -> Rule:
    def rule(question: Question) -> Verdict | None:
        return fatal(reason) if question.asked_at - _range(question)[0] > limit else None

    return rule


def _range(question: Question) -> tuple[datetime, datetime]:
    return question.start or question.asked_at, question.end or question.asked_at


def _fees_range(question: Question) -> Verdict | None:
    start, end = _range(question)
    if question.asked_at - start < timedelta(hours=72) or question.asked_at - end > timedelta(hours=24):
        return fatal("The dataStartTime must be at least 72 hours prior to now and the dataEndTime must be now.")
    return None


def _whole_hours(question: Question) -> Verdict | None:
    start, end = _range(question)
    if any(moment.time().replace(hour=0) != time() for moment in (start, end)) or start == end:
        return fatal("The dataStartTime and dataEndTime must be whole hours in UTC.")
    return None


_VENDOR = (_one_marketplace, _dates_needed, _aligned, _vendor_limits)
_MONTH_AND_A_DAY = timedelta(days=32)
_EIGHTEEN_MONTHS = timedelta(days=550)

RULES: dict[str, tuple[Rule, ...]] = {
    "GET_SALES_AND_TRAFFIC_REPORT": (_one_marketplace, _dates_needed, _two_years, _published(timedelta(hours=24))),
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": (_dates_needed, _order_range),
    "GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": (_dates_needed, _order_range),
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": (_dates_needed,),
    "GET_FBA_REIMBURSEMENTS_DATA": (_dates_needed,),
    "GET_FBA_STORAGE_FEE_CHARGES_DATA": (_dates_needed,),
    "GET_VENDOR_SALES_REPORT": (*_VENDOR, _published(timedelta(hours=36))),
    "GET_VENDOR_INVENTORY_REPORT": (*_VENDOR, _published(timedelta(hours=36))),
    "GET_VENDOR_TRAFFIC_REPORT": (*_VENDOR, _published(timedelta(hours=36))),
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": (*_VENDOR, _published(timedelta(hours=168))),
    "GET_VENDOR_FORECASTING_REPORT": (_one_marketplace,),
    "GET_VENDOR_REAL_TIME_INVENTORY_REPORT": (
        _one_marketplace,
        _dates_needed,
        _whole_hours,
        _no_older_than(timedelta(hours=169), "The dataStartTime must be within the last 168 hours."),
        _longest(timedelta(hours=24), "The requested time range must not exceed 24 hours."),
    ),
    "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": (
        _one_marketplace,
        _dates_needed,
        _aligned,
        _one_period,
        _published(timedelta(hours=48)),
    ),
    "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT": (
        _one_marketplace,
        _dates_needed,
        _aligned,
        _published(timedelta(hours=48)),
    ),
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": (
        _one_marketplace,
        _dates_needed,
        _aligned,
        _published(timedelta(hours=48)),
    ),
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": (
        _dates_needed,
        _longest(_MONTH_AND_A_DAY, "The requested date range must not exceed one month."),
        _no_older_than(_EIGHTEEN_MONTHS, "The requested date range is older than 18 months."),
    ),
    "GET_LEDGER_SUMMARY_VIEW_DATA": (
        _dates_needed,
        _ledger_options,
        _no_older_than(_EIGHTEEN_MONTHS, "The requested date range is older than 18 months."),
    ),
    "GET_LEDGER_DETAIL_VIEW_DATA": (
        _dates_needed,
        _ledger_options,
        _no_older_than(_EIGHTEEN_MONTHS, "The requested date range is older than 18 months."),
    ),
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": (
        _dates_needed,
        _longest(timedelta(days=61), "The requested date range must not exceed 60 days."),
    ),
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": (_fees_range,),
}

TOO_SOON: dict[str, tuple[timedelta, str, bool]] = {
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": (timedelta(minutes=30), "CANCELLED", False),
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": (timedelta(minutes=30), "CANCELLED", False),
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": (timedelta(hours=4), "FATAL", False),
    "GET_FBA_REIMBURSEMENTS_DATA": (timedelta(hours=4), "FATAL", False),
    "GET_FBA_STORAGE_FEE_CHARGES_DATA": (timedelta(hours=4), "FATAL", False),
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": (timedelta(days=1), "FATAL", True),
}
"""Report type -> (how long the same question is refused after an answer, how it then ends, whether any question of the
type counts).

SP-API docs, FBA reports: near real-time reports once in 30 minutes, daily ones once in four hours, the fee preview once
a day for a seller.
"""
