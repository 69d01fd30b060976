"""The orders of one marketplace's local day, each with everything that will ever happen to it.

An order is one fixed story (placed, paid, shipped or cancelled, later touched again, partly returned). Reports show it
as of a moment.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from local_cloud.world.business import OPENED, Business
from local_cloud.world.catalogue import Product, popularity, products, shipped_by
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.people import Place, place
from local_cloud.world.periods import days, local_date
from local_cloud.world.randomness import code, digits, draws

LONGEST_STORY = timedelta(days=20)
"""No order changes any more after this time (returns and refunds are not changes of the order)."""
LONGEST_RETURN = timedelta(days=32)
"""No unit comes back, and no money is refunded, later than this after the purchase."""

_PROMOTIONS = {
    "de": "Frühlingsangebot 5 € Rabatt",
    "fr": "Offre d’été -5 € à l’achat",
    "es": "Oferta de otoño 5 €",
    "it": "Più risparmio 5 €",
    "en": "Summer offer",
    "ja": "春のキャンペーン",
}


@dataclass(frozen=True)
class Return:
    """Units that came back from a line, why, in what state, and when the buyer got the money."""

    requested_at: datetime
    received_at: datetime
    refunded_at: datetime
    quantity: int
    reason: str
    sellable: bool
    plate: str


@dataclass(frozen=True)
class Line:
    """One product in an order; all money in the currency's minor units, for the whole quantity."""

    item_code: str
    product: Product
    quantity: int
    price: int
    tax: int
    shipping: int
    shipping_tax: int
    gift_wrap: int
    gift_wrap_tax: int
    item_promotion: int
    shipping_promotion: int
    promotion_ids: str
    returned: Return | None


@dataclass(frozen=True)
class Order:
    """An order and its whole story; `events` are (instant, status) in time order, the first is the purchase."""

    id: str
    marketplace: Marketplace
    events: tuple[tuple[datetime, str], ...]
    lines: tuple[Line, ...]
    place: Place
    by_amazon: bool
    service_level: str
    for_business: bool
    purchase_order: str
    shipped_at: datetime | None
    cancelled_at: datetime | None
    tracking: str

    @property
    def purchased_at(self) -> datetime:
        """The instant of the purchase."""
        return self.events[0][0]

    def known(self, asked_at: datetime) -> tuple[datetime, str] | None:
        """Return (last updated, status) as of a moment; None before the purchase."""
        latest = None
        for event in self.events:
            if event[0] > asked_at:
                break
            latest = event
        return latest

    def cancelled(self, asked_at: datetime) -> bool:
        """Whether the order is known to be cancelled at a moment."""
        return self.cancelled_at is not None and self.cancelled_at <= asked_at


@lru_cache(maxsize=640)
def orders_of_day(business: Business, marketplace: Marketplace, day: date) -> tuple[Order, ...]:
    """Return the orders placed on a local day, in the order of their purchase."""
    if day < OPENED or business.kind != "seller":
        return ()
    source = draws(business.seed, business.account, marketplace.id, day, "orders")
    count = max(0, round(source.gauss(1, 0.16) * _expected(marketplace, day)))
    found = [_order(business, marketplace, day, index, source) for index in range(count)]
    return tuple(sorted(found, key=lambda order: (order.purchased_at, order.id)))


def orders_placed(business: Business, marketplace: Marketplace, start: date, end: date) -> list[Order]:
    """Return the orders placed on the local days of a range, both ends inclusive."""
    return [order for day in days(start, end) for order in orders_of_day(business, marketplace, day)]


def orders_updated(
    business: Business, marketplace: Marketplace, start: datetime, end: datetime, asked_at: datetime
) -> list[Order]:
    """Return the orders whose last update, as known when asked, lies in [start, end), by time of that update."""
    found = []
    for order in orders_placed(
        business, marketplace, local_date(marketplace, start - LONGEST_STORY), local_date(marketplace, end)
    ):
        known = order.known(asked_at)
        if known is not None and start <= known[0] < end:
            found.append((known[0], order.id, order))
    return [order for _, _, order in sorted(found, key=lambda item: item[:2])]


def _expected(marketplace: Marketplace, day: date) -> float:
    week = (0.98, 0.95, 0.96, 1.0, 1.04, 1.02, 1.16)[day.weekday()]
    season = 1 + 0.22 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 340) / 365)
    growth = 1 + 0.03 * (day - OPENED).days / 365
    return marketplace.orders_per_day * week * season * growth


