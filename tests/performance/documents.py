"""Documents of any size, made the same way every time, and the contracts that read them."""

import io
import itertools
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from curation.contracts.model import Contract, Marketplace
from curation.contracts.parsing import parse_contract, parse_marketplace
from curation.manifest import DocumentRecord, parse_document
from curation.reading.document import DocumentDecoder

from tests.document_record import document_record

CONTRACTS = Path(__file__).parents[2] / "contracts"
ORDER_HEADER_LINE = (
    "amazon-order-id merchant-order-id purchase-date last-updated-date order-status fulfillment-channel "
    "sales-channel order-channel ship-service-level product-name sku asin item-status quantity currency "
    "item-price item-tax shipping-price shipping-tax gift-wrap-price gift-wrap-tax item-promotion-discount "
    "ship-promotion-discount ship-city ship-state ship-postal-code ship-country promotion-ids cpf is-business-order "
    "purchase-order-number price-designation signature-confirmation-recommended"
)
ORDER_HEADERS = tuple(ORDER_HEADER_LINE.split())
MONEY = tuple(name for name in ORDER_HEADERS if name.endswith(("-price", "-tax", "-discount")))
INSTANTS = ("purchase-date", "last-updated-date")
BOOLEANS = ("is-business-order", "signature-confirmation-recommended")
CITIES = ("München", "Köln", "Düsseldorf", "Berlin", "Saint-Étienne", "Frankfurt am Main", "Nürnberg", "Hamburg")


@cache
def marketplaces() -> dict[str, Marketplace]:
    """Return the marketplaces by code."""
    found = yaml.safe_load((CONTRACTS / "marketplaces.yaml").read_text())["marketplaces"]
    return {value["code"]: parse_marketplace(key, value) for key, value in found.items()}


@cache
def contract(name: str) -> Contract:
    """Return a report's contract."""
    return parse_contract(yaml.safe_load((CONTRACTS / "reports" / f"{name}.yaml").read_text()))


def record(marketplace: Marketplace, **more: object) -> DocumentRecord:
    """Return what a manifest says of a document."""
    place = {"marketplace_id": marketplace.id, "marketplace_ids": [marketplace.id]}
    return parse_document(document_record(**place | more))


def decode(source: str, stream: io.RawIOBase | io.BytesIO, marketplace: str, **more: object) -> int:
    """Decode a document by the contract of its source, as a Spark worker does.

    Returns the number of rows of all tables.
    """
    where = marketplaces()[marketplace]
    decoder = DocumentDecoder(contract(source), record(where, **more), where)
    rows = 0
    for _, conformed in decoder.rows(stream, plain_allowed=True):
        assert not conformed.quarantined
        rows += conformed.rows.num_rows
    return rows


def order_lines(rows: int, *, first_order: int = 0, day: str = "2026-11-01") -> Iterator[str]:
    """Yield the lines of an order report, without its header.

    They have 270 bytes each, prices of all kinds, and empty values where Amazon leaves them empty.
    """
    draw = random.Random(first_order)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    for number in range(first_order, first_order + rows):
        bought = start + timedelta(seconds=draw.randrange(86_400))
        price = draw.randrange(99, 20_000)
        discount = draw.randrange(10, price) if number % 7 == 0 else 0
        yield "\t".join(
            (
                f"302-{number // 10_000_000:07}-{number % 10_000_000:07}",
                f"302-{number // 10_000_000:07}-{number % 10_000_000:07}" if number % 3 else "",
                bought.isoformat(),
                (bought + timedelta(seconds=draw.randrange(86_400))).isoformat(),
                "Shipped" if number % 20 else "Cancelled",
                "Amazon",
                "Amazon.de",
                "WebsiteOrderChannel",
                "Expedited",
                (
                    f"Kaffeemühle für {draw.randrange(1, 20)} Tassen, elektrisch, Mahlwerk aus Stahl, "
                    f"{draw.randrange(100, 999)} W"
                ),
                f"SKU-{draw.randrange(4000):06}",
                f"B0{draw.randrange(4000):08}",
                "Shipped",
                str(draw.randrange(1, 4)),
                "EUR",
                f"{price / 100:.2f}",
                f"{price * 0.0019:.2f}",
                "4.99" if number % 5 == 0 else "",
                "0.95" if number % 5 == 0 else "",
                "",
                "",
                f"{discount / 100:.2f}" if discount else "",
                "",
                CITIES[draw.randrange(len(CITIES))],
                "",
                f"{draw.randrange(1000, 99999):05}",
                "DE",
                "Herbstaktion Core Free Shipping 2026/11/01" if discount else "",
                "",
                "true" if number % 11 == 0 else "false",
                "",
                "Business Price" if number % 11 == 0 else "",
                "false",
            )
        )


def order_file(rows: int, *, first_order: int = 0, day: str = "2026-11-01", charset: str = "cp1252") -> bytes:
    """Return an order report with one line per order."""
    return (
        "\r\n".join(("\t".join(ORDER_HEADERS), *order_lines(rows, first_order=first_order, day=day))) + "\r\n"
    ).encode(charset)


