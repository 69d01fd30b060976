"""A trial gives Amazon's published examples value by value, and names what is wrong with a file."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from trial.document_trial import try_document
from trial.report import report

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "tests" / "fixtures" / "amazon_examples"
MARKETPLACES = yaml.safe_load((ROOT / "contracts" / "marketplaces.yaml").read_text())["marketplaces"]


def contract(name):
    return yaml.safe_load((ROOT / "contracts" / "reports" / f"{name}.yaml").read_text())


def marketplace(code):
    return next(value | {"id": key} for key, value in MARKETPLACES.items() if value["code"] == code)


def tried(*arguments, **more):
    return report(try_document(*arguments, **more))


def written(example):
    return json.loads((EXAMPLES / f"{example}.json").read_text(), parse_float=Decimal)


def value(record, path):
    for name in path.split("."):
        record = (record or {}).get(name)
    return record


def leaves(node, path=""):
    if isinstance(node, dict):
        return {leaf for name, child in node.items() for leaf in leaves(child, f"{path}.{name}" if path else name)}
    return {path}


JSON_SOURCES = [
    path.stem
    for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))
    if contract(path.stem)["document"]["format"] == "json"
]
EXAMPLES_OF = [
    (source, example.stem)
    for source in JSON_SOURCES
    for example in sorted(EXAMPLES.glob(f"{contract(source)['request']['report_type']}*.json"))
]
# In Amazon's examples, but not in Amazon's schemas: a misspelt name, and three rates that the schema has for the
# aggregate alone.
UNKNOWN_TO_THE_SCHEMA = {
    "GET_SALES_AND_TRAFFIC_REPORT": {"salesAndTrafficByDate.trafficByDate.browerPageViews"},
    "GET_VENDOR_INVENTORY_REPORT": {
        f"inventoryByAsin.{name}" for name in ("procurableProductOutOfStockRate", "receiveFillRate", "uft")
    },
}


def test_every_json_report_has_an_example():
    assert {source for source, _ in EXAMPLES_OF} == set(JSON_SOURCES)


@pytest.mark.parametrize(("source", "example"), EXAMPLES_OF)
def test_amazons_examples_give_their_own_values(source, example):
    document, given = written(example), contract(source)
    result = tried(given, marketplace("US"), EXAMPLES / f"{example}.json")
    assert result["document"]["refused"] is None
    assert result["quarantine"] == []
    compared = 0
    for name, table in given["tables"].items():
        records = document.get(table["records"], [])
        assert len(result["tables"][name]) == len(records)
        for row, record in zip(result["tables"][name], records, strict=True):
            for column in table["columns"]:
                if not column["from"].startswith("$"):
                    expected, found = value(record, column["from"]), row[column["name"]]
                    if column["type"] == "timestamp":
                        expected, found = (
                            datetime.fromisoformat(expected),
                            datetime.fromisoformat(found).replace(tzinfo=UTC),
                        )
                    elif isinstance(expected, int | Decimal):
                        found = Decimal(str(found))
                    assert found == expected, (name, column["name"])
                    compared += expected is not None
    unmapped = UNKNOWN_TO_THE_SCHEMA.get(example, set()) | {
        f"{t['records']}.{name}" for t in given["tables"].values() for name in t.get("omitted", [])
    }
    sections = {table["records"] for table in given["tables"].values()}
    in_the_file = [
        f"{section}.{leaf}" for section in sections for record in document.get(section, []) for leaf in leaves(record)
    ]
    assert compared == sum(leaf not in unmapped for leaf in in_the_file)


@pytest.mark.parametrize(("source", "example"), EXAMPLES_OF)
def test_what_an_example_has_beyond_the_schema_is_drift(source, example):
    result = tried(contract(source), marketplace("US"), EXAMPLES / f"{example}.json")
    assert set(result["drift"].get("unknown", [])) == UNKNOWN_TO_THE_SCHEMA.get(example, set())


def test_a_flat_file_with_everything_wrong_that_may_be():
    names = [column["from"] for column in contract("all_orders")["tables"]["orders"]["columns"]]
    line = {
        "amazon-order-id": "302-1234567-1234567",
        "purchase-date": "2026-11-01T10:00:00+00:00",
        "last-updated-date": "2026-11-02T10:00:00+00:00",
    }
    line |= {
        "order-status": "Shipped",
        "quantity": "1",
        "item-price": "10.50",
        "currency": "EUR",
        "ship-city": 'Mü"nchen',
    }
    rows = ["\t".join(dict.fromkeys(names)) + "\tnew-header"]
    written = [line | {"quantity": quantity} for quantity in ("1", "1", "many")]
    rows += ["\t".join(one.get(name, "") for name in dict.fromkeys(names)) + "\tx" for one in written]
    result = tried(
        contract("all_orders"), marketplace("DE"), "\r\n".join([*rows, ""]).encode("cp1252"), charset="Cp1252"
    )
    assert result["document"] == {
        "rows": 3,
        "published": 2,
        "quarantined": 1,
        "charset": "cp1252 (header)",
        "refused": None,
    }
    assert [row["ship_city"] for row in result["tables"]["orders"]] == ['Mü"nchen'] * 2
    assert result["tables"]["orders"][0]["item_price"] == "10.5000"
    assert result["tables"]["orders"][0]["purchase_date"] == "2026-11-01T10:00:00"
    assert result["tables"]["orders"][0]["other_columns"] == {"new-header": "x"}
    assert result["drift"]["unknown"] == ["new-header"]
    (bad,) = result["quarantine"]
    assert (bad["line"], bad["column"], bad["reason"]) == (4, "quantity", "is not a number")
    assert json.dumps(result)


def test_a_broken_critical_rule_and_an_unreadable_document_are_refusals():
    given = contract("all_orders")
    names = list(dict.fromkeys(column["from"] for column in given["tables"]["orders"]["columns"]))
    line = {
        "amazon-order-id": "302-1234567-1234567",
        "purchase-date": "2026-11-01T10:00:00Z",
        "last-updated-date": "2026-11-02T10:00:00Z",
    }
    line |= {"order-status": "Shipped", "quantity": "-1", "currency": "EUR"}
    content = "\n".join(["\t".join(names), "\t".join(line.get(name, "") for name in names), ""]).encode()
    result = tried(given, marketplace("DE"), content)
    assert result["document"]["refused"]["code"] == "RuleBroken"
    assert result["document"]["published"] == 0
    refused = tried(given, marketplace("DE"), b"<html>503</html>")
    assert refused["document"]["refused"]["code"] == "WrongFormat"
    assert refused["tables"] == {}


def test_a_given_request_is_compared_with_the_echo():
    request = {"report_type": "GET_VENDOR_SALES_REPORT", "report_options": {"reportPeriod": "DAY"}}
    result = tried(
        contract("vendor_sales"), marketplace("US"), EXAMPLES / "GET_VENDOR_SALES_REPORT.json", request=request
    )
    assert result["document"]["refused"] == {
        "code": "EchoMismatch",
        "message": "the document's echo differs from the request: reportPeriod: requested DAY, echoed WEEK",
    }


ECHOED = json.loads((EXAMPLES / "GET_VENDOR_SALES_REPORT.json").read_text())


@pytest.mark.parametrize(
    "changes",
    [
        {"marketplaceIds": "ATVPDKIKX0DER"},
        {"marketplaceIds": [{}]},
        {"dataStartTime": "yesterday"},
        {"dataEndTime": ["2021-11-14"]},
        {"reportOptions": [["reportPeriod", "DAY"]]},
        {"reportOptions": {"reportPeriod": {}}},
        {"reportType": {}},
    ],
)
def test_a_malformed_echo_is_a_refusal(changes):
    document = ECHOED | {"reportSpecification": ECHOED["reportSpecification"] | changes}
    result = tried(contract("vendor_sales"), marketplace("US"), json.dumps(document).encode())
    assert result["document"]["refused"]["code"] == "EchoMalformed"
    assert next(iter(changes)) in result["document"]["refused"]["message"]
    assert result["document"]["charset"] == "utf-8 (JSON)"


def test_what_was_known_of_a_refused_document_is_told():
    whole = json.dumps(ECHOED).encode()
    cut = tried(contract("vendor_sales"), marketplace("US"), whole[: len(whole) // 2])
    assert cut["document"]["refused"]["code"] == "Truncated"
    assert cut["document"]["charset"] == "utf-8 (JSON)"
    names = list(dict.fromkeys(column["from"] for column in contract("all_orders")["tables"]["orders"]["columns"]))
    header = tried(
        contract("all_orders"), marketplace("DE"), "\t".join([*names, "new-header"]).encode(), charset="Cp1252"
    )
    assert header["document"] == {
        "rows": 0,
        "published": 0,
        "quarantined": 0,
        "charset": "cp1252 (header)",
        "refused": {
            "code": "NoRows",
            "message": "the document has a header and no rows, and the contract does not say without_rows: published",
        },
    }
    assert header["drift"] == {"unknown": ["new-header"]}
