"""The readers that people would write first, doing the same work: what decoding is measured beside."""

import csv
import gzip
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from tests.performance.documents import BOOLEANS, INSTANTS, MONEY, ORDER_HEADERS

PURCHASE_DAY = "purchase-day"
ORDERS_SCHEMA = pa.schema(
    [
        (
            name,
            pa.decimal128(18, 4)
            if name in MONEY
            else pa.timestamp("us")
            if name in INSTANTS
            else pa.bool_()
            if name in BOOLEANS
            else pa.int64()
            if name == "quantity"
            else pa.string(),
        )
        for name in ORDER_HEADERS
    ]
    + [(PURCHASE_DAY, pa.date32())]
)
BERLIN = ZoneInfo("Europe/Berlin")


def order_rows(lines: io.TextIOBase) -> Iterator[dict[str, object]]:
    """Yield an order report's rows by csv.DictReader, cast as the contract says."""
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        for name, text in row.items():
            row[name] = text or None
        for name in MONEY:
            if row[name]:
                row[name] = Decimal(row[name]).quantize(Decimal("0.0001"))
        for name in INSTANTS:
            moment = datetime.fromisoformat(row[name])
            row[name] = moment.astimezone(UTC).replace(tzinfo=None)
            if name == "purchase-date":
                row[PURCHASE_DAY] = moment.astimezone(BERLIN).date()
        for name in BOOLEANS:
            row[name] = None if row[name] is None else {"true": True, "false": False}[row[name]]
        row["quantity"] = int(row["quantity"])
        yield row


def orders_to_parquet(packed: Path, target: Path) -> None:
    """Write a packed order report as Parquet: csv.DictReader, casts in Python, pyarrow's writer."""
    with (
        gzip.open(packed, "rt", encoding="cp1252", newline="") as lines,
        pq.ParquetWriter(target, ORDERS_SCHEMA) as writer,
    ):
        rows = []
        for row in order_rows(lines):
            rows.append(row)
            if len(rows) == 20_000:
                writer.write_table(pa.Table.from_pylist(rows, ORDERS_SCHEMA))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, ORDERS_SCHEMA))


def orders_to_parquet_by_polars(packed: Path, target: Path) -> None:
    """Write a packed order report as Parquet: the same casts in polars, on all cores."""
    import polars as pl

    with gzip.open(packed) as file:
        frame = pl.read_csv(file.read(), separator="\t", quote_char=None, encoding="windows-1252", infer_schema=False)
    instants = [pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us") for name in INSTANTS]
    frame.with_columns(
        *[pl.col(name).replace("", None).cast(pl.Decimal(18, 4)) for name in MONEY],
        *[one.dt.replace_time_zone(None) for one in instants],
        *[
            pl.col(name).replace_strict({"true": True, "false": False, "": None}, return_dtype=pl.Boolean)
            for name in BOOLEANS
        ],
        pl.col("quantity").cast(pl.Int64),
        instants[0].dt.convert_time_zone("Europe/Berlin").dt.date().alias(PURCHASE_DAY),
        *[
            pl.col(name).replace("", None)
            for name in ORDER_HEADERS
            if name not in {*MONEY, *INSTANTS, *BOOLEANS, "quantity"}
        ],
    ).write_parquet(target)


def json_load(content: bytes) -> object:
    """Parse a JSON document as a whole; nothing is cast."""
    return json.load(io.BytesIO(content))


def xml_rows(content: bytes) -> int:
    """Read an XML order report into four lists of rows by ElementTree.iterparse; returns their number.

    The values are cast as the contract says.
    """
    orders, items, prices, promotions = [], [], [], []
    root = None
    for event, element in ET.iterparse(io.BytesIO(content), ("start", "end")):
        if root is None:
            root = element
        if event == "start" or element.tag != "Order":
            continue
        bought = datetime.fromisoformat(element.findtext("PurchaseDate"))
        key = (
            element.findtext("AmazonOrderID"),
            bought.replace(tzinfo=None),
            datetime.fromisoformat(element.findtext("LastUpdatedDate")).replace(tzinfo=None),
        )
        orders.append(
            (
                *key,
                _day(bought),
                element.findtext("MerchantOrderID"),
                element.findtext("OrderStatus"),
                element.findtext("SalesChannel"),
                element.findtext("IsBusinessOrder") == "true",
                element.findtext("FulfillmentData/FulfillmentChannel"),
                element.findtext("FulfillmentData/ShipServiceLevel"),
                element.findtext("FulfillmentData/Address/City"),
                element.findtext("FulfillmentData/Address/State"),
                element.findtext("FulfillmentData/Address/PostalCode"),
                element.findtext("FulfillmentData/Address/Country"),
            )
        )
        for item in element.iterfind("OrderItem"):
            line = item.findtext("AmazonOrderItemCode")
            quantity = int(item.findtext("Quantity"))
            items.append(
                (
                    *key,
                    line,
                    item.findtext("ASIN"),
                    item.findtext("SKU"),
                    item.findtext("ItemStatus"),
                    item.findtext("ProductName"),
                    quantity,
                )
            )
            for price in item.iterfind("ItemPrice/Component"):
                amount = price.find("Amount")
                prices.append((*key, line, price.findtext("Type"), Decimal(amount.text), amount.get("currency")))
            for promotion in item.iterfind("Promotion"):
                discounts = [promotion.find(f"{kind}PromotionDiscount") for kind in ("Item", "Ship")]
                promotions.append(
                    (
                        *key,
                        line,
                        promotion.findtext("PromotionIDs"),
                        *[part for one in discounts for part in (Decimal(one.text), one.get("currency"))],
                    )
                )
        root.clear()
    return len(orders) + len(items) + len(prices) + len(promotions)


def _day(moment: datetime) -> date:
    return moment.astimezone(BERLIN).date()
