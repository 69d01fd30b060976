"""Amazon's fulfilment reports: shipments, customer returns, reimbursements, returns of the seller's own shipments.

Columns: SP-API docs, FBA and returns reports, as observed by public clients. Today's
GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL is not restricted, so the columns about the buyer are there and empty (not
verified).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from local_cloud.world.business import Document, Question
from local_cloud.world.catalogue import products
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.documents.order_reports import instant
from local_cloud.world.marketplaces import Marketplace, marketplace
from local_cloud.world.orders import LONGEST_RETURN, LONGEST_STORY, Line, Order, orders_placed
from local_cloud.world.periods import local_date
from local_cloud.world.randomness import code, digits, fraction, number
from local_cloud.world.stock import Event, centres, events, returned_lines

SHIPMENT_COLUMNS = (
    "amazon-order-id", "merchant-order-id", "shipment-id", "shipment-item-id", "amazon-order-item-id",
    "merchant-order-item-id", "purchase-date", "payments-date", "shipment-date", "reporting-date", "buyer-email",
    "buyer-name", "buyer-phone-number", "sku", "product-name", "quantity-shipped", "currency", "item-price",
    "item-tax", "shipping-price", "shipping-tax", "gift-wrap-price", "gift-wrap-tax", "ship-service-level",
    "recipient-name", "ship-address-1", "ship-address-2", "ship-address-3", "ship-city", "ship-state",
    "ship-postal-code", "ship-country", "ship-phone-number", "bill-address-1", "bill-address-2", "bill-address-3",
    "bill-city", "bill-state", "bill-postal-code", "bill-country", "item-promotion-discount",
    "ship-promotion-discount", "carrier", "tracking-number", "estimated-arrival-date", "fulfillment-center-id",
    "fulfillment-channel", "sales-channel",
)  # fmt: skip
RETURN_COLUMNS = (
    "return-date", "order-id", "sku", "asin", "fnsku", "product-name", "quantity", "fulfillment-center-id",
    "detailed-disposition", "reason", "status", "license-plate-number", "customer-comments",
)  # fmt: skip
REIMBURSEMENT_COLUMNS = (
    "approval-date", "reimbursement-id", "case-id", "amazon-order-id", "reason", "sku", "fnsku", "asin",
    "product-name", "condition", "currency-unit", "amount-per-unit", "amount-total", "quantity-reimbursed-cash",
    "quantity-reimbursed-inventory", "quantity-reimbursed-total", "original-reimbursement-id",
    "original-reimbursement-type",
)  # fmt: skip
SELLER_RETURN_COLUMNS = (
    "Order ID", "Order date", "Return request date", "Return request status", "Amazon RMA ID", "Merchant RMA ID",
    "Label type", "Label cost", "Currency code", "Return carrier", "Tracking ID", "Label to be paid by",
    "A-to-Z Claim", "Is prime", "ASIN", "Merchant SKU", "Item Name", "Return quantity", "Return Reason", "In policy",
    "Return type", "Resolution", "Invoice number", "Return delivery date", "Order Amount", "Order quantity",
    "SafeT Action reason", "SafeT claim id", "SafeT claim state", "SafeT claim creation time",
    "SafeT claim reimbursement amount", "Refunded Amount",
)  # fmt: skip
_COMMENTS = {
    "de": "Größe passt nicht, schade – trotzdem schön",
    "fr": "Déçu par la qualité…",
    "ja": "サイズが合いませんでした",
    "pl": "Za mały",
    "en": "Not as expected – “cheap” feel",
}


def produce_shipments(question: Question) -> Document | None:
    """Answer with one row for each shipped line of orders fulfilled by Amazon; None when nothing left."""
    start, end = question.instants()
    rows = []
    for market, order in _orders(question, start - LONGEST_STORY, end):
        if (
            order.by_amazon
            and order.shipped_at
            and start <= order.shipped_at < end
            and order.shipped_at <= question.asked_at
        ):
            rows += [_shipment(market, order, line, order.shipped_at) for line in order.lines]
    return flat_file(question.marketplace, SHIPMENT_COLUMNS, rows, line_end="\n") if rows else None


def produce_customer_returns(question: Question) -> Document | None:
    """Answer with one row for each return received by a fulfilment centre; None when nothing came back."""
    start, end = question.instants()
    rows = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        rows += [
            _customer_return(market, order, line)
            for order, line in returned_lines(question.business, market, start, min(end, question.asked_at))
        ]
    return flat_file(question.marketplace, RETURN_COLUMNS, rows, line_end="\n") if rows else None


def produce_reimbursements(question: Question) -> Document | None:
    """Answer with what Amazon paid for lost and damaged units, approved in the range; None when it paid nothing."""
    start, end = question.instants()
    rows = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        first, last = local_date(market, start - timedelta(days=30)), local_date(market, end)
        for event in events(question.business, market, first, last, question.asked_at):
            approved = reimbursed_at(question, event)
            if approved and start <= approved < end and approved <= question.asked_at:
                rows.append(_reimbursement(question, market, event, approved))
    rows.sort(key=lambda row: (row["approval-date"], row["reimbursement-id"]))
    return flat_file(question.marketplace, REIMBURSEMENT_COLUMNS, rows, line_end="\n") if rows else None


def produce_seller_returns(question: Question) -> Document | None:
    """Answer with the return requests of orders that the seller ships; None when there was none."""
    start, end = question.instants()
    rows = []
    for market, order in _orders(question, start - LONGEST_STORY - LONGEST_RETURN, end):
        for line in order.lines:
            back = line.returned
            if (
                not order.by_amazon
                and back
                and start <= back.requested_at < end
                and back.requested_at <= question.asked_at
            ):
                rows.append(_seller_return(market, order, line, question.asked_at))
    return flat_file(question.marketplace, SELLER_RETURN_COLUMNS, rows) if rows else None


def reimbursed_at(question: Question, event: Event) -> datetime | None:
    """Return when Amazon pays for a lost or damaged unit; None for what it does not pay."""
    if event.reason not in {"M", "E"} or event.quantity > 0 or fraction(event.reference, "paid") < 0.25:
        return None
    return event.at + timedelta(days=5 + 15 * fraction(question.business.seed, event.reference, "approval"))


def _orders(question: Question, start: datetime, end: datetime) -> list[tuple[Marketplace, Order]]:
    found = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        found += [
            (market, order)
            for order in orders_placed(question.business, market, local_date(market, start), local_date(market, end))
        ]
    return found


def _shipment(market: Marketplace, order: Order, line: Line, shipped_at: datetime) -> dict[str, str]:
    shipment = code("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 9, order.id, "shipment")
    arrival = shipped_at + timedelta(days=3)
    place = order.place
    return {
        "amazon-order-id": order.id,
        "shipment-id": shipment,
        "shipment-item-id": code("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 13, line.item_code, "shipment"),
        "amazon-order-item-id": line.item_code,
        "purchase-date": instant(order.purchased_at),
        "payments-date": instant(order.events[1][0]),
        "shipment-date": instant(shipped_at),
        "reporting-date": instant(shipped_at + timedelta(hours=2)),
        "sku": line.product.sku,
        "product-name": line.product.title(market.language),
        "quantity-shipped": str(line.quantity),
        "currency": market.currency,
        "item-price": market.text(line.price),
        "item-tax": market.text(line.tax),
        "shipping-price": market.text(line.shipping),
        "shipping-tax": market.text(line.shipping_tax),
        "gift-wrap-price": market.text(line.gift_wrap),
        "gift-wrap-tax": market.text(line.gift_wrap_tax),
        "ship-service-level": order.service_level,
        "ship-city": place.city,
        "ship-state": place.state,
        "ship-postal-code": place.postal_code,
        "ship-country": place.country,
        "item-promotion-discount": market.text(-line.item_promotion),
        "ship-promotion-discount": market.text(-line.shipping_promotion),
        "carrier": "DHL" if market.country == "DE" else "AMZN_LOGISTICS",
        "tracking-number": order.tracking,
        "estimated-arrival-date": instant(arrival),
        "fulfillment-center-id": centres(market)[1],
        "fulfillment-channel": "AFN",
        "sales-channel": market.domain,
    }


def _customer_return(market: Marketplace, order: Order, line: Line) -> dict[str, str]:
    back = line.returned
    if back is None:
        raise ValueError(f"order {order.id} has no return")
    comment = (
        _COMMENTS.get(market.language, _COMMENTS["en"] if market.charset != "Cp1250" else "")
        if number(line.item_code) % 4 == 0
        else ""
    )
    disposition = "SELLABLE" if back.sellable else "CUSTOMER_DAMAGED"
    return {
        "return-date": instant(back.received_at),
        "order-id": order.id,
        "sku": line.product.sku,
        "asin": line.product.asin,
        "fnsku": line.product.fnsku,
        "product-name": line.product.title(market.language),
        "quantity": str(back.quantity),
        "fulfillment-center-id": centres(market)[1],
        "detailed-disposition": disposition,
        "reason": back.reason,
        "status": "Unit returned to inventory" if back.sellable else "Reimbursed",
        "license-plate-number": back.plate,
        "customer-comments": comment,
    }


def _reimbursement(question: Question, market: Marketplace, event: Event, approved: datetime) -> dict[str, str]:
    product = next(product for product in products(question.business) if product.sku == event.sku)
    units = -event.quantity
    per_unit = product.price(market) * 7 // 10
    return {
        "approval-date": instant(approved),
        "reimbursement-id": f"{number(event.reference, 'reimbursement') % 10**11:011d}",
        "reason": "Lost_Warehouse" if event.reason == "M" else "Damaged_Warehouse",
        "sku": product.sku,
        "fnsku": product.fnsku,
        "asin": product.asin,
        "product-name": product.title(market.language),
        "condition": "NewItem",
        "currency-unit": market.currency,
        "amount-per-unit": market.text(per_unit),
        "amount-total": market.text(per_unit * units),
        "quantity-reimbursed-cash": str(units),
        "quantity-reimbursed-inventory": "0",
        "quantity-reimbursed-total": str(units),
    }


def _seller_return(market: Marketplace, order: Order, line: Line, asked_at: datetime) -> dict[str, str]:
    back = line.returned
    if back is None:
        raise ValueError(f"order {order.id} has no return")
    delivered = back.received_at <= asked_at
    refunded = line.price * back.quantity // line.quantity if back.refunded_at <= asked_at else 0
    rma = code("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 10, line.item_code, "rma")
    return {
        "Order ID": order.id,
        "Order date": _day(order.purchased_at),
        "Return request date": _day(back.requested_at),
        "Return request status": "Completed" if refunded else "Approved",
        "Amazon RMA ID": rma,
        "Label type": "AmazonUnPaidLabel",
        "Label cost": market.text(399),
        "Currency code": market.currency,
        "Return carrier": "DHL",
        "Tracking ID": digits(12, line.item_code, "label"),
        "Label to be paid by": "Customer",
        "A-to-Z Claim": "N",
        "Is prime": "N",
        "ASIN": line.product.asin,
        "Merchant SKU": line.product.sku,
        "Item Name": line.product.title(market.language),
        "Return quantity": str(back.quantity),
        "Return Reason": f"AMZ-PG-BAD-{back.reason}",
        "In policy": "Y",
        "Return type": "C-Returns",
        "Resolution": "StandardRefund" if refunded else "",
        "Return delivery date": _day(back.received_at) if delivered else "",
        "Order Amount": market.text(line.price),
        "Order quantity": str(line.quantity),
        "Refunded Amount": market.text(refunded) if refunded else "",
    }


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d-%b-%Y")
