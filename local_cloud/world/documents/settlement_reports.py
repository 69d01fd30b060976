"""GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2: what Amazon pays out every fourteen days.

Amazon makes it by itself, never on request.

The first data row is the summary: its total-amount is the sum of all amounts that follow. Local formats (SP-API docs:
"amounts are displayed in local currency formats, for example, 95,00 for EU"): decimal comma where the country has one,
dd.mm.yyyy dates in all of Europe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local_cloud.world.business import Business, Document
from local_cloud.world.documents.fee_reports import fulfilment_fee, referral_fee
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.orders import LONGEST_RETURN, LONGEST_STORY, Line, Order, orders_placed
from local_cloud.world.periods import local_date
from local_cloud.world.randomness import code, number

REPORT_TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
COLUMNS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency",
    "transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name",
    "amount-type", "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time",
    "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
    "promotion-id",
)  # fmt: skip
LENGTH = timedelta(days=14)
_ANCHOR = datetime(2020, 1, 6, 4, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Settlement:
    """One settlement period of a business in a marketplace, [start, end)."""

    business: Business
    marketplace: Marketplace
    start: datetime

    @property
    def end(self) -> datetime:
        """The instant at which the period closes."""
        return self.start + LENGTH

    @property
    def available_at(self) -> datetime:
        """The instant at which the report appears."""
        return self.end + timedelta(hours=3)

    @property
    def id(self) -> str:
        """The settlement's number."""
        drawn = number(self.business.seed, self.business.account, self.marketplace.id, self.start)
        return str(10**10 + drawn % (9 * 10**10))


@dataclass(frozen=True)
class _Amount:
    posted: datetime
    transaction: str
    kind: str
    description: str
    minor: int
    order: Order | None = None
    line: Line | None = None
    quantity: int = 0
    promotion: str = ""


def settlements(business: Business, marketplace: Marketplace, start: datetime, end: datetime) -> Iterator[Settlement]:
    """Yield the settlements whose report appears in [start, end)."""
    index = max(0, (start - _ANCHOR) // LENGTH - 2)
    while True:
        settlement = Settlement(business, marketplace, _ANCHOR + index * LENGTH)
        if settlement.available_at >= end:
            return
        if settlement.available_at >= start:
            yield settlement
        index += 1


def document(settlement: Settlement) -> Document:
    """Write a settlement; its content is fixed once the period is closed."""
    amounts = sorted(_amounts(settlement), key=lambda amount: (amount.posted, amount.order.id if amount.order else ""))
    market = settlement.marketplace
    summary = {
        "settlement-id": settlement.id,
        "settlement-start-date": _instant(market, settlement.start),
        "settlement-end-date": _instant(market, settlement.end),
        "deposit-date": _instant(market, settlement.end + timedelta(days=2)),
        "total-amount": _number(market, sum(amount.minor for amount in amounts)),
        "currency": market.currency,
    }
    rows = [summary, *(_row(settlement, amount) for amount in amounts)]
    return flat_file(market, COLUMNS, rows, line_end="\n", trailing_blank=True)


def _amounts(settlement: Settlement) -> Iterator[_Amount]:
    business, market, start, end = settlement.business, settlement.marketplace, settlement.start, settlement.end
    for order in orders_placed(
        business, market, local_date(market, start - LONGEST_STORY - LONGEST_RETURN), local_date(market, end)
    ):
        for line in order.lines:
            if order.shipped_at and start <= order.shipped_at < end:
                yield from _sale(market, order, line, order.shipped_at)
            if line.returned and start <= line.returned.refunded_at < end:
                yield from _refund(market, order, line, line.returned.refunded_at, line.returned.quantity)
    if (start - _ANCHOR) // LENGTH % 2 == 0:
        fee = round(3900 * market.price_factor / 10 ** (2 - market.exponent))
        yield _Amount(end - timedelta(hours=6), "ServiceFee", "other-transaction", "Subscription Fee", -fee)


def _sale(market: Marketplace, order: Order, line: Line, posted: datetime) -> Iterator[_Amount]:
    net = market.tax_inclusive
    prices = {
        "Principal": line.price - (line.tax if net else 0),
        "Tax": line.tax,
        "Shipping": line.shipping - (line.shipping_tax if net else 0),
        "ShippingTax": line.shipping_tax,
        "GiftWrap": line.gift_wrap - (line.gift_wrap_tax if net else 0),
        "GiftWrapTax": line.gift_wrap_tax,
    }
    for description, minor in prices.items():
        if minor:
            yield _Amount(posted, "Order", "ItemPrice", description, minor, order, line, line.quantity)
    for description, minor in (("Principal", line.item_promotion), ("Shipping", line.shipping_promotion)):
        if minor:
            yield _Amount(posted, "Order", "Promotion", description, -minor, order, line, 0, line.promotion_ids)
    yield _Amount(posted, "Order", "ItemFees", "Commission", -referral_fee(market, line.price), order, line)
    if order.by_amazon:
        yield _Amount(
            posted,
            "Order",
            "ItemFees",
            "FBAPerUnitFulfillmentFee",
            -fulfilment_fee(market, line.product) * line.quantity,
            order,
            line,
        )


def _refund(market: Marketplace, order: Order, line: Line, posted: datetime, quantity: int) -> Iterator[_Amount]:
    price, tax = line.price * quantity // line.quantity, line.tax * quantity // line.quantity
    yield _Amount(
        posted,
        "Refund",
        "ItemPrice",
        "Principal",
        -(price - (tax if market.tax_inclusive else 0)),
        order,
        line,
        quantity,
    )
    if tax:
        yield _Amount(posted, "Refund", "ItemPrice", "Tax", -tax, order, line, quantity)
    commission = referral_fee(market, price)
    yield _Amount(posted, "Refund", "ItemFees", "Commission", commission, order, line)
    yield _Amount(posted, "Refund", "ItemFees", "RefundCommission", -(commission // 5), order, line)


def _row(settlement: Settlement, amount: _Amount) -> dict[str, str]:
    market, order, line = settlement.marketplace, amount.order, amount.line
    adjustment = (
        f"{number(line.item_code, 'adjustment') % 10**14:014d}" if line and amount.transaction == "Refund" else ""
    )
    return {
        "settlement-id": settlement.id,
        "transaction-type": amount.transaction,
        "order-id": order.id if order else "",
        "merchant-order-id": order.id if order else "",
        "adjustment-id": adjustment,
        "shipment-id": code("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 9, order.id, "shipment")
        if order and amount.transaction == "Order"
        else "",
        "marketplace-name": market.domain if order else "",
        "amount-type": amount.kind,
        "amount-description": amount.description,
        "amount": _number(market, amount.minor),
        "fulfillment-id": ("AFN" if order.by_amazon else "MFN") if order else "",
        "posted-date": _date(market, amount.posted),
        "posted-date-time": _instant(market, amount.posted),
        "order-item-code": line.item_code if line else "",
        "sku": line.product.sku if line else "",
        "quantity-purchased": str(amount.quantity) if amount.quantity else "",
        "promotion-id": amount.promotion,
    }


def _number(market: Marketplace, minor: int) -> str:
    text = market.text(minor)
    return text.replace(".", ",") if market.decimal_comma else text


def _date(market: Marketplace, moment: datetime) -> str:
    return moment.strftime("%d.%m.%Y" if market.region == "EU" else "%Y-%m-%d")


def _instant(market: Marketplace, moment: datetime) -> str:
    return f"{_date(market, moment)} {moment:%H:%M:%S} UTC"
