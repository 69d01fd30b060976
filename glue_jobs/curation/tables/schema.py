"""Iceberg tables from contracts: created, and changed as the contract changes.

A change that cannot be made is refused before anything is written.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import types as t

from curation.contracts.model import Column, Table
from curation.contracts.spark_types import spark_type
from curation.errors import IncompatibleTableError
from curation.platform import sql
from curation.platform.iceberg import iceberg_table

PROPERTIES = {
    "format-version": "2",
    "write.delete.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.merge.mode": "copy-on-write",
    "write.distribution-mode": "hash",
}
METRICS = "write.metadata.metrics.column."
"""Table property, with a column's name: what Iceberg's manifests keep of the column's values in each file."""
WITHOUT_BOUNDS = "counts"
"""Counts only. By default the least and the greatest value of a file stand in its manifest (Iceberg's documentation,
"Write properties"), where a metadata table shows them, and old manifests keep them after a deletion."""
TAGGED = "curation.sensitivities"
"""Table property: digest of the sensitivities with which the columns were last tagged in Lake Formation."""


_TRANSFORMS = {None: "identity", "years": "year", "months": "month", "days": "day"}
"""Iceberg's names for the transforms of a contract."""


@dataclass(frozen=True)
class Change:
    """What makes a table follow its contract: statements in order.

    `tagging` tells that the sensitivities of its columns must be tagged in Lake Formation; `new` that the table is
    created.
    """

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
    statements = [
        *_alterations(table, name, existing),
        *_partitions(table, name, existing),
        *_metrics(table, name, existing),
    ]
    return Change(table, name, tuple(statements), existing.properties.get(TAGGED) != sensitivity_digest(table))


def apply(spark: SparkSession, change: Change) -> None:
    """Create or alter the table."""
    for statement in change.statements:
        spark.sql(statement)


def mark_tagged(spark: SparkSession, change: Change) -> None:
    """Remember in the table which sensitivities its columns were tagged with."""
    spark.sql(f"ALTER TABLE {change.name} SET TBLPROPERTIES ('{TAGGED}' = '{sensitivity_digest(change.table)}')")


def metrics_of(table: Table) -> dict[str, str]:
    """Return the properties that keep the values of personal columns out of the table's metadata."""
    return {f"{METRICS}{column.name}": WITHOUT_BOUNDS for column in table.fields if column.sensitivity == "personal"}


def sensitivity_digest(table: Table) -> str:
    """Return a digest of the columns and their sensitivities."""
    return hashlib.sha256(
        json.dumps([[column.name, column.sensitivity] for column in table.fields]).encode()
    ).hexdigest()[:16]


@dataclass(frozen=True)
class _Field:
    """A partition field in Iceberg's terms: `d_month`, the month of `d`."""

    name: str
    column: str
    transform: str


@dataclass(frozen=True)
class _Existing:
    """A table as it is. `fields` partition what is written from now on, `past_fields` older files too."""

    schema: t.StructType
    properties: dict[str, str]
    fields: tuple[_Field, ...]
    past_fields: tuple[_Field, ...]


def _existing(spark: SparkSession, name: str) -> _Existing | None:
    """Return what a table is, None when there is no such table."""
    if not spark.catalog.tableExists(name):
        return None
    table = iceberg_table(spark, name)

    def fields(spec: Any) -> tuple[_Field, ...]:
        return tuple(
            _Field(one.name(), table.schema().findColumnName(one.sourceId()), one.transform().toString())
            for one in spec.fields()
        )

    past = dict.fromkeys(field for spec in table.specs().values() for field in fields(spec))
    return _Existing(spark.table(name).schema, dict(table.properties()), fields(table.spec()), tuple(past))


def _create(table: Table, name: str, location: str) -> str:
    columns = ", ".join(_definition(column) for column in table.fields)
    partitions = f" PARTITIONED BY ({', '.join(one.ddl for one in table.partitions)})" if table.partitions else ""
    properties = _written({**PROPERTIES, **metrics_of(table)})
    # A catalogue that is a folder chooses the location of a table itself, in the same way.
    place = f" LOCATION {sql.quoted(location)}" if "://" in location else ""
    comment = f" COMMENT {sql.quoted(table.description)}"
    return f"CREATE TABLE {name} ({columns}) USING iceberg{partitions}{comment}{place} TBLPROPERTIES ({properties})"


