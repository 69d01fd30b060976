"""Every report with a contract takes the whole path as the simulated business writes it, and the reports agree."""

import json
from typing import Any

import pytest
import yaml

from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest

ACCOUNTS = ("every-seller", "every-vendor")
CONTRACTS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((world.ROOT / "contracts" / "reports").glob("*.yaml"))
}
TABLES = [(source, table) for source, contract in CONTRACTS.items() for table in contract["tables"]]


@pytest.fixture(scope="module")
def documents(every_report: LakeUnderTest) -> list[dict[str, Any]]:
    """What became of every document of the two accounts, a row per table."""
    names = ", ".join(f"'{name}'" for name in ACCOUNTS)
    return every_report.operations(f"SELECT * FROM documents WHERE account_id IN ({names})")


def test_both_accounts_have_all_their_sources_and_between_them_there_is_every_contract(
    every_report: LakeUnderTest,
) -> None:
    rows = every_report.coverage(world.EVERYTHING, *ACCOUNTS)
    for name, kind in zip(ACCOUNTS, ("seller", "vendor"), strict=True):
        assert {row.source for row in rows if row.account == name} == {
            s for s, contract in CONTRACTS.items() if kind in contract["request"]["accounts"]
        }
    assert {row.source for row in rows} == set(CONTRACTS)


def test_nothing_is_missing(every_report: LakeUnderTest) -> None:
    for row in every_report.coverage(world.EVERYTHING, *ACCOUNTS):
        assert 1 <= row.expected <= 4, (row.source, row.expected)
        assert (row.complete, row.missing, row.in_progress, row.asked_again) == (row.expected, (), (), 0), row.source
        assert row.curated, row.source


@pytest.mark.parametrize(("source", "table"), TABLES)
def test_every_table_has_rows_of_a_curated_document(documents: list[dict[str, Any]], source: str, table: str) -> None:
    of_the_table = [row for row in documents if (row["source"], row["table_name"]) == (source, table)]
    assert sum(row["published"] for row in of_the_table) > 0
    assert {row["outcome"] for row in of_the_table} == {"curated"}


def test_every_record_is_accounted_for_and_none_is_held_back(documents: list[dict[str, Any]]) -> None:
    for row in documents:
        assert row["records"] == row["published"] + row["superseded"] + row["quarantined"] + row["excluded"], row
        assert row["quarantined"] == 0, row
    assert {row["outcome"] for row in documents} == {"curated"}


def test_no_document_has_a_field_that_its_contract_does_not_know(documents: list[dict[str, Any]]) -> None:
    """Columns that a document lacks may be missing by the contract: without a required one it is refused."""
    drifts = {row["source"]: json.loads(row["drift"]) for row in documents if row["drift"]}
    assert {source: drift["unknown"] for source, drift in drifts.items() if "unknown" in drift} == {}


def test_no_rule_is_broken(every_report: LakeUnderTest) -> None:
    rows = every_report.operations(
        "SELECT table_name, rule, severity, success, failing_documents FROM quality_results WHERE run_id IN"
        " (SELECT DISTINCT run_id FROM documents WHERE account_id IN ('every-seller', 'every-vendor'))"
    )
    assert {row["table_name"] for row in rows} >= {table for _, table in TABLES}
    assert [row for row in rows if not row["success"]] == []


def _within(column: str) -> str:
    """The hours that are in the UTC day of the account-wide reports and in Berlin's day of the ledger."""
    day = world.A_COMMON_DAY
    return f"{column} >= TIMESTAMP '{day} 00:00:00' AND {column} < TIMESTAMP '{day} 22:00:00'"


def test_what_amazon_shipped_left_the_ledger(every_report: LakeUnderTest) -> None:
    shipped = every_report.query(
        "SELECT sku, sum(quantity_shipped) AS units FROM amazon_fulfilled_shipments"
        f" WHERE {_within('shipment_date')} GROUP BY sku ORDER BY sku"
    )
    left = every_report.query(
        "SELECT msku AS sku, -sum(quantity) AS units FROM ledger_detail"
        f" WHERE event_type = 'Shipments' AND {_within('event_time')} GROUP BY msku ORDER BY msku"
    )
    assert shipped == left != []


