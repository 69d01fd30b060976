"""Commits: change sets and rows of the operations tables, written to Iceberg in one commit each."""

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from curation.contracts.model import Table
from curation.platform import sql
from curation.publishing.bounds import row_bounds
from curation.publishing.change_set import DELETE, PUT, ChangeSet, deleted_columns, same_unit


def merge(spark: SparkSession, changes: ChangeSet) -> None:
    """Write a change set: units that changed lose their old rows and get their new ones, in one commit.

    Repeating it gives the same table. Where the table has none of the units there is nothing to match, and the rows are
    appended.
    """
    if changes.empty:
        return
    fields = [column.name for column in changes.table.fields]
    columns = sql.names(fields)
    if not changes.deleted_units:
        spark.sql(f"INSERT INTO {changes.name} ({columns}) SELECT {columns} FROM {changes.view} WHERE change = '{PUT}'")
        return
    spark.sql(f"""
        MERGE INTO {changes.name} t
        USING (SELECT change, {columns} FROM {changes.view} WHERE change IN ('{PUT}', '{DELETE}')) s
        ON s.change = '{DELETE}' AND {same_unit(changes.table, "t", "s")} AND {changes.bounds}
        WHEN MATCHED THEN DELETE
        WHEN NOT MATCHED AND s.change = '{PUT}' THEN INSERT ({columns}) VALUES ({sql.names(fields, "s")})""")


def append(table: Table, name: str, rows: DataFrame) -> None:
    """Append rows to an operations table that has none of their units."""
    rows.select(*[column.name for column in table.fields]).writeTo(name).append()


def replace_units(spark: SparkSession, table: Table, name: str, rows: DataFrame, units: DataFrame) -> None:
    """Replace the rows of some units of an operations table: the latest run is right.

    `units` may name units without rows; they become empty.
    """
    views = {part: f"{table.name}_{part}" for part in ("rows", "units", "changes")}
    rows = rows.persist(StorageLevel.MEMORY_AND_DISK)
    rows.createOrReplaceTempView(views["rows"])
    units.createOrReplaceTempView(views["units"])
    bounds = row_bounds(spark, table, views["units"])
    source = spark.sql(f"""\
SELECT '{PUT}' AS change, {sql.names(column.name for column in table.fields)} FROM {views["rows"]}
UNION ALL
SELECT '{DELETE}' AS change, {deleted_columns(table)}
FROM (SELECT DISTINCT {sql.names(table.unit_columns)} FROM {views["units"]})""").persist(StorageLevel.MEMORY_AND_DISK)
    source.createOrReplaceTempView(views["changes"])
    merge(spark, ChangeSet(table, name, views["changes"], source, bounds, deleted_units=1))
    source.unpersist()
    rows.unpersist()
