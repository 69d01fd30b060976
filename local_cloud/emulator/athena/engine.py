"""One query: tables bound to the files of a snapshot, the statement translated, the result with Athena's types."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

import duckdb
from ministack.services import glue
from sqlglot import exp

from local_cloud.emulator.athena import QueryError, dialect, files, names
from local_cloud.emulator.athena.types import ColumnType, column_type, text

_METADATA_TABLES = ("snapshots", "files", "history", "partitions", "manifests", "refs")
_IDENTIFIER = r"(?:\"[^\"]+\"|`[^`]+`|[\w$]+)"
_NAME = rf"({_IDENTIFIER}(?:\.{_IDENTIFIER})*)"
_TEXT = ColumnType("varchar", 2147483647, 0)


@dataclass(frozen=True)
class Result:
    """Rows as Athena prints them (None for NULL), with names and types of the columns and the bytes read."""

    columns: list[str]
    types: list[ColumnType]
    rows: list[list[str | None]]
    scanned_bytes: int = 0


@dataclass
class Query:
    """A statement in a database; `stop` ends it from another thread."""

    sql: str
    database: str
    _connection: Any = None
    _stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Interrupt the query, now or as soon as it starts."""
        with self._lock:
            self._stopped = True
            if self._connection is not None:
                self._connection.interrupt()

    def run(self) -> Result:
        """Run the statement to its end. Raises QueryError."""
        statement = re.sub(r"^\s*(--[^\n]*\n|/\*.*?\*/\s*)*", "", self.sql, flags=re.DOTALL).strip().rstrip(";").strip()
        described = _describe(statement, self.database)
        if described is not None:
            return described
        parsed = dialect.parse(
            self.sql
        )  # with what stands before it, so that places are those of the text that was sent
        if not isinstance(parsed, (exp.Select, exp.SetOperation, exp.Values, exp.Subquery)):
            raise QueryError(f"NOT_SUPPORTED: this Athena only reads: {statement[:60]}")
        dialect.refuse_what_athena_refuses(self.sql, parsed)
        asked = parsed.copy()
        connection = _connect()
        try:
            with self._lock:
                self._connection = connection
                if self._stopped:
                    raise QueryError("Query was cancelled by user")
            return _select(connection, parsed, self.database)
        except duckdb.Error as error:
            raise QueryError(_message(error, asked)) from error
        finally:
            with self._lock:
                self._connection = None
            connection.close()


def _connect() -> Any:
    connection = duckdb.connect(":memory:")
    connection.execute(dialect.SETTINGS + "CREATE SCHEMA tables;" + dialect.MACROS)
    folder = files.copies_folder()
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"SET allowed_directories=[{files.text_literal(str(folder))}]; SET enable_external_access=false; SET lock_configuration=true"
    )
    return connection