def test_what_customers_returned_came_back_into_the_ledger(every_report: LakeUnderTest) -> None:
    returned = every_report.query(
        f"SELECT order_id, sku, quantity FROM fba_customer_returns WHERE {_within('return_date')} ORDER BY order_id"
    )
    booked = every_report.query(
        "SELECT reference_id AS order_id, msku AS sku, quantity FROM ledger_detail"
        f" WHERE event_type = 'CustomerReturns' AND {_within('event_time')} ORDER BY reference_id"
    )
    assert returned == booked != []


def test_the_ledgers_summary_adds_up_its_details(every_report: LakeUnderTest) -> None:
    day = f"DATE '{world.A_COMMON_DAY}'"
    [summary] = every_report.query(
        "SELECT sum(customer_shipments) AS shipped, sum(customer_returns) AS returned, sum(receipts) AS received"
        f" FROM ledger_summary WHERE report_date = {day}"
    )
    events = every_report.query(
        f"SELECT event_type, sum(quantity) AS units FROM ledger_detail WHERE event_date = {day} GROUP BY event_type"
    )
    units = {row["event_type"]: row["units"] for row in events}
    assert summary == {
        "shipped": units["Shipments"],
        "returned": units["CustomerReturns"],
        "received": units.get("Receipts", 0),
    }


def test_a_settlements_total_is_the_sum_of_its_rows(every_report: LakeUnderTest) -> None:
    [total] = every_report.query("SELECT settlement_id, total_amount, currency FROM settlement_summaries")
    [rows] = every_report.query(
        "SELECT settlement_id, sum(amount) AS total_amount, currency FROM settlement_rows"
        " GROUP BY settlement_id, currency"
    )
    assert total == rows


def test_the_flat_file_and_the_xml_have_the_same_orders(every_report: LakeUnderTest) -> None:
    columns = "amazon_order_id, sku, quantity, item_status, last_updated_date"
    order = "ORDER BY amazon_order_id, sku, quantity"
    flat = every_report.query(f"SELECT {columns} FROM orders WHERE account_id = 'every-seller' {order}")
    assert flat == every_report.query(f"SELECT {columns} FROM xml_order_items {order}") != []


def test_no_more_is_in_the_orders_than_was_sold(every_report: LakeUnderTest) -> None:
    """Orders of the day that were updated again since are in a file that was not asked for yet."""
    day = f"DATE '{world.A_COMMON_DAY}'"
    ordered = every_report.query(
        "SELECT asin, sum(quantity) AS units FROM orders"
        f" WHERE account_id = 'every-seller' AND purchase_day = {day} AND order_status <> 'Cancelled' GROUP BY asin"
    )
    sold = every_report.units("every-seller")[world.A_COMMON_DAY.isoformat()]
    assert len(ordered) > 10
    assert {row["asin"]: row["units"] for row in ordered if row["units"] > sold.get(row["asin"], 0)} == {}


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("sku FROM orders WHERE account_id = 'every-seller'", "seller_sku FROM merchant_listings"),
        ("sku FROM fba_inventory", "seller_sku FROM merchant_listings"),
        ("sku FROM fba_estimated_fees", "sku FROM fba_inventory"),
        ("msku FROM ledger_summary", "sku FROM fba_inventory"),
        ("asin FROM fba_storage_fees", "asin FROM fba_inventory"),
        ("sku FROM settlement_rows WHERE sku IS NOT NULL", "seller_sku FROM merchant_listings"),
        ("asin FROM vendor_sales_by_asin WHERE account_id = 'every-vendor'", "asin FROM vendor_forecasts"),
        ("asin FROM vendor_real_time_inventory", "asin FROM vendor_inventory_by_asin"),
        ("asin FROM vendor_traffic_by_asin", "asin FROM vendor_inventory_by_asin"),
    ],
)
def test_all_reports_are_about_the_same_products(every_report: LakeUnderTest, part: str, whole: str) -> None:
    some, known = (
        {next(iter(row.values())) for row in every_report.query(f"SELECT DISTINCT {products}")}
        for products in (part, whole)
    )
    assert some
    assert some <= known
