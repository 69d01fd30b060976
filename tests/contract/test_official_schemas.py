"""The contracts lose and invent nothing, compared with what Amazon publishes (JSON) or is known to send (flat, XML)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT / "tests" / "fixtures" / "amazon_schemas"
CONTRACTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))
}
HEADERS = json.loads((OFFICIAL / "flat_file_headers.json").read_text(encoding="utf-8"))
ELEMENTS = json.loads((OFFICIAL / "xml_elements.json").read_text(encoding="utf-8"))
SCHEMAS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(OFFICIAL.glob("*Report.json"))]

FITTING = {
    "integer": {"int", "bigint"},
    "number": {"double", "decimal(18,4)"},
    "string": {"string", "date", "timestamp"},
    "boolean": {"boolean"},
}

Contract = dict[str, Any]


def of_format(*formats: str) -> list[str]:
    return [source for source, contract in CONTRACTS.items() if contract["document"]["format"] in formats]


def fields(table: dict[str, Any]) -> dict[str, str]:
    """Return the record fields a table reads, with the type it gives them."""
    return {
        column["from"]: column["type"] for column in table["columns"] if not column["from"].startswith(("$", "../"))
    }


def schema_of(contract: Contract) -> dict[str, Any]:
    report_type = contract["request"]["report_type"]
    (schema,) = [
        schema
        for schema in SCHEMAS
        if report_type in schema["properties"]["reportSpecification"]["properties"]["reportType"]["enum"]
    ]
    return schema


def leaves(root: dict[str, Any], node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield (dotted path, JSON type) of all that a record can hold; arrays inside a record are marked with []."""
    while "$ref" in node:
        target: Any = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    kinds = [
        kind
        for kind in ([node["type"]] if isinstance(node.get("type"), str) else node.get("type", ["object"]))
        if kind != "null"
    ]
    if "properties" in node:
        for name, child in node["properties"].items():
            yield from leaves(root, child, (*path, name))
    elif "items" in node:
        yield from leaves(root, node["items"], (*path[:-1], f"{path[-1]}[]"))
    else:
        assert len(kinds) == 1, (path, node)
        yield ".".join(path), kinds[0]


def departures(contract: Contract, schema: dict[str, Any]) -> list[str]:
    """Return where a JSON contract and the official schema part."""
    arrays = {
        name: node for name, node in schema["properties"].items() if name != contract["document"]["echo"]["section"]
    }
    found = [
        f"no table reads {name}"
        for name in sorted(set(arrays) - {table["records"] for table in contract["tables"].values()})
    ]
    for name, table in contract["tables"].items():
        official = dict(leaves(schema, arrays[table["records"]]["items"])) if table["records"] in arrays else {}
        mapped = fields(table)
        left_out = set(table.get("omitted", []))
        found += [
            f"{name}: {leaf} is neither mapped nor omitted" for leaf in sorted(set(official) - set(mapped) - left_out)
        ]
        found += [f"{name}: Amazon knows no {leaf}" for leaf in sorted((set(mapped) | left_out) - set(official))]
        for leaf, column_type in mapped.items():
            kind = official.get(leaf)
            if kind and column_type not in FITTING[kind]:
                found.append(f"{name}: {leaf} is {kind}, not {column_type}")
            if leaf.endswith(".amount") and (
                column_type != "decimal(18,4)" or leaf.removesuffix("amount") + "currencyCode" not in mapped
            ):
                found.append(f"{name}: {leaf} is money: decimal(18,4) with its currency")
    return found


@pytest.mark.parametrize("source", of_format("json"))
def test_a_json_contract_maps_or_omits_every_official_leaf_with_a_type_that_fits(source: str) -> None:
    assert departures(CONTRACTS[source], schema_of(CONTRACTS[source])) == []


@pytest.mark.parametrize("source", of_format("json"))
def test_the_echo_is_where_the_schema_has_it_and_its_dates_are_compared_where_it_has_any(source: str) -> None:
    echo = CONTRACTS[source]["document"]["echo"]
    official = schema_of(CONTRACTS[source])["properties"][echo["section"]]["properties"]
    assert (echo["dates"] == "absent") == ("dataStartTime" not in official)


@pytest.mark.parametrize("source", of_format("json"))
def test_what_a_json_contract_requires_amazon_always_sends(source: str) -> None:
    contract = CONTRACTS[source]
    schema = schema_of(contract)
    for table in contract["tables"].values():
        item: Any = schema["properties"][table["records"]]["items"]
        while "$ref" in item:
            item = schema["definitions"][item["$ref"].rpartition("/")[2]]
        demanded = {
            column["from"]
            for column in table["columns"]
            if column.get("required") and not column["from"].startswith("$")
        }
        assert demanded <= set(item["required"])


