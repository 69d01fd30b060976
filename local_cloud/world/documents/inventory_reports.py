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
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "image-url", "item-is-marketplace", "product-id-type",
    "zshop-shipping-fee", "item-note", "item-condition", "zshop-category1", "zshop-browse-path", "zshop-storefront-feature", "asin1", "asin2", "asin3",
    "will-ship-internationally", "expedited-shipping", "zshop-boldface", "product-id", "bid-for-featured-placement", "add-delete", "pending-quantity",
    "fulfillment-channel", "merchant-shipping-group", "status",
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
    "sku", "fnsku", "asin", "product-name", "condition", "your-price", "mfn-listing-exists", "mfn-fulfillable-quantity", "afn-listing-exists",
    "afn-warehouse-quantity", "afn-fulfillable-quantity", "afn-unsellable-quantity", "afn-reserved-quantity", "afn-total-quantity", "per-unit-volume",
    "afn-inbound-working-quantity", "afn-inbound-shipped-quantity", "afn-inbound-receiving-quantity", "afn-researching-quantity",
    "afn-reserved-future-supply", "afn-future-supply-buyable",
)  # fmt: skip
FEE_COLUMNS_EU = (
    "sku", "fnsku", "asin", "product-name", "product-group", "brand", "fulfilled-by", "has-local-inventory", "your-price", "sales-price", "longest-side",
    "median-side", "shortest-side", "length-and-girth", "unit-of-dimension", "item-package-weight", "unit-of-weight", "product-size-weight-band", "currency",
    "estimated-fee-total", "estimated-referral-fee-per-unit", "estimated-variable-closing-fee", "expected-domestic-fulfilment-fee-per-unit",
    "expected-efn-fulfilment-fee-per-unit-uk", "expected-efn-fulfilment-fee-per-unit-de", "expected-efn-fulfilment-fee-per-unit-fr",
    "expected-efn-fulfilment-fee-per-unit-it", "expected-efn-fulfilment-fee-per-unit-es", "expected-efn-fulfilment-fee-per-unit-se",
)  # fmt: skip
FEE_COLUMNS = (
    "sku", "fnsku", "asin", "amazon-store", "product-name", "product-group", "brand", "fulfilled-by", "your-price", "sales-price", "longest-side",
    "median-side",
    "shortest-side", "length-and-girth", "unit-of-dimension", "item-package-weight", "unit-of-weight", "product-size-tier", "currency", "estimated-fee-total",
    "estimated-referral-fee-per-unit", "estimated-variable-closing-fee", "estimated-order-handling-fee-per-order", "estimated-pick-pack-fee-per-unit",
    "estimated-weight-handling-fee-per-unit", "expected-fulfillment-fee-per-unit",
)  # fmt: skip
STORAGE_COLUMNS = (
    "asin", "fnsku", "product_name", "fulfillment_center", "country_code", "longest_side", "median_side", "shortest_side", "measurement_units", "weight",
    "weight_units", "item_volume", "volume_units", "product_size_tier", "average_quantity_on_hand", "average_quantity_pending_removal",
    "estimated_total_item_volume", "month_of_charge", "storage_rate", "currency", "estimated_monthly_storage_fee", "dangerous_goods_storage_type",
    "eligible_for_inventory_discount", "qualifies_for_inventory_discount", "total_incentive_fee_amount", "breakdown_incentive_fee_amount",
    "average_quantity_customer_orders",
)  # fmt: skip


