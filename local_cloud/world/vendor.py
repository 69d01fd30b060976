"""What a vendor's products do in Amazon's own shop, per marketplace, local day and ASIN.

Ordered, shipped, returned, in stock, looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache

from local_cloud.world.business import OPENED, Business
from local_cloud.world.catalogue import Product, products
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.randomness import draws, fraction
from local_cloud.world.restatement import stage

PROGRAMS = ("RETAIL", "BUSINESS", "FRESH")
VIEWS = ("MANUFACTURING", "SOURCING")


@dataclass
class Sales:
    """One ASIN's sales; money in minor units."""

    ordered_units: int = 0
    ordered_revenue: int = 0
    shipped_units: int = 0
    shipped_revenue: int = 0
    shipped_cogs: int = 0
    returns: int = 0

    def add(self, other: Sales) -> None:
        """Add another day's or ASIN's sales to these."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    @property
    def any(self) -> bool:
        """Whether anything was sold, shipped or returned: an ASIN without has no row."""
        return bool(self.ordered_units or self.shipped_units or self.returns)


def cost(product: Product, marketplace: Marketplace) -> int:
    """Return what Amazon pays the vendor for a unit, in minor units."""
    return round(product.price(marketplace) * 0.58)


def sold(product: Product, program: str) -> bool:
    """Whether a product is part of a selling program (BUSINESS sells everything, FRESH a third)."""
    return program != "FRESH" or product.kind.group in {"Kitchen", "Beauty"}


@lru_cache(maxsize=4096)
def final_sales(business: Business, marketplace: Marketplace, day: date, program: str) -> dict[str, Sales]:
    """Return a day's sales by ASIN as they stand once all corrections have arrived."""
    if day < OPENED or business.kind != "vendor":
        return {}
    source = draws(business.seed, business.account, marketplace.id, day, program, "vendor sales")
    scale = {"RETAIL": 1.0, "BUSINESS": 0.12, "FRESH": 0.05}[program] * marketplace.orders_per_day * _season(day)
    found = {}
    for product in products(business):
        level = product.demand * scale * source.uniform(0.6, 1.4)
        ordered = int(level) + (1 if source.random() < level % 1 else 0)
        price = round(product.price(marketplace) * source.uniform(0.94, 1.0))
        shipped = max(0, ordered - (1 if source.random() < 0.2 else 0))
        returned = sum(1 for _ in range(shipped) if source.random() < 0.03)
        if sold(product, program):
            found[product.asin] = Sales(
                ordered, ordered * price, shipped, shipped * price, shipped * cost(product, marketplace), returned
            )
    return found


def sales_of_day(
    business: Business, marketplace: Marketplace, day: date, *, program: str, view: str, asked_at: datetime
) -> dict[str, Sales]:
    """Return a day's sales by ASIN as known when asked.

    SOURCING sees only what Amazon bought from this vendor itself.
    """
    at = stage(marketplace, day, asked_at)
    found = {}
    for asin, final in final_sales(business, marketplace, day, program).items():
        sales = _corrected(
            final, fraction(business.seed, business.account, marketplace.id, day, asin, program, "restatement"), at
        )
        if view == "SOURCING":
            sales = _part(sales, fraction(business.seed, business.account, asin, "sourcing"))
        if sales.any:
            found[asin] = sales
    return found


def sales_of_period(
    business: Business, marketplace: Marketplace, days: Iterable[date], *, program: str, view: str, asked_at: datetime
) -> dict[str, Sales]:
    """Return several days' sales, added up by ASIN."""
    total: dict[str, Sales] = {}
    for day in days:
        for asin, sales in sales_of_day(
            business, marketplace, day, program=program, view=view, asked_at=asked_at
        ).items():
            total.setdefault(asin, Sales()).add(sales)
    return total


def glance_views(business: Business, marketplace: Marketplace, day: date, asked_at: datetime) -> dict[str, int]:
    """Return how often each ASIN's page was seen on a day, as known when asked."""
    if day < OPENED or business.kind != "vendor":
        return {}
    source = draws(business.seed, business.account, marketplace.id, day, "glance views")
    share = (0.97, 0.985, 0.995, 1.0, 1.0)[stage(marketplace, day, asked_at)]
    seen = {
        product.asin: int(product.demand * marketplace.orders_per_day * source.uniform(6, 22) * share)
        for product in products(business)
    }
    return {asin: views for asin, views in seen.items() if views}


def _season(day: date) -> float:
    return (1 + 0.25 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 345) / 365)) * (
        0.95,
        0.93,
        0.95,
        1.0,
        1.05,
        1.1,
        1.12,
    )[day.weekday()]


def _corrected(final: Sales, fate: float, at: int) -> Sales:
    if fate < 0.02 and at < 1:  # appears with the first correction
        return Sales()
    if 0.02 <= fate < 0.04 and at >= 2:  # a wrong attribution, taken back with the second
        return Sales()
    late = 1 if final.shipped_units > 0 and at == 0 and fate > 0.6 else 0
    return Sales(
        ordered_units=final.ordered_units,
        ordered_revenue=final.ordered_revenue,
        shipped_units=final.shipped_units - late,
        shipped_revenue=_share(final.shipped_revenue, final.shipped_units - late, final.shipped_units),
        shipped_cogs=_share(final.shipped_cogs, final.shipped_units - late, final.shipped_units),
        returns=final.returns if at >= 3 else final.returns // 2,
    )


def _part(sales: Sales, fate: float) -> Sales:
    """The part that Amazon sourced from this vendor: of some ASINs all, of some half, of others nothing."""
    if fate < 0.6:
        return Sales(0, 0, sales.shipped_units, sales.shipped_revenue, sales.shipped_cogs, sales.returns)
    if fate > 0.9:
        return Sales()
    units = sales.shipped_units // 2
    return Sales(
        0,
        0,
        units,
        _share(sales.shipped_revenue, units, sales.shipped_units),
        _share(sales.shipped_cogs, units, sales.shipped_units),
        sales.returns // 2,
    )


def _share(amount: int, part: int, whole: int) -> int:
    return amount * part // whole if whole else 0
