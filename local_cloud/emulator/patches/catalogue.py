"""AWS Glue Data Catalog and Amazon Athena under Lake Formation: what a caller is shown, and may change."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlparse

from ministack.core.responses import error_response_json, json_response
from ministack.services import athena, glue

from local_cloud.emulator.athena import QueryError
from local_cloud.emulator.athena.viewer import Viewer
from local_cloud.emulator.editing import wrap
from local_cloud.emulator.lake_formation import NOBODY, ROOT, InsufficientPermissionsError, callers, exchange
from local_cloud.emulator.lake_formation.catalogue import Sight
from local_cloud.emulator.patches.queries import find_viewer
from local_cloud.emulator.permissions import RefusedError, encryption
from local_cloud.emulator.permissions.judging import require
from local_cloud.emulator.permissions.needs import NEEDS
from local_cloud.emulator.permissions.principals import Principal
from local_cloud.emulator.permissions.requests import Call

_log = logging.getLogger("lake_formation")


def _sight(name: str) -> Sight:
    return Sight(exchange.governance(), name, glue._databases, glue._tables)


# ---- Glue
def catalogue_shows_what_is_granted() -> None:
    """The catalogue shows and changes what Lake Formation grants; a table has the columns only that are granted.

    It does so for Glue's own API and for Athena's.

    Source: AWS Lake Formation developer guide, "Metadata permissions"; "Lake Formation permissions reference".
    Upstream: ministack.services.glue._handle_request_sync shows everybody everything, and so does Athena.
    Remove when: a role sees the tables and columns only that it is granted (test_governed_access.py).
    """
    wrap(glue, "_handle_request_sync", _glue)
    wrap(athena, "_get_database", _metadata(lambda sight, data: sight.require_database(data["DatabaseName"])))
    wrap(athena, "_list_databases", _list_databases)
    wrap(athena, "_get_table_metadata", _get_table_metadata)
    wrap(athena, "_list_table_metadata", _list_table_metadata)


def _glue(inner: Callable[..., Any], *arguments: Any) -> Any:
    name, (_method, path, headers, body, _query) = callers.name(), arguments
    if name == ROOT:
        return inner(*arguments)
    operation = "" if path.startswith("/iceberg") else headers.get("x-amz-target", "").rpartition(".")[2]
    sight = _sight(name)
    try:
        sight.refuse_unless_allowed(operation, json.loads(body or b"{}"))
    except InsufficientPermissionsError as error:
        _log.warning("refused: %s of %s: %s", operation, name, error)
        return error_response_json("AccessDeniedException", str(error), 400)
    answer = inner(*arguments)
    if answer[0] >= 300 or not answer[2]:
        return answer
    said = json.loads(answer[2])
    shown = sight.shown(operation, said)
    return answer if shown is said else json_response(shown)


# ---- Athena's own view of the catalogue
def _metadata(require: Callable[[Sight, Mapping[str, Any]], Any]) -> Callable[..., Any]:
    """Answer a call of Athena's about the catalogue only if the caller is shown what it asks about."""

    def wrapper(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
        name = callers.name()
        if name != ROOT:
            try:
                require(_sight(name), data)
            except InsufficientPermissionsError as error:
                return error_response_json("MetadataException", str(error), 400)
        return inner(data)

    return wrapper


def _cut(answer: Any, change: Callable[[Sight, dict[str, Any]], None]) -> Any:
    """An answer with what the caller is not shown taken out."""
    name = callers.name()
    if name == ROOT or answer[0] >= 300:
        return answer
    said = json.loads(answer[2])
    change(_sight(name), said)
    return json_response(said)


def _list_databases(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    def change(sight: Sight, said: dict[str, Any]) -> None:
        said["DatabaseList"] = [one for one in said["DatabaseList"] if sight.shows(one["Name"])]

    return _cut(inner(data), change)


def _get_table_metadata(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    database, table = data.get("DatabaseName", "default"), data.get("TableName", "")

    def change(sight: Sight, said: dict[str, Any]) -> None:
        _cut_columns(sight, database, said["TableMetadata"])

    answer = _metadata(lambda sight, _data: sight.require_table(database, table))(inner, data)
    return _cut(answer, change)


def _list_table_metadata(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    database = data.get("DatabaseName", "default")

    def change(sight: Sight, said: dict[str, Any]) -> None:
        shown = {entry["Name"] for entry, _ in sight.tables(database)}
        said["TableMetadataList"] = [one for one in said["TableMetadataList"] if one["Name"] in shown]
        for one in said["TableMetadataList"]:
            _cut_columns(sight, database, one)

    answer = _metadata(lambda sight, _data: sight.require_database(database))(inner, data)
    return _cut(answer, change)


def _cut_columns(sight: Sight, database: str, metadata: dict[str, Any]) -> None:
    entry = glue._tables.get(f"{database}/{metadata['Name']}")
    described = sight.access(entry).described if entry else ()
    for part in ("Columns", "PartitionKeys"):
        metadata[part] = [one for one in metadata[part] if one["Name"].lower() in described]


# ---- what is made and unmade
def creators_have_what_they_make() -> None:
    """A new database or table has the default permissions, and its creator all of them; with it they go.

    Source: AWS Lake Formation developer guide, "Implicit Lake Formation permissions"; "Changing the default settings
    for your data lake".
    Upstream: ministack.services.glue._create_table tells nobody, and neither does _create_database.
    Remove when: the creator of a table can drop it, and its grants go with it (test_governed_access.py).
    """
    wrap(glue, "_create_database", _create_database)
    wrap(glue, "_create_table", _create_table)
    wrap(glue, "_delete_database", _delete_database)
    wrap(glue, "_delete_table", _delete_table)


def _creator() -> str | None:
    name = callers.name()
    return None if name in (ROOT, NOBODY) else name


def _create_database(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    answer, made = inner(data), data.get("DatabaseInput") or {}
    if answer[0] < 300:
        exchange.tell_created(made["Name"], None, _creator(), made.get("CreateTableDefaultPermissions"))
    return answer


def _create_table(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    answer = inner(data)
    if answer[0] < 300:
        exchange.tell_created(data["DatabaseName"], data["TableInput"]["Name"], _creator())
    return answer


def _delete_database(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    answer = inner(data)
    if answer[0] < 300:
        exchange.tell_deleted(data["Name"], None)
    return answer


def _delete_table(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    answer = inner(data)
    if answer[0] < 300:
        exchange.tell_deleted(data["DatabaseName"], data["Name"])
    return answer


# ---- queries
def queries_see_what_is_granted() -> None:
    """A query reads the columns and rows that its caller is granted; others do not exist for it.

    Data at a location that Lake Formation does not govern are read with the caller's permissions on S3.

    Source: Amazon Athena user guide, "Use Athena to query data registered with AWS Lake Formation"; AWS Lake Formation
    developer guide, "Data filtering and cell-level security".
    Upstream: ministack.services.athena._execute_query reads everything for everybody.
    Remove when: SELECT * has the granted columns only, and naming another is refused (test_governed_access.py).
    """

    async def execute(inner: Callable[..., Any], query_id: str, *arguments: Any) -> None:
        principal = callers.current.get()
        find_viewer.set(lambda: _viewer(principal))
        await inner(query_id, *arguments)

    wrap(athena, "_execute_query", execute)
    wrap(athena, "_run_ddl", _run_ddl)


def _viewer(principal: Principal | None) -> Viewer:
    name = callers.name_of(principal)
    if principal is None or name == ROOT:
        return Viewer() if name == ROOT else Viewer(_sight(NOBODY), _nobody_reads)

    def may_read(location: str) -> None:
        place = urlparse(location)
        call = Call("s3", "GetObject", {"Bucket": place.netloc, "Key": place.path.strip("/") + "/(data)"})
        try:
            require(principal, "Athena reads a table", [*NEEDS[call.name](call.members), *encryption.implied(call)])
        except RefusedError as refusal:
            raise QueryError(f"PERMISSION_DENIED: Access Denied: {refusal}") from refusal

    return Viewer(_sight(name), may_read)


def _nobody_reads(location: str) -> None:
    raise QueryError(f"PERMISSION_DENIED: Access Denied: nobody reads {location}")


def _run_ddl(inner: Callable[..., Any], ddl: Any, database: str) -> Any:
    """The emulator changes the catalogue by itself here, past what Glue's API is judged by."""
    if callers.name() != ROOT:
        raise QueryError("NOT_SUPPORTED: this Athena changes the catalogue for the account's root only")
    return inner(ddl, database)