def search_terms(rows: int, **echo: object) -> bytes:
    """Return a search terms report: three clicked products per term."""
    draw = random.Random(7)
    data = [
        {
            "departmentName": "Amazon.com",
            "searchTerm": f"coffee grinder {row // 3} for the {draw.choice(('kitchen', 'office', 'boat'))}",
            "searchFrequencyRank": row // 3 + 1,
            "clickedAsin": f"B0{draw.randrange(10**8):08}",
            "clickShareRank": row % 3 + 1,
            "clickShare": round(draw.random(), 4),
            "conversionShare": round(draw.random(), 4),
        }
        for row in range(rows)
    ]
    return _json("US", "dataByDepartmentAndSearchTerm", data, echo)


def sales_and_traffic(rows: int, **echo: object) -> bytes:
    """Return a sales and traffic report with one row per child product, all fields filled."""
    draw = random.Random(7)

    def value(name: str, kind: str) -> object:
        if name.endswith("currencyCode"):
            return "EUR"
        return draw.randrange(5000) if kind == "bigint" else round(draw.random() * 1000, 2)

    (table,) = (one for one in contract("sales_and_traffic").tables if one.records == ("salesAndTrafficByAsin",))
    paths = [(column.source, column.type) for column in table.columns if "." in column.source]
    data = []
    for row in range(rows):
        one: dict[str, object] = {"parentAsin": f"B1{row // 5:08}", "childAsin": f"B0{row:08}"}
        for path, kind in paths:
            node = one
            *above, last = path.split(".")
            for name in above:
                node = node.setdefault(name, {})  # type: ignore[assignment]
            node[last] = value(path, kind)
        data.append(one)
    return _json("DE", "salesAndTrafficByAsin", data, echo)


def _json(marketplace: str, array: str, data: list[dict[str, object]], echo: dict[str, object]) -> bytes:
    specification = {"reportType": "GET_TEST", "marketplaceIds": [marketplaces()[marketplace].id], **echo}
    return json.dumps({"reportSpecification": specification, array: data}, indent=1).encode()


ITEM = """<OrderItem>
<AmazonOrderItemCode>{item:014}</AmazonOrderItemCode>
<ASIN>B0{product:08}</ASIN>
<SKU>SKU-{product:06}</SKU>
<ItemStatus>Shipped</ItemStatus>
<ProductName>Kaffeemühle für {product} Tassen &amp; mehr</ProductName>
<Quantity>{quantity}</Quantity>
<ItemPrice>
{prices}</ItemPrice>
{promotion}</OrderItem>
"""
PRICE = """<Component>
<Type>{kind}</Type>
<Amount currency="EUR">{amount:.2f}</Amount>
</Component>
"""
PROMOTION = """<Promotion>
<PromotionIDs>Herbstaktion</PromotionIDs>
<ItemPromotionDiscount currency="EUR">1.00</ItemPromotionDiscount>
<ShipPromotionDiscount currency="EUR">0.50</ShipPromotionDiscount>
</Promotion>
"""
ORDER = """<Message>
<Order>
<AmazonOrderID>302-{order:07}-0000001</AmazonOrderID>
<MerchantOrderID>302-{order:07}</MerchantOrderID>
<PurchaseDate>2026-11-01T10:{minute:02}:00+00:00</PurchaseDate>
<LastUpdatedDate>2026-11-02T10:{minute:02}:00+00:00</LastUpdatedDate>
<OrderStatus>Shipped</OrderStatus>
<SalesChannel>Amazon.de</SalesChannel>
<FulfillmentData>
<FulfillmentChannel>Amazon</FulfillmentChannel>
<ShipServiceLevel>Expedited</ShipServiceLevel>
<Address>
<City>{city}</City>
<State></State>
<PostalCode>{postal_code:05}</PostalCode>
<Country>DE</Country>
</Address>
</FulfillmentData>
<IsBusinessOrder>false</IsBusinessOrder>
{items}</Order>
</Message>
"""


def xml_orders(orders: int) -> bytes:
    """Return an order report in XML.

    Each order has two items with three price components each; every fifth item has a promotion.
    """
    draw = random.Random(7)
    numbers = itertools.count()
    pieces = ['<?xml version="1.0" encoding="UTF-8"?>\n<AmazonEnvelope>\n']
    for order in range(orders):
        items = []
        for item in itertools.islice(numbers, 2):
            prices = "".join(
                PRICE.format(kind=kind, amount=draw.randrange(99, 9999) / 100)
                for kind in ("Principal", "Tax", "Shipping")
            )
            promotion = PROMOTION if item % 5 == 0 else ""
            items.append(
                ITEM.format(
                    item=item,
                    product=draw.randrange(4000),
                    quantity=draw.randrange(1, 4),
                    prices=prices,
                    promotion=promotion,
                )
            )
        postal_code = draw.randrange(1000, 99999)
        pieces.append(
            ORDER.format(
                order=order, minute=order % 60, city=draw.choice(CITIES), postal_code=postal_code, items="".join(items)
            )
        )
    pieces.append("</AmazonEnvelope>\n")
    return "".join(pieces).encode()
