"""A Spark session of as many cores as a measurement wants, on Iceberg tables in a folder."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest
from curation.platform import spark_session
from pyspark import SparkContext
from pyspark.sql import SparkSession

from tests.spark.conftest import iceberg


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], SparkSession]]:
    """Return a function that starts the session."""
    warehouse = tmp_path_factory.mktemp("warehouse")
    started: list[SparkSession] = []

    def start(cores: int) -> SparkSession:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        os.environ["PYSPARK_SUBMIT_ARGS"] = (
            f"{iceberg()} --conf spark.sql.catalog.lake.type=hadoop --conf spark.driver.memory=4g "
            "--conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 pyspark-shell"
        )
        SparkContext._ensure_initialized()
        SparkContext._jvm.System.setProperty(
            "spark.master", f"local[{cores}]"
        )  # the JVM outlives a session: another module may want other cores
        SparkContext._jvm.System.setProperty("spark.sql.catalog.lake.warehouse", str(warehouse))
        started.append(spark_session.session("bench", str(warehouse), "eu-west-1"))
        started[0].sparkContext.setLogLevel("ERROR")
        return started[0]

    yield start
    for one in started:
        one.stop()
