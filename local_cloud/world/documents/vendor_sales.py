"""GET_VENDOR_SALES_REPORT: official schema vendorSalesReport.json. The aggregate is always the sum of its ASINs."""

from __future__ import annotations

from datetime import date
from typing import Any

from local_cloud.world.business import Document, Question
from local_cloud.world.documents.json_report import json_document, money, specification
from local_cloud.world.documents.vendor_report import last_updated
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.periods import days, periods
from local_cloud.world.vendor import Sales, sales_of_period


def produce(question: Question) -> Document | None:
    """Answer with sales per period, in total and by ASIN; None when nothing was sold."""
    aggregate, by_asin = [], []
    for first, last in periods(question.options["reportPeriod"], *question.dates()):
        found = _sales(question, first, last)
        total = Sales()
        for sales in found.values():
            total.add(sales)
        if not found:
            continue
        aggregate.append(_entry(question, first, last, total))
        by_asin += [
            _entry(question, first, last, sales, asin)
            for asin, sales in sorted(found.items(), key=lambda item: (-item[1].shipped_revenue, item[0]))
        ]
    if not aggregate:
        return None
    return json_document(
        {
            "reportSpecification": specification(question, lastUpdatedDate=last_updated(question).isoformat()),
            "salesAggregate": aggregate,
            "salesByAsin": by_asin,
        }
    )


def _sales(question: Question, first: date, last: date) -> dict[str, Sales]:
    options = question.options
    return sales_of_period(
        question.business,
        question.marketplace,
        days(first, last),
        program=options["sellingProgram"],
        view=options["distributorView"],
        asked_at=question.asked_at,
    )


def _entry(question: Question, first: date, last: date, sales: Sales, asin: str | None = None) -> dict[str, Any]:
    marketplace: Marketplace = question.marketplace
    entry: dict[str, Any] = {"startDate": first.isoformat(), "endDate": last.isoformat()}
    if asin is not None:
        entry["asin"] = asin
    if question.options["sellingProgram"] != "FRESH":
        entry["customerReturns"] = sales.returns
    if question.options["distributorView"] == "MANUFACTURING":
        # Orders are the manufacturer's only: the sourcing view has no such fields.
        entry["orderedRevenue"] = money(marketplace, sales.ordered_revenue)
        entry["orderedUnits"] = sales.ordered_units
    entry["shippedCogs"] = money(marketplace, sales.shipped_cogs)
    entry["shippedRevenue"] = money(marketplace, sales.shipped_revenue)
    entry["shippedUnits"] = sales.shipped_units
    return entry
