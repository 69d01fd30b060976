"""One Spark session for the suite, with a real Iceberg catalogue in a temporary folder, and a small lake."""

import gzip
import itertools
import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from curation.platform import spark_session
from curation.platform.stores import Files
from curation.run import CurationRun
from curation.settings import Settings
from curation.tables.lake_formation import NoTagger

from local_cloud.emulator.glue import spark as local_spark
from tests.document_record import document_record

CONTRACTS = Path(__file__).parents[2] / "contracts"


def iceberg() -> str:
    """Where Spark finds Iceberg, as an option of spark-submit."""
    return f"--driver-class-path {os.pathsep.join(map(str, local_spark.iceberg(os.environ)))}"


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory):
    return tmp_path_factory.mktemp("warehouse")


@pytest.fixture(scope="session")
def spark(warehouse):
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join(
        [
            f"--master local[2] {iceberg()}",
            "--conf spark.sql.catalog.lake.type=hadoop",
            f"--conf spark.sql.catalog.lake.warehouse={warehouse}",
            f"--conf spark.sql.warehouse.dir={warehouse}/unused",
            "--conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1",
            "--conf spark.ui.enabled=false",
            "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'",
            "pyspark-shell",
        ]
    )
    session = spark_session.session("tests", str(warehouse), "eu-west-1")
    session.sparkContext.setLogLevel("ERROR")
    spark_session.fit_to(session, 0)
    yield session
    session.stop()


class Lake:
    """A lake of its own: databases, a folder of documents, and contracts."""

    def __init__(self, spark, folder, number):
        self.spark = spark
        self.folder = folder
        self.settings = Settings(
            manifest=str(folder / "manifest.json"),
            results=str(folder / "results.json"),
            contracts=str(folder / "contracts.json"),
            curated_database=f"curated_{number}",
            operations_database=f"operations_{number}",
            sensitivity_tag="lake-sensitivity",
            warehouse=str(folder / "warehouse"),
            data_docs=str(folder / "data_docs"),
            region="eu-west-1",
        )
        self.marketplaces = yaml.safe_load((CONTRACTS / "marketplaces.yaml").read_text())["marketplaces"]
        self.sources = {}
        for name in ("documents", "quality_results", "quarantine"):
            self.sources[name] = yaml.safe_load((CONTRACTS / "operations" / f"{name}.yaml").read_text())
        self.runs = 0

    def add(self, contract):
        self.sources[contract["source"]] = contract

    def add_report(self, name):
        self.add(yaml.safe_load((CONTRACTS / "reports" / f"{name}.yaml").read_text()))

    def document(self, content, *, packed=True, **record):
        """Store a document and return its record for a manifest."""
        content = (
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else json.dumps(content).encode()
        )
        base = document_record(
            **{
                "account": "northwind",
                "source": "orders",
                "request": "orders-0",
                "variant": "all",
                "marketplace_id": "A1PA6795UKMFR9",
                "marketplace_ids": ["A1PA6795UKMFR9"],
                "content_bytes": len(content),
                "stored_at": "2026-11-02T00:00:00Z",
            }
            | record
        )
        path = self.folder / f"{base['account']}-{base['report_id']}.gz"
        path.write_bytes(gzip.compress(content) if packed else content)
        return base | {"key": str(path)}

    def run(self, *documents, run_id=None, tagger=None):
        self.runs += 1
        (self.folder / "contracts.json").write_text(
            json.dumps({"digest": "0", "marketplaces": self.marketplaces, "sources": self.sources})
        )
        (self.folder / "manifest.json").write_text(
            json.dumps({"run_id": run_id or f"run-{self.runs}", "documents": list(documents)})
        )
        CurationRun(self.spark, self.settings, Files(), tagger or NoTagger()).run()
        return json.loads((self.folder / "results.json").read_text())

    def rows(self, table, *columns):
        name = f"lake.{self.settings.curated_database}.{table}"
        chosen = ", ".join(columns)
        return sorted((tuple(row) for row in self.spark.sql(f"SELECT {chosen} FROM {name}").collect()), key=repr)

    def operations(self, table):
        return [row.asDict() for row in self.spark.table(f"lake.{self.settings.operations_database}.{table}").collect()]

    def snapshots(self, table):
        return self.spark.sql(f"SELECT count(*) FROM lake.{self.settings.curated_database}.{table}.snapshots").head()[0]


