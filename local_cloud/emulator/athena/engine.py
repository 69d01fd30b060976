"""One query: tables bound to the files of a snapshot, the statement translated, the result with Athena's types."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from local_cloud.emulator.athena import QueryError, dialect, files, names, statements
from local_cloud.emulator.athena.binding import Binding
from local_cloud.emulator.athena.description import describe
from local_cloud.emulator.athena.types import Result, column_type, text
from local_cloud.emulator.athena.viewer import Viewer


@dataclass
class Query:
    """A statement in a database, of a viewer of the catalogue; `stop` ends it from another thread."""

    sql: str
    database: str
    find_viewer: Callable[[], Viewer]
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
        viewer = self.find_viewer()
        described = describe(statement, self.database, viewer)
        if described is not None:
            return described
        # The text as it was sent, comments included, so that places in error messages are right.
        parsed = statements.parse(self.sql)
        if not isinstance(parsed, (exp.Select, exp.SetOperation, exp.Values, exp.Subquery)):
            raise QueryError(f"NOT_SUPPORTED: this Athena only reads: {statement[:60]}")
        statements.refuse_what_athena_refuses(self.sql, parsed)
        asked = parsed.copy()
        connection = _connect()
        try:
            with self._lock:
                self._connection = connection
                if self._stopped:
                    raise QueryError("Query was cancelled by user")
            return _select(connection, parsed, self.database, viewer)
        except duckdb.Error as error:
            raise QueryError(_message(error, asked)) from error
        finally:
            with self._lock:
                self._connection = None
            connection.close()


def _connect() -> Any:
    connection = duckdb.connect(":memory:")
    connection.execute(dialect.SETTINGS + "CREATE SCHEMA tables; CREATE SCHEMA whole;" + dialect.MACROS)
    folder = files.copies_folder()
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"SET allowed_directories=[{files.text_literal(str(folder))}];"
        "SET enable_external_access=false; SET lock_configuration=true"
    )
    return connection


def _select(connection: Any, parsed: exp.Expression, database: str, viewer: Viewer) -> Result:
    named = parsed.copy()
    binding = Binding(connection, database, viewer)
    translated = dialect.translate(binding.bind(parsed), binding.schema)
    done = connection.execute(translated)
    description = done.description
    kinds = [column[1] for column in description]
    rows = [[text(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in done.fetchall()]
    labels = _output_names(named, [column[0] for column in description])
    return Result(labels, [column_type(kind) for kind in kinds], rows, binding.scanned_bytes)


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
