"""Amazon Athena: what a query reads, what its SQL means, where its result lies, how it fails."""

import time

import pytest
from botocore.exceptions import ClientError


class Athena:
    def __init__(self, lab, until, database, bucket):
        self.client, self._until, self._database, self.bucket = lab.client("athena"), until, database, bucket

    def execution(self, sql, **fields):
        """The execution of a query when it has ended."""
        fields.setdefault("ResultConfiguration", {"OutputLocation": f"s3://{self.bucket}/results/"})
        identity = self.client.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": self._database}, **fields
        )["QueryExecutionId"]
        return self.end_of(identity)

    def end_of(self, identity):
        ended = ("SUCCEEDED", "FAILED", "CANCELLED")
        return self._until(
            lambda: self.client.get_query_execution(QueryExecutionId=identity)["QueryExecution"],
            lambda found: found["Status"]["State"] in ended,
            20,
        )

    def rows(self, sql, **fields):
        execution = self.execution(sql, **fields)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        answer = self.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[datum.get("VarCharValue") for datum in row["Data"]] for row in answer["ResultSet"]["Rows"]][1:]

    def row(self, sql, **fields):
        (row,) = self.rows(sql, **fields)
        return row

    def failure(self, sql):
        """Why a query is refused or fails."""
        try:
            execution = self.execution(sql)
        except ClientError as error:
            return error.response["Error"]["Message"]
        return execution["Status"].get("StateChangeReason", "it succeeded")


@pytest.fixture(scope="module")
def athena(lab, until, tables):
    return Athena(lab, until, tables.database, lab.bucket())


@pytest.mark.patch("queries_read_iceberg_snapshots")
class TestReading:
    def test_the_current_snapshot_only(self, athena):
        assert athena.row("SELECT count(*), sum(units) FROM sales") == ["6", "115"]

    def test_an_earlier_snapshot(self, athena):
        first = athena.row('SELECT snapshot_id, count(*) OVER () FROM "sales$snapshots" ORDER BY committed_at LIMIT 1')
        assert athena.row(f"SELECT sum(units) FROM sales FOR VERSION AS OF {first[0]}") == ["15"]
        assert first[1] == "2"

    def test_renamed_and_added_columns_in_old_files(self, athena):
        assert athena.row("SELECT count(share), count(currency) FROM sales") == ["6", "0"]

    def test_delete_files_are_refused(self, athena):
        assert "delete files" in athena.failure("SELECT * FROM merged_on_read")

    def test_local_files_are_out_of_reach(self, athena):
        assert athena.failure("SELECT * FROM read_csv('/etc/passwd')").startswith("FUNCTION_NOT_FOUND")
        assert athena.failure("SELECT * FROM '/etc/passwd'") != "it succeeded"
        assert "root" not in athena.failure("SELECT content FROM read_text('/etc/passwd')")

    def test_types_and_values_as_athena_prints_them(self, athena):
        row = athena.row(
            "SELECT day, units, sales, share, seen, instant, attributes, tags, currency FROM sales WHERE units = 1"
        )
        moment = "2026-01-05 13:04:05.123456"
        assert row == [
            "2026-01-01",
            "1",
            "33.33",
            "0.14285714285714285",
            moment,
            f"{moment} UTC",
            "{k=1}",
            "[a, b]",
            None,
        ]

    def test_the_catalogue(self, athena, tables):
        assert athena.rows(
            f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{tables.database}' ORDER BY 1"
        ) == [
            ["merged_on_read"],
            ["sales"],
        ]
        columns = athena.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'sales' ORDER BY ordinal_position"
        )
        assert [name for (name,) in columns] == [
            "day",
            "asin",
            "units",
            "sales",
            "share",
            "seen",
            "instant",
            "attributes",
            "tags",
            "currency",
        ]


