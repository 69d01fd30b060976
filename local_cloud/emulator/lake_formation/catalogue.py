"""Calls of the catalogue's API as Lake Formation judges and answers them. Nothing here serves them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_cloud.emulator.lake_formation import InsufficientPermissionsError
from local_cloud.emulator.lake_formation.access import Access, Governance, Table

Entry = Mapping[str, Any]
Entries = Mapping[str, Entry]
"""Databases by name; tables by "database/name"."""
_OF_THE_CATALOGUE = re.compile(r"Table|Database|Partition|ColumnStatistics|UserDefinedFunction|Catalog")


def present_columns(entry: Entry) -> list[Mapping[str, Any]]:
    """A table's present columns: Iceberg leaves dropped ones in the catalogue, marked."""
    listed = [*(entry.get("StorageDescriptor") or {}).get("Columns", []), *(entry.get("PartitionKeys") or [])]
    return [one for one in listed if (one.get("Parameters") or {}).get("iceberg.field.current", "true") == "true"]


def table_of(entry: Entry) -> Table:
    """A table of the catalogue as its access is computed from."""
    locations = (
        (entry.get("StorageDescriptor") or {}).get("Location"),
        (entry.get("Parameters") or {}).get("metadata_location"),
    )
    columns = tuple(one["Name"].lower() for one in present_columns(entry))
    return Table(entry["DatabaseName"], entry["Name"], columns, tuple(one for one in locations if one))


