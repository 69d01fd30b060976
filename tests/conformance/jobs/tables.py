"""A Glue job: Iceberg tables for the Athena tests.

`helper` comes from --extra-py-files, spark.conformance from --conf.
"""

import argparse

import helper
from pyspark.sql import SparkSession

parser = argparse.ArgumentParser()
parser.add_argument("--warehouse", required=True)
parser.add_argument("--database", required=True)
arguments, others = parser.parse_known_args()
spark = (
    SparkSession.builder.config("spark.sql.sources.partitionOverwriteMode", "dynamic")
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.lake.catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog")
    .config("spark.sql.catalog.lake.io-impl", "org.apache.iceberg.aws.s3.S3FileIO")
    .config("spark.sql.catalog.lake.warehouse", arguments.warehouse)
    .getOrCreate()
)
print(helper.GREETING, spark.conf.get("spark.conformance"), others)
sales, merged = f"lake.{arguments.database}.sales", f"lake.{arguments.database}.merged_on_read"
moment = "2026-01-05 13:04:05.123456"
rows = f"""
    SELECT
        date_add(DATE '2025-12-31', CAST(id AS int)) AS day,
        concat('ASIN', id % 3) AS asin,
        CAST(id AS int) AS units,
        CAST(id * 100 / 3 AS decimal(18,2)) AS sales,
        id / 7 AS ratio,
        CAST('{moment}' AS timestamp_ntz) AS seen,
        CAST('{moment}' AS timestamp) AS instant,
        map('k', CAST(id AS string)) AS attributes,
        array('a', 'b') AS tags
    FROM range(0, 6, 1, 1)
"""
spark.sql(
    f"CREATE TABLE {sales} USING iceberg PARTITIONED BY (months(day)) TBLPROPERTIES ('format-version'='2') AS {rows}"
)
replaced = f"""
    SELECT day, asin, units + 100, sales, ratio, seen, instant, attributes, tags
    FROM {sales} WHERE day = DATE '2025-12-31'
"""
spark.sql(f"INSERT OVERWRITE {sales} {replaced}")
spark.sql(f"ALTER TABLE {sales} RENAME COLUMN ratio TO share")
spark.sql(f"ALTER TABLE {sales} ADD COLUMN currency string")
merge_on_read = "'format-version'='2', 'write.delete.mode'='merge-on-read'"
spark.sql(f"CREATE TABLE {merged} USING iceberg TBLPROPERTIES ({merge_on_read}) AS SELECT id FROM range(0, 3, 1, 1)")
spark.sql(f"DELETE FROM {merged} WHERE id = 1")
