"""Every rule written as a query runs where the job judges (tests/contract/test_rules_run.py: where `lake try` does)."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from curation.contracts.parsing import parse_contract
from curation.contracts.spark_types import spark_schema
from curation.judging import gate
from curation.judging.expectations import UNEXPECTED_ROWS
from pyspark.sql import types as t

REPORTS = sorted((Path(__file__).parents[2] / "contracts" / "reports").glob("*.yaml"))


def highest(kind):
    """Return the largest value that a column holds: one document with such must not keep a batch from being judged."""
    if isinstance(kind, t.DecimalType):
        return Decimal((0, (9,) * kind.precision, -kind.scale))
    return {
        t.IntegerType: 2**31 - 1,
        t.LongType: 2**63 - 1,
        t.DoubleType: 1.7e308,
        t.StringType: "x",
        t.DateType: date(9999, 12, 31),
    }.get(type(kind))


def lowest(kind):
    """Return the smallest value that a column holds."""
    if isinstance(kind, t.DecimalType):
        return -highest(kind)
    return {
        t.IntegerType: -(2**31),
        t.LongType: -(2**63),
        t.DoubleType: -1.7e308,
        t.StringType: "x",
        t.DateType: date(1, 1, 1),
    }.get(type(kind))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_queries_run_on_spark(spark, path):
    contract = parse_contract(yaml.safe_load(path.read_text(encoding="utf-8")))
    views = {table.name: f"{table.name}_batch" for table in contract.tables}
    for table in contract.tables:
        schema = spark_schema(table)
        values = [tuple(lowest(one.dataType) for one in schema)] * 3 + [
            tuple(highest(one.dataType) for one in schema)
        ] * 3
        spark.createDataFrame([*values, tuple(None for _ in schema)], schema).createOrReplaceTempView(views[table.name])
    for table in contract.tables:
        for rule in gate.rules_of(table):
            if rule.expectation == UNEXPECTED_ROWS:
                query = gate._resolved(rule, views).arguments["query"].replace("{batch}", views[table.name])
                found = spark.sql(query)
                assert "source_document" in found.columns
                found.collect()
