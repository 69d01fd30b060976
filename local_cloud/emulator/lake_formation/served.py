"""The other end of `exchange`, in the process that serves Lake Formation."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from moto.lakeformation import urls
from moto.lakeformation.models import LakeFormationBackend, lakeformation_backends

from local_cloud.emulator.lake_formation import exchange
from local_cloud.emulator.lake_formation.access import Governance

Answer = tuple[int, dict[str, str], str]


def add_paths() -> None:
    """Answer the process that serves the catalogue, and nobody else."""
    for path, answer in ((exchange.STATE, _state), (exchange.CREATED, _created), (exchange.DELETED, _deleted)):
        urls.url_paths[f"{{0}}{path}$"] = _only_the_emulator(answer)


def governance() -> Governance:
    """What is stored here at this moment."""
    return Governance.from_state(_state({}))


def _only_the_emulator(answer: Callable[[Mapping[str, Any]], Any]) -> Callable[..., Answer]:
    def served(request: Any, _url: str, headers: Mapping[str, str]) -> Answer:
        if not exchange.is_from_the_emulator(headers):
            return 403, {}, "only the local cloud itself asks here"
        return 200, {"Content-Type": "application/json"}, json.dumps(answer(json.loads(request.data)))

    return served


def _account() -> str:
    return os.environ["MOTO_ACCOUNT_ID"]


def _backend() -> LakeFormationBackend:
    return lakeformation_backends[_account()][os.environ["AWS_REGION"]]


def _state(_said: Mapping[str, Any]) -> dict[str, Any]:
    backend, account = _backend(), _account()
    catalog = backend.grants.get(account)
    tagged = {**backend.lf_database_tags, **backend.lf_table_tags, **backend.lf_columns_tags}
    return {
        "settings": backend.get_data_lake_settings(account),
        "locations": [one.arn for one in backend.list_resources()],
        "grants": [one.to_external_form() for one in (catalog.permissions if catalog else [])],
        "tags": [{"on": key[1:], "tags": tags} for key, tags in tagged.items()],
        "filters": list(backend.__dict__.get("_data_cells_filters", {}).values()),
    }


def _created(said: Mapping[str, Any]) -> dict[str, Any]:
    """Give a new database or table the default permissions, and its creator all of them, with the grant option.

    AWS Lake Formation developer guide, "Changing the default settings for your data lake" and "Implicit Lake Formation
    permissions". A database has defaults of its own for its tables: those of the settings, unless it names others.
    """
    backend, account = _backend(), _account()
    settings = backend.get_data_lake_settings(account)
    of_databases: dict[str, Any] = backend.__dict__.setdefault("_defaults_of_databases", {})
    if said["table"] is None:
        defaults = settings.get("CreateDatabaseDefaultPermissions")
        given = said["defaults"]
        of_databases[said["database"]] = settings.get("CreateTableDefaultPermissions") if given is None else given
    else:
        defaults = of_databases.get(said["database"], settings.get("CreateTableDefaultPermissions"))
    resource = _resource(said)
    for default in defaults or []:
        backend.grant_permissions(account, default["Principal"], resource, default["Permissions"], [])
    if said["creator"] is not None:
        creator = {"DataLakePrincipalIdentifier": said["creator"]}
        backend.grant_permissions(account, creator, resource, ["ALL"], ["ALL"])
    return {}


def _deleted(said: Mapping[str, Any]) -> dict[str, Any]:
    """Forget what was said of a database or table that is gone, so that the next of its name starts afresh."""
    backend, account = _backend(), _account()
    gone = tuple(part for part in (said["database"], said["table"]) if part is not None)
    for store in (backend.lf_database_tags, backend.lf_table_tags, backend.lf_columns_tags):
        for key in [key for key in store if key[1 : 1 + len(gone)] == gone]:
            del store[key]
    filters: dict[Any, Any] = backend.__dict__.get("_data_cells_filters", {})
    for key, one in list(filters.items()):
        if (one["DatabaseName"], one["TableName"])[: len(gone)] == gone:
            del filters[key]
    catalog = backend.grants.get(account)
    for grant in list(catalog.permissions if catalog else []):
        if _place(grant.resource)[: len(gone)] == gone:
            catalog.permissions.remove(grant)
    return {}


def _resource(said: Mapping[str, Any]) -> dict[str, Any]:
    if said["table"] is None:
        return {"Database": {"Name": said["database"]}}
    return {"Table": {"DatabaseName": said["database"], "Name": said["table"]}}


def _place(resource: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Database and table that a grant by name is on."""
    kind, on = next(iter(resource.items()))
    if kind == "Database":
        return (on["Name"],)
    if kind in ("Table", "TableWithColumns", "DataCellsFilter"):
        return on["DatabaseName"], on.get("TableName") or on.get("Name")
    return ()
