"""Iceberg tables from contracts: created, and changed as the contract changes; what cannot be changed is refused before anything is written."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import types as t

from curation.contract import Column, Table
from curation.errors import IncompatibleTableError
from curation.spark_types import spark_type

PROPERTIES = {
    "format-version": "2",
    "write.delete.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.merge.mode": "copy-on-write",
    "write.distribution-mode": "hash",
}
TAGGED = "curation.sensitivities"
"""Table property: digest of the columns' sensitivities that Lake Formation was last told."""


@dataclass(frozen=True)
class Change:
    """What a table needs to follow its contract: statements in order; `tagging` when Lake Formation must be told the columns' sensitivities."""

    table: Table
    name: str
    statements: tuple[str, ...]
    tagging: bool
    new: bool = False


def plan(spark: SparkSession, table: Table, name: str, location: str) -> Change:
    """Return what makes the Iceberg table `name` follow the contract. Raises IncompatibleTableError."""
    existing = _existing(spark, name)
    if existing is None:
        return Change(table, name, (_create(table, name, location),), tagging=True, new=True)
    schema, properties, partition_columns = existing
    return Change(table, name, tuple(_alterations(table, name, schema, partition_columns)), properties.get(TAGGED) != sensitivity_digest(table))


def apply(spark: SparkSession, change: Change) -> None:
    """Create or alter the table."""
    for statement in change.statements:
        spark.sql(statement)


def mark_tagged(spark: SparkSession, change: Change) -> None:
    """Remember in the table which sensitivities its columns were tagged with."""
    spark.sql(f"ALTER TABLE {change.name} SET TBLPROPERTIES ('{TAGGED}' = '{sensitivity_digest(change.table)}')")


def sensitivity_digest(table: Table) -> str:
    """Return a digest of the columns and their sensitivities."""
    return hashlib.sha256(json.dumps([[column.name, column.sensitivity] for column in table.fields]).encode()).hexdigest()[:16]


def _existing(spark: SparkSession, name: str) -> tuple[t.StructType, dict[str, str], set[str]] | None:
    """Return schema, properties and partition source columns of a table, None when there is no such table."""
    if not spark.catalog.tableExists(name):
        return None
    jvm: Any = spark._jvm
    table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)
    partition_columns = {table.schema().findColumnName(one.sourceId()) for one in table.spec().fields()}
    return spark.table(name).schema, dict(table.properties()), partition_columns


def _create(table: Table, name: str, location: str) -> str:
    columns = ", ".join(_definition(column) for column in table.fields)
    partitions = f" PARTITIONED BY ({', '.join(one.ddl for one in table.partitions)})" if table.partitions else ""
    properties = ", ".join(f"'{key}' = '{value}'" for key, value in PROPERTIES.items())
    # A catalogue that is a folder decides itself where a table lies, and does so the same way.
    place = f" LOCATION {_quoted(location)}" if "://" in location else ""
    return f"CREATE TABLE {name} ({columns}) USING iceberg{partitions} COMMENT {_quoted(table.description)}{place} TBLPROPERTIES ({properties})"


def _alterations(table: Table, name: str, schema: t.StructType, partition_columns: set[str]) -> list[str]:
    present = {one.name: one.dataType for one in schema}
    wanted = {column.name: column for column in table.fields}
    dropped = [column for column in present if column not in wanted]
    if lost := sorted(set(dropped) & partition_columns):
        raise IncompatibleTableError(f"{name}: the contract drops {', '.join(lost)}, by which the table is partitioned")
    statements = [f"ALTER TABLE {name} DROP COLUMN `{column}`" for column in dropped]
    added = [column for column in table.fields if column.name not in present]
    if added:
        statements.append(f"ALTER TABLE {name} ADD COLUMNS ({', '.join(_definition(column) for column in added)})")
    for column_name, column in wanted.items():
        if column_name in present and present[column_name] != spark_type(column):
            _require_widening(name, column, present[column_name])
            statements.append(f"ALTER TABLE {name} ALTER COLUMN `{column_name}` TYPE {spark_type(column).simpleString()}")
    return statements


def _require_widening(name: str, column: Column, present: t.DataType) -> None:
    wanted = spark_type(column)
    wider_integer = isinstance(present, t.IntegerType) and isinstance(wanted, t.LongType)
    wider_decimal = (
        isinstance(present, t.DecimalType) and isinstance(wanted, t.DecimalType) and wanted.scale == present.scale and wanted.precision > present.precision
    )
    if not (wider_integer or wider_decimal):
        raise IncompatibleTableError(
            f"{name}: column {column.name} is {present.simpleString()} in the table and {wanted.simpleString()} in the contract; "
            "only int to bigint and decimals of the same scale can be widened. Use a new column name."
        )


def _definition(column: Column) -> str:
    comment = f" COMMENT {_quoted(column.description)}" if column.description else ""
    return f"`{column.name}` {_ddl_type(column)}{comment}"


def _ddl_type(column: Column) -> str:
    return "timestamp_ntz" if column.type == "timestamp" else column.type


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
