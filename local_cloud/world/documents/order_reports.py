"""The order reports by last update, flat file and XML: the same orders, the same moment, two forms.

Columns: SP-API docs, "Order reports"; order and tail of the columns as observed in real files.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from local_cloud.world.business import Document, Question
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace, marketplace
from local_cloud.world.orders import Line, Order, orders_updated
from local_cloud.world.randomness import fraction

FLAT_COLUMNS = (
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status", "fulfillment-channel", "sales-channel", "order-channel",
    "ship-service-level", "product-name", "sku", "asin", "item-status", "quantity", "currency", "item-price", "item-tax", "shipping-price", "shipping-tax",
    "gift-wrap-price", "gift-wrap-tax", "item-promotion-discount", "ship-promotion-discount", "ship-city", "ship-state", "ship-postal-code", "ship-country",
    "promotion-ids", "cpf", "is-business-order", "purchase-order-number", "price-designation", "signature-confirmation-recommended",
)  # fmt: skip


def produce_flat_file(question: Question) -> Document | None:
    """Answer with one row for each line of each order updated in the range; None when there is none."""
    orders = updated(question)
    if not orders:
        return None
    quirk = fraction(
        question.business.seed, question.business.account, question.marketplace.id, question.start, "quirks"
    )
    rows = [_row(order, line, question.asked_at) for order in orders for line in order.lines]
    return flat_file(
        question.marketplace,
        FLAT_COLUMNS,
        rows,
        line_end="\r\n" if quirk < 0.5 else "\n",
        trailing_blank=quirk % 0.25 < 0.1,
    )


def updated(question: Question) -> list[Order]:
    """Return the orders of all marketplaces asked for whose last update, as known when asked, lies in the range."""
    start, end = question.instants()
    found: list[Order] = []
    for marketplace_id in question.marketplace_ids:
        found += orders_updated(question.business, marketplace(marketplace_id), start, end, question.asked_at)
    return found


def item_status(status: str) -> str:
    """Return the status of an order's items, which flat files give beside the order's own."""
    return status if status in {"Shipped", "Cancelled"} else "Unshipped"


def instant(moment: datetime) -> str:
    """Write an instant as order reports do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _row(order: Order, line: Line, asked_at: datetime) -> list[str]:
    moment, status = _known(order, asked_at)
    place, market = order.place, order.marketplace
    money = _money(order, line, status)
    currency = "" if status == "Pending" or (status == "Cancelled" and int(line.item_code[-1]) < 4) else market.currency
    return [
        order.id, order.id, instant(order.purchased_at), instant(moment), status, "Amazon" if order.by_amazon else "Merchant", market.domain, "",
        order.service_level, line.product.title(market.language), line.product.sku, line.product.asin, item_status(status),
        "0" if status == "Cancelled" else str(line.quantity), currency, *money,
        place.city, place.state, place.postal_code, place.country, line.promotion_ids, "", "true" if order.for_business else "false",
        order.purchase_order, "BusinessPrice" if order.for_business else "", "false",
    ]  # fmt: skip


def _known(order: Order, asked_at: datetime) -> tuple[datetime, str]:
    known = order.known(asked_at)
    if known is None:
        raise ValueError(f"order {order.id} does not exist yet at {asked_at}")
    return known


def _money(order: Order, line: Line, status: str) -> list[str]:
    """The eight amounts: none while the payment is pending; a cancelled line keeps its price now and then, shortened
    ("14.0").
    """
    if status == "Pending":
        return [""] * 8
    market = order.marketplace
    if status == "Cancelled":
        kept = int(line.item_code[-2]) < 5
        return [_short(market, line.price) if kept else "", *[""] * 7]
    optional = [
        ("" if amount == 0 else market.text(amount))
        for amount in (line.gift_wrap, line.gift_wrap_tax, line.item_promotion, line.shipping_promotion)
    ]
    return [
        market.text(line.price),
        market.text(line.tax),
        market.text(line.shipping),
        market.text(line.shipping_tax),
        *optional,
    ]


def _short(market: Marketplace, minor: int) -> str:
    return str(float(Decimal(market.money(minor))))
