"""The rules a contract must keep: its JSON schema, its own references, and what Amazon documents about the report type."""

import difflib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from operations.contracts.problems import Problem

Contract = dict[str, Any]

AUTOMATIC_COLUMNS = ("account_id", "marketplace_id", "request_variant", "request_window", "source_document", "observed_at", "other_columns")
REQUEST_VALUES = re.compile(r"^\$(request\.(window_start|window_end|marketplace_id|variant|options\.\w+)|document\.(report_time|report_id)|row\.number)$")


@cache
def _report_types() -> dict[str, Any]:
    """Return what Amazon documents per report type: caller, restriction, options (SP-API docs, "Report type values", and the report schemas)."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "report_types.json").read_text(encoding="utf-8"))
    return loaded


def problems_of(file: Path, contract: Any, schema: dict[str, Any]) -> list[Problem]:
    """Return all that is wrong with one contract; semantic rules are checked only once its form is right."""
    found = [_schema_problem(file, error) for error in jsonschema.Draft202012Validator(schema).iter_errors(contract)]
    if found:
        return sorted(found, key=lambda problem: problem.key)
    checks = [_source_name(file, contract)]
    if "request" in contract:
        checks += [_request(file, contract), _windows(file, contract)]
    checks += [_table(file, contract, name, table) for name, table in contract["tables"].items()]
    return [problem for check in checks for problem in check]


def _schema_problem(file: Path, error: jsonschema.ValidationError) -> Problem:
    key = ".".join(str(part) for part in error.absolute_path)
    schema: Any = error.schema
    wanted: Any = error.validator_value
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        unknown = sorted(set(instance) - set(known))
        near = [match for name in unknown for match in difflib.get_close_matches(name, known, n=1)]
        remedy = f"Did you mean {', '.join(near)}?" if near else f"Remove it, or use one of: {', '.join(known)}."
        return Problem(file, key, f"unknown key {', '.join(unknown)}", remedy)
    if error.validator == "required":
        missing = sorted(set(wanted) - set(instance))
        return Problem(file, key, f"missing {', '.join(missing)}", "Add it; contracts/contract.schema.json says what it means.")
    if error.validator == "enum":
        return Problem(file, key, f"{instance!r} is not allowed", f"Use one of: {', '.join(map(str, wanted))}.")
    return Problem(file, key, error.message, schema.get("description") or "See contracts/contract.schema.json.")


def _source_name(file: Path, contract: Contract) -> Iterator[Problem]:
    if contract["source"] != file.stem:
        yield Problem(file, "source", f"is {contract['source']!r}, the file is named {file.stem!r}", "Give both the same name.")


def _request(file: Path, contract: Contract) -> Iterator[Problem]:
    request = contract["request"]
    documented = _report_types().get(request["report_type"])
    if documented is None:
        near = difflib.get_close_matches(request["report_type"], _report_types(), n=1)
        yield Problem(
            file,
            "request.report_type",
            f"Amazon documents no {request['report_type']}",
            f"Did you mean {near[0]}?" if near else "Check the official list of report types.",
        )
        return
    if documented["restricted"] != request["restricted"]:
        yield Problem(file, "request.restricted", f"Amazon documents it as {documented['restricted']}", f"Set it to {str(documented['restricted']).lower()}.")
    callers = {"Seller only": {"seller"}, "Vendor only": {"vendor"}}.get(documented["caller"] or "", {"seller", "vendor"})
    if not set(request["accounts"]) <= callers:
        yield Problem(file, "request.accounts", f"the type is for {' and '.join(sorted(callers))} accounts", "Remove the other kind.")
    for variant, options in request["variants"].items():
        yield from _options(file, f"request.variants.{variant}", options, documented)


def _options(file: Path, key: str, options: dict[str, str | None], documented: dict[str, Any]) -> Iterator[Problem]:
    for option in sorted(set(documented["options"]) - set(options)):
        yield Problem(file, key, f"option {option} is left to Amazon's default", "Name it, with null where it is deliberately unset.")
    for option, value in options.items():
        if option not in documented["options"]:
            yield Problem(file, f"{key}.{option}", "Amazon knows no such option for this report type", f"Known: {', '.join(documented['options']) or 'none'}.")
            continue
        allowed = documented["options"][option]
        if value is None and option in documented["required_options"]:
            yield Problem(file, f"{key}.{option}", "Amazon requires it", f"Give it a value{': ' + ', '.join(allowed) if allowed else ''}.")
        elif value is not None and allowed and value not in allowed:
            yield Problem(file, f"{key}.{option}", f"Amazon does not accept {value!r}", f"Use one of: {', '.join(allowed)}.")


def _windows(file: Path, contract: Contract) -> Iterator[Problem]:
    window = contract["request"]["window"]
    unit = {"day": r"P\d+D", "week": r"P\d+[WD]", "month": r"P\d+M", "quarter": r"P\d+M", "year": r"P\d+Y", "instant": r"PT\d+H"}.get(window["grain"])
    length = window.get("per_request", "")
    if unit and not re.fullmatch(unit, length):
        yield Problem(file, "request.window.per_request", f"{length} is not whole {window['grain']}s", "A request covers a whole multiple of its grain.")
    digits = int(re.sub(r"\D", "", length) or 0)
    multiple = {"week": 7 if length.endswith("D") else 1, "quarter": 3}.get(window["grain"], 1)
    if unit and (digits == 0 or digits % multiple):
        yield Problem(
            file, "request.window.per_request", f"{length} is not a whole number of {window['grain']}s", "A request covers a whole multiple of its grain."
        )


def _table(file: Path, contract: Contract, name: str, table: dict[str, Any]) -> Iterator[Problem]:
    key = f"tables.{name}"
    columns = [column["name"] for column in table["columns"]]
    is_report = "document" in contract
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        yield Problem(file, f"{key}.columns", f"column {column} appears twice", "Give each column a name of its own.")
    if is_report:
        yield from _sources(file, key, contract, table)
    known = [*columns, *(AUTOMATIC_COLUMNS if is_report else ())]
    yield from _references(file, key, table, known)
    yield from _partitions(file, key, table)


def _sources(file: Path, key: str, contract: Contract, table: dict[str, Any]) -> Iterator[Problem]:
    flat = contract["document"]["format"] in {"tsv", "csv"}
    if flat == ("records" in table):
        yield Problem(file, f"{key}.records", "flat files have none, JSON and XML need one", "Remove it." if flat else "Name the array of records.")
    for column in table["columns"]:
        where = f"{key}.columns.{column['name']}"
        if column["name"] in AUTOMATIC_COLUMNS:
            yield Problem(file, where, "every table has this column already", "Remove it or choose another name.")
        source = column.get("from")
        if source is None:
            yield Problem(file, where, "missing from", "Say which field of the record it comes from.")
        elif source.startswith("$") and not REQUEST_VALUES.match(source):
            yield Problem(file, where, f"{source} is not known", "See docs/contracts.md for the values that requests and documents offer.")
        elif source.startswith("$request.options."):
            option = source.removeprefix("$request.options.")
            lacking = [variant for variant, options in contract["request"]["variants"].items() if option not in options]
            if lacking:
                yield Problem(file, where, f"variant {', '.join(lacking)} has no option {option}", "Name the option in the variant, or take another source.")


def _references(file: Path, key: str, table: dict[str, Any], known: list[str]) -> Iterator[Problem]:
    named = [("unit", column) for column in (table["unit"] if isinstance(table["unit"], list) else [])]
    named += [(part, column) for part in ("key", "fixed") for column in table.get(part, [])]
    named += [("version", table["version"])] if "version" in table else []
    named += [("quality", rule["column"]) for rule in table.get("quality", []) if "column" in rule]
    for part, column in named:
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1)
            yield Problem(file, f"{key}.{part}", f"there is no column {column}", f"Did you mean {near[0]}?" if near else "Name a column of this table.")


def _partitions(file: Path, key: str, table: dict[str, Any]) -> Iterator[Problem]:
    types = {column["name"]: column["type"] for column in table["columns"]}
    for partition in table["partitioned_by"]:
        transform, _, column = partition.rstrip(")").rpartition("(")
        if column not in types:
            yield Problem(file, f"{key}.partitioned_by", f"there is no column {column}", "Partition by a column of this table.")
        elif transform and types[column] not in {"date", "timestamp"}:
            yield Problem(file, f"{key}.partitioned_by", f"{transform} needs a date or a timestamp, {column} is {types[column]}", "Choose another column.")
        elif isinstance(table["unit"], list) and column not in [*table["unit"], *table.get("fixed", [])]:
            yield Problem(
                file,
                f"{key}.partitioned_by",
                f"{column} may differ between restatements of one unit",
                "Add it to the unit, or declare it fixed if it never changes.",
            )