MEANINGS = [
    ("SELECT 7/2, -7/2, 7%3", ["3", "-3", "1"]),
    ("SELECT sum(units)/count(*), sum(sales)/3 FROM sales WHERE units < 100", ["3", "166.67"]),
    (
        (
            "SELECT date_diff('month', DATE '2026-01-15', DATE '2026-02-14'),"
            " date_diff('hour', TIMESTAMP '2026-01-01 00:59:00', TIMESTAMP '2026-01-01 01:01:00')"
        ),
        ["0", "0"],
    ),
    (
        (
            "SELECT date_trunc('month', day), date_add('month', 1, DATE '2026-01-31'),"
            " DATE '2026-01-31' - INTERVAL '7' DAY FROM sales WHERE units = 1"
        ),
        ["2026-01-01", "2026-02-28", "2026-01-24"],
    ),
    (
        (
            "SELECT day_of_week(DATE '2026-01-04'), week(DATE '2026-01-04'), year_of_week(DATE '2027-01-01'),"
            " extract(dow FROM DATE '2026-01-04')"
        ),
        ["7", "1", "2026", "7"],
    ),
    ("SELECT greatest(1, NULL), concat('a', NULL), coalesce(NULL, 1), nullif(1, 1)", [None, None, "1", None]),
    ("SELECT approx_distinct(asin), count_if(units = 1), arbitrary(currency) FROM sales", ["3", "1", None]),
    (
        "SELECT listagg(asin, ',') WITHIN GROUP (ORDER BY asin) FROM (SELECT DISTINCT asin FROM sales)",
        ["ASIN0,ASIN1,ASIN2"],
    ),
    ("SELECT array_join(array_agg(x ORDER BY x DESC), '|') FROM (VALUES 1, NULL, 2) t(x) WHERE x IS NOT NULL", ["2|1"]),
    (
        "SELECT split_part('a', '-', 3), regexp_extract('abc', 'z'), regexp_replace('a1b2', '(\\d)', '<$1>')",
        [None, None, "a<1>b<2>"],
    ),
    (
        (
            "SELECT element_at(attributes, 'k'), element_at(attributes, 'nope'), tags[1], cardinality(attributes)"
            " FROM sales WHERE units = 1"
        ),
        ["1", None, "a", "1"],
    ),
    ("SELECT k, v FROM sales CROSS JOIN UNNEST(attributes) AS t(k, v) WHERE units = 1", ["k", "1"]),
    (
        (
            "SELECT format_datetime(TIMESTAMP '2026-01-05 13:04:05', 'yyyy-MM-dd HH:mm'),"
            " date_format(TIMESTAMP '2026-01-05 13:04:05', '%Y-%m-%d %H:%i')"
        ),
        ["2026-01-05 13:04"] * 2,
    ),
    (
        "SELECT CAST(at_timezone(from_iso8601_timestamp('2026-01-05T23:30:00Z'), 'Europe/Berlin') AS date)",
        ["2026-01-06"],
    ),
    (
        (
            "SELECT json_extract_scalar('{\"a\": {\"b\": [1, 2]}}', '$.a.b[1]'), try_cast('x' AS integer),"
            " CAST(2.5e0 AS integer)"
        ),
        ["2", None, "3"],
    ),
    ("SELECT count(*) FROM UNNEST(sequence(DATE '2026-01-01', DATE '2026-01-31', INTERVAL '1' DAY)) AS t(d)", ["31"]),
    ("SELECT 1e0, 1e10, 0.1e0 + 0.2e0", ["1.0", "1.0E10", "0.30000000000000004"]),
]