def _order(business: Business, marketplace: Marketplace, day: date, index: int, source: random.Random) -> Order:
    catalogue = products(business)
    first = source.choices(catalogue, cum_weights=popularity(business))[0]
    chosen = [first]
    if source.random() < 0.18:
        others = shipped_by(business, first.fulfilled_by_amazon)
        chosen += [
            product
            for product in source.sample(others, k=min(len(others), source.choice((1, 1, 2))))
            if product is not first
        ]
    key = (business.seed, business.account, marketplace.id, day, index)
    purchased_at = _moment(marketplace, day, source)
    cancelled_at = purchased_at + timedelta(hours=source.uniform(0.3, 60)) if source.random() < 0.05 else None
    shipped_at = None if cancelled_at else purchased_at + timedelta(hours=source.uniform(4, 46))
    lines = [_line(product, marketplace, shipped_at, source, *key, number) for number, product in enumerate(chosen)]
    if source.random() < 0.025:
        # Flat files have no line id: a buyer who adds the same thing twice makes two identical rows.
        twin = lines[0]
        lines.append(_twin(twin, digits(14, *key, "twin")))
    for_business = source.random() < 0.07
    serial = digits(26, *key)
    return Order(
        id=f"{marketplace.order_prefix}-{serial[:7]}-{serial[7:14]}",
        marketplace=marketplace,
        events=_story(purchased_at, shipped_at, cancelled_at, source),
        lines=tuple(lines),
        place=place(marketplace.country, source),
        by_amazon=first.fulfilled_by_amazon,
        service_level=source.choice(("Standard", "Standard", "Expedited", "SecondDay")),
        for_business=for_business,
        purchase_order=f"PO-{source.randrange(10000, 99999)}" if for_business else "",
        shipped_at=shipped_at,
        cancelled_at=cancelled_at,
        tracking=serial[14:],
    )


def _moment(marketplace: Marketplace, day: date, source: random.Random) -> datetime:
    second = min(86399, int(source.triangular(0, 86400, 68000)))
    local = datetime.combine(day, time(), marketplace.zone)
    moment = (local.astimezone(UTC) + timedelta(seconds=second)).replace(microsecond=0)
    # A day has 23 or 25 hours when the clocks change: stay within it.
    return moment if local_date(marketplace, moment) == day else moment - timedelta(hours=2)


def _story(
    purchased_at: datetime, shipped_at: datetime | None, cancelled_at: datetime | None, source: random.Random
) -> tuple[tuple[datetime, str], ...]:
    events = [(purchased_at, "Pending")]
    if cancelled_at:
        events.append((cancelled_at, "Cancelled"))
    if shipped_at:
        events.append((purchased_at + (shipped_at - purchased_at) * source.uniform(0.02, 0.3), "Unshipped"))
        events.append((shipped_at, "Shipped"))
        if source.random() < 0.35:
            # Late touches (an invoice, a delivery note) move the order's last update without a new status.
            events.append((shipped_at + timedelta(days=source.uniform(0.5, 12)), "Shipped"))
    return tuple((moment.replace(microsecond=0), status) for moment, status in events)


def _line(
    product: Product, marketplace: Marketplace, shipped_at: datetime | None, source: random.Random, *key: object
) -> Line:
    quantity = source.choices((1, 2, 3, 5), weights=(86, 10, 3, 1))[0]
    price = product.price(marketplace) * quantity
    shipping = 0 if source.random() < 0.7 else product.price(marketplace) // 10 + 1
    wrap = (399 if marketplace.exponent else 400) if source.random() < 0.02 else 0
    promoted = source.random() < 0.13
    item_promotion = price // 10 if promoted else 0
    shipping_promotion = shipping if promoted and source.random() < 0.5 else 0
    returned = _returned(quantity, shipped_at, source) if shipped_at and source.random() < 0.07 else None
    name = (
        "Summer offer £5 off" if marketplace.code == "UK" else _PROMOTIONS.get(marketplace.language, _PROMOTIONS["en"])
    )
    return Line(
        item_code=digits(14, *key, "item"),
        product=product,
        quantity=quantity,
        price=price,
        tax=_tax(marketplace, price),
        shipping=shipping,
        shipping_tax=_tax(marketplace, shipping),
        gift_wrap=wrap,
        gift_wrap_tax=_tax(marketplace, wrap),
        item_promotion=item_promotion,
        shipping_promotion=shipping_promotion,
        promotion_ids=f"PLM-{code('ABCDEF0123456789', 8, *key, 'promotion')}-{name}" if promoted else "",
        returned=returned,
    )


def _twin(line: Line, item_code: str) -> Line:
    return Line(**{**line.__dict__, "item_code": item_code, "returned": None})


def _tax(marketplace: Marketplace, amount: int) -> int:
    rate = marketplace.tax_rate
    return round(amount * rate / (1 + rate)) if marketplace.tax_inclusive else round(amount * rate)


def _returned(quantity: int, shipped_at: datetime, source: random.Random) -> Return:
    requested_at = shipped_at + timedelta(days=source.uniform(2, 16))
    received_at = requested_at + timedelta(days=source.uniform(2, 9))
    return Return(
        requested_at=requested_at.replace(microsecond=0),
        received_at=received_at.replace(microsecond=0),
        refunded_at=(received_at + timedelta(days=source.uniform(0.1, 3))).replace(microsecond=0),
        quantity=source.randint(1, quantity),
        reason=source.choice(
            (
                "UNWANTED_ITEM",
                "DEFECTIVE",
                "NOT_AS_DESCRIBED",
                "ORDERED_WRONG_ITEM",
                "DAMAGED_BY_CARRIER",
                "QUALITY_UNACCEPTABLE",
            )
        ),
        sellable=source.random() < 0.7,
        plate=f"LPNRR{source.randrange(10**9):09d}",
    )
