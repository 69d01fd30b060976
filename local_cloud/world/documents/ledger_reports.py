"""The inventory ledger: GET_LEDGER_SUMMARY_VIEW_DATA and GET_LEDGER_DETAIL_VIEW_DATA; both files are quoted.

Columns as delivered: observed by public clients; dates MM/DD/YYYY. How a monthly summary writes its date is not
documented; it is the month's last day here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from local_cloud.world.business import Document, Question
from local_cloud.world.catalogue import Product, products
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace, marketplace
from local_cloud.world.periods import local_date, midnight, periods
from local_cloud.world.stock import (
    ADJUSTMENTS,
    RECEIPTS,
    RETURNS,
    SHIPMENTS,
    TRANSFERS,
    VENDOR_RETURNS,
    Event,
    balances,
    events,
)

SUMMARY_COLUMNS = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Disposition", "Starting Warehouse Balance",
    "In Transit Between Warehouses", "Receipts", "Customer Shipments", "Customer Returns", "Vendor Returns",
    "Warehouse Transfer In/Out", "Found", "Lost", "Damaged", "Disposed", "Other Events", "Ending Warehouse Balance",
    "Unknown Events", "Location",
)  # fmt: skip
DETAIL_COLUMNS = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Event Type", "Reference ID", "Quantity", "Fulfillment Center",
    "Disposition", "Reason", "Country", "Reconciled Quantity", "Unreconciled Quantity", "Date and Time",
)  # fmt: skip
_BY_KIND = {
    RECEIPTS: "Receipts",
    SHIPMENTS: "Customer Shipments",
    RETURNS: "Customer Returns",
    VENDOR_RETURNS: "Vendor Returns",
    TRANSFERS: "Warehouse Transfer In/Out",
}
_BY_REASON = {"F": "Found", "M": "Lost", "E": "Damaged", "D": "Disposed"}
_MOVEMENTS = (*_BY_KIND.values(), *_BY_REASON.values())
_PERIOD = {"DAILY": "DAY", "WEEKLY": "WEEK", "MONTHLY": "MONTH"}


def produce_summary(question: Question) -> Document | None:
    """Answer with one row for each period, SKU, disposition and location; None when nothing lay there."""
    rows: list[dict[str, str]] = []
    for marketplace_id in question.marketplace_ids:
        rows += _summary_rows(question, marketplace(marketplace_id))
    return flat_file(question.marketplace, SUMMARY_COLUMNS, rows, quoted=True) if rows else None


def produce_detail(question: Question) -> Document | None:
    """Answer with one row for each event; None when there was none."""
    start, end = question.dates()
    rows: list[dict[str, str]] = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        found = events(question.business, market, start, end, question.asked_at)
        wanted = question.options.get("eventType") or None
        rows += [
            _detail_row(question, market, event)
            for event in found
            if wanted in {None, event.kind} and _selected(question, event.sku)
        ]
    return flat_file(question.marketplace, DETAIL_COLUMNS, rows, quoted=True) if rows else None


def _summary_rows(question: Question, market: Marketplace) -> Iterator[dict[str, str]]:
    period = _PERIOD.get(question.options.get("aggregatedByTimePeriod", "MONTHLY"), "MONTH")
    by_country = question.options.get("aggregateByLocation", "COUNTRY") != "FC"
    start, end = question.dates()
    for whole in periods(period, start, end):
        first, last = max(whole[0], start), min(whole[1], end)  # the ends of a range cut its periods
        if midnight(market, first) > question.asked_at:
            return
        starting = _located(balances(question.business, market, midnight(market, first)), market, by_country=by_country)
        moved = _moved(question, market, first, last, by_country=by_country)
        for key in sorted(starting.keys() | moved.keys()):
            sku, location, disposition = key
            if _selected(question, sku) and (starting.get(key) or any(moved[key].values())):
                yield _summary_row(
                    question,
                    market,
                    (sku, location, disposition),
                    day=last,
                    starting=starting.get(key, 0),
                    moved=moved[key],
                )


def _located(
    found: dict[tuple[str, str, str], int], market: Marketplace, *, by_country: bool
) -> dict[tuple[str, str, str], int]:
    total: dict[tuple[str, str, str], int] = defaultdict(int)
    for (sku, centre, disposition), units in found.items():
        total[sku, market.country if by_country else centre, disposition] += units
    return total


def _moved(
    question: Question, market: Marketplace, first: date, last: date, *, by_country: bool
) -> dict[tuple[str, str, str], dict[str, int]]:
    moved: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_MOVEMENTS, 0))
    for event in events(question.business, market, first, last, question.asked_at):
        column = _BY_REASON[event.reason] if event.kind == ADJUSTMENTS else _BY_KIND[event.kind]
        moved[event.sku, market.country if by_country else event.centre, event.disposition][column] += event.quantity
    return moved


def _summary_row(
    question: Question,
    market: Marketplace,
    key: tuple[str, str, str],
    *,
    day: date,
    starting: int,
    moved: dict[str, int],
) -> dict[str, str]:
    sku, location, disposition = key
    return {
        "Date": f"{day:%m/%d/%Y}",
        **_product(question, market, sku),
        "Disposition": disposition,
        "Starting Warehouse Balance": str(starting),
        "In Transit Between Warehouses": "0",
        **{column: str(units) for column, units in moved.items()},
        "Other Events": "0",
        "Ending Warehouse Balance": str(starting + sum(moved.values())),
        "Unknown Events": "0",
        "Location": location,
    }


def _detail_row(question: Question, market: Marketplace, event: Event) -> dict[str, str]:
    open_units = 0
    if event.reason == "M":
        # A lost unit stays unreconciled until it is found or paid for, three weeks later at most.
        open_units = abs(event.quantity) if question.asked_at < event.at + timedelta(days=21) else 0
    reconciled = abs(event.quantity) - open_units if event.reason == "M" else 0
    day = local_date(market, event.at)
    return {
        "Date": f"{day:%m/%d/%Y}",
        **_product(question, market, event.sku),
        "Event Type": event.kind,
        "Reference ID": event.reference,
        "Quantity": str(event.quantity),
        "Fulfillment Center": event.centre,
        "Disposition": event.disposition,
        "Reason": event.reason,
        "Country": market.country,
        "Reconciled Quantity": str(reconciled),
        "Unreconciled Quantity": str(open_units),
        "Date and Time": _local(market, event.at),
    }


def _local(market: Marketplace, moment: datetime) -> str:
    return moment.astimezone(UTC).astimezone(market.zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def _product(question: Question, market: Marketplace, sku: str) -> dict[str, str]:
    product = _find(question, sku)
    return {
        "FNSKU": product.fnsku,
        "ASIN": product.asin,
        "MSKU": product.sku,
        "Title": product.title(market.language),
    }


def _selected(question: Question, sku: str) -> bool:
    product = _find(question, sku)
    wanted = {"FNSKU": product.fnsku, "MSKU": product.sku, "ASIN": product.asin}
    return all(not question.options.get(name) or question.options[name] == value for name, value in wanted.items())


def _find(question: Question, sku: str) -> Product:
    return next(product for product in products(question.business) if product.sku == sku)