@pytest.mark.patch("queries_read_iceberg_snapshots")
class TestMeaning:
    @pytest.mark.parametrize(("sql", "expected"), MEANINGS)
    def test_what_expressions_mean(self, athena, sql, expected):
        assert athena.row(sql) == expected

    def test_nulls_come_last(self, athena):
        assert athena.rows("SELECT x FROM (VALUES 1, NULL, 2) t(x) ORDER BY x DESC") == [["2"], ["1"], [None]]

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT 1/0",
            "SELECT '1'::int",
            "SELECT * EXCLUDE (asin) FROM sales",
            "SELECT asin, count(*) FROM sales GROUP BY ALL",
            "SELECT asin AS a, count(*) FROM sales GROUP BY a",
            "SELECT units * 2 AS twice FROM sales WHERE twice > 3",
            "SELECT asin FROM sales QUALIFY row_number() OVER (ORDER BY day) = 1",
            "SELECT count(*) FROM sales WHERE asin = 1",
            "SELECT count(*) FROM sales WHERE day = '2026-01-01'",
            "SELECT 'a' || units FROM sales",
            'SELECT count(*) FROM sales WHERE asin = "ASIN1"',
        ],
    )
    def test_what_athena_refuses_is_refused(self, athena, sql):
        assert athena.failure(sql) != "it succeeded"


@pytest.mark.patch("queries_read_iceberg_snapshots")
class TestNames:
    """What does not exist is named as Athena names it, with its place where the emulator knows it.

    Source: Trino's StatementAnalyzer and ExpressionAnalyzer.
    """

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("SELECT nope FROM sales", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
            ("SELECT asin,\n  Nope FROM sales", "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"),
            (
                "-- why\nSELECT asin FROM sales WHERE nope = 1",
                "COLUMN_NOT_FOUND: line 2:30: Column 'nope' cannot be resolved",
            ),
            ('SELECT s."no pe" FROM sales s', "COLUMN_NOT_FOUND: line 1:8: Column 's.no pe' cannot be resolved"),
            ("SELECT z.asin FROM sales", "COLUMN_NOT_FOUND: line 1:8: Column 'z.asin' cannot be resolved"),
            ("SELECT nope FROM sales WHERE nope = 1", "COLUMN_NOT_FOUND: Column 'nope' cannot be resolved"),
            (
                "SELECT units * 2 AS twice FROM sales WHERE twice > 3",
                "COLUMN_NOT_FOUND: line 1:44: Column 'twice' cannot be resolved",
            ),
            ("SELECT nope(1)", "FUNCTION_NOT_FOUND: Function 'nope' not registered"),
            ("SELECT * FROM nowhere.sales", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
        ],
    )
    def test_what_is_not_there(self, athena, sql, said):
        hidden = " or requester is not authorized to access requested resources"
        assert athena.failure(sql) == said + (hidden if said.startswith("COLUMN_NOT_FOUND") else "")

    def test_a_table_that_is_not_there(self, athena, tables):
        assert (
            athena.failure("SELECT * FROM nope")
            == f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{tables.database}.nope' does not exist"
        )
        assert athena.failure(f"SELECT *\nFROM sales JOIN {tables.database}.nope USING (asin)") == (
            f"TABLE_NOT_FOUND: line 2:17: Table 'awsdatacatalog.{tables.database}.nope' does not exist"
        )
        assert (
            athena.failure('SELECT * FROM "sales$nope"')
            == f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{tables.database}.sales$nope' does not exist"
        )


