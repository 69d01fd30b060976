"""Iceberg's own view of a table, through Spark's JVM: what Spark's catalogue does not tell."""

from typing import Any

from pyspark.sql import SparkSession


def iceberg_table(spark: SparkSession, name: str) -> Any:
    """Return Iceberg's Java object of the table `name`. Raises where there is no such table."""
    jvm: Any = spark._jvm
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)


def number_of_rows(spark: SparkSession, name: str) -> int:
    """Return how many rows a table has, as its current snapshot says."""
    snapshot = iceberg_table(spark, name).currentSnapshot()
    return int(snapshot.summary().get("total-records")) if snapshot else 0
