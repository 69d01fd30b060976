"""Contracts as the job reads them: parsed from the bundle that `make contracts` wrote (and validated)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from curation.errors import InvalidContractError

Json = Mapping[str, Any]

AUTOMATIC_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("account_id", "string", "Account of the lake"),
    ("marketplace_id", "string", "Marketplace of the request; empty for account-wide reports"),
    ("request_variant", "string", "Variant of the contract that asked"),
    ("request_window", "string", "Window that was asked for"),
    ("source_document", "string", "Document the row stands in, as account/report id"),
    ("observed_at", "timestamp", "Report time of the document, UTC"),
)
"""Columns that every report table has in front: name, type, description."""

OTHER_COLUMNS = "other_columns"
"""Map column of flat files that keeps the values under headers the contract does not know."""

WINDOW_UNIT = ("account_id", "marketplace_id", "request_variant", "request_window")

_DECIMAL = re.compile(r"^decimal\((\d+),\s*(\d+)\)$")
_PARTITION = re.compile(r"^(?:(years|months|days)\((\w+)\)|(\w+))$")


@dataclass(frozen=True)
class Column:
    """One column of a table: where it comes from and what it must be."""

    name: str
    type: str
    source: str = ""
    required: bool = False
    formats: tuple[str, ...] = ("iso8601",)
    zone: str = "UTC"
    aliases: tuple[tuple[str, ...], ...] = ()
    sensitivity: str = "internal"
    description: str = ""

    @property
    def decimal(self) -> tuple[int, int] | None:
        """Return precision and scale of a decimal column."""
        match = _DECIMAL.match(self.type)
        return (int(match[1]), int(match[2])) if match else None

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the header names under which a flat file may carry this column."""
        return (self.source, *(name for names in self.aliases for name in names))

    @property
    def constant(self) -> bool:
        """Tell whether the value belongs to the request or the document instead of the record."""
        return self.source.startswith(("$request.", "$document.", "$marketplace."))

    @property
    def first_row(self) -> str | None:
        """Return the header whose value in the document's first row this column takes, None for other columns."""
        return self.source.removeprefix("$first_row.") if self.source.startswith("$first_row.") else None


@dataclass(frozen=True)
class Selection:
    """A named rule that leaves records out: those for which `test` on `column` does not hold (keep) or holds (not
    keep).
    """

    name: str
    column: str
    test: str
    keep: bool


@dataclass(frozen=True)
class Partition:
    """One partition field: the column and its transform (None for identity)."""

    column: str
    transform: str | None

    @property
    def ddl(self) -> str:
        """Return the field as Spark DDL writes it."""
        return f"{self.transform}(`{self.column}`)" if self.transform else f"`{self.column}`"


@dataclass(frozen=True)
class Rule:
    """One quality rule: an expectation of Great Expectations and what it is given."""

    name: str
    expectation: str
    severity: Literal["critical", "warning"]
    arguments: Json
    per_document: bool = False

    @property
    def column(self) -> str | None:
        """Return the column the rule speaks of, None for rules about the table or several columns."""
        return self.arguments.get("column")


@dataclass(frozen=True)
class Table:
    """One table that a document (or the job itself) feeds."""

    name: str
    description: str
    unit: Literal["window"] | tuple[str, ...]
    columns: tuple[Column, ...]
    records: tuple[str, ...] = ()
    where: tuple[Selection, ...] = ()
    units_of: str | None = None
    key: tuple[str, ...] = ()
    version: str | None = None
    fixed: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    partitions: tuple[Partition, ...] = ()
    rules: tuple[Rule, ...] = ()
    automatic: bool = True
    keeps_other_columns: bool = False

    @property
    def unit_columns(self) -> tuple[str, ...]:
        """Return the columns that identify a unit: what a document speaks for."""
        if self.unit == "window":
            return WINDOW_UNIT
        return ("account_id", *(name for name in self.unit if name != "account_id")) if self.automatic else self.unit

    @property
    def fields(self) -> tuple[Column, ...]:
        """Return all columns of the table in order: the automatic ones, the contract's, the map of unknown headers."""
        front = tuple(Column(name, kind, description=text) for name, kind, text in AUTOMATIC_COLUMNS)
        rest = (
            Column(
                OTHER_COLUMNS,
                "map<string,string>",
                sensitivity="personal",
                description="Values under headers that the contract does not know",
            ),
        )
        return (*(front if self.automatic else ()), *self.columns, *(rest if self.keeps_other_columns else ()))


@dataclass(frozen=True)
class Echo:
    """Where a JSON document repeats the request, and whether its dates must be equal, may be wider, or are not there."""

    section: str
    dates: Literal["exact", "widened", "absent"]


@dataclass(frozen=True)
class DocumentFormat:
    """How the documents of a source are written."""

    format: Literal["tsv", "csv", "json", "xml"]
    quoting: Literal["none", "double"] = "none"
    numbers: Literal["point", "marketplace"] = "point"
    null_values: tuple[str, ...] = ()
    echo: Echo | None = None
    without_rows: Literal["refused", "published"] = "refused"


@dataclass(frozen=True)
class Contract:
    """One source: the document's format and the tables it feeds. `document` is None for the operations tables."""

    source: str
    document: DocumentFormat | None
    tables: tuple[Table, ...]

    @property
    def flat(self) -> bool:
        """Tell whether the documents are flat files."""
        return self.document is not None and self.document.format in {"tsv", "csv"}


@dataclass(frozen=True)
class Marketplace:
    """What decoding needs to know of a marketplace."""

    id: str
    code: str
    time_zone: str
    code_page: str
    language: str
    currency: str


@dataclass(frozen=True)
class Bundle:
    """All contracts and marketplaces, as deployed."""

    digest: str
    contracts: Mapping[str, Contract]
    marketplaces: Mapping[str, Marketplace] = field(default_factory=dict)


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
                f"{source}: table {table.name} is partitioned by {', '.join(loose)}, which is neither in its unit nor declared fixed"
            )
