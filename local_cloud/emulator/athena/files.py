"""Iceberg tables in the emulated S3: which files the current snapshot has, and copies of them that DuckDB can read."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from ministack.services import glue, s3
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import StaticTable
from pyiceberg.types import DecimalType, ListType, MapType, StructType

from local_cloud.emulator.athena import QueryError

_SCALARS = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "string": "VARCHAR",
    "uuid": "UUID",
    "binary": "BLOB",
}


def copies_folder() -> Path:
    """Where copies of S3 objects lie, by bucket and key."""
    return Path(os.environ["LOCAL_CLOUD_STATE"]) / "athena"


def local_copy(location: str) -> str:
    """A file with the content of an object; made once, because Iceberg never changes a file.

    Raises QueryError when there is no such object.
    """
    parsed = urlparse(location)
    path = copies_folder() / parsed.netloc / parsed.path.lstrip("/")
    if not path.exists():
        content = s3._get_object_data(parsed.netloc, parsed.path.lstrip("/"))
        if content is None:
            raise QueryError(f"ICEBERG_CANNOT_OPEN_SPLIT: Error opening Iceberg split {location}")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{threading.get_ident()}")
        draft.write_bytes(content)
        draft.replace(path)
    return str(path)


class EmulatedFileIO(PyArrowFileIO):  # type: ignore[misc]  # pyiceberg is not followed
    """Reads objects of the emulated S3 in process: over HTTP the emulator would wait for itself."""

    def new_input(self, location: str) -> Any:
        """An input file for a local path or an s3:// location."""
        return super().new_input(local_copy(location) if location.startswith("s3") else location)


def glue_table(database: str, name: str) -> dict[str, Any] | None:
    """The catalogue's entry of a table."""
    found: dict[str, Any] | None = glue._tables.get(f"{database}/{name}")
    return found


def iceberg_table(entry: dict[str, Any]) -> Any:
    """The Iceberg table of a catalogue entry. Raises QueryError for other kinds of table."""
    parameters = entry.get("Parameters") or {}
    if parameters.get("table_type", "").upper() != "ICEBERG":
        raise QueryError(f"NOT_SUPPORTED: {entry['Name']} is not an Iceberg table, which is all that this Athena reads")
    properties = {"py-io-impl": f"{__name__}.EmulatedFileIO"}
    return StaticTable.from_metadata(parameters["metadata_location"], properties=properties)


def duckdb_type(kind: Any) -> str:
    """DuckDB's name of an Iceberg type."""
    if isinstance(kind, DecimalType):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if isinstance(kind, ListType):
        return f"{duckdb_type(kind.element_type)}[]"
    if isinstance(kind, MapType):
        return f"MAP({duckdb_type(kind.key_type)}, {duckdb_type(kind.value_type)})"
    if isinstance(kind, StructType):
        return (
            "STRUCT("
            + ", ".join(f"{quoted(field.name)} {duckdb_type(field.field_type)}" for field in kind.fields)
            + ")"
        )
    return _SCALARS.get(str(kind), "BLOB")


def quoted(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def schema_at(table: Any, snapshot_id: int | None) -> Any:
    """The columns that a table has now, or had when a snapshot was made."""
    return table.schemas()[table.snapshot_by_id(snapshot_id).schema_id] if snapshot_id else table.schema()


def read_statement(table: Any, snapshot_id: int | None, may_open: Callable[[str], None]) -> tuple[str, int]:
    """A DuckDB SELECT over the data files of a snapshot (the current one by default), and how many bytes they have.

    Columns are found by field id, as Iceberg does: renamed ones under their new name, added ones as NULL. Raises
    QueryError for tables with delete files, and whatever `may_open` raises for a file.
    """
    scan = table.scan(snapshot_id=snapshot_id) if snapshot_id else table.scan()
    schema = schema_at(table, snapshot_id)
    tasks = list(scan.plan_files())
    if any(task.delete_files for task in tasks):
        raise QueryError(
            "NOT_SUPPORTED: the table has delete files (merge-on-read), which this Athena does not read; "
            "write it copy-on-write"
        )
    for task in tasks:
        may_open(task.file.file_path)
    fields = schema.fields
    if not tasks:
        columns = ", ".join(
            f"CAST(NULL AS {duckdb_type(field.field_type)}) AS {quoted(field.name)}" for field in fields
        )
        return f"SELECT {columns} WHERE false", 0
    by_id = ", ".join(f"{field.field_id}: {_read_as(field)}" for field in fields)
    paths = ", ".join(text_literal(local_copy(task.file.file_path)) for task in tasks)
    names = ", ".join(quoted(field.name) for field in fields)
    size = sum(task.file.file_size_in_bytes for task in tasks)
    source = f"read_parquet([{paths}], schema=MAP {{{by_id}}}, hive_partitioning=false)"
    return f"SELECT {names} FROM {source}", size  # noqa: S608 - names and paths are quoted


def _read_as(field: Any) -> str:
    """What a column with the field's id becomes, as an argument of read_parquet."""
    kind = text_literal(duckdb_type(field.field_type))
    return f"{{'name': {text_literal(field.name)}, 'type': {kind}, 'default_value': NULL}}"
