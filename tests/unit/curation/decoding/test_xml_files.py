"""XML documents: orders, items, prices and promotions from one file, streamed."""

from datetime import date
from decimal import Decimal

import pytest
from curation.errors import RefusedError

ORDER = """<Message><Order><AmazonOrderID>{id}</AmazonOrderID><PurchaseDate>2026-11-01T23:30:00+00:00</PurchaseDate>
<FulfillmentData><Address><City>M\u00fcnchen &amp; mehr</City></Address></FulfillmentData>{items}</Order></Message>"""
ITEM = """<OrderItem><ASIN>{asin}</ASIN><Quantity>2</Quantity><ItemPrice>
<Component><Type>Principal</Type><Amount currency="EUR">12.34</Amount></Component>
<Component><Type>Tax</Type><Amount currency="EUR">1</Amount></Component></ItemPrice></OrderItem>"""


def envelope(*orders, head='<?xml version="1.0" encoding="UTF-8"?>'):
    version = "<Header><DocumentVersion>1.00</DocumentVersion></Header>"
    return f"{head}<AmazonEnvelope>{version}{''.join(orders)}</AmazonEnvelope>"


def order(number, *asins):
    return ORDER.format(id=f"o{number}", items="".join(ITEM.format(asin=asin) for asin in asins))


def table(records, *columns):
    return {
        "description": "d",
        "unit": "window",
        "records": records,
        "columns": [
            {"description": "d", "name": name, "from": source, "type": kind} | more
            for name, source, kind, more in columns
        ],
    }


TABLES = {
    "orders": table(
        "AmazonEnvelope.Message.Order",
        ("id", "AmazonOrderID", "string", {}),
        ("city", "FulfillmentData.Address.City", "string", {}),
        ("day", "PurchaseDate", "date", {"zone": "marketplace"}),
    )
    | {"omitted": ["OrderItem"]},
    "items": table(
        "AmazonEnvelope.Message.Order.OrderItem",
        ("order", "../AmazonOrderID", "string", {}),
        ("asin", "ASIN", "string", {}),
        ("quantity", "Quantity", "int", {}),
    ),
    "prices": table(
        "AmazonEnvelope.Message.Order.OrderItem.ItemPrice.Component",
        ("order", "../../../AmazonOrderID", "string", {}),
        ("asin", "../../ASIN", "string", {}),
        ("type", "Type", "string", {}),
        ("amount", "Amount", "decimal(18,4)", {}),
        ("currency", "Amount@currency", "string", {}),
    ),
}
XML = {"format": "xml"}


def test_one_file_gives_four_kinds_of_rows(decode):
    result = decode(
        envelope(order(1, "A", "B"), order(2), order(3, "C")), tables=TABLES, document=XML, marketplace="DE"
    )
    assert result.column("id", "orders") == ["o1", "o2", "o3"]
    assert set(result.column("city", "orders")) == {"München & mehr"}
    assert set(result.column("day", "orders")) == {date(2026, 11, 2)}
    assert list(zip(result.column("order", "items"), result.column("asin", "items"), strict=True)) == [
        ("o1", "A"),
        ("o1", "B"),
        ("o3", "C"),
    ]
    assert result.column("asin", "prices") == ["A", "A", "B", "B", "C", "C"]
    assert result.column("amount", "prices")[:2] == [Decimal("12.3400"), Decimal("1.0000")]
    assert set(result.column("currency", "prices")) == {"EUR"}
    assert set(result.column("order", "prices")) == {"o1", "o3"}
    assert result.decoder.unknown == set()
    assert result.records == {"orders": 3, "items": 3, "prices": 6}


def test_unknown_elements_are_reported(decode):
    content = envelope(order(1, "A").replace("<Quantity>", "<New>1</New><Quantity>"))
    assert decode(content, tables=TABLES, document=XML).decoder.unknown == {
        "AmazonEnvelope.Message.Order.OrderItem.New"
    }


def test_other_encodings_and_namespaces(decode):
    content = (
        envelope(order(1), head='<?xml version="1.0" encoding="ISO-8859-1"?>')
        .replace("<AmazonEnvelope>", '<AmazonEnvelope xmlns="urn:x">')
        .encode("latin-1")
    )
    assert decode(content, tables=TABLES, document=XML).column("city", "orders") == ["München & mehr"]


@pytest.mark.parametrize("content", [envelope(), envelope("<Message/>"), "<AmazonEnvelope/>"])
def test_an_envelope_without_orders_is_refused_unless_the_contract_takes_it_for_an_answer(decode, content):
    with pytest.raises(RefusedError, match=r"has no AmazonEnvelope\.Message\.Order") as raised:
        decode(content, tables=TABLES, document=XML)
    assert raised.value.code == "NoRows"
    assert decode(content, tables=TABLES, document=XML | {"without_rows": "published"}).tables == {}


def test_values_that_do_not_fit_are_quarantined_by_order(decode):
    result = decode(
        envelope(order(1), order(2, "A").replace("<Quantity>2<", "<Quantity>two<")), tables=TABLES, document=XML
    )
    assert [(bad.line, bad.column, bad.reason) for bad in result.quarantined] == [(2, "quantity", "is not a number")]


def test_a_repeated_element_where_one_is_expected_is_quarantined(decode):
    content = envelope(
        order(1).replace("<FulfillmentData>", "<FulfillmentData><x/></FulfillmentData><FulfillmentData>")
    )
    (bad,) = decode(content, tables=TABLES, document=XML).quarantined
    assert (bad.column, bad.reason) == ("city", "is repeated")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "Empty"),
        ("Date range exceeded", "WrongFormat"),
        ("<html><p>503</p></html>", "WrongFormat"),
        ("<!DOCTYPE html><html><p>503</p></html>", "WrongFormat"),
        (envelope(order(1)).encode("utf-16"), "CharsetUnknown"),
        (envelope(order(1))[:-40], "Truncated"),
        ("<AmazonEnvelope><a></b></AmazonEnvelope>", "WrongFormat"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><AmazonEnvelope>&b;</AmazonEnvelope>', "DoctypeRefused"),
        ('<?xml version="1.0"?>\n<!-- x --> <!doctype a><AmazonEnvelope/>', "DoctypeRefused"),
        ("<AmazonEnvelope>" + "<a>" * 1000 + "</a>" * 1000 + "</AmazonEnvelope>", "TooDeep"),
        (b"\x00\x01", "Binary"),
        ("<AmazonEnvelope><Message>&unknown;</Message></AmazonEnvelope>", "WrongFormat"),
    ],
)
def test_damaged_documents_are_refused_by_name(decode, content, code):
    with pytest.raises(RefusedError) as raised:
        decode(content, tables=TABLES, document=XML)
    assert raised.value.code == code


def test_parts_make_the_whole(decode):
    content = envelope(*(order(number, "A") for number in range(1_200)))
    decode(content, tables=TABLES, document=XML, parts=4)  # a part without records is part of a document that has some
    content = envelope(*(order(number, "A") for number in range(2_500)))
    whole, parts = decode(content, tables=TABLES, document=XML), decode(content, tables=TABLES, document=XML, parts=3)
    assert len(whole.column("id", "orders")) == 2_500
    for name, column in (("orders", "id"), ("items", "order"), ("prices", "order")):
        assert sorted(parts.column(column, name)) == sorted(whole.column(column, name))


def test_a_record_without_end_is_refused_before_it_fills_the_memory(decode):
    with pytest.raises(RefusedError) as raised:
        decode(envelope(order(1), order(2).replace("o2", "x" * (17 << 20))), tables=TABLES, document=XML)
    assert raised.value.code == "ValueTooLong"
