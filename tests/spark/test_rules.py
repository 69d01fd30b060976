"""Every rule written as a query runs where the job judges; tests/contract/test_rules_run.py runs them where `lake try` does."""

from pathlib import Path

import pytest
import yaml
from curation import gate
from curation.contract import parse_contract
from curation.expectations import UNEXPECTED_ROWS
from curation.spark_types import spark_schema

REPORTS = sorted((Path(__file__).parents[2] / "contracts" / "reports").glob("*.yaml"))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_queries_run_on_spark(spark, path):
    contract = parse_contract(yaml.safe_load(path.read_text(encoding="utf-8")))
    views = {table.name: f"{table.name}_batch" for table in contract.tables}
    for table in contract.tables:
        schema = spark_schema(table)
        spark.createDataFrame([tuple(None for _ in schema)], schema).createOrReplaceTempView(views[table.name])
    for table in contract.tables:
        for rule in gate.rules_of(table):
            if rule.expectation == UNEXPECTED_ROWS:
                query = gate._resolved(rule, views).arguments["query"].replace("{batch}", views[table.name])
                found = spark.sql(query)
                assert "source_document" in found.columns
                found.collect()
