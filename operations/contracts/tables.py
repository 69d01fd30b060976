"""A table of a contract: its columns, what it is unique by, whose units it takes, how it is partitioned."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.contracts.catalogue import catalogue_problems
from operations.contracts.columns import AUTOMATIC_COLUMNS, column_problems
from operations.contracts.problems import Problem, did_you_mean

Table = dict[str, Any]


def table_problems(file: Path, contract: dict[str, Any], name: str) -> Iterator[Problem]:
    """Yield what is wrong with one table of a contract whose form is right."""
    table = contract["tables"][name]
    key = f"tables.{name}"
    columns = [column["name"] for column in table["columns"]]
    is_report = "document" in contract
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        yield Problem(file, f"{key}.columns", f"column {column} appears twice", "Give each column a name of its own.")
    yield from catalogue_problems(file, contract, name)
    yield from column_problems(file, contract, name)
    types = {column["name"]: column["type"] for column in table["columns"]} | (AUTOMATIC_COLUMNS if is_report else {})
    yield from _references(file, key, table, list(types))
    yield from _units_of(file, key, contract, name)
    yield from _partitions(file, key, table, types)


def _references(file: Path, key: str, table: Table, known: list[str]) -> Iterator[Problem]:
    named = [("unit", column) for column in (table["unit"] if isinstance(table["unit"], list) else [])]
    named += [(part, column) for part in ("key", "fixed") for column in table.get(part, [])]
    named += [("version", table["version"])] if "version" in table else []
    for part, column in named:
        if column not in known:
            remedy = did_you_mean(column, known, "Name a column of this table.")
            yield Problem(file, f"{key}.{part}", f"there is no column {column}", remedy)
    if table["unit"] == "window" and ("version" in table or "fixed" in table):
        yield Problem(
            file,
            key,
            "version and fixed have no meaning for whole windows",
            "Remove them: the newest report of the window counts.",
        )


def _units_of(file: Path, key: str, contract: dict[str, Any], name: str) -> Iterator[Problem]:
    table = contract["tables"][name]
    other = table.get("units_of")
    if other is None:
        return
    target = contract["tables"].get(other)
    if target is None or other == name:
        yield Problem(
            file, f"{key}.units_of", f"there is no other table {other}", "Name the table whose records name the units."
        )
    elif table["unit"] == "window" or target["unit"] != table["unit"] or target.get("version") != table.get("version"):
        yield Problem(
            file,
            f"{key}.units_of",
            f"{other} has another unit or version",
            "Both tables need the same unit columns and the same version.",
        )
    elif "units_of" in target:
        yield Problem(
            file, f"{key}.units_of", f"{other} takes its units from {target['units_of']}", f"Name {target['units_of']}."
        )


def _partitions(file: Path, key: str, table: Table, types: dict[str, str]) -> Iterator[Problem]:
    for partition in table["partitioned_by"]:
        transform, _, column = partition.rstrip(")").rpartition("(")
        if transform and (field := f"{column}_{transform.removesuffix('s')}") in types:
            yield Problem(
                file,
                f"{key}.partitioned_by",
                f"Iceberg calls {partition} {field}, as a column is called",
                "Use another name for the column.",
            )
        if column not in types:
            yield Problem(
                file, f"{key}.partitioned_by", f"there is no column {column}", "Partition by a column of this table."
            )
        elif transform and types[column] not in {"date", "timestamp"}:
            yield Problem(
                file,
                f"{key}.partitioned_by",
                f"{transform} needs a date or a timestamp, {column} is {types[column]}",
                "Choose another column.",
            )
        elif not transform and types[column] not in {"string", "date"}:
            yield Problem(
                file,
                f"{key}.partitioned_by",
                f"{column} is {types[column]}: too many values",
                "Use a string, or months() of a date.",
            )
        elif isinstance(table["unit"], list) and column not in [*table["unit"], *table.get("fixed", []), "account_id"]:
            yield Problem(
                file,
                f"{key}.partitioned_by",
                f"{column} may differ between restatements of one unit",
                "Add it to the unit, or declare it fixed if it never changes.",
            )
