"""Decoding on one core: megabytes a second beside the readers people would write first, and memory over document size. Printed as a table by `make bench`.

Ratios, not verdicts: every figure is processor time of this process, best of three, so that a busy machine does not matter much.
"""

import csv
import gc
import io
import json
import random
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from curation.contract import parse_contract, parse_marketplace
from curation.decoding.document import DocumentDecoder
from curation.decoding.json_file import JsonFile
from curation.documents import parse_document

CONTRACTS = Path(__file__).parents[2] / "contracts"
MARKETPLACES = {
    value["code"]: parse_marketplace(key, value) for key, value in yaml.safe_load((CONTRACTS / "marketplaces.yaml").read_text())["marketplaces"].items()
}


def contract(name):
    return parse_contract(yaml.safe_load((CONTRACTS / "reports" / f"{name}.yaml").read_text()))


def record(marketplace, report_type, **more):
    return parse_document(
        {
            "account": "a",
            "report_id": "1",
            "source": "s",
            "request": "r",
            "variant": "v",
            "report_type": report_type,
            "marketplace_id": marketplace.id,
            "marketplace_ids": [marketplace.id],
            "window": "2026-11-01",
            "window_start": "2026-11-01",
            "window_end": "2026-11-01",
            "report_time": "2026-11-02T00:00:00Z",
            "bucket": "",
            "key": "",
        }
        | more
    )


def best(action):
    times = []
    gc.disable()
    for _ in range(3):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    gc.enable()
    return min(times)


def decoded(source, content, marketplace, **more):
    decoder = DocumentDecoder(contract(source), record(MARKETPLACES[marketplace], "GET_TEST", **more), MARKETPLACES[marketplace])
    rows = 0
    for _, conformed in decoder.rows(io.BytesIO(content), plain_allowed=True):
        assert not conformed.quarantined
        rows += conformed.rows.num_rows
    return rows


def records_of(content):
    return sum(len(chunk.records) for chunk in JsonFile(io.BytesIO(content), {("dataByDepartmentAndSearchTerm",)}).read())


def order_file(rows):
    columns = [column.source for table in contract("all_orders").tables for column in table.columns if not column.source.startswith("$")]
    names = list(dict.fromkeys(columns))
    values = {
        "purchase-date": "2026-11-01T10:00:00+00:00",
        "last-updated-date": "2026-11-02T10:00:00+00:00",
        "quantity": "1",
        "currency": "EUR",
        "order-status": "Shipped",
        "product-name": "Ein Produktname für Müller mit etwas Länge",
        "ship-city": "München",
    }
    money = {name: "10.50" for name in names if "price" in name or "tax" in name or "discount" in name}
    money.pop("price-designation", None)
    values |= {"is-business-order": "false", "signature-confirmation-recommended": "false", **money}
    lines = ["\t".join(f"302-{row:07}-1234567" if name == "amazon-order-id" else values.get(name, "") for name in names) for row in range(rows)]
    return ("\t".join(names) + "\n" + "\n".join(lines) + "\n").encode("cp1252"), money


def by_csv_reader(content, money):
    for row in csv.DictReader(io.TextIOWrapper(io.BytesIO(content), "cp1252", newline=""), delimiter="\t", quoting=csv.QUOTE_NONE):
        for name in money:
            row[name] = Decimal(row[name]) if row[name] else None
        for name in ("purchase-date", "last-updated-date"):
            row[name] = datetime.fromisoformat(row[name]).astimezone(UTC)
        row["quantity"] = int(row["quantity"])


def search_terms(rows):
    random.seed(7)
    data = [
        {
            "departmentName": "Amazon.com",
            "searchTerm": f"search term number {row}",
            "searchFrequencyRank": row,
            "clickedAsin": "B123456789",
            "clickShareRank": 1,
            "clickShare": round(random.random(), 4),
            "conversionShare": round(random.random(), 4),
        }
        for row in range(rows)
    ]
    echo = {"reportType": "GET_TEST", "marketplaceIds": [MARKETPLACES["US"].id]}
    return json.dumps({"reportSpecification": echo, "dataByDepartmentAndSearchTerm": data}, indent=1).encode()


