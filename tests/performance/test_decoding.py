"""Decoding on one core, in megabytes a second of processor time, beside the readers that people would write first."""

import io

from curation.decoding.json_file import JsonFile

from tests.performance import baselines
from tests.performance.documents import decode, order_file, sales_and_traffic, search_terms, xml_orders
from tests.performance.measuring import in_turns, show


def records_of(content, array):
    return sum(len(chunk.records) for chunk in JsonFile(io.BytesIO(content), {(array,)}).read())


def test_decoding():
    orders, terms, sales, xml = order_file(60_000), search_terms(100_000), sales_and_traffic(10_000), xml_orders(8_000)
    by_reader = (
        "csv.DictReader, same casts",
        lambda: sum(1 for _ in baselines.order_rows(io.TextIOWrapper(io.BytesIO(orders), "cp1252", newline=""))),
    )
    by_iterparse = ("ElementTree.iterparse, same casts", lambda: baselines.xml_rows(xml))

    def by_load(content):
        return "json.load", lambda: baselines.json_load(content)

    measured = [
        (
            "flat file, cp1252: cast to Arrow",
            orders,
            lambda: decode("all_orders", io.BytesIO(orders), "DE", charset="Cp1252"),
            by_reader,
            "",
        ),
        (
            "JSON, search terms: records",
            terms,
            lambda: records_of(terms, "dataByDepartmentAndSearchTerm"),
            by_load(terms),
            "3",
        ),
        (
            "JSON, search terms: cast to Arrow",
            terms,
            lambda: decode("search_terms", io.BytesIO(terms), "US"),
            by_load(terms),
            "",
        ),
        (
            "JSON, sales and traffic: records",
            sales,
            lambda: records_of(sales, "salesAndTrafficByAsin"),
            by_load(sales),
            "3",
        ),
        (
            "JSON, sales and traffic: cast to Arrow",
            sales,
            lambda: decode("sales_and_traffic", io.BytesIO(sales), "DE"),
            by_load(sales),
            "",
        ),
        (
            "XML orders, four tables: cast to Arrow",
            xml,
            lambda: decode("xml_orders", io.BytesIO(xml), "DE"),
            by_iterparse,
            "1",
        ),
    ]
    rows = []
    for name, content, ours, (what, theirs), aim in measured:
        spent = in_turns({"ours": ours, "theirs": theirs}, runs=5)
        size = len(content) / 1e6
        rows.append(
            (
                name,
                size / spent["ours"].processor,
                size / spent["theirs"].processor,
                what,
                spent["theirs"].processor / spent["ours"].processor,
                aim,
            )
        )
    show("Decoding on one core", ("document", "MB/s", "beside", "what is beside", "times as fast", "aim"), rows)
