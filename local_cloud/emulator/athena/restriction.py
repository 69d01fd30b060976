"""A table cut down to the columns and rows that a caller may read."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from local_cloud.emulator.athena import QueryError, dialect, files, statements
from local_cloud.emulator.lake_formation.access import Access


class Restriction:
    """What a caller may read of a table with these present columns; without an access all of it."""

    def __init__(self, table: str, access: Access | None, present: Sequence[str]) -> None:
        self._table, self._access, self._present = table, access, present

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut off."""
        return self._access is None or self._access.is_whole(self._present)

    @property
    def readable(self) -> bool:
        """Whether any column can be read."""
        return self._access is None or bool(self._access.readable)

    def refuse_metadata(self) -> None:
        """The tables of Iceberg's metadata have the smallest and greatest values of columns: for those who see all.

        Raises QueryError.
        """
        if not self.is_whole:
            raise QueryError(f"Insufficient Lake Formation permission(s): Required Select on {self._table}")

    def columns(self, then: Any, now: Any) -> list[str]:
        """Names, in a snapshot's schema, of the columns that can be read.

        A column is known by its field: grants are for its present name. One that is gone is for those who see all.
        """
        if self._access is None or self.is_whole:
            return [field.name for field in then.fields]
        present = {field.field_id: field.name.lower() for field in now.fields}
        return [field.name for field in then.fields if present.get(field.field_id, "") in self._access.readable]

    def statement(self, key: str, shown: Sequence[str], types: Mapping[str, str]) -> str:
        """Makes tables.KEY of whole.KEY. Raises QueryError for a row filter that is no condition."""
        name, access = files.quoted(key), self._access
        if access is None or all(access.filters_of(column) is None for column in access.readable):
            columns = ", ".join(map(files.quoted, shown))
            return f"CREATE VIEW tables.{name} AS SELECT {columns} FROM whole.{name}"  # noqa: S608 - names are quoted
        cells = [_cell(column, access.filters_of(column.lower())) for column in shown]
        rows = exp.select(*cells).from_(exp.Table(this=_identifier(key), db=_identifier("whole")))
        if access.filters is not None:
            rows = rows.where(_any(access.filters))
        # Not a view: the query's own conditions must see no row, not even to fail on, before the filter has.
        return f"CREATE TABLE tables.{name} AS {dialect.translate(rows, {'whole': {key: dict(types)}})}"


def _cell(column: str, filters: Sequence[str] | None) -> exp.Expression:
    """A column, empty in rows where no grant opens it."""
    value = exp.Column(this=_identifier(column))
    if filters is None:
        return value
    return exp.alias_(exp.Case().when(_any(filters), value), column, quoted=True)


def _any(filters: Sequence[str]) -> exp.Expression:
    return exp.or_(*map(_condition, filters)) if filters else exp.false()


def _condition(text: str) -> exp.Expression:
    """A row filter's expression: a WHERE clause over the table's own columns (Lake Formation developer guide, "PartiQL
    support in row filter expressions").
    """
    statement = statements.parse(f"SELECT 1 WHERE {text}")
    where = statement.args.get("where")
    others = [part for name, part in statement.args.items() if part and name not in ("expressions", "where", "kind")]
    if not isinstance(statement, exp.Select) or where is None or others or where.find(exp.Query, exp.Table):
        raise QueryError(f"INVALID_ROW_FILTER: The row filter is no condition over the table's columns: {text}")
    return exp.paren(where.this)


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)