def xml_orders(rows):
    item = (
        "<OrderItem><AmazonOrderItemCode>1</AmazonOrderItemCode><ASIN>B000000001</ASIN><SKU>S</SKU><ItemStatus>Shipped</ItemStatus><ProductName>P</ProductName>"
        '<Quantity>1</Quantity><ItemPrice><Component><Type>Principal</Type><Amount currency="EUR">10.50</Amount></Component></ItemPrice></OrderItem>'
    )
    order = (
        "<Message><Order><AmazonOrderID>302-{:07}-1234567</AmazonOrderID><PurchaseDate>2026-11-01T10:00:00+00:00</PurchaseDate>"
        "<LastUpdatedDate>2026-11-02T10:00:00+00:00</LastUpdatedDate><OrderStatus>Shipped</OrderStatus>" + item + "</Order></Message>"
    )
    return ("<AmazonEnvelope>" + "".join(order.format(row) for row in range(rows)) + "</AmazonEnvelope>").encode()


def test_decoding_speed(capsys):
    orders, money = order_file(60_000)
    terms, xml = search_terms(200_000), xml_orders(30_000)
    lines = [
        (
            "flat file, cp1252, cast to Arrow",
            orders,
            lambda: decoded("all_orders", orders, "DE", charset="Cp1252"),
            lambda: by_csv_reader(orders, money),
            "csv.DictReader, same casts",
        ),
        (
            "JSON, records only",
            terms,
            lambda: records_of(terms),
            lambda: json.load(io.BytesIO(terms)),
            "json.load",
        ),
        ("JSON, cast to Arrow", terms, lambda: decoded("search_terms", terms, "US", data_start_time=None), lambda: json.load(io.BytesIO(terms)), "json.load"),
        ("XML, four tables cast to Arrow", xml, lambda: decoded("xml_orders", xml, "DE"), lambda: ET.parse(io.BytesIO(xml)), "ElementTree.parse"),
    ]
    with capsys.disabled():
        print(f"\n{'decoding on one core':36}{'MB/s':>8}{'beside':>8}  {'(what)':28}{'ratio':>6}")
        for name, content, ours, theirs, what in lines:
            size = len(content) / 1e6
            mine, other = size / best(ours), size / best(theirs)
            print(f"{name:36}{mine:8.0f}{other:8.0f}  {what:28}{mine / other:6.1f}")


@pytest.mark.parametrize("source", ["all_orders", "search_terms"])
def test_memory_over_document_size(source, capsys):
    peaks = {}
    for megabytes in (10, 100, 1000):
        script = f"""
            import importlib.util, io
            spec = importlib.util.spec_from_file_location("bench", {str(Path(__file__))!r})
            bench = importlib.util.module_from_spec(spec); spec.loader.exec_module(bench)
            class Repeated(io.RawIOBase):
                def __init__(self, head, body, times, tail):
                    self.pieces, self.rest = iter([head, *[body] * times, tail]), b""
                def read(self, size=-1):
                    while len(self.rest) < size and (piece := next(self.pieces, None)) is not None:
                        self.rest += piece
                    taken, self.rest = self.rest[:size], self.rest[size:]
                    return taken
            if {source!r} == "all_orders":
                whole, _ = bench.order_file(2000)
                head, body = whole[: whole.index(b"\\n") + 1], whole[whole.index(b"\\n") + 1 :]
                tail, charset = b"", "Cp1252"
            else:
                whole = bench.search_terms(4000)
                start = whole.index(b"{{", whole.index(b"dataBy"))
                end = whole.rindex(b"]")
                head, body, tail, charset = whole[:start], whole[start:end].rstrip() + b",\\n", whole[start:end] + whole[end:], None
            stream = Repeated(head, body, {megabytes} * 1_000_000 // len(body), tail)
            where = bench.MARKETPLACES["US"]
            decoder = bench.DocumentDecoder(bench.contract({source!r}), bench.record(where, "GET_TEST", charset=charset), where)
            rows = sum(conformed.rows.num_rows for _, conformed in decoder.rows(stream, plain_allowed=True))
            peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
            print(rows, int(peak.split()[1]) // 1024)
        """
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
        peaks[megabytes] = int(done.stdout.split()[1])
    with capsys.disabled():
        print(f"\n{source}: peak memory in MB by document size in MB: {peaks}")
    assert peaks[1000] - peaks[10] < 100
