"""Contracts as the job uses them: sources, their documents and tables, marketplaces."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
    """A named rule that excludes records by a test on the column `column`.

    With `keep`, it excludes those for which `test` does not hold, and otherwise those for which it holds.
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
        """Return the column the rule is about, None for rules about the table or several columns."""
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
        """Return the columns that identify a unit: what a document replaces as a whole."""
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
    """Where a JSON document repeats its request, and how its dates must compare with the request's.

    exact: they are equal; widened: they may cover more; absent: the document does not repeat them.
    """

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

    @property
    def personal(self) -> bool:
        """Tell whether a table has a column with personal data."""
        return any(column.sensitivity == "personal" for table in self.tables for column in table.fields)


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
