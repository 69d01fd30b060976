"""An order file as Europe sends it: cp1252, stray quotes, CRLF, two identical lines, and one bad row."""

import pytest

from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest
from tests.end_to_end.order_file import BAD_LINE, GOOD, ORDER_WITH_TWO_LINES


@pytest.fixture(scope="module")
def ingested(first_documents: LakeUnderTest) -> LakeUnderTest:
    return first_documents


def test_every_good_row_arrives_with_its_characters(ingested: LakeUnderTest) -> None:
    rows = ingested.query(
        "SELECT amazon_order_id, product_name, ship_city, quantity, item_price FROM orders"
        " WHERE account_id = 'orders' ORDER BY amazon_order_id, sku"
    )
    assert [tuple(row.values()) for row in rows] == GOOD


def test_both_identical_lines_are_kept(ingested: LakeUnderTest) -> None:
    [row] = ingested.query(
        "SELECT COUNT(*) AS lines, COUNT(DISTINCT sku) AS skus FROM orders"
        f" WHERE amazon_order_id = '{ORDER_WITH_TWO_LINES}'"
    )
    assert row == {"lines": 2, "skus": 1}


def test_the_bad_row_is_in_quarantine_with_line_and_reason(ingested: LakeUnderTest) -> None:
    [row] = ingested.operations(
        "SELECT table_name, line, column_name, reason, record FROM quarantine WHERE account_id = 'orders'"
    )
    assert (row["table_name"], row["line"], row["column_name"]) == ("orders", BAD_LINE, "quantity")
    assert "three" in row["record"]
    assert row["reason"]


def test_the_charset_decision_and_the_accounting_are_recorded(ingested: LakeUnderTest) -> None:
    [row] = ingested.operations(
        "SELECT charset, records, published, quarantined FROM documents"
        " WHERE account_id = 'orders' AND table_name = 'orders' AND quarantined > 0"
    )
    assert "1252" in row["charset"]
    assert (row["records"], row["published"], row["quarantined"]) == (len(GOOD) + 1, len(GOOD), 1)
    assert world.ORDERS_CONTENT_TYPE.endswith("Cp1252")
