"""Amazon's fees for a seller's products: the preview of fees per unit, and the monthly storage fees.

Columns as observed by public clients.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from local_cloud.world.business import OPENED, Document, Question
from local_cloud.world.catalogue import Product
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace, marketplace
from local_cloud.world.periods import days, last_day, midnight, periods
from local_cloud.world.stock import balances, stocked

FEE_COLUMNS_EU = (
    "sku", "fnsku", "asin", "product-name", "product-group", "brand", "fulfilled-by", "has-local-inventory",
    "your-price", "sales-price", "longest-side", "median-side", "shortest-side", "length-and-girth",
    "unit-of-dimension", "item-package-weight", "unit-of-weight", "product-size-weight-band", "currency",
    "estimated-fee-total", "estimated-referral-fee-per-unit", "estimated-variable-closing-fee",
    "expected-domestic-fulfilment-fee-per-unit", "expected-efn-fulfilment-fee-per-unit-uk",
    "expected-efn-fulfilment-fee-per-unit-de", "expected-efn-fulfilment-fee-per-unit-fr",
    "expected-efn-fulfilment-fee-per-unit-it", "expected-efn-fulfilment-fee-per-unit-es",
    "expected-efn-fulfilment-fee-per-unit-se",
)  # fmt: skip
FEE_COLUMNS = (
    "sku", "fnsku", "asin", "amazon-store", "product-name", "product-group", "brand", "fulfilled-by", "your-price",
    "sales-price", "longest-side", "median-side", "shortest-side", "length-and-girth", "unit-of-dimension",
    "item-package-weight", "unit-of-weight", "product-size-tier", "currency", "estimated-fee-total",
    "estimated-referral-fee-per-unit", "estimated-variable-closing-fee", "estimated-order-handling-fee-per-order",
    "estimated-pick-pack-fee-per-unit", "estimated-weight-handling-fee-per-unit", "expected-fulfillment-fee-per-unit",
)  # fmt: skip
STORAGE_COLUMNS = (
    "asin", "fnsku", "product_name", "fulfillment_center", "country_code", "longest_side", "median_side",
    "shortest_side", "measurement_units", "weight", "weight_units", "item_volume", "volume_units", "product_size_tier",
    "average_quantity_on_hand", "average_quantity_pending_removal", "estimated_total_item_volume", "month_of_charge",
    "storage_rate", "currency", "estimated_monthly_storage_fee", "dangerous_goods_storage_type",
    "eligible_for_inventory_discount", "qualifies_for_inventory_discount", "total_incentive_fee_amount",
    "breakdown_incentive_fee_amount", "average_quantity_customer_orders",
)  # fmt: skip


def produce_fee_preview(question: Question) -> Document | None:
    """Answer with the estimated fees of each product in Amazon's warehouses; Europe has columns of its own."""
    market = question.marketplace
    european = market.region == "EU"
    rows = [_fees_eu(market, product) if european else _fees(market, product) for product in stocked(question.business)]
    return flat_file(market, FEE_COLUMNS_EU if european else FEE_COLUMNS, rows) if rows else None


def produce_storage_fees(question: Question) -> Document | None:
    """Answer with the storage fees of each finished month in the range, by product and centre.

    None before the first month has ended.
    """
    start, end = question.dates()
    rows = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        for first, last in periods("MONTH", start, end):
            if first >= OPENED and midnight(market, last + timedelta(days=1)) <= question.asked_at:
                rows += _storage_rows(question, market, first)
    return flat_file(question.marketplace, STORAGE_COLUMNS, rows, line_end="\n") if rows else None


def referral_fee(market: Marketplace, price: int) -> int:
    """Return Amazon's commission on a price: 15 %, in minor units."""
    return round(price * 0.15)


def fulfilment_fee(market: Marketplace, product: Product) -> int:
    """Return Amazon's fee for picking, packing and shipping one unit, in minor units."""
    return round((210 + product.grams * 0.12) * market.price_factor / (100 if market.exponent == 0 else 1))


