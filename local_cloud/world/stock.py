"""A seller's stock in Amazon's warehouses, as a ledger of events that always adds up.

Starting balance + everything that moved = ending balance.

A month's stock at its first and last moment is fixed by the seed; within it, shipments and returns are those of the
orders, losses and finds are chance, and what comes in (or is taken out) is whatever leads from the one to the other. So
any day's balance needs a month of events, never the whole past. Signs are those of Amazon's inventory ledger: what
leaves is negative.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from local_cloud.world.business import OPENED, Business
from local_cloud.world.catalogue import Product, products, shipped_by
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.orders import LONGEST_RETURN, LONGEST_STORY, Line, Order, orders_placed
from local_cloud.world.periods import first_day, last_day, local_date, midnight
from local_cloud.world.randomness import code, digits, draws, fraction, number

SELLABLE, UNSELLABLE = "SELLABLE", "CUSTOMER_DAMAGED"
RECEIPTS, SHIPMENTS, RETURNS, VENDOR_RETURNS, TRANSFERS, ADJUSTMENTS = (
    "Receipts",
    "Shipments",
    "CustomerReturns",
    "VendorReturns",
    "WhseTransfers",
    "Adjustments",
)
_CENTRES = {
    "DE": ("LEJ1", "DUS2"),
    "GB": ("BHX4", "EDI4"),
    "US": ("PHX6", "ONT8"),
    "FR": ("ORY1", "LIL1"),
    "IT": ("MXP5", "FCO1"),
    "ES": ("MAD4", "BCN1"),
    "JP": ("NRT5", "KIX2"),
}


@dataclass(frozen=True)
class Event:
    """One movement of stock.

    `reason` is the code of an adjustment: F found, M misplaced (lost), E damaged in the warehouse, D disposed of.
    """

    at: datetime
    sku: str
    centre: str
    disposition: str
    kind: str
    quantity: int
    reference: str
    reason: str = ""


def centres(marketplace: Marketplace) -> tuple[str, str]:
    """Return the country's fulfilment centres: the one that receives deliveries, and the one that stores and ships."""
    return _CENTRES.get(marketplace.country, (f"{marketplace.code}I1", f"{marketplace.code}S1"))


def stocked(business: Business) -> list[Product]:
    """Return the products that lie in Amazon's warehouses."""
    return list(shipped_by(business, by_amazon=True)) if business.kind == "seller" else []


def opening(business: Business, marketplace: Marketplace, sku: str, month: date) -> int:
    """Return the sellable units of a SKU at the first moment of a month.

    All of them lie in the storing centre; there is no unsellable unit then.
    """
    catalogue = products(business)
    share = next(product.demand for product in catalogue if product.sku == sku) / sum(
        product.demand for product in catalogue
    )
    monthly = marketplace.orders_per_day * 31 * 1.9 * share
    return (
        int(monthly * (0.9 + 0.3 * fraction(business.seed, business.account, marketplace.id, sku, month, "opening")))
        + 8
    )


def events(business: Business, marketplace: Marketplace, start: date, end: date, asked_at: datetime) -> list[Event]:
    """Return what moved on the local days of a range (both inclusive) and is known when asked, in order of time."""
    found: list[Event] = []
    month = first_day("MONTH", max(start, OPENED))
    while month <= end:
        found += [
            event
            for event in events_of_month(business, marketplace, month)
            if start <= local_date(marketplace, event.at) <= end and event.at <= asked_at
        ]
        month = last_day("MONTH", month) + timedelta(days=1)
    return found


def balances(business: Business, marketplace: Marketplace, moment: datetime) -> dict[tuple[str, str, str], int]:
    """Return the units on hand at a moment by (SKU, centre, disposition)."""
    month = first_day("MONTH", local_date(marketplace, moment))
    if month < OPENED:
        return {}
    store = centres(marketplace)[1]
    found = {
        (product.sku, store, SELLABLE): opening(business, marketplace, product.sku, month)
        for product in stocked(business)
    }
    for event in events_of_month(business, marketplace, month):
        if event.at >= moment:
            break
        key = (event.sku, event.centre, event.disposition)
        found[key] = found.get(key, 0) + event.quantity
    return found


@lru_cache(maxsize=64)
def events_of_month(business: Business, marketplace: Marketplace, month: date) -> tuple[Event, ...]:
    """Return everything that moves in a month, given by its first day, in order of time."""
    if month < OPENED or business.kind != "seller":
        return ()
    found: dict[str, list[Event]] = {product.sku: [] for product in stocked(business)}
    for event in _of_orders(business, marketplace, month):
        found[event.sku].append(event)
    for sku, movements in found.items():
        source = draws(business.seed, business.account, marketplace.id, sku, month, "stock")
        movements.extend(_accidents(business, marketplace, sku, month, source))
        movements.extend(_supply(business, marketplace, sku, month, movements[:]))
        movements.extend(_clearance(marketplace, sku, month, movements[:]))
    everything = [event for movements in found.values() for event in movements]
    return tuple(sorted(everything, key=lambda event: (event.at, event.sku, event.reference, event.centre)))


