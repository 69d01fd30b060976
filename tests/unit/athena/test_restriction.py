"""A table cut down to what a caller may read, as DuckDB runs it."""

import duckdb
import pytest

from local_cloud.emulator.athena import QueryError, dialect
from local_cloud.emulator.athena.restriction import Restriction
from local_cloud.emulator.lake_formation.access import Access, Cells

TYPES = {"account": "VARCHAR", "amount": "INTEGER", "email": "VARCHAR"}


def access(*cells):
    return Access(frozenset({"SELECT"}), tuple(TYPES), tuple(Cells(frozenset(names), rows) for names, rows in cells))


def rows(restriction, shown):
    connection = duckdb.connect()
    connection.execute(dialect.SETTINGS + "CREATE SCHEMA whole; CREATE SCHEMA tables")
    connection.execute(
        """CREATE TABLE whole."d.orders" AS FROM (VALUES ('a', 1, 'x@a'), ('b', 2, 'x@b'), (NULL, 3, 'x@c'))
        t(account, amount, email)"""
    )
    connection.execute(restriction.statement("d.orders", shown, TYPES))
    return connection.execute('FROM tables."d.orders" ORDER BY ALL').fetchall()


def test_without_an_access_everything_is_there():
    restriction = Restriction("orders", None, tuple(TYPES))
    assert restriction.is_whole
    assert rows(restriction, list(TYPES)) == [("a", 1, "x@a"), ("b", 2, "x@b"), (None, 3, "x@c")]


def test_columns_that_are_not_granted_are_not_there():
    restriction = Restriction("orders", access(({"amount"}, None)), tuple(TYPES))
    assert rows(restriction, ["amount"]) == [(1,), (2,), (3,)]
    with pytest.raises(QueryError, match="Required Select on orders"):
        restriction.refuse_metadata()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([(set(TYPES), "account = 'a'")], [("a", 1, "x@a")]),
        ([(set(TYPES), "account = 'a'"), (set(TYPES), "amount >= 3")], [("a", 1, "x@a"), (None, 3, "x@c")]),
        ([(set(TYPES), "amount > 9")], []),
        ([(set(TYPES), "account = 'a' OR account IS NULL")], [("a", 1, "x@a"), (None, 3, "x@c")]),
        # 7/2 is 3 in Athena's SQL: the filter is written in it too.
        ([(set(TYPES), "amount / 2 = 0")], [("a", 1, "x@a")]),
        (
            [({"account", "amount"}, "account = 'a'"), ({"email"}, "account = 'b'")],
            [("a", 1, None), (None, None, "x@b")],
        ),
        (
            [({"account"}, None), ({"amount", "email"}, "account = 'b'")],
            [("a", None, None), ("b", 2, "x@b"), (None, None, None)],
        ),
    ],
)
def test_rows_and_cells_are_those_of_the_filters(cells, expected):
    found = rows(Restriction("orders", access(*cells), tuple(TYPES)), list(TYPES))
    assert sorted(found, key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize(
    "text",
    [
        "amount IN (SELECT amount FROM whole.orders)",
        "EXISTS (SELECT 1)",
        "true ORDER BY 1",
        "true LIMIT 1",
        "true) OR (true",
        "true UNION SELECT 2",
        "true; SELECT 1",
        "amount =",
    ],
)
def test_a_filter_that_is_no_condition_opens_nothing(text):
    with pytest.raises(QueryError):
        Restriction("orders", access((set(TYPES), text)), tuple(TYPES)).statement("d.orders", list(TYPES), TYPES)
