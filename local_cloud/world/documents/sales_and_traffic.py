"""GET_SALES_AND_TRAFFIC_REPORT: official schema sellerSalesAndTrafficReport.json.

`byAsin` is one block over the whole range; `byDate` has one entry a period. WEEK and MONTH ranges are widened to whole
periods (schema descriptions).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from local_cloud.world.business import Business, Document, Question
from local_cloud.world.catalogue import Product, products
from local_cloud.world.documents.json_report import json_document, money, percent, specification
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.orders import LONGEST_RETURN, LONGEST_STORY, orders_placed
from local_cloud.world.periods import age, days, first_day, last_day, local_date, periods
from local_cloud.world.randomness import draws
from local_cloud.world.traffic import Figures, by_sku


def produce(question: Question) -> Document | None:
    """Answer with sales and traffic by date and by ASIN; None when nothing was seen or sold."""
    business, marketplace, asked_at = question.business, question.marketplace, question.asked_at
    granularity = question.options.get("dateGranularity", "DAY")
    start, end = question.dates()
    start, end = first_day(granularity, start), last_day(granularity, end)
    finished = [day for day in days(start, end) if age(marketplace, day, asked_at) >= 0]
    found = by_sku(business, marketplace, finished, asked_at)
    if not found:
        return None
    by_date = [
        _by_date(business, marketplace, first, [day for day in days(first, last) if day in set(finished)], asked_at)
        for first, last in periods(granularity, start, end)
    ]
    by_asin = _by_asin(business, marketplace, found, question.options.get("asinGranularity", "PARENT"))
    return json_document(
        {
            "reportSpecification": specification(question),
            "salesAndTrafficByDate": by_date,
            "salesAndTrafficByAsin": by_asin,
        }
    )


def _by_date(
    business: Business, marketplace: Marketplace, label: date, span: list[date], asked_at: datetime
) -> dict[str, Any]:
    total = Figures()
    for figures in by_sku(business, marketplace, span, asked_at).values():
        total.add(figures)
    return {
        "date": label.isoformat(),
        "salesByDate": _sales_by_date(business, marketplace, total, span, asked_at),
        "trafficByDate": _traffic_by_date(business, marketplace, total, span),
    }


def _sales_by_date(
    business: Business, marketplace: Marketplace, total: Figures, span: list[date], asked_at: datetime
) -> dict[str, Any]:
    shipped_sales, shipped_units, shipped_orders, refunded = _shipped_and_refunded(
        business, marketplace, span, asked_at
    )
    claims = sum(
        1 for day in span if draws(business.seed, business.account, marketplace.id, day, "claims").random() < 0.02
    )
    return {
        "orderedProductSales": money(marketplace, total.sales),
        "orderedProductSalesB2B": money(marketplace, total.sales_b2b),
        "unitsOrdered": total.units,
        "unitsOrderedB2B": total.units_b2b,
        "totalOrderItems": total.items,
        "totalOrderItemsB2B": total.items_b2b,
        "averageSalesPerOrderItem": money(marketplace, _mean(total.sales, total.items)),
        "averageSalesPerOrderItemB2B": money(marketplace, _mean(total.sales_b2b, total.items_b2b)),
        "averageUnitsPerOrderItem": round(total.units / total.items, 2) if total.items else 0.0,
        "averageUnitsPerOrderItemB2B": round(total.units_b2b / total.items_b2b, 2) if total.items_b2b else 0.0,
        "averageSellingPrice": money(marketplace, _mean(total.sales, total.units)),
        "averageSellingPriceB2B": money(marketplace, _mean(total.sales_b2b, total.units_b2b)),
        "unitsRefunded": refunded,
        "refundRate": percent(refunded, total.units),
        "claimsGranted": claims,
        "claimsAmount": money(marketplace, 1999 * claims),
        "shippedProductSales": money(marketplace, shipped_sales),
        "unitsShipped": shipped_units,
        "ordersShipped": shipped_orders,
    }


def _shipped_and_refunded(
    business: Business, marketplace: Marketplace, span: list[date], asked_at: datetime
) -> tuple[int, int, int, int]:
    if not span:
        return 0, 0, 0, 0
    wanted, sales, units, orders, refunded = set(span), 0, 0, 0, 0
    for order in orders_placed(business, marketplace, span[0] - LONGEST_STORY - LONGEST_RETURN, span[-1]):
        if order.shipped_at and order.shipped_at <= asked_at and local_date(marketplace, order.shipped_at) in wanted:
            orders += 1
            units += sum(line.quantity for line in order.lines)
            sales += sum(line.price for line in order.lines)
        refunded += sum(
            line.returned.quantity
            for line in order.lines
            if line.returned
            and line.returned.refunded_at <= asked_at
            and local_date(marketplace, line.returned.refunded_at) in wanted
        )
    return sales, units, orders, refunded


def _traffic_by_date(business: Business, marketplace: Marketplace, total: Figures, span: list[date]) -> dict[str, Any]:
    catalogue = products(business)
    feedback = [draws(business.seed, business.account, marketplace.id, day, "feedback").randrange(4) for day in span]
    negative = sum(1 for count in feedback if count == 3)
    sessions, sessions_b2b = (
        total.browser_sessions + total.app_sessions,
        total.browser_sessions_b2b + total.app_sessions_b2b,
    )
    return {
        **_visits(total),
        "buyBoxPercentage": percent(total.featured_views, total.browser_views + total.app_views),
        "buyBoxPercentageB2B": percent(total.featured_views_b2b, total.browser_views_b2b + total.app_views_b2b),
        "orderItemSessionPercentage": percent(total.items, sessions),
        "orderItemSessionPercentageB2B": percent(total.items_b2b, sessions_b2b),
        "unitSessionPercentage": percent(total.units, sessions, float("inf")),
        "unitSessionPercentageB2B": percent(total.units_b2b, sessions_b2b, float("inf")),
        "averageOfferCount": len(catalogue),
        "averageParentItems": len({product.parent_asin for product in catalogue}),
        "feedbackReceived": sum(feedback),
        "negativeFeedbackReceived": negative,
        "receivedNegativeFeedbackRate": percent(negative, sum(feedback)),
    }


def _visits(figures: Figures) -> dict[str, int]:
    return {
        "browserPageViews": figures.browser_views,
        "browserPageViewsB2B": figures.browser_views_b2b,
        "mobileAppPageViews": figures.app_views,
        "mobileAppPageViewsB2B": figures.app_views_b2b,
        "pageViews": figures.browser_views + figures.app_views,
        "pageViewsB2B": figures.browser_views_b2b + figures.app_views_b2b,
        "browserSessions": figures.browser_sessions,
        "browserSessionsB2B": figures.browser_sessions_b2b,
        "mobileAppSessions": figures.app_sessions,
        "mobileAppSessionsB2B": figures.app_sessions_b2b,
        "sessions": figures.browser_sessions + figures.app_sessions,
        "sessionsB2B": figures.browser_sessions_b2b + figures.app_sessions_b2b,
    }


def _by_asin(
    business: Business, marketplace: Marketplace, found: dict[str, Figures], granularity: str
) -> list[dict[str, Any]]:
    grouped: dict[tuple[str, ...], Figures] = {}
    for product in products(business):
        if product.sku in found:
            grouped.setdefault(_identity(product, granularity), Figures()).add(found[product.sku])
    total = Figures()
    for figures in grouped.values():
        total.add(figures)
    names = ("parentAsin", "childAsin", "sku")
    return [
        {
            **dict(zip(names, identity, strict=False)),
            "salesByAsin": {
                "unitsOrdered": figures.units,
                "unitsOrderedB2B": figures.units_b2b,
                "orderedProductSales": money(marketplace, figures.sales),
                "orderedProductSalesB2B": money(marketplace, figures.sales_b2b),
                "totalOrderItems": figures.items,
                "totalOrderItemsB2B": figures.items_b2b,
            },
            "trafficByAsin": _traffic_by_asin(figures, total),
        }
        for identity, figures in grouped.items()
    ]


def _identity(product: Product, granularity: str) -> tuple[str, ...]:
    return {
        "PARENT": (product.parent_asin,),
        "CHILD": (product.parent_asin, product.asin),
        "SKU": (product.parent_asin, product.asin, product.sku),
    }[granularity]


def _traffic_by_asin(figures: Figures, total: Figures) -> dict[str, Any]:
    mine, all_of_it = _visits(figures), _visits(total)
    shares = {}
    for field, name in (
        ("browserSessions", "browserSessionPercentage"),
        ("mobileAppSessions", "mobileAppSessionPercentage"),
        ("sessions", "sessionPercentage"),
        ("browserPageViews", "browserPageViewsPercentage"),
        ("mobileAppPageViews", "mobileAppPageViewsPercentage"),
        ("pageViews", "pageViewsPercentage"),
    ):
        shares[name] = percent(mine[field], all_of_it[field])
        shares[f"{name}B2B"] = percent(mine[f"{field}B2B"], all_of_it[f"{field}B2B"])
    return {
        **mine,
        **shares,
        "buyBoxPercentage": percent(figures.featured_views, mine["pageViews"]),
        "buyBoxPercentageB2B": percent(figures.featured_views_b2b, mine["pageViewsB2B"]),
        "unitSessionPercentage": percent(figures.units, mine["sessions"], float("inf")),
        "unitSessionPercentageB2B": percent(figures.units_b2b, mine["sessionsB2B"], float("inf")),
    }


def _mean(total: int, count: int) -> int:
    return round(total / count) if count else 0
