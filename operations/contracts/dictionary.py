"""`make dictionary`: docs/data-dictionary.md, every table and column of the lake, written from the contracts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from curation.contracts.model import AUTOMATIC_COLUMNS, Column, Contract, Rule, Table
from curation.contracts.parsing import parse_contract

from operations.contracts import bundle

AUTOMATIC = frozenset(name for name, _, _ in AUTOMATIC_COLUMNS)
OPENING = (
    "# Data dictionary\n\n"
    "Every table and column, written from the [contracts](contracts.md) by `make dictionary`; do not edit it here.\n\n"
    "Report tables are in the curated database, the job's own in `operations`. Instants are UTC without zone; "
    "money is a decimal beside its currency.\n"
    "*Sensitivity* is the Lake Formation tag of the column: analysts are granted `public` and `internal`. "
    "*Unit* is what a newer document replaces as a whole.\n"
)


def dictionary(loaded: Mapping[str, Any]) -> str:
    """Return the dictionary of a bundle as Markdown."""
    contracts = [(parse_contract(contract), contract) for _, contract in sorted(loaded["sources"].items())]
    reports = [pair for pair in contracts if pair[0].document is not None]
    own = [pair for pair in contracts if pair[0].document is None]
    lines = [
        OPENING,
        *_contents(reports, own),
        "## Columns of every report table\n",
        *_columns(_automatic()),
        "## Report tables\n",
    ]
    for parsed, contract in reports:
        lines += _source(parsed, contract)
    lines.append("## Tables of the database operations\n")
    for parsed, _ in own:
        for table in parsed.tables:
            lines += _table(table)
    return "\n".join(lines)


def _contents(reports: Iterable[tuple[Contract, Any]], own: Iterable[tuple[Contract, Any]]) -> Iterator[str]:
    yield from _grid(
        ("table", "what a row is", "from"),
        ((_link(table), table.description, f"`{parsed.source}`") for parsed, _ in reports for table in parsed.tables),
    )
    yield from _grid(
        ("table of operations", "what a row is"),
        ((_link(table), table.description) for parsed, _ in own for table in parsed.tables),
    )


def _link(table: Table) -> str:
    return f"[{table.name}](#{table.name})"


def _automatic() -> list[Column]:
    return [Column(name, kind, description=text) for name, kind, text in AUTOMATIC_COLUMNS]


def _source(parsed: Contract, contract: Mapping[str, Any]) -> Iterator[str]:
    request = contract["request"]
    yield f"### Source {parsed.source}\n"
    accounts = ", ".join(request["accounts"])
    yield f"{contract['description']} Report type `{request['report_type']}`; accounts: {accounts}.\n"
    yield f"{contract['documentation'].strip()}\n"
    for table in parsed.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield f"#### {table.name}\n"
    yield f"{table.description}\n"
    yield f"Unit: {_unit(table)}." + "".join(f" {text}." for text in _keys(table)) + "\n"
    yield from _columns(column for column in table.fields if not (table.automatic and column.name in AUTOMATIC))
    if table.rules:
        yield from _grid(
            ("rule", "expectation", "severity"),
            ((rule.name, _expectation(rule), rule.severity) for rule in table.rules),
        )


def _unit(table: Table) -> str:
    return "the request's window" if table.unit == "window" else _names(table.unit)


def _keys(table: Table) -> Iterator[str]:
    if table.key:
        yield f"Key inside the unit: {_names(table.key)}"
    if table.version:
        yield f"Version: `{table.version}`"
    if table.partitions:
        yield f"Partitioned by {', '.join(partition.ddl.replace('`', '') for partition in table.partitions)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _expectation(rule: Rule) -> str:
    arguments = ", ".join(
        f"{name}={value}"
        for name, value in rule.arguments.items()
        if name not in {"column", "query"} and value is not None
    )
    return " ".join(
        part
        for part in (rule.expectation, rule.column and f"of `{rule.column}`", arguments and f"({arguments})")
        if part
    )


def _columns(columns: Iterable[Column]) -> Iterator[str]:
    rows = (
        (f"`{one.name}`", one.type, "yes" if one.required else "", one.sensitivity, one.description) for one in columns
    )
    yield from _grid(("column", "type", "required", "sensitivity", "description"), rows)


def _grid(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(names) + " |"
    yield "|" + " --- |" * len(names)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def main(
    contracts: Annotated[Path, typer.Option(help="Folder of the contracts", exists=True, file_okay=False)] = Path(
        "contracts"
    ),
    output: Annotated[Path, typer.Option(help="Where the dictionary goes")] = Path("docs/data-dictionary.md"),
) -> None:
    """Write the data dictionary."""
    output.write_text(dictionary(bundle.load(contracts)), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
