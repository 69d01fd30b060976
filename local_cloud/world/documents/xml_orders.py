"""GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL: the orders of the flat file as XML.

Amazon publishes no schema for it any more. Names and nesting follow public clients; the envelope and the promotion
block are unverified.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from local_cloud.world.business import Document, Question
from local_cloud.world.documents.order_reports import instant, item_status, updated
from local_cloud.world.orders import Line, Order


def produce(question: Question) -> Document | None:
    """Answer with one message for each order updated in the range; None when there is none."""
    orders = updated(question)
    if not orders:
        return None
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<AmazonEnvelope>",
        "<Header>",
        "<DocumentVersion>1.00</DocumentVersion>",
        "</Header>",
    ]
    lines.append("<MessageType>AllOrdersReport</MessageType>")
    for order in orders:
        lines += ["<Message>", *_order(order, question.asked_at), "</Message>"]
    lines.append("</AmazonEnvelope>")
    return Document("\n".join(lines).encode(), "text/xml; charset=UTF-8")


def _order(order: Order, asked_at: datetime) -> Iterator[str]:
    moment, status = order.known(asked_at) or (order.purchased_at, "Pending")
    place = order.place
    yield "<Order>"
    yield from _elements(
        AmazonOrderID=order.id,
        MerchantOrderID=order.id,
        PurchaseDate=instant(order.purchased_at),
        LastUpdatedDate=instant(moment),
        OrderStatus=status,
        SalesChannel=order.marketplace.domain,
    )
    yield "<FulfillmentData>"
    yield from _elements(
        FulfillmentChannel="Amazon" if order.by_amazon else "Merchant", ShipServiceLevel=order.service_level
    )
    yield "<Address>"
    yield from _elements(City=place.city, State=place.state, PostalCode=place.postal_code, Country=place.country)
    yield "</Address>"
    yield "</FulfillmentData>"
    yield from _elements(IsBusinessOrder="true" if order.for_business else "false")
    for line in order.lines:
        yield from _item(order, line, status)
    yield "</Order>"


def _item(order: Order, line: Line, status: str) -> Iterator[str]:
    yield "<OrderItem>"
    yield from _elements(
        AmazonOrderItemCode=line.item_code,
        ASIN=line.product.asin,
        SKU=line.product.sku,
        ItemStatus=item_status(status),
        ProductName=line.product.title(order.marketplace.language),
        Quantity="0" if status == "Cancelled" else str(line.quantity),
    )
    if status not in {"Pending", "Cancelled"}:
        yield from _price(order, line)
        yield from _promotion(order, line)
    yield "</OrderItem>"


def _price(order: Order, line: Line) -> Iterator[str]:
    components = {
        "Principal": line.price,
        "Tax": line.tax,
        "Shipping": line.shipping,
        "ShippingTax": line.shipping_tax,
        "GiftWrap": line.gift_wrap,
        "GiftWrapTax": line.gift_wrap_tax,
    }
    yield "<ItemPrice>"
    for name, minor in components.items():
        if minor or name == "Principal":
            yield "<Component>"
            yield f"<Type>{name}</Type>"
            yield _money("Amount", order, minor)
            yield "</Component>"
    yield "</ItemPrice>"


def _promotion(order: Order, line: Line) -> Iterator[str]:
    if line.promotion_ids:
        yield "<Promotion>"
        yield from _elements(PromotionIDs=line.promotion_ids)
        yield _money("ItemPromotionDiscount", order, line.item_promotion)
        yield _money("ShipPromotionDiscount", order, line.shipping_promotion)
        yield "</Promotion>"


def _money(name: str, order: Order, minor: int) -> str:
    return f'<{name} currency="{order.marketplace.currency}">{order.marketplace.text(minor)}</{name}>'


def _elements(**values: str) -> Iterator[str]:
    for name, value in values.items():
        if value:
            yield f"<{name}>{escape(value)}</{name}>"
