"""Amazon's own published documents, through the whole path: every value in the tables equals the file's."""

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml

from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest
from tests.end_to_end.served import EXAMPLES

NUMBERS = ("int", "bigint", "double", "decimal")


@pytest.fixture(scope="module")
def ingested(lake: LakeUnderTest, first_documents: LakeUnderTest) -> LakeUnderTest:
    return first_documents


@pytest.mark.parametrize("report_type", EXAMPLES)
def test_every_value_is_the_files(ingested: LakeUnderTest, report_type: str) -> None:
    document = json.loads((world.EXAMPLES / f"{report_type}.json").read_text(), parse_float=Decimal)
    contract = _contract(ingested, report_type)
    for table, definition in contract["tables"].items():
        columns = [column for column in definition["columns"] if not column["from"].startswith(("$", "../"))]
        rows = ingested.query(f"SELECT * FROM {table}")
        found = [{column["name"]: _value(row[column["name"]], column["type"]) for column in columns} for row in rows]
        expected = [
            {column["name"]: _value(_leaf(record, column["from"]), column["type"]) for column in columns}
            for record in document[definition["records"]]
        ]
        assert expected
        assert sorted(found, key=str) == sorted(expected, key=str), table


def _contract(lake: LakeUnderTest, report_type: str) -> dict[str, Any]:
    contracts = (yaml.safe_load(path.read_text()) for path in (lake.local.contracts / "reports").glob("example_*.yaml"))
    return next(contract for contract in contracts if contract["request"]["report_type"] == report_type)


def _leaf(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _value(value: Any, type_name: str) -> Any:
    if value is None:
        return None
    return Decimal(str(value)).normalize() if type_name.startswith(NUMBERS) else str(value)


def test_rows_say_where_they_come_from(ingested: LakeUnderTest) -> None:
    [row] = ingested.query(
        "SELECT DISTINCT account_id, marketplace_id, request_variant, request_window"
        " FROM example_sales_and_traffic_by_date"
    )
    assert row == {
        "account_id": "example-seller",
        "marketplace_id": world.US,
        "request_variant": "sku",
        "request_window": "2021-06-11--2021-06-14",
    }
    [document] = ingested.query("SELECT DISTINCT source_document FROM example_vendor_sales_by_asin")
    assert document["source_document"].startswith("example-vendor/")


def test_each_document_accounts_for_its_records(ingested: LakeUnderTest) -> None:
    rows = ingested.operations(
        "SELECT table_name, records, published, superseded, quarantined, excluded FROM documents"
        " WHERE account_id LIKE 'example-%'"
    )
    expected = {}
    for report_type in EXAMPLES:
        document = json.loads((world.EXAMPLES / f"{report_type}.json").read_text())
        expected |= {
            name: len(document[table["records"]]) for name, table in _contract(ingested, report_type)["tables"].items()
        }
    assert {row["table_name"]: row["records"] for row in rows} == expected
    for row in rows:
        assert row["records"] == row["published"] + row["superseded"] + row["quarantined"] + row["excluded"]


def test_the_vendor_that_may_not_subscribe_was_polled(ingested: LakeUnderTest) -> None:
    names = [
        entry["name"] for entry in ingested.executions("report") if entry["name"].startswith("example_vendor_sales-")
    ]
    assert names
    client = ingested.location.client("stepfunctions")
    arn = next(entry["executionArn"] for entry in ingested.executions("report") if entry["name"] == names[0])
    assert json.loads(client.describe_execution(executionArn=arn)["input"])["polled"] is True