class Sight:
    """What a principal sees of the catalogue."""

    def __init__(self, governance: Governance, principal: str, databases: Entries, tables: Entries) -> None:
        self._governance, self._principal = governance, principal
        self._databases, self._tables = databases, tables

    def databases(self) -> list[str]:
        """Names of the databases that are shown."""
        return [name for name in self._databases if self.shows(name)]

    def shows(self, database: str) -> bool:
        """Whether a database is shown."""
        return bool(self._governance.on_database(self._principal, database))

    def require_database(self, database: str) -> None:
        """Raises InsufficientPermissionsError for a database that is not shown, whether it is there or not."""
        if not self.shows(database):
            raise InsufficientPermissionsError("Describe", database)

    def tables(self, database: str | None = None) -> list[tuple[Entry, Access]]:
        """Tables that are shown, of one database or of all that are shown."""
        listed = ((entry, self.access(entry)) for entry in list(self._tables.values()))
        return [
            (entry, access)
            for entry, access in listed
            if access.visible and (entry["DatabaseName"] == database if database else self.shows(entry["DatabaseName"]))
        ]

    def access(self, entry: Entry) -> Access:
        """What the principal has on a table."""
        return self._governance.on_table(self._principal, table_of(entry))

    def require_table(self, database: str, name: str) -> Access | None:
        """Access to a table that is shown; None for one that is missing, if the principal may know it.

        Raises InsufficientPermissionsError.
        """
        entry = self._tables.get(f"{database}/{name}")
        if entry is None:
            if not self._governance.on_missing_table(self._principal, database, name):
                raise InsufficientPermissionsError("Describe", name)
            return None
        access = self.access(entry)
        if not access.visible:
            raise InsufficientPermissionsError("Describe", name)
        return access

    def left_to_iam(self, entry: Entry) -> list[str]:
        """Locations of a table that Lake Formation does not govern."""
        return [one for one in table_of(entry).locations if not self._governance.is_registered(one)]

    # ---- the catalogue's API
    def refuse_unless_allowed(self, operation: str, members: Entry) -> None:
        """Judge a call; one of the catalogue that has no rule here is refused. Raises InsufficientPermissionsError.

        A call without an operation is one of Iceberg's REST API, which has no rules.
        """
        rule = _RULES.get(operation)
        if rule is not None:
            rule(self, members)
        elif not operation or _OF_THE_CATALOGUE.search(operation):
            raise InsufficientPermissionsError("a rule in local_cloud/emulator/lake_formation", operation)

    def shown(self, operation: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a call, without what is hidden."""
        if operation == "GetTable":
            return {**answer, "Table": self._shown_table(answer["Table"])}
        if operation == "GetTables":
            tables = [self._shown_table(one) for one in answer["TableList"] if self.access(one).visible]
            return {**answer, "TableList": tables}
        if operation == "GetDatabases":
            return {**answer, "DatabaseList": [one for one in answer["DatabaseList"] if self.shows(one["Name"])]}
        return answer

    def _shown_table(self, entry: Entry) -> Entry:
        described = set(self.access(entry).described)
        present = {one["Name"].lower() for one in present_columns(entry)}

        def left(columns: Iterable[Entry]) -> list[Entry]:
            """Columns that are shown; former ones only to who sees all present ones."""
            return [
                one
                for one in columns
                if one["Name"].lower() in described or (described == present and one["Name"].lower() not in present)
            ]

        storage = entry.get("StorageDescriptor") or {}
        registered = any(map(self._governance.is_registered, table_of(entry).locations))
        return {
            **entry,
            "StorageDescriptor": {**storage, "Columns": left(storage.get("Columns", []))},
            "PartitionKeys": left(entry.get("PartitionKeys") or []),
            "IsRegisteredWithLakeFormation": registered,
        }

    def require_on_database(self, permission: str, database: str) -> None:
        """Raises InsufficientPermissionsError."""
        if permission not in self._governance.on_database(self._principal, database):
            raise InsufficientPermissionsError(_title(permission), database)

    def require_on_table(self, permission: str, database: str, name: str) -> None:
        """Raises InsufficientPermissionsError."""
        access = self.require_table(database, name)
        if access is not None and permission not in access.permissions:
            raise InsufficientPermissionsError(_title(permission), name)

    def require_new_database(self) -> None:
        """Raises InsufficientPermissionsError."""
        if not self._governance.may_create_databases(self._principal):
            raise InsufficientPermissionsError("Create Database", "Catalog")

    def require_location(self, location: str | None, database: str) -> None:
        """Raises InsufficientPermissionsError."""
        of_database = (self._databases.get(database) or {}).get("LocationUri")
        if location and not self._governance.may_use_location(self._principal, location, database, of_database):
            raise InsufficientPermissionsError("Data Location Access", location)

    def is_elsewhere(self, members: Entry) -> bool:
        """Whether an update moves a table."""
        table = members["TableInput"]
        old = self._tables.get(f"{members['DatabaseName']}/{table['Name']}") or {}
        return _location(table) != _location(old)


def _location(table: Entry) -> str | None:
    location: str | None = (table.get("StorageDescriptor") or {}).get("Location")
    return location


def _title(permission: str) -> str:
    return permission.replace("_", " ").title()


def _table(sight: Sight, members: Entry) -> None:
    sight.require_table(members["DatabaseName"], members["Name"])


def _created(sight: Sight, members: Entry) -> None:
    sight.require_on_database("CREATE_TABLE", members["DatabaseName"])
    sight.require_location(_location(members["TableInput"]), members["DatabaseName"])


def _updated(sight: Sight, members: Entry) -> None:
    sight.require_on_table("ALTER", members["DatabaseName"], members["TableInput"]["Name"])
    if sight.is_elsewhere(members):
        sight.require_location(_location(members["TableInput"]), members["DatabaseName"])


def _partitions(sight: Sight, members: Entry) -> None:
    sight.require_on_table("SELECT", members["DatabaseName"], members["TableName"])


_RULES: dict[str, Callable[[Sight, Entry], None]] = {
    "GetDatabases": lambda _sight, _members: None,
    "GetDatabase": lambda sight, members: sight.require_database(members["Name"]),
    "CreateDatabase": lambda sight, _members: sight.require_new_database(),
    "UpdateDatabase": lambda sight, members: sight.require_on_database("ALTER", members["Name"]),
    "DeleteDatabase": lambda sight, members: sight.require_on_database("DROP", members["Name"]),
    "GetTables": lambda sight, members: sight.require_database(members["DatabaseName"]),
    "GetTable": _table,
    "CreateTable": _created,
    "UpdateTable": _updated,
    "DeleteTable": lambda sight, members: sight.require_on_table("DROP", members["DatabaseName"], members["Name"]),
    "GetPartition": _partitions,
    "GetPartitions": _partitions,
}
"""What an operation of the catalogue needs beside IAM ("Lake Formation permissions reference")."""
