"""Computing what a batch changes in a table: its rows against those the table has."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as t

from curation.contracts.model import WINDOW_UNIT, Table
from curation.manifest import DocumentRecord
from curation.platform import sql
from curation.publishing.bounds import unit_bounds, window_bounds
from curation.publishing.change_set import DELETE, ChangeSet
from curation.publishing.deciding import Views, deciding_statement, order_fields, tagging_statement


@dataclass(frozen=True)
class ParentTable:
    """The table that another one takes its units from, as promotions do from orders.

    `rows` are its rows in the batch, `name` is its full name.
    """

    rows: DataFrame
    name: str


def changes_for_documents(
    spark: SparkSession, table: Table, name: str, rows: DataFrame, newest: Sequence[DocumentRecord], *, replayed: bool
) -> ChangeSet:
    """Compute what documents change in a table with the unit `window`.

    `newest`: the newest document of each window unit, empty ones included; rows of other documents are superseded.
    `replayed`: some of them were published before, so look whether anything differs.
    """
    arriving = spark.createDataFrame(
        [(*document.window_unit, document.report_time.replace(tzinfo=None), document.name) for document in newest],
        t.StructType([*(t.StructField(column, t.StringType()) for column in WINDOW_UNIT), *order_fields(table)]),
    )
    bounds = window_bounds(document.window for document in newest)
    return _changes(spark, table, name, rows, arriving, bounds=bounds, parent=None, replayed=replayed)


def changes_for_rows(
    spark: SparkSession, table: Table, name: str, rows: DataFrame, parent: ParentTable | None = None, *, replayed: bool
) -> ChangeSet:
    """Compute what rows change in a table whose units are named in rows, as orders and settlements are.

    The rows are its own, or those of its parent table.
    """
    view = f"{table.name}_arrived"
    order = [one.name for one in order_fields(table)]
    columns = list(dict.fromkeys([*table.unit_columns, *order, *(one.column for one in table.partitions)]))
    named = rows.select(*columns)
    (named.unionByName(parent.rows.select(*columns)) if parent else named).createOrReplaceTempView(view)
    units = sql.names(table.unit_columns)
    arriving = spark.sql(f"""\
SELECT {units}, {sql.names(order, "newest")}
FROM (SELECT {units}, max(struct({sql.names(order)})) AS newest FROM {view} GROUP BY {units})""")
    bounds = unit_bounds(spark, table, view, (name, parent.name) if parent else (name,))
    return _changes(
        spark, table, name, rows, arriving, bounds=bounds, parent=parent.name if parent else None, replayed=replayed
    )


def _changes(
    spark: SparkSession,
    table: Table,
    name: str,
    rows: DataFrame,
    arriving: DataFrame,
    *,
    bounds: str,
    parent: str | None,
    replayed: bool,
) -> ChangeSet:
    views = Views.of(table)
    rows.createOrReplaceTempView(views.rows)
    arriving.createOrReplaceTempView(views.arriving)
    decided = spark.sql(deciding_statement(table, name, views, bounds=bounds, parent=parent, replayed=replayed))
    decided.createOrReplaceTempView(views.decided)
    frame = spark.sql(tagging_statement(table, views)).persist(StorageLevel.MEMORY_AND_DISK)
    frame.createOrReplaceTempView(views.changes)
    changes = ChangeSet(table, name, views.changes, frame, bounds)
    for document, tag, count in frame.groupBy("source_document", "change").count().collect():
        if tag == DELETE:
            changes.deleted_units += count
        else:
            changes.counts.setdefault(document, {})[tag] = count
    return changes
