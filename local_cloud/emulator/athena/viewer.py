"""Whose query it is: what the catalogue shows to whom, and what may be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import glue

from local_cloud.emulator.athena import QueryError
from local_cloud.emulator.lake_formation import InsufficientPermissionsError
from local_cloud.emulator.lake_formation.access import Access, lies_in
from local_cloud.emulator.lake_formation.catalogue import Sight, present_columns

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Viewer:
    """The caller of a query; without a sight the account's root, from whom nothing is hidden."""

    sight: Sight | None = None
    may_read: Callable[[str], None] = lambda _location: None
    """Raises QueryError if IAM does not let the caller read objects at a location."""

    def databases(self) -> list[str]:
        """Names of the databases that are shown."""
        return list(glue._databases) if self.sight is None else self.sight.databases()

    def tables(self, database: str | None = None) -> list[Entry]:
        """Tables that are shown, of one database or of all."""
        if self.sight is None:
            return [one for one in list(glue._tables.values()) if database in (None, one["DatabaseName"])]
        return [entry for entry, _ in self.sight.tables(database)]

    def require_table(self, database: str, name: str) -> Access | None:
        """What is granted on a table; None: everything, or there is no such table. Raises QueryError."""
        if self.sight is None:
            return None
        try:
            self.sight.require_database(database)
            return self.sight.require_table(database, name)
        except InsufficientPermissionsError as error:
            raise QueryError(str(error)) from error

    def require_data(self, entry: Entry) -> None:
        """Data at a location that is not registered are read with the caller's own permissions. Raises QueryError."""
        if self.sight is not None:
            for location in self.sight.left_to_iam(entry):
                self.may_read(location)
            metadata = (entry.get("Parameters") or {}).get("metadata_location")
            if metadata:  # other kinds of table are refused for what they are
                self.opener(entry)(metadata)

    def opener(self, entry: Entry) -> Callable[[str], None]:
        """Lets files be opened that lie at the table's location: for it alone Lake Formation gives credentials.

        The function raises QueryError for others: a table that names another one's files does not open them.
        """
        location = (entry.get("StorageDescriptor") or {}).get("Location") or ""

        def may_open(path: str) -> None:
            if self.sight is not None and not lies_in(path, location):
                raise QueryError(f"PERMISSION_DENIED: Access Denied: {path} is not at the table's location {location}")

        return may_open

    def described(self, entry: Entry) -> frozenset[str] | None:
        """Columns of a table that the catalogue shows; None: all."""
        return None if self.sight is None else frozenset(self.sight.access(entry).described)

    @staticmethod
    def columns(entry: Entry) -> tuple[str, ...]:
        """All present columns of a table."""
        return tuple(one["Name"].lower() for one in present_columns(entry))