def _metrics(table: Table, name: str, existing: _Existing) -> list[str]:
    """Return the statements that make the metrics of a table's columns follow their sensitivities."""
    wanted = metrics_of(table)
    present = {key: value for key, value in existing.properties.items() if key.startswith(METRICS)}
    columns = {column.name for column in table.fields}  # Iceberg itself forgets the metrics of a column that is dropped
    dropped = [key for key in present if key not in wanted and key.removeprefix(METRICS) in columns]
    added = {key: value for key, value in wanted.items() if present.get(key) != value}
    return [
        *([f"ALTER TABLE {name} UNSET TBLPROPERTIES ({', '.join(map(sql.quoted, dropped))})"] if dropped else []),
        *([f"ALTER TABLE {name} SET TBLPROPERTIES ({_written(added)})"] if added else []),
    ]


def _written(properties: Mapping[str, str]) -> str:
    return ", ".join(f"{sql.quoted(key)} = {sql.quoted(value)}" for key, value in properties.items())


def _alterations(table: Table, name: str, existing: _Existing) -> list[str]:
    present = {one.name: one.dataType for one in existing.schema}
    wanted = {column.name: column for column in table.fields}
    dropped = [column for column in present if column not in wanted]
    # Iceberg drops a column by which only older files are cut, and then cannot read its own list of files any more.
    if lost := sorted(set(dropped) & {field.column for field in existing.past_fields}):
        raise IncompatibleTableError(
            f"{name}: the contract drops {', '.join(lost)}, by which the table is or was partitioned. Keep the column."
        )
    statements = [f"ALTER TABLE {name} DROP COLUMN `{column}`" for column in dropped]
    added = [column for column in table.fields if column.name not in present]
    if taken := sorted({column.name for column in added} & {field.name for field in existing.past_fields}):
        raise IncompatibleTableError(
            f"{name}: {', '.join(taken)} is the name of a partition field of the table. "
            "Use another name for the column."
        )
    if added:
        statements.append(f"ALTER TABLE {name} ADD COLUMNS ({', '.join(_definition(column) for column in added)})")
    for column_name, column in wanted.items():
        if column_name in present and present[column_name] != spark_type(column):
            _require_widening(name, column, present[column_name])
            statements.append(
                f"ALTER TABLE {name} ALTER COLUMN `{column_name}` TYPE {spark_type(column).simpleString()}"
            )
    return statements


def _partitions(table: Table, name: str, existing: _Existing) -> list[str]:
    """Return the statements that partition the table as the contract says.

    They apply to what is written from now on; older files stay as they are, and are still found.
    """
    wanted = {(one.column, _TRANSFORMS[one.transform]): one for one in table.partitions}
    present = {(field.column, field.transform): field for field in existing.fields}
    added = [one for key, one in wanted.items() if key not in present]
    names = {one.name for one in existing.schema} | {column.name for column in table.fields}
    if taken := sorted(
        field for one in added if one.transform and (field := f"{one.column}_{_TRANSFORMS[one.transform]}") in names
    ):
        raise IncompatibleTableError(
            f"{name}: a column is called {', '.join(taken)}, which is the name of a partition field of the contract"
        )
    dropped = [field.name for key, field in present.items() if key not in wanted]
    return [
        *(f"ALTER TABLE {name} DROP PARTITION FIELD `{field}`" for field in dropped),
        *(f"ALTER TABLE {name} ADD PARTITION FIELD {one.ddl}" for one in added),
    ]


def _require_widening(name: str, column: Column, present: t.DataType) -> None:
    wanted = spark_type(column)
    wider_integer = isinstance(present, t.IntegerType) and isinstance(wanted, t.LongType)
    wider_decimal = (
        isinstance(present, t.DecimalType)
        and isinstance(wanted, t.DecimalType)
        and wanted.scale == present.scale
        and wanted.precision > present.precision
    )
    if not (wider_integer or wider_decimal):
        raise IncompatibleTableError(
            f"{name}: column {column.name} is {present.simpleString()} in the table and {wanted.simpleString()} in the "
            "contract; "
            "only int to bigint and decimals of the same scale can be widened. Use a new column name."
        )


def _definition(column: Column) -> str:
    comment = f" COMMENT {sql.quoted(column.description)}" if column.description else ""
    return f"`{column.name}` {_ddl_type(column)}{comment}"


def _ddl_type(column: Column) -> str:
    return "timestamp_ntz" if column.type == "timestamp" else column.type
