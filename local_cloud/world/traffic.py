"""Visits to a seller's product pages, per marketplace, local day and variant; a young day lacks some of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import lru_cache

from local_cloud.world.business import Business
from local_cloud.world.catalogue import Product, products
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.orders import orders_of_day
from local_cloud.world.periods import age, midnight
from local_cloud.world.randomness import draws, fraction

SETTLES_AFTER = (3, 5, 8)
"""Days after the end of a day at which its figures are corrected; afterwards they stay."""


@dataclass
class Figures:
    """Sales and traffic of one variant; money in minor units.

    The `b2b` ones are the Amazon Business part of the others.
    """

    units: int = 0
    units_b2b: int = 0
    sales: int = 0
    sales_b2b: int = 0
    items: int = 0
    items_b2b: int = 0
    browser_sessions: int = 0
    browser_sessions_b2b: int = 0
    app_sessions: int = 0
    app_sessions_b2b: int = 0
    browser_views: int = 0
    browser_views_b2b: int = 0
    app_views: int = 0
    app_views_b2b: int = 0
    featured_views: int = 0
    featured_views_b2b: int = 0

    def add(self, other: Figures) -> None:
        """Add another variant's or day's figures to these."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    @property
    def seen(self) -> bool:
        """Whether anything at all happened: a variant without visits and orders has no row."""
        return bool(self.units or self.browser_sessions or self.app_sessions)


def revision(marketplace: Marketplace, day: date, asked_at: datetime) -> int:
    """Return how often a day's figures have been corrected by the moment of asking: 0 at first, 3 in the end."""
    passed = age(marketplace, day, asked_at)
    return sum(1 for threshold in SETTLES_AFTER if passed >= threshold)


def figures_of_day(business: Business, marketplace: Marketplace, day: date, asked_at: datetime) -> dict[str, Figures]:
    """Return the figures of a local day by SKU, as known when asked.

    Early figures lack some traffic and still count orders that are cancelled later; a few variants appear only after a
    correction, others vanish with one.
    """
    stage = revision(marketplace, day, asked_at)
    # Sales follow the orders' state at the last correction, so that two questions at one stage give one answer.
    known_at = min(asked_at, _stage_moment(marketplace, day, stage))
    found = {
        sku: _corrected(business, marketplace, day, sku, final=traffic, stage=stage)
        for sku, traffic in _traffic(business, marketplace, day).items()
    }
    for order in orders_of_day(business, marketplace, day):
        if order.cancelled(known_at):
            continue
        for line in order.lines:
            figures = found.setdefault(line.product.sku, Figures())
            _count(figures, line.quantity, line.price, order.for_business)
    for figures in found.values():
        # There is no order without a visit: a session for each order item at least, a view for each session.
        figures.browser_sessions = max(figures.browser_sessions, figures.items - figures.app_sessions)
        figures.browser_sessions_b2b = max(figures.browser_sessions_b2b, figures.items_b2b - figures.app_sessions_b2b)
        figures.browser_sessions = max(figures.browser_sessions, figures.browser_sessions_b2b)
        figures.browser_views = max(figures.browser_views, figures.browser_sessions)
        figures.browser_views_b2b = min(
            figures.browser_views, max(figures.browser_views_b2b, figures.browser_sessions_b2b)
        )
    return {sku: figures for sku, figures in found.items() if figures.seen}


def by_sku(business: Business, marketplace: Marketplace, days: list[date], asked_at: datetime) -> dict[str, Figures]:
    """Return the figures of several days, added up by SKU."""
    total: dict[str, Figures] = defaultdict(Figures)
    for day in days:
        for sku, figures in figures_of_day(business, marketplace, day, asked_at).items():
            total[sku].add(figures)
    return total


def _stage_moment(marketplace: Marketplace, day: date, stage: int) -> datetime:
    days = (1, *SETTLES_AFTER)[stage]
    return midnight(marketplace, day) + timedelta(days=1 + days)


def _count(figures: Figures, units: int, sales: int, for_business: bool) -> None:
    figures.units += units
    figures.sales += sales
    figures.items += 1
    if for_business:
        figures.units_b2b += units
        figures.sales_b2b += sales
        figures.items_b2b += 1


@lru_cache(maxsize=1024)
def _traffic(business: Business, marketplace: Marketplace, day: date) -> dict[str, Figures]:
    source = draws(business.seed, business.account, marketplace.id, day, "traffic")
    return {
        product.sku: _visits(product, marketplace, source.random(), source.random(), source.random())
        for product in products(business)
    }


def _visits(product: Product, marketplace: Marketplace, volume: float, app: float, depth: float) -> Figures:
    sessions = int(product.demand * marketplace.orders_per_day * (1.6 + 2.4 * volume))
    app_sessions = int(sessions * (0.35 + 0.3 * app))
    browser_sessions = sessions - app_sessions
    browser_views = int(browser_sessions * (1.15 + 0.5 * depth))
    app_views = int(app_sessions * (1.1 + 0.4 * depth))
    return Figures(
        browser_sessions=browser_sessions,
        browser_sessions_b2b=browser_sessions // 14,
        app_sessions=app_sessions,
        app_sessions_b2b=app_sessions // 25,
        browser_views=browser_views,
        browser_views_b2b=browser_views // 14,
        app_views=app_views,
        app_views_b2b=app_views // 25,
        featured_views=int((browser_views + app_views) * (0.86 + 0.13 * volume)),
        featured_views_b2b=int((browser_views // 14 + app_views // 25) * (0.86 + 0.13 * volume)),
    )


def _corrected(
    business: Business, marketplace: Marketplace, day: date, sku: str, *, final: Figures, stage: int
) -> Figures:
    fate = fraction(business.seed, business.account, marketplace.id, day, sku, "restatement")
    if fate < 0.03 and stage < 2:  # appears with the second correction
        return Figures()
    if 0.03 <= fate < 0.06 and stage >= 1:  # vanishes with the first correction, unless it was ordered
        return Figures()
    share = (0.955, 0.98, 0.995, 1.0)[stage] if fate < 0.8 else 1.0
    return Figures(**{item.name: int(getattr(final, item.name) * share) for item in fields(final)})
