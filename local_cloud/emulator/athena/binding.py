"""The tables that a statement names, as views over the files of their snapshots."""

from collections.abc import Callable
from typing import Any

from ministack.services import glue
from sqlglot import exp

from local_cloud.emulator.athena import QueryError, dialect, files, names, scope
from local_cloud.emulator.athena.description import columns
from local_cloud.emulator.athena.restriction import Restriction
from local_cloud.emulator.athena.viewer import Viewer

_METADATA_TABLES = ("snapshots", "files", "history", "partitions", "manifests", "refs")
_INFORMATION_SCHEMA = """
CREATE SCHEMA information;
CREATE TABLE information.schemata(catalog_name VARCHAR, schema_name VARCHAR);
CREATE TABLE information.tables(
    table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, table_type VARCHAR
);
CREATE TABLE information.columns(
    table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR,
    ordinal_position BIGINT, column_default VARCHAR, is_nullable VARCHAR, data_type VARCHAR
);
"""


class Binding:
    """Makes a DuckDB view for each table that a statement names, and points the statement at it.

    A view has what its viewer may read: a column that is not granted does not exist in it.
    """

    def __init__(self, connection: Any, database: str, viewer: Viewer) -> None:
        self._connection, self._database, self._viewer = connection, database.lower(), viewer
        self._bound: set[str] = set()
        self.schema: dialect.Schema = {}
        self.scanned_bytes = 0

    def bind(self, statement: exp.Expression) -> exp.Expression:
        """The statement with its tables bound. Raises QueryError."""
        named = [table for table in statement.find_all(exp.Table) if not scope.is_common(table)]
        for table in named:
            name, database = table.name.lower(), (table.db or self._database).lower()
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
            table.set("catalog", None)
            if database == "information_schema":
                self._bind_information_schema()
                table.set("db", exp.to_identifier("information"))
                continue
            key = self._bind_table(table, database, name)
            table.set("db", exp.to_identifier("tables"))
            table.set("this", exp.to_identifier(key, quoted=True))
        return statement

    def _bind_table(self, table: exp.Table, database: str, name: str) -> str:
        base, _, metadata = name.partition("$")
        access = self._viewer.require_table(database, base)
        entry = files.glue_table(database, base)
        if entry is None:
            kind, what = (
                ("TABLE", f"Table 'awsdatacatalog.{database}.{base}'")
                if database in glue._databases
                else ("SCHEMA", f"Schema '{database}'")
            )
            raise QueryError(f"{kind}_NOT_FOUND: {names.place(*table.parts)}{what} does not exist")
        restriction = Restriction(base, access, self._viewer.columns(entry))
        if not restriction.readable:
            raise QueryError(f"COLUMN_NOT_FOUND: {names.place(*table.parts)}Relation contains no accessible columns")
        self._viewer.require_data(entry)
        iceberg = files.iceberg_table(entry)
        snapshot = self._snapshot(iceberg, table)
        key = f"{database}.{name}" + (f"@{snapshot}" if snapshot else "")
        if key in self._bound:
            return key
        self._bound.add(key)
        if metadata:
            if metadata not in _METADATA_TABLES:
                where = names.place(*table.parts)
                raise QueryError(f"TABLE_NOT_FOUND: {where}Table 'awsdatacatalog.{database}.{name}' does not exist")
            restriction.refuse_metadata()
            self._bind_metadata(key, getattr(iceberg.inspect, metadata)())
        else:
            self._bind_data(key, iceberg, snapshot, restriction, self._viewer.opener(entry))
        return key

    def _bind_metadata(self, key: str, rows: Any) -> None:
        frame, view = f"metadata_{len(self._bound)}", files.quoted(key)
        self._connection.register(frame, rows)
        # a registered frame is visible to temporary views only
        self._connection.execute(f"CREATE TEMP VIEW {view} AS FROM {frame}")
        self._connection.execute(f"CREATE TABLE tables.{view} AS FROM temp.{view}")

    def _bind_data(
        self, key: str, iceberg: Any, snapshot: int | None, restriction: Restriction, may_open: Callable[[str], None]
    ) -> None:
        """A view of what can be read; behind it, where no statement reaches, the whole table."""
        body, size = files.read_statement(iceberg, snapshot, may_open)
        self.scanned_bytes += size
        types = {field.name: files.duckdb_type(field.field_type) for field in files.schema_at(iceberg, snapshot).fields}
        shown = restriction.columns(files.schema_at(iceberg, snapshot), iceberg.schema())
        self.schema.setdefault("tables", {})[key] = {name: types[name] for name in shown}
        self._connection.execute(f"CREATE VIEW whole.{files.quoted(key)} AS {body}")
        self._connection.execute(restriction.statement(key, shown, types))

    def _snapshot(self, iceberg: Any, table: exp.Table) -> int | None:
        """The snapshot that FOR VERSION AS OF or FOR TIMESTAMP AS OF names."""
        version = table.args.get("version")
        if version is None:
            return None
        table.set("version", None)
        if version.name.upper() == "VERSION":
            return int(version.expression.name)
        moment = dialect.translate(exp.select(exp.func("epoch_ms", exp.cast(version.expression, "TIMESTAMPTZ"))), {})
        found = iceberg.snapshot_as_of_timestamp(self._connection.execute(moment).fetchone()[0])
        if found is None:
            raise QueryError("INVALID_ARGUMENTS: No version history table at or before that time")
        return int(found.snapshot_id)

    def _bind_information_schema(self) -> None:
        if "information_schema" in self._bound:
            return
        self._bound.add("information_schema")
        run = self._connection.execute
        run(_INFORMATION_SCHEMA)
        for database in self._viewer.databases():
            run("INSERT INTO information.schemata VALUES ('awsdatacatalog', ?)", [database])
        for entry in self._viewer.tables():
            database, name = entry["DatabaseName"], entry["Name"]
            run("INSERT INTO information.tables VALUES ('awsdatacatalog', ?, ?, 'BASE TABLE')", [database, name])
            for position, column in enumerate(columns(entry, self._viewer), 1):
                row = [database, name, column["Name"], position, column["Type"]]
                run("INSERT INTO information.columns VALUES ('awsdatacatalog', ?, ?, ?, ?, NULL, 'YES', ?)", row)
