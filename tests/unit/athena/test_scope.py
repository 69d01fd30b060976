"""Which names in a statement are tables of the catalogue."""

import pytest
from sqlglot import exp

from local_cloud.emulator.athena import QueryError, scope, statements


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT * FROM a", ["a"]),
        ("WITH a AS (SELECT 1) SELECT * FROM a", []),
        ("WITH A AS (SELECT 1) SELECT * FROM a", []),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", ["a"]),
        ("WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a", []),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", ["b"]),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", []),
        ("WITH a AS (SELECT 1) SELECT * FROM b WHERE EXISTS (SELECT * FROM a)", ["b"]),
        ("WITH a AS (SELECT 1) SELECT * FROM d.a", ["a"]),
        ("SELECT * FROM a WHERE EXISTS (WITH a AS (SELECT 1) SELECT * FROM a)", ["a"]),
        ("(WITH a AS (SELECT 1) SELECT * FROM a) UNION SELECT * FROM a", ["a"]),
        ("SELECT (SELECT max(x) FROM a), y FROM b JOIN c ON true", ["a", "b", "c"]),
    ],
)
def test_common_table_expressions_hide_tables_where_they_are_known_only(sql, tables):
    named = statements.parse(sql).find_all(exp.Table)
    assert sorted(table.name for table in named if not scope.is_common(table)) == tables
    assert sorted({name for _, name in statements.tables_in(sql, "d")}) == tables


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('x')",
        "SELECT * FROM a CROSS JOIN read_text('x')",
        "SELECT * FROM a, LATERAL read_parquet('x')",
        "SELECT * FROM a CROSS JOIN LATERAL read_csv('x') t",
        "SELECT * FROM TABLE(read_parquet('x'))",
        "SELECT (SELECT max(content) FROM read_text('x'))",
    ],
)
def test_functions_that_read_files_are_no_tables(sql):
    with pytest.raises(QueryError, match="FUNCTION_NOT_FOUND"):
        scope.refuse_functions_as_tables(statements.parse(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM a CROSS JOIN UNNEST(tags) AS t(x)",
        "SELECT * FROM a CROSS JOIN LATERAL (SELECT 1)",
        "SELECT * FROM UNNEST(sequence(1, 2)) t(x)",
    ],
)
def test_what_athena_has_beside_tables_stays(sql):
    scope.refuse_functions_as_tables(statements.parse(sql))