class TestResults:
    @pytest.mark.patch("results_lie_at_their_location")
    def test_the_result_file(self, athena, lab):
        execution = athena.execution("SELECT 'q\"t,' AS s, NULL AS n, 1 AS one")
        location = execution["ResultConfiguration"]["OutputLocation"]
        assert location == f"s3://{athena.bucket}/results/{execution['QueryExecutionId']}.csv"
        key = location.removeprefix(f"s3://{athena.bucket}/")
        assert (
            lab.client("s3").get_object(Bucket=athena.bucket, Key=key)["Body"].read()
            == b'"s","n","one"\n"q""t,",,"1"\n'
        )
        assert lab.client("s3").head_object(Bucket=athena.bucket, Key=key + ".metadata")

    @pytest.mark.patch("results_lie_at_their_location")
    def test_bytes_scanned_are_those_of_the_files(self, athena):
        assert athena.execution("SELECT count(*) FROM sales")["Statistics"]["DataScannedInBytes"] > 1000
        assert athena.execution("SELECT 1")["Statistics"]["DataScannedInBytes"] == 0

    @pytest.mark.patch("workgroups_enforce_their_location")
    def test_an_enforced_location_wins(self, athena, unique):
        name = unique()
        configuration = {
            "ResultConfiguration": {"OutputLocation": f"s3://{athena.bucket}/enforced"},
            "EnforceWorkGroupConfiguration": True,
        }
        athena.client.create_work_group(Name=name, Configuration=configuration)
        execution = athena.execution("SELECT 1", WorkGroup=name)
        assert execution["Status"]["State"] == "SUCCEEDED"
        assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{athena.bucket}/enforced/")

    @pytest.mark.patch("results_tell_precision_and_scale")
    def test_a_decimal_tells_its_precision_and_scale(self, athena):
        identity = athena.execution("SELECT sales, units AS Units, count(*) OVER () FROM sales")["QueryExecutionId"]
        columns = athena.client.get_query_results(QueryExecutionId=identity)["ResultSet"]["ResultSetMetadata"][
            "ColumnInfo"
        ]
        assert [(column["Name"], column["Type"], column["Precision"], column["Scale"]) for column in columns] == [
            ("sales", "decimal", 18, 2),
            ("Units", "integer", 10, 0),
            ("_col2", "bigint", 19, 0),
        ]

    @pytest.mark.patch("result_pages_count_the_header")
    def test_pages_of_a_thousand_rows_with_the_header(self, athena):
        identity = athena.execution("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x)")["QueryExecutionId"]
        pages = athena.client.get_paginator("get_query_results").paginate(QueryExecutionId=identity)
        assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
        with pytest.raises(ClientError, match="more than maximum allowed length 1000"):
            athena.client.get_query_results(QueryExecutionId=identity, MaxResults=1001)


class TestSubmission:
    @pytest.mark.patch("queries_are_checked_when_submitted")
    def test_execution_parameters(self, athena):
        assert athena.row(
            "SELECT count(*) FROM sales WHERE asin = ? AND day >= CAST(? AS date)",
            ExecutionParameters=["'ASIN1'", "'2026-01-02'"],
        ) == ["1"]
        with pytest.raises(ClientError, match="Incorrect number of parameters: expected 2 but found 1"):
            athena.execution("SELECT ?, ?", ExecutionParameters=["1"])

    @pytest.mark.patch("queries_are_checked_when_submitted")
    def test_malformed_statements_and_unknown_workgroups_are_refused_at_once(self, athena):
        for sql in ("SELECT FROM WHERE", "SELEC 1"):
            with pytest.raises(ClientError, match="InvalidRequestException"):
                athena.execution(sql)
        with pytest.raises(ClientError, match="is not found"):
            athena.execution("SELECT 1", WorkGroup="nobody")

    @pytest.mark.patch("failed_queries_have_an_athena_error")
    def test_a_failed_query_has_an_athena_error(self, athena):
        status = athena.execution("SELECT * FROM nowhere")["Status"]
        assert status["State"] == "FAILED"
        assert "nowhere" in status["StateChangeReason"]
        assert status["AthenaError"]["ErrorCategory"] == 2

    @pytest.mark.patch("stopped_queries_stop")
    def test_a_stopped_query_stays_cancelled_and_the_emulator_answers_meanwhile(self, athena, lab):
        slow = "SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x), UNNEST(sequence(1, 1000)) b(y) WHERE x + y > 3"
        started = time.monotonic()
        assert athena.execution(slow)["Status"]["State"] == "SUCCEEDED"
        needed = time.monotonic() - started
        location = {"OutputLocation": f"s3://{athena.bucket}/results/"}
        identity = athena.client.start_query_execution(QueryString=slow, ResultConfiguration=location)[
            "QueryExecutionId"
        ]
        assert lab.client("s3").list_buckets()
        athena.client.stop_query_execution(QueryExecutionId=identity)
        assert athena.end_of(identity)["Status"]["State"] == "CANCELLED"
        time.sleep(2 * needed)
        assert athena.end_of(identity)["Status"]["State"] == "CANCELLED"
