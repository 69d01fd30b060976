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
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status",
    "fulfillment-channel", "sales-channel", "order-channel", "ship-service-level", "product-name", "sku", "asin",
    "item-status", "quantity", "currency", "item-price", "item-tax", "shipping-price", "shipping-tax",
    "gift-wrap-price", "gift-wrap-tax", "item-promotion-discount", "ship-promotion-discount", "ship-city",
    "ship-state", "ship-postal-code", "ship-country", "promotion-ids", "cpf", "is-business-order",
    "purchase-order-number", "price-designation", "signature-confirmation-recommended",
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


def _row(order: Order, line: Line, asked_at: datetime) -> dict[str, str]:
    moment, status = _known(order, asked_at)
    place, market = order.place, order.marketplace
    currency = "" if status == "Pending" or (status == "Cancelled" and int(line.item_code[-1]) < 4) else market.currency
    return {
        "amazon-order-id": order.id,
        "merchant-order-id": order.id,
        "purchase-date": instant(order.purchased_at),
        "last-updated-date": instant(moment),
        "order-status": status,
        "fulfillment-channel": "Amazon" if order.by_amazon else "Merchant",
        "sales-channel": market.domain,
        "ship-service-level": order.service_level,
        "product-name": line.product.title(market.language),
        "sku": line.product.sku,
        "asin": line.product.asin,
        "item-status": item_status(status),
        "quantity": "0" if status == "Cancelled" else str(line.quantity),
        "currency": currency,
        **_money(order, line, status),
        "ship-city": place.city,
        "ship-state": place.state,
        "ship-postal-code": place.postal_code,
        "ship-country": place.country,
        "promotion-ids": line.promotion_ids,
        "is-business-order": "true" if order.for_business else "false",
        "purchase-order-number": order.purchase_order,
        "price-designation": "BusinessPrice" if order.for_business else "",
        "signature-confirmation-recommended": "false",
    }


def _known(order: Order, asked_at: datetime) -> tuple[datetime, str]:
    known = order.known(asked_at)
    if known is None:
        raise ValueError(f"order {order.id} does not exist yet at {asked_at}")
    return known


def _money(order: Order, line: Line, status: str) -> dict[str, str]:
    """The amounts: none while the payment is pending; a cancelled line keeps its price now and then.

    The kept price is shortened ("14.0").
    """
    if status == "Pending":
        return {}
    market = order.marketplace
    if status == "Cancelled":
        kept = int(line.item_code[-2]) < 5
        return {"item-price": _short(market, line.price)} if kept else {}
    optional = {
        "gift-wrap-price": line.gift_wrap,
        "gift-wrap-tax": line.gift_wrap_tax,
        "item-promotion-discount": line.item_promotion,
        "ship-promotion-discount": line.shipping_promotion,
    }
    return {
        "item-price": market.text(line.price),
        "item-tax": market.text(line.tax),
        "shipping-price": market.text(line.shipping),
        "shipping-tax": market.text(line.shipping_tax),
        **{column: market.text(amount) for column, amount in optional.items() if amount},
    }


def _short(market: Marketplace, minor: int) -> str:
    return str(float(Decimal(market.money(minor))))
