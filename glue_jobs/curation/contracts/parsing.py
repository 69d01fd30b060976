"""Parsing contracts from the bundle that `make contracts` has validated and written."""

import re

from curation.contracts.model import (
    Bundle,
    Column,
    Contract,
    DocumentFormat,
    Echo,
    Json,
    Marketplace,
    Partition,
    Rule,
    Selection,
    Table,
)
from curation.errors import InvalidContractError

_PARTITION = re.compile(r"^(?:(years|months|days)\((\w+)\)|(\w+))$")


def parse_bundle(bundle: Json) -> Bundle:
    """Return the bundle's contracts and marketplaces.

    Raises InvalidContractError for what the schema of the contracts lets through but this job cannot follow.
    """
    contracts = {name: parse_contract(contract) for name, contract in bundle["sources"].items()}
    marketplaces = {key: parse_marketplace(key, value) for key, value in bundle["marketplaces"].items()}
    return Bundle(bundle["digest"], contracts, marketplaces)


def parse_marketplace(marketplace_id: str, value: Json) -> Marketplace:
    """Return one marketplace of the bundle."""
    return Marketplace(
        marketplace_id, value["code"], value["time_zone"], value["code_page"], value["language"], value["currency"]
    )


def parse_contract(contract: Json) -> Contract:
    """Return one contract of the bundle."""
    document = _document(contract["document"]) if "document" in contract else None
    flat = document is not None and document.format in {"tsv", "csv"}
    tables = tuple(
        _table(contract["source"], name, table, automatic=document is not None, flat=flat)
        for name, table in contract["tables"].items()
    )
    return Contract(contract["source"], document, tables)


def _document(value: Json) -> DocumentFormat:
    echo = Echo(value["echo"]["section"], value["echo"]["dates"]) if "echo" in value else None
    return DocumentFormat(
        format=value["format"],
        quoting=value.get("quoting", "none"),
        numbers=value.get("numbers", "point"),
        null_values=tuple(value.get("null_values", ())),
        echo=echo,
        without_rows=value.get("without_rows", "refused"),
    )


def _table(source: str, name: str, value: Json, *, automatic: bool, flat: bool) -> Table:
    unit = value["unit"]
    table = Table(
        name=name,
        description=value["description"],
        units_of=value.get("units_of"),
        unit="window" if unit == "window" else tuple(unit),
        columns=tuple(_column(column) for column in value["columns"]),
        records=tuple(part for part in value.get("records", "").split(".") if part),
        where=tuple(
            Selection(rule["name"], rule["column"], rule["is"], rule["keep"]) for rule in value.get("where", ())
        ),
        key=tuple(value.get("key", ())),
        version=value.get("version"),
        fixed=tuple(value.get("fixed", ())),
        omitted=tuple(value.get("omitted", ())),
        partitions=tuple(_partition(field) for field in value.get("partitioned_by", ())),
        rules=tuple(_rule(rule) for rule in value.get("quality", ())),
        automatic=automatic,
        keeps_other_columns=flat,
    )
    _check(source, table)
    return table


def _column(value: Json) -> Column:
    formats = value.get("format", "iso8601")
    return Column(
        name=value["name"],
        type=value["type"].replace(" ", ""),
        source=value.get("from", value["name"]),
        required=value.get("required", False),
        formats=(formats,) if isinstance(formats, str) else tuple(formats),
        zone=value.get("zone", "UTC"),
        aliases=tuple(tuple(names) for names in value.get("aliases", {}).values()),
        sensitivity=value.get("sensitivity", "internal"),
        description=value.get("description", ""),
    )


def _partition(text: str) -> Partition:
    match = _PARTITION.match(text)
    if match is None:
        raise InvalidContractError(
            f"partitioned_by: {text!r} is neither a column nor years(), months() or days() of one"
        )
    return Partition(match[2] or match[3], match[1])


def _rule(value: Json) -> Rule:
    own = {"expect", "severity", "name", "per"}
    name = value.get("name") or "_".join(part for part in (value["expect"], value.get("column")) if part)
    arguments = {key: argument for key, argument in value.items() if key not in own}
    return Rule(name, value["expect"], value["severity"], arguments, per_document=value.get("per") == "document")


def _check(source: str, table: Table) -> None:
    names = {column.name for column in table.fields}
    used = {
        *table.unit_columns,
        *table.key,
        *table.fixed,
        *(partition.column for partition in table.partitions),
        *([table.version] if table.version else []),
    }
    if unknown := sorted(used - names):
        raise InvalidContractError(f"{source}: table {table.name} names columns it does not have: {', '.join(unknown)}")
    if table.unit != "window":
        loose = sorted({partition.column for partition in table.partitions} - {*table.unit_columns, *table.fixed})
        if loose:
            raise InvalidContractError(
                f"{source}: table {table.name} is partitioned by {', '.join(loose)}, "
                "which is neither in its unit nor declared fixed"
            )
