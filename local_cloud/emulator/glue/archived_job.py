"""A small curation, whose classes are archived: Iceberg tables in Glue and S3, a MERGE, Python workers with Arrow."""

from collections.abc import Iterable

import pyarrow as pa
from pyspark.sql import SparkSession


def same(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    """The batches as they came."""
    yield from batches


spark = (
    SparkSession.builder.config(
        "spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    )
    .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.lake.catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog")
    .config("spark.sql.catalog.lake.io-impl", "org.apache.iceberg.aws.s3.S3FileIO")
    .config("spark.sql.catalog.lake.warehouse", "s3://warm/")
    .getOrCreate()
)
spark.sql(
    """
    CREATE TABLE IF NOT EXISTS lake.warm.rows (id bigint, day date, amount decimal(18,2), label string)
    USING iceberg PARTITIONED BY (months(day))
    """
)
made = spark.sql(
    """
    SELECT id, DATE '2026-01-01' AS day, CAST(id AS decimal(18,2)) AS amount, CAST(id AS string) AS label
    FROM range(10)
    """
)
made.mapInArrow(same, made.schema).cache().createOrReplaceTempView("batch")
merge = """
    MERGE INTO lake.warm.rows t USING (SELECT * FROM batch) s ON t.id = s.id AND t.day = s.day
    WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *
"""
for _ in range(2):
    spark.sql(merge)
spark.sql("SELECT day, count(*), sum(amount) FROM lake.warm.rows GROUP BY day ORDER BY day").collect()
spark.stop()