def produce_listings(question: Question) -> Document | None:
    """Answer with all listings of the first marketplace asked for; headers in its language unless
    `preferredReportDocumentLocale` says otherwise.
    """
    market = question.marketplace
    locale = question.options.get("preferredReportDocumentLocale", _LOCALES.get(market.code, "en_US"))
    if locale == "ja_JP" and market.code != "JP":
        locale = "en_US"  # a European file cannot hold Japanese
    names = LOCALISED_LISTING_COLUMNS.get(locale, {})
    columns = JAPANESE_LISTING_COLUMNS if locale == "ja_JP" else LISTING_COLUMNS
    listings = [
        dict(zip(LISTING_COLUMNS, _listing(question, market, product), strict=True))
        for product in products(question.business)
    ]
    rows = [[listing[column] for column in columns] for listing in listings]
    return flat_file(market, [names.get(column, column) for column in columns], rows, trailing_blank=True)


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
    """Answer with the storage fees of each finished month in the range, by product and centre; None before the first
    month has ended.
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


def _listing(question: Question, market: Marketplace, product: Product) -> list[str]:
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
    listing_id = f"{digits(4, business.seed, product.sku, market.id)}{code('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 7, product.sku, market.id)}"
    return [
        product.title(market.language), "", listing_id, product.sku, market.text(product.price(market)), quantity, _open_date(market, opened), "",
        "y", "1", "", "",
        "11", "", "", "", product.asin, "", "", "", "", "", product.asin, "", "", "0" if not product.fulfilled_by_amazon else "",
        "DEFAULT" if not product.fulfilled_by_amazon else f"AMAZON_{market.region}", "Migrated Template", "Active" if active else "Inactive",
    ]  # fmt: skip


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


def _inventory(market: Marketplace, product: Product, on_hand: dict[tuple[str, str, str], int]) -> list[str]:
    mine = {key[1:]: units for key, units in on_hand.items() if key[0] == product.sku}
    receiving = mine.get((centres(market)[0], SELLABLE), 0)
    sellable = sum(units for (_, disposition), units in mine.items() if disposition == SELLABLE) - receiving
    unsellable = sum(units for (_, disposition), units in mine.items() if disposition != SELLABLE)
    reserved = min(sellable, number(product.sku, "reserved") % 3)
    numbers = [sellable + unsellable, sellable - reserved, unsellable, reserved, sellable + unsellable + receiving]
    return [
        product.sku, product.fnsku, product.asin, product.title(market.language), "New", market.text(product.price(market)), "No", "", "Yes",
        *(str(value) for value in numbers), f"{_volume(product) / 1000:.2f}", "0", "0", str(receiving), "0", "0", "0",
    ]  # fmt: skip


def _fees_eu(market: Marketplace, product: Product) -> list[str]:
    price, domestic = product.price(market), fulfilment_fee(market, product)
    abroad = [
        market.text(domestic + 300) if code_ != market.code else "--" for code_ in ("UK", "DE", "FR", "IT", "ES", "SE")
    ]
    return [
        product.sku, product.fnsku, product.asin, product.title(market.language), product.kind.group, product.brand if market.charset != "Cp1250" else "Nordby",
        "Amazon", "Yes", market.text(price), market.text(price), *_measures(product), "centimeters", str(product.grams), "grams", _band(product),
        market.currency,
        market.text(referral_fee(market, price) + domestic), market.text(referral_fee(market, price)), market.text(0), market.text(domestic), *abroad,
    ]  # fmt: skip


def _fees(market: Marketplace, product: Product) -> list[str]:
    price, domestic = product.price(market), fulfilment_fee(market, product)
    brand = "ノルドビー" if market.language == "ja" and product.brand == "Nørdby" else product.brand
    return [
        product.sku, product.fnsku, product.asin, market.code, product.title(market.language), product.kind.group, brand, "Amazon", market.text(price),
        market.text(price), *_measures(product), "centimeters", str(product.grams), "grams", _band(product), market.currency,
        market.text(referral_fee(market, price) + domestic), market.text(referral_fee(market, price)), market.text(0), "--", "--", "--", market.text(domestic),
    ]  # fmt: skip


def _measures(product: Product) -> list[str]:
    longest, median, shortest = product.sides
    return [f"{longest:.1f}", f"{median:.1f}", f"{shortest:.1f}", f"{longest + 2 * (median + shortest):.1f}"]


def _band(product: Product) -> str:
    return "Small parcel" if product.grams < 900 else "Standard parcel"


def _volume(product: Product) -> float:
    """Cubic centimetres."""
    longest, median, shortest = product.sides
    return longest * median * shortest


def _storage_rows(question: Question, market: Marketplace, month: date) -> list[list[str]]:
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


def _storage_row(market: Marketplace, product: Product, centre: str, average: float, month: date) -> list[str]:
    rate = 42.37 if month.month >= 10 else 27.54  # a cubic metre and month; dearer before Christmas
    cubic_metres = _volume(product) / 1_000_000
    fee = round(average * cubic_metres * rate * market.price_factor * 10**market.exponent)
    longest, median, shortest = product.sides
    return [
        product.asin, product.fnsku, product.title(market.language), centre, market.country, f"{longest:.2f}", f"{median:.2f}", f"{shortest:.2f}",
        "centimeters",
        f"{product.grams / 1000:.2f}", "kilograms", f"{cubic_metres:.6f}", "cubic meters", "Standard-Size", f"{average:.2f}", "0.00",
        f"{average * cubic_metres:.4f}",
        f"{month:%Y-%m}", f"{rate:.2f}", market.currency, market.text(fee), "--", "No", "No", market.text(0), "", "0.00",
    ]  # fmt: skip
