"""Snapshots and fees of a seller's products: listings, inventory, fee preview, monthly storage fees.

Columns as observed by public clients. The listings report has headers in the account's language unless
`preferredReportDocumentLocale` names another: names as found in published files and in open clients (incomplete for
some languages, which then mix); the British header repeats "Deprecated column".
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from local_cloud.world.business import OPENED, Document, Question
from local_cloud.world.catalogue import Product, products
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace, marketplace
from local_cloud.world.periods import days, last_day, local_date, midnight, periods
from local_cloud.world.randomness import code, digits, fraction, number
from local_cloud.world.stock import SELLABLE, balances, centres, stocked

LISTING_COLUMNS = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "image-url",
    "item-is-marketplace", "product-id-type", "zshop-shipping-fee", "item-note", "item-condition", "zshop-category1",
    "zshop-browse-path", "zshop-storefront-feature", "asin1", "asin2", "asin3", "will-ship-internationally",
    "expedited-shipping", "zshop-boldface", "product-id", "bid-for-featured-placement", "add-delete",
    "pending-quantity", "fulfillment-channel", "merchant-shipping-group", "status",
)  # fmt: skip
LOCALISED_LISTING_COLUMNS = {
    "de_DE": {
        "item-name": "Artikelbezeichnung",
        "seller-sku": "Händler-SKU",
        "price": "Preis",
        "quantity": "Menge",
        "open-date": "Erstellungsdatum",
        "product-id-type": "Produkt-ID-Typ",
        "item-condition": "Artikelzustand",
        "asin1": "ASIN 1",
        "product-id": "Produkt-ID",
        "fulfillment-channel": "Versender",
        "status": "Status",
    },
    "fr_FR": {
        "item-name": "nom-produit",
        "seller-sku": "sku-vendeur",
        "product-id-type": "type-id-produit",
        "item-condition": "état-produit",
        "product-id": "id-produit",
        "fulfillment-channel": "canal-traitement",
        "status": "état",
    },
    "it_IT": {
        "item-name": "Nome dell'articolo",
        "seller-sku": "SKU venditore",
        "price": "Prezzo",
        "quantity": "Quantità",
        "open-date": "Data di creazione",
        "product-id-type": "Tipo di identificativo del prodotto",
        "item-condition": "Condizione dell'articolo",
        "product-id": "Identificativo del prodotto",
        "fulfillment-channel": "Canale di gestione",
        "status": "stato",
    },
    "es_ES": {
        "item-name": "Título del producto",
        "seller-sku": "SKU del vendedor",
        "open-date": "Fecha de creación",
        "product-id-type": "Tipo de identificador de producto",
        "item-condition": "Estado del producto",
        "product-id": "Identificador del producto",
        "fulfillment-channel": "Canal de gestión logística",
        "status": "estado",
    },
    "ja_JP": {
        "item-name": "商品名",
        "listing-id": "出品ID",
        "seller-sku": "出品者SKU",
        "price": "価格",
        "quantity": "数量",
        "open-date": "出品日",
        "product-id-type": "商品IDタイプ",
        "item-note": "コンディション説明",
        "item-condition": "コンディション",
        "asin1": "ASIN 1",
        "will-ship-internationally": "国外へ配送可",
        "expedited-shipping": "迅速な配送",
        "product-id": "商品ID",
        "pending-quantity": "在庫数",
        "fulfillment-channel": "フルフィルメント・チャンネル",
        "status": "ステータス",
    },
    "en_GB": {
        "image-url": "Deprecated column",
        "zshop-shipping-fee": "Deprecated column",
        "zshop-category1": "Deprecated column",
        "zshop-browse-path": "Deprecated column",
        "zshop-storefront-feature": "Deprecated column",
        "asin2": "Deprecated column",
        "asin3": "Deprecated column",
        "zshop-boldface": "Deprecated column",
        "bid-for-featured-placement": "Deprecated column",
        "fulfillment-channel": "fulfilment-channel",
    },
}
JAPANESE_LISTING_COLUMNS = tuple(column for column in LISTING_COLUMNS if column in LOCALISED_LISTING_COLUMNS["ja_JP"])
"""Japanese files have no unused columns."""
_ZONES = {"BR": "BRT", "TR": "TRT", "SA": "AST", "AE": "GST", "SG": "SGT"}
"""Abbreviations as Java writes them, where the time zone database has none any more."""
_LOCALES = {
    "UK": "en_GB",
    "IE": "en_GB",
    "DE": "de_DE",
    "FR": "fr_FR",
    "BE": "fr_FR",
    "IT": "it_IT",
    "ES": "es_ES",
    "JP": "ja_JP",
}
INVENTORY_COLUMNS = (
    "sku", "fnsku", "asin", "product-name", "condition", "your-price", "mfn-listing-exists",
    "mfn-fulfillable-quantity", "afn-listing-exists", "afn-warehouse-quantity", "afn-fulfillable-quantity",
    "afn-unsellable-quantity", "afn-reserved-quantity", "afn-total-quantity", "per-unit-volume",
    "afn-inbound-working-quantity", "afn-inbound-shipped-quantity", "afn-inbound-receiving-quantity",
    "afn-researching-quantity", "afn-reserved-future-supply", "afn-future-supply-buyable",
)  # fmt: skip
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


def produce_listings(question: Question) -> Document | None:
    """Answer with all listings of the first marketplace asked for.

    Headers are in its language unless `preferredReportDocumentLocale` names another.
    """
    market = question.marketplace
    locale = question.options.get("preferredReportDocumentLocale", _LOCALES.get(market.code, "en_US"))
    if locale == "ja_JP" and market.code != "JP":
        locale = "en_US"  # a European file cannot hold Japanese
    names = LOCALISED_LISTING_COLUMNS.get(locale, {})
    columns = JAPANESE_LISTING_COLUMNS if locale == "ja_JP" else LISTING_COLUMNS
    listings = [_listing(question, market, product) for product in products(question.business)]
    rows = [{column: value for column, value in listing.items() if column in columns} for listing in listings]
    return flat_file(market, columns, rows, names=names, trailing_blank=True)


def produce_inventory(question: Question) -> Document | None:
    """Answer with the stock at the moment of asking."""
    rows = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        on_hand = balances(question.business, market, question.asked_at)
        rows += [_inventory(market, product, on_hand) for product in stocked(question.business)]
    return flat_file(question.marketplace, INVENTORY_COLUMNS, rows, line_end="\n") if rows else None


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


def _listing(question: Question, market: Marketplace, product: Product) -> dict[str, str]:
    business = question.business
    opened = midnight(market, OPENED + timedelta(days=number(business.seed, product.sku, "opened") % 900)) + timedelta(
        seconds=number(product.sku, "opened") % 80000
    )
    quantity = (
        ""
        if product.fulfilled_by_amazon
        else str(5 + number(business.seed, product.sku, local_date(market, question.asked_at)) % 60)
    )
    active = fraction(business.seed, product.sku, "active") < 0.92
    letters = code("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 7, product.sku, market.id)
    listing_id = digits(4, business.seed, product.sku, market.id) + letters
    return {
        "item-name": product.title(market.language),
        "listing-id": listing_id,
        "seller-sku": product.sku,
        "price": market.text(product.price(market)),
        "quantity": quantity,
        "open-date": _open_date(market, opened),
        "item-is-marketplace": "y",
        "product-id-type": "1",
        "item-condition": "11",
        "asin1": product.asin,
        "product-id": product.asin,
        "pending-quantity": "0" if not product.fulfilled_by_amazon else "",
        "fulfillment-channel": "DEFAULT" if not product.fulfilled_by_amazon else f"AMAZON_{market.region}",
        "merchant-shipping-group": "Migrated Template",
        "status": "Active" if active else "Inactive",
    }


def _open_date(market: Marketplace, moment: datetime) -> str:
    local = moment.astimezone(market.zone)
    pattern = (
        "%d/%m/%Y %H:%M:%S"
        if market.region == "EU"
        else "%Y/%m/%d %H:%M:%S"
        if market.code == "JP"
        else "%Y-%m-%d %H:%M:%S"
    )
    return f"{local.strftime(pattern)} {_ZONES.get(market.code) or local.tzname()}"


def _inventory(market: Marketplace, product: Product, on_hand: dict[tuple[str, str, str], int]) -> dict[str, str]:
    mine = {key[1:]: units for key, units in on_hand.items() if key[0] == product.sku}
    receiving = mine.get((centres(market)[0], SELLABLE), 0)
    sellable = sum(units for (_, disposition), units in mine.items() if disposition == SELLABLE) - receiving
    unsellable = sum(units for (_, disposition), units in mine.items() if disposition != SELLABLE)
    reserved = min(sellable, number(product.sku, "reserved") % 3)
    return {
        "sku": product.sku,
        "fnsku": product.fnsku,
        "asin": product.asin,
        "product-name": product.title(market.language),
        "condition": "New",
        "your-price": market.text(product.price(market)),
        "mfn-listing-exists": "No",
        "afn-listing-exists": "Yes",
        "afn-warehouse-quantity": str(sellable + unsellable),
        "afn-fulfillable-quantity": str(sellable - reserved),
        "afn-unsellable-quantity": str(unsellable),
        "afn-reserved-quantity": str(reserved),
        "afn-total-quantity": str(sellable + unsellable + receiving),
        "per-unit-volume": f"{_volume(product) / 1000:.2f}",
        "afn-inbound-working-quantity": "0",
        "afn-inbound-shipped-quantity": "0",
        "afn-inbound-receiving-quantity": str(receiving),
        "afn-researching-quantity": "0",
        "afn-reserved-future-supply": "0",
        "afn-future-supply-buyable": "0",
    }


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


def _volume(product: Product) -> float:
    """Cubic centimetres."""
    longest, median, shortest = product.sides
    return longest * median * shortest


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
    cubic_metres = _volume(product) / 1_000_000
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
