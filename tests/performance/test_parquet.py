"""An order report to Parquet: through Spark with one task, beside csv.DictReader and polars."""

import gzip
import importlib.util
import os

from curation.platform import spark_session
from curation.platform.stores import Files
from curation.reading.batch import DocumentReader
from curation.reading.frame import rows_of
from curation.reading.tasks import Task
from pyspark.sql import functions as f

from tests.performance import baselines
from tests.performance.documents import ORDER_HEADERS, contract, marketplaces, order_file, record
from tests.performance.measuring import in_turns, show

ROWS = 600_000


def test_orders_to_parquet(session, tmp_path):
    content = order_file(ROWS)
    packed, size = tmp_path / "orders.gz", len(content) / 1e6
    packed.write_bytes(gzip.compress(content, 6))
    document = record(marketplaces()["DE"], charset="Cp1252", key=str(packed), content_bytes=len(content))
    del content
    spark = session(1)
    spark_session.fit_to(spark, document.content_bytes)
    (table,) = contract("all_orders").tables
    in_the_file = [column.name for column in table.columns if column.source in ORDER_HEADERS]

    def through_spark():
        by_id = {one.id: one for one in marketplaces().values()}
        frame = DocumentReader(spark, by_id, Files()).decoded(contract("all_orders"), [Task(0, document)])
        rows_of(frame, table).select(*[f.col(name) for name in in_the_file]).write.mode("overwrite").parquet(
            str(tmp_path / "spark")
        )

    through_spark()  # the JVM compiles what is run often
    contestants = {
        "Spark, one task, the job's decoder": through_spark,
        "csv.DictReader, same casts, pyarrow": lambda: baselines.orders_to_parquet(packed, tmp_path / "reader.parquet"),
    }
    if importlib.util.find_spec("polars"):
        contestants[f"polars, same casts, {os.cpu_count()} threads"] = lambda: baselines.orders_to_parquet_by_polars(
            packed, tmp_path / "polars.parquet"
        )
    spent = in_turns(contestants)
    ours = spent["Spark, one task, the job's decoder"]
    assert spark.read.parquet(str(tmp_path / "spark")).count() == ROWS
    show(
        f"Order report of {size:.0f} MB (gzip, cp1252, {ROWS:,} rows) to Parquet",
        ("by", "MB/s", "s", "processor s", "we are times as fast", "aim"),
        [
            (
                name,
                size / one.clock,
                one.clock,
                one.processor,
                one.clock / ours.clock,
                "" if one is ours else "3.5" if "csv" in name else "1",
            )
            for name, one in spent.items()
        ],
    )
