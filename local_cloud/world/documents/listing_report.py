"""GET_MERCHANT_LISTINGS_ALL_DATA: the listings of a seller.

Columns as observed by public clients. The headers are in the account's language unless `preferredReportDocumentLocale`
names another: names as found in published files and in open clients (incomplete for some languages, which then mix).
The British header repeats "Deprecated column".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from local_cloud.world.business import OPENED, Document, Question
from local_cloud.world.catalogue import Product, products
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.periods import local_date, midnight
from local_cloud.world.randomness import code, digits, fraction, number

COLUMNS = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date", "image-url",
    "item-is-marketplace", "product-id-type", "zshop-shipping-fee", "item-note", "item-condition", "zshop-category1",
    "zshop-browse-path", "zshop-storefront-feature", "asin1", "asin2", "asin3", "will-ship-internationally",
    "expedited-shipping", "zshop-boldface", "product-id", "bid-for-featured-placement", "add-delete",
    "pending-quantity", "fulfillment-channel", "merchant-shipping-group", "status",
)  # fmt: skip
LOCALISED_COLUMNS = {
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
JAPANESE_COLUMNS = tuple(column for column in COLUMNS if column in LOCALISED_COLUMNS["ja_JP"])
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


def produce(question: Question) -> Document | None:
    """Answer with all listings of the first marketplace asked for.

    Headers are in its language unless `preferredReportDocumentLocale` names another.
    """
    market = question.marketplace
    locale = question.options.get("preferredReportDocumentLocale", _LOCALES.get(market.code, "en_US"))
    if locale == "ja_JP" and market.code != "JP":
        locale = "en_US"  # a European file cannot hold Japanese
    names = LOCALISED_COLUMNS.get(locale, {})
    columns = JAPANESE_COLUMNS if locale == "ja_JP" else COLUMNS
    listings = [_listing(question, market, product) for product in products(question.business)]
    rows = [{column: value for column, value in listing.items() if column in columns} for listing in listings]
    return flat_file(market, columns, rows, names=names, trailing_blank=True)


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
