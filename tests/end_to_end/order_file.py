"""The order file of the tests: what is in it, and what must come of it."""

import yaml

from tests.end_to_end.world import ROOT

# One order a line: id, product, city, quantity, price. Smart quotes, the euro sign, the dash and S-caron exist in
# cp1252 and not in Latin-1.
LINES = [
    ("302-0000001-0000001", "Kaffeemühle „Größe L“ zu 5 €", "Köln", "1", "49.90"),
    ("302-0000002-0000002", 'Bildschirm 27" matt', "Zürich", "2", "389.98"),
    ("302-0000002-0000002", '"Tasse" blau', "Zürich", "1", "9.99"),
    ("302-0000003-0000003", 'Stray " quote, never closed', "Škofja Loka", "1", "5.00"),
    ("302-0000004-0000004", "Twice the same", "Besançon", "1", "12.00"),
    ("302-0000004-0000004", "Twice the same", "Besançon", "1", "12.00"),
    ("302-0000005-0000005", "Not a number", "Genève", "three", "7.00"),
    ("302-0000006-0000006", "After the bad one", "Málaga", "0", "0.00"),
]
ORDER_WITH_TWO_LINES = "302-0000004-0000004"
BAD_LINE = 1 + next(number for number, line in enumerate(LINES, start=1) if not line[3].isdigit())
SKUS = {line[1]: f"SKU-{number}" for number, line in enumerate(dict.fromkeys(LINES), start=1)}
GOOD = [
    (order, product, city, int(quantity), f"{float(price):.4f}")
    for order, product, city, quantity, price in LINES
    if quantity.isdigit()
]


def order_file(day: str = "2021-06-20") -> bytes:
    """The file as Amazon would send it in Europe: cp1252, CRLF, no quoting."""
    contract = yaml.safe_load((ROOT / "contracts" / "reports" / "all_orders.yaml").read_text())
    header = [column["from"] for column in contract["tables"]["orders"]["columns"]]
    rows = [_row(header, day, line) for line in LINES]
    return "\r\n".join(["\t".join(header), *rows, ""]).encode("cp1252")


def _row(header: list[str], day: str, line: tuple[str, str, str, str, str]) -> str:
    order, product, city, quantity, price = line
    values = {
        "amazon-order-id": order,
        "purchase-date": f"{day}T08:00:00+00:00",
        "last-updated-date": f"{day}T09:30:00+00:00",
        "order-status": "Shipped",
        "sales-channel": "Amazon.de",
        "product-name": product,
        "sku": SKUS[product],
        "asin": "B000000001",
        "item-status": "Shipped",
        "quantity": quantity,
        "currency": "EUR",
        "item-price": price,
        "ship-city": city,
        "ship-country": "DE",
        "is-business-order": "false",
    }
    return "\t".join(values.get(name, "") for name in header)
