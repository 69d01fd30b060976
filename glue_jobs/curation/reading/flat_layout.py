"""Where the header of a flat file has the columns of a contract's tables, and what it has besides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from curation.contracts.model import Contract, Table
from curation.decoding.flat_file import Header
from curation.errors import RefusedError


@dataclass(frozen=True)
class FlatLayout:
    """The header of one file, as the contract sees it.

    `positions`: by table and column, None where the header lacks the column. `headers`: where each source name stands,
    whether or not a column reads it; `unknown`: the names that the contract does not know, with their positions.
    """

    positions: Mapping[str, Mapping[str, int | None]]
    headers: Mapping[str, int]
    unknown: list[tuple[str, int]]
    missing: set[str]


def flat_layout(contract: Contract, header: Header) -> FlatLayout:
    """Return where the header has the contract's columns.

    Raises RefusedError: WrongFormat where it has none of them, HeaderMissing where it lacks a required one.
    """
    layouts = [(table, _positions(table, header)) for table in contract.tables]
    _require_headers(layouts, header)
    known = {at for _, positions in layouts for at in positions.values() if at is not None}
    left_out = {name for table in contract.tables for name in _names_besides_columns(table)}
    missing = {
        column.source
        for table, positions in layouts
        for column in table.columns
        if column.name in positions and positions[column.name] is None
    }
    return FlatLayout(
        {table.name: positions for table, positions in layouts},
        _headers(layouts, header),
        _unknown_headers(header, known, left_out),
        missing,
    )


def _headers(layouts: list[tuple[Table, dict[str, int | None]]], header: Header) -> dict[str, int]:
    headers = {name: at for at, name in reversed(list(enumerate(header.names)))}
    for table, positions in layouts:
        headers |= {
            column.source: found for column in table.columns if (found := positions.get(column.name)) is not None
        }
    return headers


def _positions(table: Table, header: Header) -> dict[str, int | None]:
    """Return where each column stands, None where the header lacks it.

    The n-th column of one header takes its n-th occurrence; when there are no more, they share the last.
    """
    taken: set[int] = set()
    of_source: dict[str, int] = {}
    positions: dict[str, int | None] = {}
    for column in table.columns:
        if column.source.startswith("$"):
            continue
        at = header.position(column.headers, taken)
        if at is None:
            positions[column.name] = of_source.get(column.source)
            continue
        positions[column.name] = of_source[column.source] = at
        taken.add(at)
    return positions


def _require_headers(layouts: list[tuple[Table, dict[str, int | None]]], header: Header) -> None:
    found = {header.names[at]: at for _, positions in layouts for at in positions.values() if at is not None}
    if not found:
        raise RefusedError("WrongFormat", f"no known header in the first line: {_described(header, found)}")
    absent = sorted(
        {
            column.source
            for table, positions in layouts
            for column in table.columns
            if column.required and positions.get(column.name, 0) is None
        }
    )
    if absent:
        raise RefusedError("HeaderMissing", f"the header lacks {', '.join(absent)}: {_described(header, found)}")


def _described(header: Header, known: Mapping[str, int]) -> str:
    """Return what a message says of a first line: the headers that the contract knows, the others by their length.

    Without its header a document begins with somebody's data.
    """
    unknown = [f"{at + 1} ({len(name)})" for at, name in enumerate(header.names) if at not in known.values()]
    parts = [f"it has {len(header.names)} values"]
    if known:
        parts.append(f"known: {', '.join(known)}")
    if unknown:
        parts.append(f"unknown, by position (and length): {', '.join(unknown)}")
    return "; ".join(parts)


def _unknown_headers(header: Header, known: set[int], left_out: set[str]) -> list[tuple[str, int]]:
    unknown: list[tuple[str, int]] = []
    seen: dict[str, int] = {}
    for at, name in enumerate(header.names):
        if at in known or name in left_out or not name:
            continue
        seen[name] = seen.get(name, 0) + 1
        unknown.append((name if seen[name] == 1 else f"{name}#{seen[name]}", at))
    return unknown


def _names_besides_columns(table: Table) -> Iterator[str]:
    """Yield the headers that a table knows without having a column for them."""
    yield from table.omitted
    yield from (rule.column for rule in table.where)
    yield from (column.first_row for column in table.columns if column.first_row)
