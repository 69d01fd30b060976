"""Amazon's own published documents, through the whole path: every value in the tables equals the file's."""

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml

from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest

NUMBERS = ("int", "bigint", "double", "decimal")


@pytest.fixture(scope="module")
def ingested(lake: LakeUnderTest, first_documents: LakeUnderTest) -> LakeUnderTest:
    return first_documents


@pytest.mark.parametrize(
    ("source", "file", "order"),
    [
        ("example_sales_and_traffic", "GET_SALES_AND_TRAFFIC_REPORT.json", {"salesAndTrafficByDate": "report_date", "salesAndTrafficByAsin": "sku"}),
        ("example_vendor_sales", "GET_VENDOR_SALES_REPORT.json", {"salesAggregate": "start_date", "salesByAsin": "start_date, asin"}),
    ],
)
def test_every_value_is_the_files(ingested: LakeUnderTest, source: str, file: str, order: dict[str, str]) -> None:
    document = json.loads((world.EXAMPLES / file).read_text(), parse_float=Decimal)
    contract = yaml.safe_load((ingested.local.contracts / "reports" / f"{source}.yaml").read_text())
    compared = 0
    for table, definition in contract["tables"].items():
        columns = [column for column in definition["columns"] if not column["from"].startswith(("$", "../"))]
        rows = ingested.query(f"SELECT * FROM {table} ORDER BY {order[definition['records']]}")
        records = sorted(document[definition["records"]], key=_order)
        assert len(rows) == len(records)
        for row, record in zip(rows, records, strict=True):
            for column in columns:
                assert _value(row[column["name"]], column["type"]) == _value(_leaf(record, column["from"]), column["type"]), (table, column["name"])
                compared += 1
    assert compared >= 70


def _order(record: dict[str, Any]) -> tuple[str, str]:
    return record.get("date") or record.get("startDate") or "", record.get("sku") or record.get("asin") or ""


def _leaf(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _value(value: Any, type_name: str) -> Any:
    if value is None:
        return None
    return Decimal(str(value)) if type_name.startswith(NUMBERS) else str(value)


def test_rows_say_where_they_come_from(ingested: LakeUnderTest) -> None:
    [row] = ingested.query("SELECT DISTINCT account_id, marketplace_id, request_variant, request_window FROM example_sales_and_traffic_by_date")
    assert row == {"account_id": "example-seller", "marketplace_id": world.US, "request_variant": "sku", "request_window": "2021-06-11--2021-06-14"}
    [document] = ingested.query("SELECT DISTINCT source_document FROM example_vendor_sales_by_asin")
    assert document["source_document"].startswith("example-vendor/")


def test_each_document_accounts_for_its_records(ingested: LakeUnderTest) -> None:
    rows = ingested.operations(
        "SELECT table_name, records, published, superseded, quarantined, excluded FROM documents WHERE account_id IN ('example-seller', 'example-vendor')"
    )
    assert {row["table_name"]: row["records"] for row in rows} == {
        "example_sales_and_traffic_by_date": 4,
        "example_sales_and_traffic_by_asin": 3,
        "example_vendor_sales_aggregate": 2,
        "example_vendor_sales_by_asin": 4,
    }
    for row in rows:
        assert row["records"] == row["published"] + row["superseded"] + row["quarantined"] + row["excluded"]


def test_the_vendor_that_may_not_subscribe_was_polled(ingested: LakeUnderTest) -> None:
    names = [entry["name"] for entry in ingested.executions("report") if entry["name"].startswith("example_vendor_sales-")]
    assert names
    client = ingested.location.client("stepfunctions")
    arn = next(entry["executionArn"] for entry in ingested.executions("report") if entry["name"] == names[0])
    assert json.loads(client.describe_execution(executionArn=arn)["input"])["polled"] is True