_numbers = itertools.count(1)


@pytest.fixture
def lake(spark, tmp_path):
    return Lake(spark, tmp_path, next(_numbers))


@pytest.fixture
def fresh_lake(spark):
    """Return a function that makes a lake in a folder."""
    return lambda folder: Lake(spark, folder, next(_numbers))


ORDERS = {
    "source": "orders",
    "description": "d",
    "documentation": "d",
    "request": {},
    "document": {"format": "tsv", "quoting": "none", "numbers": "point"},
    "tables": {
        "orders": {
            "description": "Orders",
            "unit": ["order_id"],
            "version": "updated",
            "fixed": ["bought"],
            "columns": [
                {"name": "order_id", "from": "order-id", "type": "string", "required": True, "description": "d"},
                {"name": "bought", "from": "bought", "type": "timestamp", "required": True, "description": "d"},
                {"name": "updated", "from": "updated", "type": "timestamp", "required": True, "description": "d"},
                {"name": "sku", "from": "sku", "type": "string", "description": "d"},
                {"name": "quantity", "from": "quantity", "type": "int", "description": "d"},
                {"name": "price", "from": "price", "type": "decimal(10,2)", "description": "d"},
                {"name": "city", "from": "city", "type": "string", "sensitivity": "personal", "description": "d"},
            ],
            "partitioned_by": ["months(bought)"],
            "quality": [
                {"expect": "column_values_to_be_between", "column": "quantity", "min_value": 0, "severity": "critical"}
            ],
        }
    },
}

DAYS = {
    "source": "days",
    "description": "d",
    "documentation": "d",
    "request": {},
    "document": {"format": "json", "echo": {"section": "reportSpecification", "dates": "exact"}},
    "tables": {
        "days": {
            "description": "Days",
            "records": "byDate",
            "unit": "window",
            "key": ["day"],
            "columns": [
                {"name": "day", "from": "date", "type": "date", "required": True, "description": "d"},
                {"name": "sales", "from": "sales.amount", "type": "decimal(18,4)", "description": "d"},
            ],
            "partitioned_by": ["months(day)"],
        },
        "items": {
            "description": "Items",
            "records": "byAsin",
            "unit": "window",
            "columns": [
                {"name": "day", "from": "$request.window_start", "type": "date", "description": "d"},
                {"name": "asin", "from": "asin", "type": "string", "required": True, "description": "d"},
                {"name": "units", "from": "units", "type": "bigint", "description": "d"},
            ],
            "partitioned_by": ["months(day)"],
            "quality": [
                {"expect": "column_values_to_be_between", "column": "units", "max_value": 1000, "severity": "warning"}
            ],
        },
    },
}


@pytest.fixture
def orders_contract():
    return json.loads(json.dumps(ORDERS))


@pytest.fixture
def days_contract():
    return json.loads(json.dumps(DAYS))


@pytest.fixture
def day(lake):
    """Return a function that stores a document of the `days` contract."""

    def store(report_id, items, *, window="2026-11-01", sales="1.5", days=True, **record):
        body = {
            "reportSpecification": {"reportType": "GET_TEST", "marketplaceIds": ["A1PA6795UKMFR9"]},
            "byDate": [{"date": window, "sales": {"amount": float(sales)}}] if days else [],
            "byAsin": [{"asin": asin, "units": units} for asin, units in items],
        }
        return lake.document(
            body, source="days", report_id=report_id, window=window, window_start=window, window_end=window, **record
        )

    return store


@pytest.fixture
def order_file(lake):
    """Return a function that stores a document of the `orders` contract: rows of (order, updated, sku, quantity)."""

    def store(
        report_id, rows, *, charset="utf-8", header="order-id\tbought\tupdated\tsku\tquantity\tprice\tcity", **record
    ):
        lines = [
            f"{order}\t2026-10-05T10:00:00Z\t{updated}T00:00:00+00:00\t{sku}\t{quantity}\t9.90\tKöln"
            for order, updated, sku, quantity in rows
        ]
        return lake.document("\r\n".join([header, *lines, ""]).encode(charset), report_id=report_id, **record)

    return store
