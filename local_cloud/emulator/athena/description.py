"""What the catalogue says of tables: SHOW, DESCRIBE, and their present columns."""

import re
from collections.abc import Mapping
from typing import Any

from local_cloud.emulator.athena import QueryError, files
from local_cloud.emulator.athena.types import ColumnType, Result
from local_cloud.emulator.athena.viewer import Viewer
from local_cloud.emulator.lake_formation.catalogue import present_columns

_IDENTIFIER = r"(?:\"[^\"]+\"|`[^`]+`|[\w$]+)"
_NAME = rf"({_IDENTIFIER}(?:\.{_IDENTIFIER})*)"
_TEXT = ColumnType("varchar", 2147483647, 0)


def columns(entry: Mapping[str, Any], viewer: Viewer) -> list[Mapping[str, Any]]:
    """The present columns of a table that a viewer is shown."""
    described = viewer.described(entry)
    return [column for column in present_columns(entry) if described is None or column["Name"].lower() in described]


def describe(statement: str, database: str, viewer: Viewer) -> Result | None:
    """SHOW and DESCRIBE; None for other statements. Raises QueryError."""
    if re.fullmatch(r"SHOW\s+(DATABASES|SCHEMAS)", statement, re.IGNORECASE):
        return _texts("database_name", sorted(viewer.databases()))
    shown = re.fullmatch(
        rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{_NAME})?(?:\s+(?:LIKE\s+)?'([^']*)')?", statement, re.IGNORECASE
    )
    if shown:
        wanted, pattern = (_unquoted(shown[1])[-1] if shown[1] else database), shown[2] or "*"
        known = sorted(entry["Name"] for entry in viewer.tables(wanted))
        return _texts("tab_name", [name for name in known if re.fullmatch(pattern.replace("*", ".*"), name)])
    described = re.fullmatch(rf"(DESCRIBE|DESC|SHOW\s+COLUMNS\s+(?:IN|FROM))\s+{_NAME}", statement, re.IGNORECASE)
    if not described:
        return None
    *schema, name = _unquoted(described[2])
    viewer.require_table(schema[-1] if schema else database, name)
    entry = files.glue_table(schema[-1] if schema else database, name)
    if entry is None:
        raise QueryError(f"FAILED: SemanticException [Error 10001]: Table not found {name}")
    if described[1].upper().startswith("SHOW"):
        return _texts("field", [column["Name"] for column in columns(entry, viewer)])
    return _texts(
        "col_name",
        [
            f"{column['Name']:<20}\t{column['Type']:<20}\t{column.get('Comment', ''):<20}"
            for column in columns(entry, viewer)
        ],
    )


def _unquoted(name: str) -> list[str]:
    return [part.strip('"`').lower() for part in re.findall(_IDENTIFIER, name)]


def _texts(name: str, values: list[str]) -> Result:
    return Result([name], [_TEXT], [[value] for value in values])
