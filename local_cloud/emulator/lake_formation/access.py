"""What a principal may see and do, computed from what Lake Formation stores. Nothing here calls anything.

Sources, all in the AWS Lake Formation developer guide: "Lake Formation permissions reference", "Implicit Lake Formation
permissions", "Lake Formation tag-based access control best practices and considerations", "Data filtering and
cell-level security".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
ALL_OF_TABLES = frozenset({"ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"})
ALL_OF_DATABASES = frozenset({"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"})


class Table(NamedTuple):
    """A table of the catalogue: its present columns, and where its data and metadata lie (s3://...)."""

    database: str
    name: str
    columns: tuple[str, ...]
    locations: tuple[str, ...]


class Cells(NamedTuple):
    """Columns that a grant opens, in the rows for which an expression holds; None: in all rows."""

    columns: frozenset[str]
    rows: str | None


class Grant(NamedTuple):
    """Permissions of a principal on a resource, as the API has it ({kind: {...}})."""

    principal: str
    resource: Mapping[str, Any]
    permissions: frozenset[str]
    grantable: frozenset[str]


@dataclass(frozen=True)
class Access:
    """What a principal has on one table: the union of its grants."""

    permissions: frozenset[str]
    """On the table as a whole; SELECT also where some columns only can be read."""
    described: tuple[str, ...]
    """Columns that the catalogue shows."""
    cells: tuple[Cells, ...]
    """What can be read."""

    @property
    def visible(self) -> bool:
        """Whether the catalogue shows the table at all: with any permission on it."""
        return bool(self.permissions)

    @property
    def readable(self) -> frozenset[str]:
        """Columns that can be read, in some rows at least."""
        return frozenset[str]().union(*(cells.columns for cells in self.cells))

    @property
    def filters(self) -> tuple[str, ...] | None:
        """Expressions of which one must hold for a row to be seen; None: every row is seen."""
        return _filters(self.cells)

    def filters_of(self, column: str) -> tuple[str, ...] | None:
        """The same for the values of one column: cells outside are empty."""
        return _filters(cells for cells in self.cells if column in cells.columns)

    def is_whole(self, columns: Iterable[str]) -> bool:
        """Whether all these columns can be read in all rows."""
        return all(column in self.readable and self.filters_of(column) is None for column in columns)


def _filters(cells: Iterable[Cells]) -> tuple[str, ...] | None:
    expressions: set[str] = set()
    for one in cells:
        if one.rows is None:
            return None
        expressions.add(one.rows)
    return tuple(sorted(expressions))


class _Share(NamedTuple):
    """What one grant gives on a table."""

    permissions: frozenset[str]
    described: frozenset[str]
    cells: Cells | None


_NOTHING = _Share(frozenset(), frozenset(), None)


@dataclass(frozen=True)
class Governance:
    """What Lake Formation stores in one account and region."""

    grants: tuple[Grant, ...] = ()
    tags: Mapping[tuple[str, ...], Mapping[str, str]] | None = None
    """(database), (database, table) or (database, table, column) -> key -> value: as assigned, without inheritance."""
    filters: Mapping[tuple[str, str, str], Mapping[str, Any]] | None = None
    """(database, table, name) -> the data cells filter."""
    locations: tuple[str, ...] = ()
    """Registered ones, as ARNs."""
    administrators: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    """Read-only administrators."""

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Governance":
        """What `exchange` brings from the process that serves Lake Formation."""
        settings = state["settings"]
        return cls(
            tuple(map(_grant, state["grants"])),
            {
                tuple(part.lower() for part in tagged["on"]): {
                    tag["TagKey"].lower(): tag["TagValues"][0].lower() for tag in tagged["tags"]
                }
                for tagged in state["tags"]
            },
            {_filter_key(one): one for one in state["filters"]},
            tuple(state["locations"]),
            _principals(settings.get("DataLakeAdmins")),
            _principals(settings.get("ReadOnlyAdmins")),
        )

    def is_registered(self, location: str) -> bool:
        """Whether Lake Formation governs the data at a location; elsewhere IAM alone does."""
        return any(_covers(registered, location) for registered in self.locations)

    # ---- databases
    def on_database(self, principal: str, database: str) -> frozenset[str]:
        """Permissions on a database; any of them shows it.

        A grant by name on all its tables implies DESCRIBE on it; one by LF-Tags does not.
        """
        found: set[str] = set()
        if principal in self.administrators | self.readers:
            found.add("DESCRIBE")
        for grant in self.of(principal):
            kind, on = _kind(grant.resource)
            if kind == "Database" and _same(on.get("Name"), database):
                found |= _expanded(grant.permissions, ALL_OF_DATABASES)
            elif kind in ("Table", "TableWithColumns") and "TableWildcard" in on:
                if _same(on.get("DatabaseName"), database) and grant.permissions:
                    found.add("DESCRIBE")
            elif _is_policy_on(kind, on, "DATABASE") and _matches(on, self._tags_of(database)):
                found |= _expanded(grant.permissions, ALL_OF_DATABASES)
        return frozenset(found)

    def may_create_databases(self, principal: str) -> bool:
        """Administrators may, and who has CREATE_DATABASE on the catalogue."""
        return principal in self.administrators or any(
            "Catalog" in grant.resource and grant.permissions & {"CREATE_DATABASE", "ALL"}
            for grant in self.of(principal)
        )

    def may_use_location(self, principal: str, location: str, database: str, database_location: str | None) -> bool:
        """Whether a table may be put at a location.

        Administrators may everywhere; who has CREATE_TABLE on a database may below the database's own location.
        """
        if not self.is_registered(location) or principal in self.administrators:
            return True
        if database_location and lies_in(location, database_location):
            return "CREATE_TABLE" in self.on_database(principal, database)
        return any(
            "DATA_LOCATION_ACCESS" in grant.permissions
            and _covers(str(grant.resource["DataLocation"].get("ResourceArn", "")), location)
            for grant in self.of(principal)
            if "DataLocation" in grant.resource
        )

    # ---- tables
    def on_table(self, principal: str, table: Table) -> Access:
        """What the grants of a principal give on a table.

        Where its data are at no registered location, Lake Formation decides what the catalogue shows and IAM what can
        be read.
        """
        shares = [self._share(grant, table) for grant in self.of(principal)]
        permissions = frozenset[str]().union(*(share.permissions for share in shares))
        described = frozenset[str]().union(*(share.described for share in shares))
        if principal in self.administrators | self.readers:
            permissions, described = permissions | {"DESCRIBE"}, frozenset(table.columns)
        cells = tuple(share.cells for share in shares if share.cells is not None)
        if permissions and not any(map(self.is_registered, table.locations)):
            cells = (Cells(described, None),)
        return Access(permissions, tuple(column for column in table.columns if column in described), cells)

    def on_missing_table(self, principal: str, database: str, name: str) -> bool:
        """Whether a principal may learn that a table is missing: whoever would see it if it were there.

        In a database that is left to IAM everybody would.
        """
        if principal in self.administrators | self.readers:
            return True
        for grant in self.of(principal):
            kind, on = _kind(grant.resource)
            if kind == "Database" and grant.principal == EVERYBODY and grant.permissions:
                found = _same(on.get("Name"), database)
            else:
                found = kind != "LFTagPolicy" and bool(self._share(grant, Table(database, name, (), ())).permissions)
            if found:
                return True
        return False

    def of(self, principal: str) -> Iterator[Grant]:
        """Grants to a principal, to all principals of the account, and to everybody whom IAM lets pass."""
        everyone = f"{principal.split(':')[4]}:IAMPrincipals" if principal.startswith("arn:") else ""
        return (grant for grant in self.grants if grant.principal in (principal, EVERYBODY, everyone))

    def _share(self, grant: Grant, table: Table) -> _Share:
        kind, on = _kind(grant.resource)
        if kind == "Table" and _names(on, table):
            return _of_whole_table(_expanded(grant.permissions, ALL_OF_TABLES), frozenset(table.columns))
        if kind == "TableWithColumns" and _names(on, table):
            return _of_columns(grant.permissions, _listed(on, table))
        if kind == "DataCellsFilter":
            return self._filtered(grant, on, table)
        if _is_policy_on(kind, on, "TABLE"):
            return self._tagged(grant, on, table)
        return _NOTHING

    def _filtered(self, grant: Grant, on: Mapping[str, Any], table: Table) -> _Share:
        if not (_same(on.get("DatabaseName"), table.database) and _same(on.get("TableName"), table.name)):
            return _NOTHING
        found = (self.filters or {}).get(_filter_key(on))
        if found is None:
            return _NOTHING
        rows = found.get("RowFilter") or {}
        everything = "AllRowsWildcard" in rows
        if not everything and not rows.get("FilterExpression"):
            return _NOTHING
        return _of_columns(
            grant.permissions, _listed(found, table), None if everything else str(rows["FilterExpression"])
        )

    def _tagged(self, grant: Grant, on: Mapping[str, Any], table: Table) -> _Share:
        """Columns whose tags match. Only SELECT and DESCRIBE where not all of them do ("Lake Formation Tag-based access
        control notes and restrictions").
        """
        matching = frozenset(column for column in table.columns if _matches(on, self._tags_of(*table[:2], column)))
        of_table = _matches(on, self._tags_of(*table[:2]))
        if not matching and not of_table:
            return _NOTHING
        permissions = _expanded(grant.permissions, ALL_OF_TABLES)
        if len(matching) == len(table.columns) and (matching or of_table):
            return _of_whole_table(permissions, matching)
        share = _of_columns(permissions, matching)
        return share._replace(permissions=share.permissions | {"DESCRIBE"}, described=matching)

    def _tags_of(self, *path: str) -> Mapping[str, str]:
        """A resource's tags with those that it inherits; a nearer value of a key overrides a farther one."""
        found: dict[str, str] = {}
        for depth in range(1, len(path) + 1):
            found |= (self.tags or {}).get(tuple(part.lower() for part in path[:depth]), {})
        return found

    # ---- who may administer
    def may_associate(self, principal: str, key: str, values: Iterable[str]) -> bool:
        """Whether a principal may put these values of an LF-Tag on resources."""
        return principal in self.administrators or any(
            "ASSOCIATE" in grant.permissions
            and _same(grant.resource["LFTag"].get("TagKey"), key)
            and ({value.lower() for value in values} <= _lower(grant.resource["LFTag"].get("TagValues")))
            for grant in self.of(principal)
            if "LFTag" in grant.resource
        )

    def grantable(self, principal: str, resource: Mapping[str, Any]) -> frozenset[str]:
        """Permissions on a resource that a principal holds with the grant option."""
        kind, on = _kind(resource)
        whole = ALL_OF_DATABASES if kind == "Database" else ALL_OF_TABLES
        return frozenset[str]().union(
            *(
                _expanded(grant.grantable, whole) | (grant.grantable & {"ALL"})
                for grant in self.of(principal)
                if _includes(grant.resource, kind, on)
            )
        )


def _grant(form: Mapping[str, Any]) -> Grant:
    return Grant(
        form["Principal"]["DataLakePrincipalIdentifier"],
        form["Resource"],
        frozenset(form.get("Permissions") or []),
        frozenset(form.get("PermissionsWithGrantOption") or []),
    )


def _principals(listed: Iterable[Mapping[str, str]] | None) -> frozenset[str]:
    return frozenset(one["DataLakePrincipalIdentifier"] for one in listed or [])


def _filter_key(named: Mapping[str, Any]) -> tuple[str, str, str]:
    return named["DatabaseName"].lower(), named["TableName"].lower(), named["Name"].lower()


def _kind(resource: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return next(((kind, on or {}) for kind, on in resource.items() if on is not None), ("", {}))


def _same(left: str | None, right: str) -> bool:
    return left is not None and left.lower() == right.lower()


def _lower(values: Iterable[str] | None) -> set[str]:
    return {value.lower() for value in values or []}


def _expanded(permissions: frozenset[str], whole: frozenset[str]) -> frozenset[str]:
    """Permissions with ALL (Super) as what it stands for."""
    return (permissions - {"ALL"}) | whole if "ALL" in permissions else permissions


def _names(on: Mapping[str, Any], table: Table) -> bool:
    """Whether a grant by name is about a table: it names the table, or all tables of its database."""
    return _same(on.get("DatabaseName"), table.database) and (
        "TableWildcard" in on or _same(on.get("Name"), table.name)
    )


def _listed(on: Mapping[str, Any], table: Table) -> frozenset[str]:
    """The columns that are listed, or all but those that are excluded."""
    if on.get("ColumnNames"):
        return frozenset(table.columns) & frozenset(_lower(on["ColumnNames"]))
    if on.get("ColumnWildcard") is None:
        return frozenset()
    return frozenset(table.columns) - _lower(on["ColumnWildcard"].get("ExcludedColumnNames"))


def _is_policy_on(kind: str, on: Mapping[str, Any], resource_type: str) -> bool:
    return kind == "LFTagPolicy" and on.get("ResourceType") == resource_type


def _matches(on: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Whether tags satisfy an expression: every key, with one of its values."""
    expression = on.get("Expression")
    return bool(expression) and all(
        tags.get(term["TagKey"].lower(), "") in _lower(term["TagValues"]) for term in expression or []
    )


def _of_whole_table(permissions: frozenset[str], columns: frozenset[str]) -> _Share:
    return _Share(permissions, columns, Cells(columns, None) if "SELECT" in permissions else None)


def _of_columns(permissions: frozenset[str], columns: frozenset[str], rows: str | None = None) -> _Share:
    """SELECT on some columns: what else a grant names needs all of them."""
    if "SELECT" not in permissions and "ALL" not in permissions:
        return _NOTHING
    return _Share(frozenset({"SELECT"}), columns, Cells(columns, rows))


def _covers(arn: str, location: str) -> bool:
    return lies_in(location, "s3://" + arn.rpartition(":::")[2]) if ":::" in arn else False


def lies_in(location: str, place: str) -> bool:
    """Whether an S3 location is a place or lies in it; a bucket's name or a folder's is never cut short."""
    inner, outer = (one.removeprefix("s3a://").removeprefix("s3://").rstrip("*/") + "/" for one in (location, place))
    return outer != "/" and inner.startswith(outer)


def _includes(held: Mapping[str, Any], kind: str, on: Mapping[str, Any]) -> bool:
    """Whether a grant's resource is the one asked about or has it within: a table its columns and filters, all tables
    of a database each of them.
    """
    held_kind, held_on = _kind(held)
    if kind in ("Table", "TableWithColumns", "DataCellsFilter") and held_kind == "Table":
        name = on.get("TableName") if kind == "DataCellsFilter" else on.get("Name")
        if not _same(held_on.get("DatabaseName"), str(on.get("DatabaseName"))):
            return False
        return "TableWildcard" in held_on or ("TableWildcard" not in on and _same(held_on.get("Name"), str(name)))
    if kind == held_kind == "TableWithColumns" and held_on.get("ColumnNames") and on.get("ColumnNames"):
        same = all(_same(held_on.get(part), str(on.get(part))) for part in ("DatabaseName", "Name"))
        return same and _lower(on["ColumnNames"]) <= _lower(held_on["ColumnNames"])
    if kind == held_kind == "LFTag":
        return _same(held_on.get("TagKey"), str(on.get("TagKey"))) and (
            _lower(on.get("TagValues")) <= _lower(held_on.get("TagValues"))
        )
    return kind == held_kind and _without_catalogue(held_on) == _without_catalogue(on)


def _without_catalogue(value: Any) -> Any:
    """A resource in a form that can be compared: order and the catalogue's id do not matter."""
    if isinstance(value, Mapping):
        return {name: _without_catalogue(item) for name, item in value.items() if name != "CatalogId"}
    if isinstance(value, list):
        return sorted(map(_without_catalogue, value), key=repr)
    return value
