"""Rules written as a query: exactly one query in Spark's SQL passes, whatever else stands there is refused."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from operations.contracts.problems import Problem
from operations.contracts.queries import query_problems
from tests.rule_queries import NOT_SPARK, TAKEN

ROOT = Path(__file__).parents[2]
FILE = ROOT / "contracts" / "reports" / "all_orders.yaml"
SHIPPED = [
    (path.stem, name, rule, list(contract["tables"]))
    for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))
    for contract in [yaml.safe_load(path.read_text(encoding="utf-8"))]
    for name, table in contract["tables"].items()
    for rule in table.get("quality", [])
    if rule["expect"] == "unexpected_rows"
]


def problems(query: str) -> list[Problem]:
    rule = {"expect": "unexpected_rows", "name": "mine", "severity": "critical", "query": query}
    return list(query_problems(FILE, "tables.orders.quality.0", rule, ["orders", "promotions"], "orders"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "INSERT INTO orders SELECT source_document FROM {batch}",
            "a query does not begin with 'INSERT' (line 1",
        ),
        ("DROP TABLE {batch}", "a query does not begin with 'DROP'"),
        ("DELETE FROM {batch} WHERE source_document = ''", "a query does not begin with 'DELETE'"),
        ("EXPLAIN SELECT source_document FROM {batch}", "a query does not begin with 'EXPLAIN'"),
        ("SHOW TABLES LIKE '{batch}'", "a query does not begin with 'SHOW'"),
        ("DESCRIBE {batch}", "a query does not begin with 'DESCRIBE'"),
        ("SELEC source_document FROM {batch} WHER x > 1", "a query does not begin with 'SELEC' (line 1, column 1)"),
        ("SELECT source_document FROM {batch} WHER x > 1", "not Spark SQL at line 1, column 42, near 'x'"),
        ("SELECT source_document\nFROM {batch} WHERE", "not Spark SQL at line 2, column 14, near 'WHERE'"),
        ("SELECT source_document FROM {batch} WHERE (a = 1", "not Spark SQL at line 1, column 48, near '1'"),
        (
            "SELECT source_document FROM {batch} WHERE a = 'x",
            "a quotation or comment is not closed at line 1, column 47",
        ),
        (
            "SELECT source_document\nFROM {batch} WHERE a='x",
            "a quotation or comment is not closed at line 2, column 22",
        ),
        ("SELECT source_document FROM {batch} /* why", "a quotation or comment is not closed"),
        ("SELECT source_document FROM {batch} WHERE a < 0 -- or OR b < 0", "a comment beside '0' (line 1, column 47)"),
        ("SELECT source_document FROM {batch}; DROP TABLE orders", "a semicolon at line 1, column 36"),
        ("SELECT source_document FROM {batch}; SELECT 1 FROM {batch}", "a semicolon at line 1, column 36"),
        ("SELECT source_document FROM {batch};", "a semicolon at line 1, column 36"),
        ("WITH x AS (SELECT 1) INSERT INTO y SELECT source_document FROM {batch}", "it is no query but INSERT"),
        ("WITH x AS (DELETE FROM y) SELECT source_document FROM {batch}", "x in WITH is no query but DELETE"),
        ("SELECT source_document INTO orders FROM {batch}", "SELECT INTO writes a table"),
        ("SELECT source_document FROM {batch} FOR UPDATE", "FOR UPDATE locks rows"),
        ("SELECT TRANSFORM(a) USING 'sh' AS source_document FROM {batch}", "TRANSFORM runs a program"),
        (
            "SELECT source_document FROM {batch} WHERE Java_Method('java.lang.System', 'exit', 1) = 'x'",
            "Java_Method calls a method of Java",
        ),
        (
            "SELECT source_document, reflect('java.lang.System', 'getenv', 'HOME') AS home FROM {batch}",
            "reflect calls a method of Java",
        ),
        (
            "SELECT source_document FROM (SELECT source_document, try_reflect('a.B', 'c') AS c FROM {batch})",
            "try_reflect calls a method of Java",
        ),
        ("SELECT source_document FROM {batch} WHERE " + "(" * 9999, "it is nested too deeply to be read"),
        ("SELECT source_document FROM {batch} WHERE a = ?", "a parameter has no value here"),
        ("SELECT source_document FROM {batch} WHERE a = :limit", "a parameter has no value here"),
        ("SELECT source_document FROM {batch} WHERE a = ${limit}", "a variable has no value here"),
        ("SELECT source_document FROM {batch} JOIN orders ON a = b", "orders is no table that a rule may read: only"),
        ("SELECT source_document FROM {batch} JOIN batch ON a = b", "batch is no table that a rule may read"),
        ("SELECT source_document FROM {batch} UNION SELECT a FROM lake.curated.returns", "lake.curated.returns is no"),
        (
            "SELECT source_document FROM {batch} WHERE a IN (SELECT a FROM parquet.`s3://b/c`)",
            "parquet.`s3://b/c` is no",
        ),
        ("SELECT source_document FROM {batch}, IDENTIFIER('lake.curated.returns')", "it reads a table by IDENTIFIER()"),
        ("WITH x AS (SELECT 1 AS a) SELECT source_document FROM {batch} JOIN lake.x ON true", "lake.x is no table"),
        # Spark takes FROM for a column here, and the table for its alias.
        ("SELECT source_document, FROM {batch}", "nothing follows the comma at line 1, column 23"),
        *NOT_SPARK.items(),
        ("SELECT", "it selects nothing"),
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("-- SELECT source_document FROM {batch}", "it is empty"),
        ("/* SELECT source_document FROM {batch} */", "it is empty"),
    ],
)
def test_what_is_not_one_query_is_refused_with_rule_and_place(query: str, expected: str) -> None:
    messages = [str(problem) for problem in problems(query)]
    assert any(
        message.startswith(f"{FILE}: tables.orders.quality.0.query: rule mine: {expected}")
        and message.endswith(". Write one SELECT over {batch}, in Spark SQL.")
        for message in messages
    ), messages


@pytest.mark.parametrize(
    "query",
    [
        "SELECT asin FROM {batch}",
        "select asin from {batch} where source_document = ''",
        "SELECT concat(source_document, '!') AS document FROM {batch}",
        "SELECT * FROM (SELECT asin FROM {batch})",
        "SELECT t.* FROM {batch} b LATERAL VIEW explode(split(b.tags, ',')) t AS tag",
        "WITH x AS (SELECT a FROM {batch}) SELECT * FROM x",
        "WITH x AS (SELECT source_document FROM {batch}) SELECT 1 AS one FROM x",
    ],
)
def test_a_query_that_does_not_name_the_documents_is_refused(query: str) -> None:
    assert [problem.message for problem in problems(query)] == ["it does not select source_document"]


@pytest.mark.parametrize("query", TAKEN)
def test_queries_of_every_form_pass(query: str) -> None:
    assert problems(query) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT source_document FROM {batch} JOIN {orders}", "{orders} is not known. Use {batch}, {promotions}."),
        ("SELECT source_document FROM {batch} WHERE {}", "{} is not known. Use {batch}, {promotions}."),
        ("SELECT source_document FROM {promotions} WHERE a RLIKE 'b{2}'", "it does not read {batch}. Select from"),
        (
            "SELECT source_document FROM {batch} WHERE a = 'the {batch}'",
            "{batch} stands inside of a quotation (line 1, column 47). Write it outside",
        ),
        ("SELECT source_document FROM `{promotions}`, {batch}", "{promotions} stands inside of a quotation (line 1,"),
    ],
)
def test_a_placeholder_that_names_no_table_is_refused(query: str, message: str) -> None:
    assert any(f".query: {message}" in str(problem) for problem in problems(query)), problems(query)


@pytest.mark.parametrize(
    ("source", "name", "rule", "tables"), SHIPPED, ids=[f"{name}.{rule['name']}" for _, name, rule, _ in SHIPPED]
)
def test_the_queries_of_the_contracts_pass(source: str, name: str, rule: dict[str, str], tables: list[str]) -> None:
    assert list(query_problems(Path(f"{source}.yaml"), "quality", rule, tables, name)) == []


WORDS = sorted({word for _, _, rule, _ in SHIPPED for word in re.findall(r"\w+|\S", rule["query"])})
STATEMENTS = [
    "INSERT INTO t",
    "DROP TABLE t",
    "TRUNCATE TABLE t",
    "ALTER TABLE t RENAME TO u",
    "EXPLAIN",
    "CACHE TABLE t",
]


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=30).map(" ".join))
def test_any_text_has_an_answer(query: str) -> None:
    """Whatever a contract says, the validation ends with problems or none, never with an error of the parser."""
    assert all(problem.remedy for problem in problems(query))


@given(st.sampled_from(SHIPPED), st.sampled_from(STATEMENTS), st.sampled_from(["{0} {1}", "{1} ; {0}", "{1};\n{0}"]))
def test_no_statement_hides_before_or_behind_a_query(
    shipped: tuple[str, str, dict[str, str], list[str]], statement: str, form: str
) -> None:
    _, name, rule, tables = shipped
    changed = {**rule, "query": form.format(statement, rule["query"])}
    assert list(query_problems(FILE, "quality", changed, tables, name))