@pytest.mark.parametrize("source", of_format("tsv", "csv"))
def test_a_flat_file_contract_maps_every_known_header_and_no_other(source: str) -> None:
    contract = CONTRACTS[source]
    known = HEADERS[contract["request"]["report_type"]]
    mapped = {
        column["from"]
        for table in contract["tables"].values()
        for column in table["columns"]
        if not column["from"].startswith("$")
    }
    left_out = {field for table in contract["tables"].values() for field in table.get("omitted", [])}
    assert set(known["columns"] + known["optional"]) - mapped - left_out == set()
    assert mapped - set(known["columns"] + known["optional"]) == set()
    assert (contract["document"]["quoting"] == "double") == known["quoted"]


@pytest.mark.parametrize("source", of_format("tsv", "csv"))
def test_a_flat_file_contract_takes_repeated_headers_in_the_order_of_the_file(source: str) -> None:
    contract = CONTRACTS[source]
    order = HEADERS[contract["request"]["report_type"]]["columns"]
    for table in contract["tables"].values():
        aliased = [column for column in table["columns"] if column.get("aliases")]
        for header in {header for column in aliased for headers in column["aliases"].values() for header in headers}:
            places = [
                order.index(column["from"])
                for column in aliased
                if any(header in headers for headers in column["aliases"].values())
            ]
            assert places == sorted(places), header


@pytest.mark.parametrize("source", of_format("xml"))
def test_an_xml_contract_maps_every_known_element_and_no_other(source: str) -> None:
    contract = CONTRACTS[source]
    known = ELEMENTS[contract["request"]["report_type"]]
    mapped = {f"{table['records']}.{field}" for table in contract["tables"].values() for field in fields(table)}
    assert mapped == {f"{known['root']}.{leaf}" for leaf in known["leaves"]}
    for table in contract["tables"].values():
        for column in table["columns"]:
            climbs = column["from"].count("../")
            if climbs:
                steps = table["records"].split(".")
                assert ".".join([*steps[:-climbs], column["from"].replace("../", "")]) in mapped


def test_every_report_is_checked_against_something() -> None:
    assert set(of_format("json", "tsv", "csv", "xml")) == set(CONTRACTS)
    assert len(CONTRACTS) >= 23


@pytest.mark.parametrize("source", sorted(CONTRACTS))
def test_money_stands_beside_its_currency_and_personal_data_is_marked(source: str) -> None:
    """Who buys, where he lives, how to reach him and what he wrote is personal, whatever table it is in."""
    personal = (
        "buyer_",
        "recipient",
        "ship_address",
        "bill_",
        "ship_city",
        "ship_state",
        "ship_postal",
        "phone",
        "comments",
        "cpf",
        "tracking",
    )
    for name, table in CONTRACTS[source]["tables"].items():
        columns = {column["name"]: column for column in table["columns"]}
        if any(column["type"].startswith("decimal") for column in columns.values()):
            assert any("currency" in column for column in columns), name
        for column in columns.values():
            if column["name"].startswith(personal) or any(part in column["name"] for part in personal[-4:]):
                assert column.get("sensitivity") == "personal", (name, column["name"])


def test_departures_are_seen() -> None:
    contract = json.loads(json.dumps(CONTRACTS["vendor_sales"]))
    schema = schema_of(contract)
    columns = contract["tables"]["vendor_sales_by_asin"]["columns"]
    by_name = {column["name"]: column for column in columns}
    by_name["customer_returns"]["from"] = "customerReturn"
    by_name["shipped_units"]["type"] = "double"
    by_name["shipped_cogs"]["type"] = "double"
    columns.remove(by_name["ordered_revenue_currency"])
    del contract["tables"]["vendor_sales_aggregate"]
    assert departures(contract, schema) == [
        "no table reads salesAggregate",
        "vendor_sales_by_asin: customerReturns is neither mapped nor omitted",
        "vendor_sales_by_asin: orderedRevenue.currencyCode is neither mapped nor omitted",
        "vendor_sales_by_asin: Amazon knows no customerReturn",
        "vendor_sales_by_asin: orderedRevenue.amount is money: decimal(18,4) with its currency",
        "vendor_sales_by_asin: shippedCogs.amount is money: decimal(18,4) with its currency",
        "vendor_sales_by_asin: shippedUnits is integer, not double",
    ]
    contract["tables"]["vendor_sales_by_asin"]["omitted"] = ["customerReturns", "orderedRevenue.currencyCode"]
    assert not any("neither" in departure for departure in departures(contract, schema))
