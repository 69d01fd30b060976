"""The other vendor analytics reports: inventory, traffic, margin, forecast, real-time inventory.

Official schemas: vendorInventoryReport, vendorTrafficReport, vendorNetPureProductMarginReport, vendorForecastingReport,
vendorRealTimeInventoryReport. Where a report has an aggregate, its sums are those of its ASINs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from local_cloud.world.business import Document, Question
from local_cloud.world.catalogue import products
from local_cloud.world.documents.json_report import json_document, money, specification
from local_cloud.world.documents.vendor_report import last_updated
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.periods import days, first_day, local_date, periods
from local_cloud.world.randomness import fraction, number
from local_cloud.world.restatement import stage
from local_cloud.world.vendor import cost, glance_views, sales_of_period, sold
from local_cloud.world.vendor_stock import stock_of_day

_SUMMED = (
    "netReceivedInventoryUnits", "openPurchaseOrderUnits", "unfilledCustomerOrderedUnits",
    "sellableOnHandInventoryUnits", "unsellableOnHandInventoryUnits", "aged90PlusDaysSellableInventoryUnits",
    "unhealthyInventoryUnits",
)  # fmt: skip
_COSTS = {
    "netReceivedInventoryCost": "netReceivedInventoryUnits",
    "sellableOnHandInventoryCost": "sellableOnHandInventoryUnits",
    "unsellableOnHandInventoryCost": "unsellableOnHandInventoryUnits",
    "aged90PlusDaysSellableInventoryCost": "aged90PlusDaysSellableInventoryUnits",
    "unhealthyInventoryCost": "unhealthyInventoryUnits",
}


def produce_inventory(question: Question) -> Document | None:
    """Answer with stock and its movements per period, in total and by ASIN."""
    aggregate, by_asin = [], []
    for first, last in periods(question.options["reportPeriod"], *question.dates()):
        entries = list(_inventory(question, first, last))
        if entries:
            aggregate.append(_inventory_total(question.marketplace, first, last, entries))
            by_asin += entries
    return _vendor_document(question, inventoryAggregate=aggregate, inventoryByAsin=by_asin) if aggregate else None


def produce_traffic(question: Question) -> Document | None:
    """Answer with glance views per period, in total and by ASIN."""
    aggregate, by_asin = [], []
    for first, last in periods(question.options["reportPeriod"], *question.dates()):
        views: dict[str, int] = {}
        for day in days(first, last):
            for asin, count in glance_views(question.business, question.marketplace, day, question.asked_at).items():
                views[asin] = views.get(asin, 0) + count
        if views:
            span = _span(first, last)
            aggregate.append({**span, "glanceViews": sum(views.values())})
            by_asin += [{**span, "asin": asin, "glanceViews": count} for asin, count in views.items()]
    return _vendor_document(question, trafficAggregate=aggregate, trafficByAsin=by_asin) if aggregate else None


def produce_margin(question: Question) -> Document | None:
    """Answer with the net pure product margin per period; the total is weighted by shipped revenue."""
    aggregate, by_asin = [], []
    for first, last in periods(question.options["reportPeriod"], *question.dates()):
        found = sales_of_period(
            question.business,
            question.marketplace,
            days(first, last),
            program="RETAIL",
            view="MANUFACTURING",
            asked_at=question.asked_at,
        )
        shipped = {asin: sales for asin, sales in found.items() if sales.shipped_revenue}
        if shipped:
            span = _span(first, last)
            revenue, costs = (
                sum(sales.shipped_revenue for sales in shipped.values()),
                sum(sales.shipped_cogs for sales in shipped.values()),
            )
            aggregate.append({**span, "netPureProductMargin": round(1 - costs / revenue, 4)})
            by_asin += [
                {**span, "asin": asin, "netPureProductMargin": round(1 - sales.shipped_cogs / sales.shipped_revenue, 4)}
                for asin, sales in shipped.items()
            ]
    return (
        _vendor_document(question, netPureProductMarginAggregate=aggregate, netPureProductMarginByAsin=by_asin)
        if aggregate
        else None
    )


def produce_forecast(question: Question) -> Document | None:
    """Answer with the forecast of the next 48 weeks as generated on the last Sunday; each week has its own vintage."""
    market = question.marketplace
    generated = first_day("WEEK", local_date(market, question.asked_at))
    entries: list[dict[str, Any]] = []
    for product in products(question.business):
        if not sold(product, question.options["sellingProgram"]):
            continue
        for week in range(48):
            start = generated + timedelta(weeks=week)
            drift = 1 + 0.1 * (fraction(question.business.seed, market.id, product.asin, generated, week) - 0.5)
            mean = (
                product.demand
                * market.orders_per_day
                * 7
                * drift
                * (0.05 if question.options["sellingProgram"] == "FRESH" else 1)
            )
            entries.append(
                {
                    "forecastGenerationDate": generated.isoformat(),
                    "asin": product.asin,
                    **_span(start, start + timedelta(days=6)),
                    "meanForecastUnits": round(mean, 2),
                    "p70ForecastUnits": round(mean * 1.18, 2),
                    "p80ForecastUnits": round(mean * 1.32, 2),
                    "p90ForecastUnits": round(mean * 1.55, 2),
                }
            )
    echo = specification(question, lastUpdatedDate=generated.isoformat())
    echo.pop("dataStartTime", None)
    echo.pop("dataEndTime", None)
    return json_document({"reportSpecification": echo, "forecastByAsin": entries})


def produce_real_time_inventory(question: Question) -> Document | None:
    """Answer with the stock ready to ship at the end of each hour (UTC)."""
    start, end = question.instants()
    entries: list[dict[str, Any]] = []
    hour = start.astimezone(UTC)
    while hour < min(end, question.asked_at):
        entries += _hour_of_stock(question, hour)
        hour += timedelta(hours=1)
    if not entries:
        return None
    echo = specification(question)
    del echo["reportOptions"]
    echo["dataStartTime"], echo["dataEndTime"] = _stamp(start), _stamp(end)
    return json_document({"reportSpecification": echo, "reportData": entries})


def _inventory(question: Question, first: date, last: date) -> Iterator[dict[str, Any]]:
    business, market, options = question.business, question.marketplace, question.options
    sourcing = options["distributorView"] == "SOURCING"
    by_day = [stock_of_day(business, market, day) for day in days(first, last)]
    settled = stage(market, last, question.asked_at)
    for product in products(business):
        if (
            not by_day[-1]
            or not sold(product, options["sellingProgram"])
            or (sourcing and fraction(business.seed, business.account, product.asin, "sourcing") > 0.9)
        ):
            continue
        stock = [day[product.asin] for day in by_day if product.asin in day]
        share = 20 if options["sellingProgram"] == "FRESH" else 1
        key = (business.seed, product.asin, last)
        on_hand, received, shipped = (
            value // share
            for value in (stock[-1].on_hand, sum(day.received for day in stock), sum(day.shipped for day in stock))
        )
        units = {
            "netReceivedInventoryUnits": received,
            "openPurchaseOrderUnits": number(*key, "open") % 60,
            # Late confirmations move this figure until the period has settled.
            "unfilledCustomerOrderedUnits": number(*key, "unfilled", settled) % 4,
            "sellableOnHandInventoryUnits": on_hand,
            "unsellableOnHandInventoryUnits": number(*key, "unsellable") % 9,
            "aged90PlusDaysSellableInventoryUnits": on_hand // 20,
            "unhealthyInventoryUnits": on_hand // 30,
        }
        rates = {
            "vendorConfirmationRate": round(0.8 + 0.2 * fraction(*key, "confirmed"), 4),
            "averageVendorLeadTimeDays": round(4 + 9 * fraction(*key, "lead"), 2),
            "sellThroughRate": round(shipped / (shipped + on_hand), 4) if shipped + on_hand else 0.0,
        }
        yield {
            **_span(first, last),
            "asin": product.asin,
            **_inventory_fields(
                market, units, {name: units[of] * cost(product, market) for name, of in _COSTS.items()}, rates, options
            ),
        }


def _inventory_fields(
    market: Marketplace, units: dict[str, int], costs: dict[str, int], rates: dict[str, float], options: Any
) -> dict[str, Any]:
    fields: dict[str, Any] = {**rates, **units, **{name: money(market, minor) for name, minor in costs.items()}}
    if options["reportPeriod"] == "DAY":
        # Amazon leaves these empty for single days (selling-partner-api-models issue 4809).
        del fields["unhealthyInventoryCost"], fields["unhealthyInventoryUnits"]
    return fields


def _inventory_total(market: Marketplace, first: date, last: date, entries: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = _span(first, last)
    for name in _SUMMED:
        if name in entries[0]:
            total[name] = sum(entry[name] for entry in entries)
    for name in _COSTS:
        if name in entries[0]:
            total[name] = {
                "amount": round(sum(entry[name]["amount"] for entry in entries), market.exponent),
                "currencyCode": market.currency,
            }
    for name in ("vendorConfirmationRate", "averageVendorLeadTimeDays", "sellThroughRate"):
        total[name] = round(sum(entry[name] for entry in entries) / len(entries), 4)
    total |= {
        "procurableProductOutOfStockRate": round(0.1 * fraction(first, last), 4),
        "uft": round(0.2 * fraction(last, first), 4),
        "receiveFillRate": 0.96,
    }
    return total


def _hour_of_stock(question: Question, hour: datetime) -> Iterator[dict[str, Any]]:
    market = question.marketplace
    local = hour.astimezone(market.zone)
    for asin, day in stock_of_day(question.business, market, local.date()).items():
        # Within a day the stock falls from the evening before to this evening's.
        left = max(0, day.on_hand + day.shipped * (23 - local.hour) // 24)
        yield {
            "startTime": _stamp(hour),
            "endTime": _stamp(hour + timedelta(hours=1)),
            "asin": asin,
            "highlyAvailableInventory": left,
        }


def _vendor_document(question: Question, **data: list[dict[str, Any]]) -> Document:
    return json_document(
        {"reportSpecification": specification(question, lastUpdatedDate=last_updated(question).isoformat()), **data}
    )


def _span(first: date, last: date) -> dict[str, Any]:
    return {"startDate": first.isoformat(), "endDate": last.isoformat()}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