def _select(connection: Any, parsed: exp.Expression, database: str) -> Result:
    named = parsed.copy()
    binding = _Binding(connection, database)
    translated = dialect.translate(binding.bind(parsed), binding.schema)
    done = connection.execute(translated)
    description = done.description
    kinds = [column[1] for column in description]
    rows = [[text(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in done.fetchall()]
    labels = _output_names(named, [column[0] for column in description])
    return Result(labels, [column_type(kind) for kind in kinds], rows, binding.scanned_bytes)


class _Binding:
    """Makes a DuckDB view for each table that a statement names, and points the statement at it."""

    def __init__(self, connection: Any, database: str) -> None:
        self._connection, self._database = connection, database.lower()
        self._bound: set[str] = set()
        self.schema: dialect.Schema = {}
        self.scanned_bytes = 0

    def bind(self, statement: exp.Expression) -> exp.Expression:
        """The statement with its tables bound. Raises QueryError."""
        common = {expression.alias_or_name.lower() for expression in statement.find_all(exp.CTE)}
        for table in list(statement.find_all(exp.Table)):
            name, database = table.name.lower(), (table.db or self._database).lower()
            if not table.db and name in common:
                continue
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
        entry = files.glue_table(database, base)
        if entry is None:
            kind, what = (
                ("TABLE", f"Table 'awsdatacatalog.{database}.{base}'")
                if database in glue._databases
                else ("SCHEMA", f"Schema '{database}'")
            )
            raise QueryError(f"{kind}_NOT_FOUND: {names.place(*table.parts)}{what} does not exist")
        iceberg = files.iceberg_table(entry)
        snapshot = self._snapshot(iceberg, table)
        key = f"{database}.{name}" + (f"@{snapshot}" if snapshot else "")
        if not metadata:
            self.schema.setdefault("tables", {})[key] = {
                column.name: files.duckdb_type(column.field_type) for column in iceberg.schema().fields
            }
        if key in self._bound:
            return key
        self._bound.add(key)
        if metadata:
            if metadata not in _METADATA_TABLES:
                raise QueryError(
                    f"TABLE_NOT_FOUND: {names.place(*table.parts)}Table 'awsdatacatalog.{database}.{name}' does not exist"
                )
            self._connection.register(f"metadata_{len(self._bound)}", getattr(iceberg.inspect, metadata)())
            body = f"SELECT * FROM metadata_{len(self._bound)}"  # noqa: S608 - a number
        else:
            body, size = files.read_statement(iceberg, snapshot)
            self.scanned_bytes += size
        self._connection.execute(
            f"CREATE TEMP VIEW {files.quoted(key)} AS {body}"
            if metadata
            else f"CREATE VIEW tables.{files.quoted(key)} AS {body}"
        )
        if metadata:  # a registered frame is visible to temporary views only
            self._connection.execute(f"CREATE TABLE tables.{files.quoted(key)} AS FROM temp.{files.quoted(key)}")
        return key

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
        run("CREATE SCHEMA information")
        run("CREATE TABLE information.schemata(catalog_name VARCHAR, schema_name VARCHAR)")
        run(
            "CREATE TABLE information.tables(table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, table_type VARCHAR)"
        )
        run(
            "CREATE TABLE information.columns(table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, "
            "ordinal_position BIGINT, column_default VARCHAR, is_nullable VARCHAR, data_type VARCHAR)"
        )
        for database in glue._databases:
            run("INSERT INTO information.schemata VALUES ('awsdatacatalog', ?)", [database])
        for key, entry in list(glue._tables.items()):
            database, name = key.split("/", 1)
            run("INSERT INTO information.tables VALUES ('awsdatacatalog', ?, ?, 'BASE TABLE')", [database, name])
            for position, column in enumerate(_columns(entry), 1):
                row = [database, name, column["Name"], position, column["Type"]]
                run("INSERT INTO information.columns VALUES ('awsdatacatalog', ?, ?, ?, ?, NULL, 'YES', ?)", row)


def _columns(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """A table's present columns: Iceberg leaves dropped ones in the catalogue, marked."""
    columns = [*entry["StorageDescriptor"]["Columns"], *(entry.get("PartitionKeys") or [])]
    return [
        column for column in columns if (column.get("Parameters") or {}).get("iceberg.field.current", "true") == "true"
    ]


def _output_names(statement: exp.Expression, described: list[str]) -> list[str]:
    """Names of the result's columns: an unnamed expression is _col0, _col1, ... by its place."""
    select: Any = statement
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    if isinstance(select, exp.Values):
        return [f"_col{place}" for place in range(len(described))]
    if not isinstance(select, exp.Select) or any(column.is_star for column in select.expressions):
        return described
    named = (exp.Alias, exp.Column, exp.Dot)
    return [
        column.output_name if isinstance(column, named) else f"_col{place}"
        for place, column in enumerate(select.expressions)
    ]


def _message(error: duckdb.Error, statement: exp.Expression) -> str:
    first_line = str(error).split("\n", maxsplit=1)[0]
    unknown = names.unknown_name(first_line, statement)
    if unknown is not None:
        return unknown
    kinds = {
        "Division by zero": "DIVISION_BY_ZERO",
        "INTERRUPT": "USER_CANCELED",
        "Conversion Error": "INVALID_CAST_ARGUMENT",
        "Parser Error": "SYNTAX_ERROR",
        "Permission": "PERMISSION_DENIED",
        "Binder": "TYPE_MISMATCH",
    }
    kind = next((kind for sign, kind in kinds.items() if sign in first_line), "GENERIC_USER_ERROR")
    return f"{kind}: {first_line}"


def _unquoted(name: str) -> list[str]:
    return [part.strip('"`').lower() for part in re.findall(_IDENTIFIER, name)]


def _texts(name: str, values: list[str]) -> Result:
    return Result([name], [_TEXT], [[value] for value in values])


def _describe(statement: str, database: str) -> Result | None:
    """SHOW and DESCRIBE; None for other statements. Raises QueryError."""
    if re.fullmatch(r"SHOW\s+(DATABASES|SCHEMAS)", statement, re.IGNORECASE):
        return _texts("database_name", sorted(glue._databases))
    shown = re.fullmatch(
        rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{_NAME})?(?:\s+(?:LIKE\s+)?'([^']*)')?", statement, re.IGNORECASE
    )
    if shown:
        wanted, pattern = (_unquoted(shown[1])[-1] if shown[1] else database), shown[2] or "*"
        known = sorted(key.split("/", 1)[1] for key in glue._tables if key.startswith(wanted + "/"))
        return _texts("tab_name", [name for name in known if re.fullmatch(pattern.replace("*", ".*"), name)])
    described = re.fullmatch(rf"(DESCRIBE|DESC|SHOW\s+COLUMNS\s+(?:IN|FROM))\s+{_NAME}", statement, re.IGNORECASE)
    if not described:
        return None
    *schema, name = _unquoted(described[2])
    entry = files.glue_table(schema[-1] if schema else database, name)
    if entry is None:
        raise QueryError(f"FAILED: SemanticException [Error 10001]: Table not found {name}")
    if described[1].upper().startswith("SHOW"):
        return _texts("field", [column["Name"] for column in _columns(entry)])
    return _texts(
        "col_name",
        [f"{column['Name']:<20}\t{column['Type']:<20}\t{column.get('Comment', ''):<20}" for column in _columns(entry)],
    )
