"""A vendor's stock in Amazon's hands, per ASIN and day: on hand at the end = on hand before + net received - shipped.

As with a seller's stock, the first moment of each month is fixed by the seed, and weekly deliveries lead from one to
the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from local_cloud.world.business import OPENED, Business
from local_cloud.world.catalogue import Product, products
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.periods import days, first_day, last_day
from local_cloud.world.randomness import fraction
from local_cloud.world.vendor import PROGRAMS, final_sales

_DELIVERIES = (1, 8, 15, 22)


@dataclass(frozen=True)
class DayOfStock:
    """Units of one ASIN on one day."""

    received: int
    shipped: int
    on_hand: int


def opening(business: Business, marketplace: Marketplace, product: Product, month: date) -> int:
    """Return the sellable units at the first moment of a month: about six weeks of sales."""
    level = product.demand * marketplace.orders_per_day * 46
    return (
        int(
            level
            * (
                0.95
                + 0.2 * fraction(business.seed, business.account, marketplace.id, product.asin, month, "vendor opening")
            )
        )
        + 4
    )


@lru_cache(maxsize=256)
def stock_of_month(business: Business, marketplace: Marketplace, month: date) -> dict[str, dict[date, DayOfStock]]:
    """Return a month's stock, given by its first day, by ASIN and day."""
    if month < OPENED or business.kind != "vendor":
        return {}
    span = list(days(month, last_day("MONTH", month)))
    shipped = {day: _shipped(business, marketplace, day) for day in span}
    return {
        product.asin: _of_product(
            business, marketplace, product, span, {day: shipped[day].get(product.asin, 0) for day in span}
        )
        for product in products(business)
    }


def stock_of_day(business: Business, marketplace: Marketplace, day: date) -> dict[str, DayOfStock]:
    """Return a day's stock by ASIN."""
    return {asin: found[day] for asin, found in stock_of_month(business, marketplace, first_day("MONTH", day)).items()}


def _shipped(business: Business, marketplace: Marketplace, day: date) -> dict[str, int]:
    total: dict[str, int] = {}
    for program in PROGRAMS:
        for asin, sales in final_sales(business, marketplace, day, program).items():
            total[asin] = total.get(asin, 0) + sales.shipped_units
    return total


def _of_product(
    business: Business, marketplace: Marketplace, product: Product, span: list[date], shipped: dict[date, int]
) -> dict[date, DayOfStock]:
    on_hand = opening(business, marketplace, product, span[0])
    needed = opening(business, marketplace, product, span[-1] + timedelta(days=1)) - on_hand + sum(shipped.values())
    parts = [needed // len(_DELIVERIES)] * (len(_DELIVERIES) - 1)
    received = dict(zip(_DELIVERIES, [*parts, needed - sum(parts)], strict=True))
    found = {}
    for day in span:
        on_hand += received.get(day.day, 0) - shipped[day]
        found[day] = DayOfStock(received.get(day.day, 0), shipped[day], on_hand)
    return found