def _of_orders(business: Business, marketplace: Marketplace, month: date) -> Iterator[Event]:
    last, store = last_day("MONTH", month), centres(marketplace)[1]
    for order in orders_placed(business, marketplace, month - LONGEST_STORY - LONGEST_RETURN, last):
        if not order.by_amazon or order.shipped_at is None:
            continue
        shipped = month <= local_date(marketplace, order.shipped_at) <= last
        for line in order.lines:
            if shipped:
                yield Event(
                    order.shipped_at.replace(microsecond=0),
                    line.product.sku,
                    store,
                    SELLABLE,
                    SHIPMENTS,
                    -line.quantity,
                    order.id,
                )
            back = line.returned
            if back and month <= local_date(marketplace, back.received_at) <= last:
                yield Event(
                    back.received_at,
                    line.product.sku,
                    store,
                    SELLABLE if back.sellable else UNSELLABLE,
                    RETURNS,
                    back.quantity,
                    order.id,
                )


def _accidents(
    business: Business, marketplace: Marketplace, sku: str, month: date, source: random.Random
) -> Iterator[Event]:
    store = centres(marketplace)[1]
    if source.random() < 0.25:
        at = _hour(marketplace, month, source.randrange(4, 26), source)
        reference = digits(14, business.seed, business.account, marketplace.id, sku, month, "lost")
        yield Event(at, sku, store, SELLABLE, ADJUSTMENTS, -source.randint(1, 3), reference, "M")
    if source.random() < 0.15:
        reference = digits(14, business.seed, business.account, marketplace.id, sku, month, "found")
        yield Event(
            _hour(marketplace, month, source.randrange(2, 27), source),
            sku,
            store,
            SELLABLE,
            ADJUSTMENTS,
            source.randint(1, 2),
            reference,
            "F",
        )
    if source.random() < 0.2:
        at, units = _hour(marketplace, month, source.randrange(4, 27), source), source.randint(1, 2)
        reference = digits(14, business.seed, business.account, marketplace.id, sku, month, "damaged")
        yield Event(at, sku, store, SELLABLE, ADJUSTMENTS, -units, reference, "E")
        yield Event(at, sku, store, UNSELLABLE, ADJUSTMENTS, units, reference, "E")


def _supply(
    business: Business, marketplace: Marketplace, sku: str, month: date, movements: list[Event]
) -> Iterator[Event]:
    """What must come in or be taken out, so that the next month opens as it does.

    It comes in two deliveries, which are carried to the storing centre a day later.
    """
    following = last_day("MONTH", month) + timedelta(days=1)
    moved = sum(event.quantity for event in movements if event.disposition == SELLABLE)
    needed = opening(business, marketplace, sku, following) - opening(business, marketplace, sku, month) - moved
    receive, store = centres(marketplace)
    source = draws(business.seed, business.account, marketplace.id, sku, month, "supply")
    if needed < 0:
        yield Event(
            _hour(marketplace, month, 27, source),
            sku,
            store,
            SELLABLE,
            VENDOR_RETURNS,
            needed,
            f"RMV{source.randrange(10**8):08d}",
        )
        return
    for day, units in ((2, math.ceil(needed * 0.6)), (12, needed - math.ceil(needed * 0.6))):
        if units:
            shipment = "FBA15" + code(
                "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 7, business.seed, business.account, marketplace.id, month, day
            )
            at = _hour(marketplace, month, day, source)
            carried = at + timedelta(days=1)
            transfer = f"{number(business.seed, sku, month, day) % 10**10:010d}"
            yield Event(at, sku, receive, SELLABLE, RECEIPTS, units, shipment)
            yield Event(carried, sku, receive, SELLABLE, TRANSFERS, -units, transfer)
            yield Event(carried, sku, store, SELLABLE, TRANSFERS, units, transfer)


def _clearance(marketplace: Marketplace, sku: str, month: date, movements: list[Event]) -> Iterator[Event]:
    """Unsellable units are disposed of in the last minute of the month."""
    units = sum(event.quantity for event in movements if event.disposition == UNSELLABLE)
    if units:
        end = midnight(marketplace, last_day("MONTH", month) + timedelta(days=1)) - timedelta(seconds=1)
        yield Event(
            end,
            sku,
            centres(marketplace)[1],
            UNSELLABLE,
            ADJUSTMENTS,
            -units,
            f"DSP{month:%y%m}{number(sku, month) % 10**6:06d}",
            "D",
        )


def _hour(marketplace: Marketplace, month: date, day: int, source: random.Random) -> datetime:
    return midnight(marketplace, month + timedelta(days=day - 1)) + timedelta(
        seconds=source.randrange(3 * 3600, 20 * 3600)
    )


def returned_lines(
    business: Business, marketplace: Marketplace, start: datetime, end: datetime
) -> list[tuple[Order, Line]]:
    """Return the lines fulfilled by Amazon whose units arrived back in [start, end), in order of that arrival."""
    found = []
    for order in orders_placed(
        business,
        marketplace,
        local_date(marketplace, start - LONGEST_STORY - LONGEST_RETURN),
        local_date(marketplace, end),
    ):
        found += [
            (line.returned.received_at, order.id, line.item_code, order, line)
            for line in order.lines
            if order.by_amazon and line.returned and start <= line.returned.received_at < end
        ]
    return [(order, line) for *_, order, line in sorted(found, key=lambda item: item[:3])]
