"""The columns of a table: which field each comes from, how its values are read, and which fields are left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.contracts.problems import Problem

AUTOMATIC_COLUMNS = {
    "account_id": "string",
    "marketplace_id": "string",
    "request_variant": "string",
    "request_window": "string",
    "source_document": "string",
    "observed_at": "timestamp",
    "other_columns": "map",
}
"""What every report table has beside the contract's columns, with its type: the same as in the job's model.

It stands here again because `lake try` answers wrong use without loading the job (a test holds that they agree).
"""
_VALUES = re.compile(
    r"^\$(request\.(window_start|window_end|marketplace_id|variant|options\.\w+)"
    r"|document\.(report_time|report_id)|marketplace\.currency|row\.number|first_row\..+)$"
)
_INSTANT_FORMAT = re.compile(r"%[HIMSfpZzcX]")

Table = dict[str, Any]


def column_problems(file: Path, contract: dict[str, Any], name: str) -> Iterator[Problem]:
    """Yield what is wrong with the columns of one table of a contract whose form is right."""
    table = contract["tables"][name]
    key = f"tables.{name}"
    if "document" in contract:
        yield from _records(file, key, contract, table)
        for column in table["columns"]:
            yield from _source(file, f"{key}.columns.{column['name']}", contract, table, column)
        yield from _aliases(file, key, contract, table)
        yield from _omitted(file, key, table)
    for column in table["columns"]:
        yield from _reading(file, f"{key}.columns.{column['name']}", column)


def _records(file: Path, key: str, contract: dict[str, Any], table: Table) -> Iterator[Problem]:
    flat = contract["document"]["format"] in {"tsv", "csv"}
    if flat == ("records" in table):
        yield Problem(
            file,
            f"{key}.records",
            "flat files have none, JSON and XML need one",
            "Remove it." if flat else "Name the array of records.",
        )
    if contract["document"]["format"] == "xml" and "records" in table:
        outermost = min((other.get("records", "") for other in contract["tables"].values()), key=len)
        if table["records"] != outermost and not table["records"].startswith(f"{outermost}."):
            yield Problem(
                file,
                f"{key}.records",
                f"{table['records']} does not lie in {outermost}",
                "XML is cut at one element: nest all records in it.",
            )


def _source(
    file: Path, where: str, contract: dict[str, Any], table: Table, column: dict[str, Any]
) -> Iterator[Problem]:
    if column["name"] in AUTOMATIC_COLUMNS:
        yield Problem(file, where, "every table has this column already", "Remove it or choose another name.")
    source = column.get("from")
    kind = contract["document"]["format"]
    flat = kind in {"tsv", "csv"}
    if source is None:
        yield Problem(file, where, "missing from", "Say which field of the record it comes from.")
    elif source.startswith("$"):
        yield from _value(file, where, contract, source)
    elif not flat and source.startswith("../") and source.count("../") > table["records"].count("."):
        yield Problem(file, where, f"{source} goes above the document's root", "Use one ../ per step of records.")
    elif "@" in source and kind == "json":
        yield Problem(file, where, f"{source} names an attribute, JSON has none", "Name a field.")
    if "aliases" in column and (not flat or source is None or source.startswith("$")):
        yield Problem(file, f"{where}.aliases", "only headers of flat files are localised", "Remove them.")


def _value(file: Path, where: str, contract: dict[str, Any], source: str) -> Iterator[Problem]:
    if not _VALUES.match(source):
        yield Problem(
            file,
            where,
            f"{source} is not known",
            "See docs/contracts.md for the values that requests and documents offer.",
        )
    elif source.startswith("$request.options."):
        option = source.removeprefix("$request.options.")
        lacking = [variant for variant, options in contract["request"]["variants"].items() if option not in options]
        if lacking:
            yield Problem(
                file,
                where,
                f"variant {', '.join(lacking)} has no option {option}",
                "Name the option in the variant, or take another source.",
            )
    elif source.startswith("$first_row.") and contract["document"]["format"] not in {"tsv", "csv"}:
        yield Problem(file, where, f"{source} needs a flat file", "Reach to the parent with ../ instead.")
    elif (
        source.startswith(("$request.marketplace_id", "$marketplace."))
        and contract["request"]["scope"] != "marketplace"
    ):
        yield Problem(
            file, where, f"{source} is empty: the request is for a whole region", "Take it from the document."
        )
    elif source.startswith("$request.window_") and contract["request"]["window"]["grain"] == "discovered":
        yield Problem(
            file, where, f"{source} is empty: the lake does not request this report", "Take it from the document."
        )


def _reading(file: Path, where: str, column: dict[str, Any]) -> Iterator[Problem]:
    temporal = column["type"] in {"date", "timestamp"}
    for part in ("format", "zone"):
        if part in column and not temporal:
            yield Problem(
                file,
                f"{where}.{part}",
                f"a {column['type']} has no {part}",
                "Remove it, or make the column a date or a timestamp.",
            )
    formats = column.get("format", [])
    for pattern in [formats] if isinstance(formats, str) else formats:
        if temporal and pattern != "iso8601" and "%" not in pattern:
            yield Problem(
                file,
                f"{where}.format",
                f"{pattern!r} is no pattern",
                "Use iso8601, or strptime directives such as %d.%m.%Y.",
            )
        elif column["type"] == "timestamp" and pattern != "iso8601" and not _INSTANT_FORMAT.search(pattern):
            yield Problem(file, f"{where}.format", f"{pattern!r} has no time of day", "Make the column a date.")
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", column["type"])
    if decimal and not (1 <= int(decimal[1]) <= 38 and int(decimal[2]) <= int(decimal[1])):
        yield Problem(
            file, where, f"{column['type']} cannot be stored", "At most 38 digits, of which no more after the point."
        )


def _aliases(file: Path, key: str, contract: dict[str, Any], table: Table) -> Iterator[Problem]:
    """Yield the headers that stand for other columns in one locale than in another.

    In one locale a header may stand for several columns: its n-th occurrence for the n-th of them.
    """
    taken: dict[str, tuple[str, frozenset[str]]] = {}
    owners: dict[str, dict[str, set[str]]] = {}
    for column in table["columns"]:
        for locale, headers in {"": [column.get("from", "")], **column.get("aliases", {})}.items():
            for header in headers:
                owners.setdefault(header, {}).setdefault(locale, set()).add(column["name"])
    for header, locales in owners.items():
        for locale, names in locales.items():
            other = taken.setdefault(header, (locale, frozenset(names)))
            if other[1] != names and contract["document"]["format"] in {"tsv", "csv"}:
                places = " and ".join(filter(None, {other[0], locale}))
                yield Problem(
                    file,
                    f"{key}.columns",
                    f"header {header!r} means {', '.join(sorted(other[1] ^ names))} only in {places}",
                    "Make it unambiguous.",
                )


def _omitted(file: Path, key: str, table: Table) -> Iterator[Problem]:
    mapped = {column.get("from") for column in table["columns"]}
    for field in table.get("omitted", []):
        if field in mapped:
            yield Problem(file, f"{key}.omitted", f"{field} has a column", "Remove it from omitted, or the column.")