def _fees_eu(market: Marketplace, product: Product) -> dict[str, str]:
    price, domestic = product.price(market), fulfilment_fee(market, product)
    abroad = {
        f"expected-efn-fulfilment-fee-per-unit-{country.lower()}": "--"
        if country == market.code
        else market.text(domestic + 300)
        for country in ("UK", "DE", "FR", "IT", "ES", "SE")
    }
    return {
        "sku": product.sku,
        "fnsku": product.fnsku,
        "asin": product.asin,
        "product-name": product.title(market.language),
        "product-group": product.kind.group,
        "brand": product.brand if market.charset != "Cp1250" else "Nordby",
        "fulfilled-by": "Amazon",
        "has-local-inventory": "Yes",
        "your-price": market.text(price),
        "sales-price": market.text(price),
        **_measures(product),
        "unit-of-dimension": "centimeters",
        "item-package-weight": str(product.grams),
        "unit-of-weight": "grams",
        "product-size-weight-band": _band(product),
        "currency": market.currency,
        "estimated-fee-total": market.text(referral_fee(market, price) + domestic),
        "estimated-referral-fee-per-unit": market.text(referral_fee(market, price)),
        "estimated-variable-closing-fee": market.text(0),
        "expected-domestic-fulfilment-fee-per-unit": market.text(domestic),
        **abroad,
    }


def _fees(market: Marketplace, product: Product) -> dict[str, str]:
    price, domestic = product.price(market), fulfilment_fee(market, product)
    brand = "ノルドビー" if market.language == "ja" and product.brand == "Nørdby" else product.brand
    return {
        "sku": product.sku,
        "fnsku": product.fnsku,
        "asin": product.asin,
        "amazon-store": market.code,
        "product-name": product.title(market.language),
        "product-group": product.kind.group,
        "brand": brand,
        "fulfilled-by": "Amazon",
        "your-price": market.text(price),
        "sales-price": market.text(price),
        **_measures(product),
        "unit-of-dimension": "centimeters",
        "item-package-weight": str(product.grams),
        "unit-of-weight": "grams",
        "product-size-tier": _band(product),
        "currency": market.currency,
        "estimated-fee-total": market.text(referral_fee(market, price) + domestic),
        "estimated-referral-fee-per-unit": market.text(referral_fee(market, price)),
        "estimated-variable-closing-fee": market.text(0),
        "estimated-order-handling-fee-per-order": "--",
        "estimated-pick-pack-fee-per-unit": "--",
        "estimated-weight-handling-fee-per-unit": "--",
        "expected-fulfillment-fee-per-unit": market.text(domestic),
    }


def _measures(product: Product) -> dict[str, str]:
    longest, median, shortest = product.sides
    return {
        "longest-side": f"{longest:.1f}",
        "median-side": f"{median:.1f}",
        "shortest-side": f"{shortest:.1f}",
        "length-and-girth": f"{longest + 2 * (median + shortest):.1f}",
    }


def _band(product: Product) -> str:
    return "Small parcel" if product.grams < 900 else "Standard parcel"


def _storage_rows(question: Question, market: Marketplace, month: date) -> list[dict[str, str]]:
    averages: dict[tuple[str, str], float] = defaultdict(float)
    span = list(days(month, last_day("MONTH", month)))
    for day in span:
        for (sku, centre, _), units in balances(question.business, market, midnight(market, day)).items():
            averages[sku, centre] += units / len(span)
    found = {product.sku: product for product in stocked(question.business)}
    return [
        _storage_row(market, found[sku], centre, average, month)
        for (sku, centre), average in sorted(averages.items())
        if average > 0.004
    ]


def _storage_row(market: Marketplace, product: Product, centre: str, average: float, month: date) -> dict[str, str]:
    rate = 42.37 if month.month >= 10 else 27.54  # a cubic metre and month; dearer before Christmas
    cubic_metres = product.volume / 1_000_000
    fee = round(average * cubic_metres * rate * market.price_factor * 10**market.exponent)
    longest, median, shortest = product.sides
    return {
        "asin": product.asin,
        "fnsku": product.fnsku,
        "product_name": product.title(market.language),
        "fulfillment_center": centre,
        "country_code": market.country,
        "longest_side": f"{longest:.2f}",
        "median_side": f"{median:.2f}",
        "shortest_side": f"{shortest:.2f}",
        "measurement_units": "centimeters",
        "weight": f"{product.grams / 1000:.2f}",
        "weight_units": "kilograms",
        "item_volume": f"{cubic_metres:.6f}",
        "volume_units": "cubic meters",
        "product_size_tier": "Standard-Size",
        "average_quantity_on_hand": f"{average:.2f}",
        "average_quantity_pending_removal": "0.00",
        "estimated_total_item_volume": f"{average * cubic_metres:.4f}",
        "month_of_charge": f"{month:%Y-%m}",
        "storage_rate": f"{rate:.2f}",
        "currency": market.currency,
        "estimated_monthly_storage_fee": market.text(fee),
        "dangerous_goods_storage_type": "--",
        "eligible_for_inventory_discount": "No",
        "qualifies_for_inventory_discount": "No",
        "total_incentive_fee_amount": market.text(0),
        "average_quantity_customer_orders": "0.00",
    }
