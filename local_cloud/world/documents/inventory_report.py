"""GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA: a seller's stock in Amazon's warehouses; columns as observed by clients."""

from __future__ import annotations

from local_cloud.world.business import Document, Question
from local_cloud.world.catalogue import Product
from local_cloud.world.documents.flat_file import flat_file
from local_cloud.world.marketplaces import Marketplace, marketplace
from local_cloud.world.randomness import number
from local_cloud.world.stock import SELLABLE, balances, centres, stocked

COLUMNS = (
    "sku", "fnsku", "asin", "product-name", "condition", "your-price", "mfn-listing-exists",
    "mfn-fulfillable-quantity", "afn-listing-exists", "afn-warehouse-quantity", "afn-fulfillable-quantity",
    "afn-unsellable-quantity", "afn-reserved-quantity", "afn-total-quantity", "per-unit-volume",
    "afn-inbound-working-quantity", "afn-inbound-shipped-quantity", "afn-inbound-receiving-quantity",
    "afn-researching-quantity", "afn-reserved-future-supply", "afn-future-supply-buyable",
)  # fmt: skip


def produce(question: Question) -> Document | None:
    """Answer with the stock at the moment of asking."""
    rows = []
    for marketplace_id in question.marketplace_ids:
        market = marketplace(marketplace_id)
        on_hand = balances(question.business, market, question.asked_at)
        rows += [_row(market, product, on_hand) for product in stocked(question.business)]
    return flat_file(question.marketplace, COLUMNS, rows, line_end="\n") if rows else None


def _row(market: Marketplace, product: Product, on_hand: dict[tuple[str, str, str], int]) -> dict[str, str]:
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
        "per-unit-volume": f"{product.volume / 1000:.2f}",
        "afn-inbound-working-quantity": "0",
        "afn-inbound-shipped-quantity": "0",
        "afn-inbound-receiving-quantity": str(receiving),
        "afn-researching-quantity": "0",
        "afn-reserved-future-supply": "0",
        "afn-future-supply-buyable": "0",
    }
