"""AWS Lake Formation: grants, LF-Tags on resources, data cells filters."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from moto.lakeformation import models, responses, urls
from moto.lakeformation.exceptions import AlreadyExists, EntityNotFound, InvalidInput

from local_cloud.emulator.editing import add_methods, replace_method

_CELLS_KEY = ("TableCatalogId", "DatabaseName", "TableName", "Name")


def _normal(value: Any) -> Any:
    """A resource without its order: sets of tag values, column names and expression terms."""
    if isinstance(value, dict):
        return tuple(
            sorted((key, _normal(item)) for key, item in value.items() if key != "CatalogId" and item is not None)
        )
    if isinstance(value, list):
        return tuple(sorted(map(_normal, value), key=repr))
    return value


class _Permissions(list[Any]):
    """moto keeps changing objects in a set, where a changed one cannot be found again."""

    add = list.append


def grants_are_found_in_any_order() -> None:
    """Two grants to one principal on one resource are one, whatever the order of columns, tags and expressions.

    A grant that was changed can be revoked.

    Source: AWS Lake Formation API reference, GrantPermissions and RevokePermissions.
    Upstream: moto.lakeformation.models.PermissionCatalog keeps changing objects in a set and answers 500 to the
    revocation of a grant that was merged.
    Remove when: a merged grant can be revoked with its columns in another order (test_governance.py).
    """
    replace_method(models.PermissionCatalog, "__init__", lambda self: setattr(self, "permissions", _Permissions()))
    replace_method(
        models.Permission,
        "equal_principal_and_resouce",  # moto's spelling
        lambda self, other: self.principal == other.principal and _normal(self.resource) == _normal(other.resource),
    )


def _table_of(resource: dict[str, Any]) -> tuple[Any, ...]:
    table = resource.get("Table") or resource.get("TableWithColumns") or {}
    return (table.get("DatabaseName"), table.get("Name"), "TableWildcard" in table)


def _asked_for(wanted: dict[str, Any], have: dict[str, Any]) -> bool:
    """Whether a grant's resource is the one asked for; asking for a table also returns the grants on its columns."""
    if "Table" in wanted:
        return ("Table" in have or "TableWithColumns" in have) and _table_of(wanted) == _table_of(have)
    return bool(_normal(wanted) == _normal(have))


def permissions_are_listed_for_every_kind_of_resource() -> None:
    """ListPermissions finds grants on LF-Tag policies, columns and data cells filters as well.

    Source: AWS Lake Formation API reference, ListPermissions.
    Upstream: moto.lakeformation.responses.LakeFormationResponse.list_permissions knows catalogues, databases, tables
    and locations.
    Remove when: grants on a tag policy, on columns and on a filter are listed (test_governance.py).
    """

    def list_permissions(self: Any) -> str:
        principal, resource = self._get_param("Principal"), self._get_param("Resource")
        if principal and not resource:
            raise InvalidInput("Resource is mandatory if Principal is set in the input.")
        catalog = self.lakeformation_backend.grants.get(self._get_param("CatalogId") or self.current_account)
        found = [
            permission.to_external_form()
            for permission in (catalog.permissions if catalog else [])
            if (not principal or permission.principal == principal)
            and (not resource or _asked_for(resource, permission.resource))
        ]
        return json.dumps({"PrincipalResourcePermissions": found})

    replace_method(responses.LakeFormationResponse, "list_permissions", list_permissions)


def revoking_nothing_is_refused() -> None:
    """RevokePermissions of what is not granted is an InvalidInputException.

    Terraform repeats a revocation until it gets that answer.

    Source: AWS Lake Formation API reference, RevokePermissions.
    Upstream: moto.lakeformation.models.LakeFormationBackend.revoke_permissions accepts it.
    Remove when: a second revocation is an InvalidInputException (test_governance.py).
    """

    def revoke(self: Any, catalog_id: str, principal: Any, resource: Any, **revoked: Any) -> None:
        catalog = self.grants.get(catalog_id)
        held = [
            permission
            for permission in (catalog.permissions if catalog else [])
            if permission.principal == principal and _normal(permission.resource) == _normal(resource)
        ]
        if not any(set(permission.permissions) & set(revoked["permissions_to_revoke"] or []) for permission in held):
            raise InvalidInput(
                "No permissions revoked. Grantee has no permissions and no grantable permissions on resource."
            )
        inner(self, catalog_id=catalog_id, principal=principal, resource=resource, **revoked)

    inner = replace_method(models.LakeFormationBackend, "revoke_permissions", revoke)


def _tagged(backend: Any, resource: dict[str, Any]) -> Iterator[tuple[dict[Any, Any], tuple[str, ...]]]:
    """The stores and keys of what a resource names."""
    for kind, named in resource.items():
        catalog = named.get("CatalogId", backend.account_id)
        if kind == "Database":
            yield backend.lf_database_tags, (catalog, named["Name"])
        elif kind == "Table":
            yield backend.lf_table_tags, (catalog, named["DatabaseName"], named["Name"])
        elif kind == "TableWithColumns":
            for column in named["ColumnNames"]:
                yield backend.lf_columns_tags, (catalog, named["DatabaseName"], named["Name"], column)


def tags_are_added_to_resources() -> None:
    """AddLFTagsToResource adds to the tags that are there and refuses unknown values.

    Removing a tag that is gone is no error.

    Source: AWS Lake Formation API reference, AddLFTagsToResource and RemoveLFTagsFromResource.
    Upstream: moto.lakeformation.models.LakeFormationBackend.add_lf_tags_to_resource replaces all tags, shares one list
    between columns and accepts unknown values; the removal from an untagged resource is answered 500.
    Remove when: tags add up, columns keep their own, unknown values are refused (test_governance.py).
    """

    def construct(self: Any, region_name: str, account_id: str) -> None:
        inner(self, region_name, account_id)
        self.lf_database_tags, self.lf_table_tags, self.lf_columns_tags = (
            defaultdict(list),
            defaultdict(list),
            defaultdict(list),
        )

    def remove(self: Any, catalog_id: str, resource: dict[str, Any], tags: list[dict[str, Any]]) -> None:
        gone = {tag["TagKey"] for tag in tags}
        for store, key in _tagged(self, resource):
            store[key] = [tag for tag in store[key] if tag["TagKey"] not in gone]

    def add(self: Any, catalog_id: str, resource: dict[str, Any], tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = self.list_lf_tags(catalog_id)
        error = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Tag or tag value does not exist."}
        failures = [
            {"LFTag": tag, "Error": error}
            for tag in tags
            if not set(tag["TagValues"]) <= set(known.get(tag["TagKey"], []))
        ]
        if not failures:
            remove(self, catalog_id, resource, tags)
            for store, key in _tagged(self, resource):
                store[key] = store[key] + [{"CatalogId": catalog_id, **tag} for tag in tags]
        return failures

    inner = replace_method(models.LakeFormationBackend, "__init__", construct)
    replace_method(models.LakeFormationBackend, "add_lf_tags_to_resource", add)
    replace_method(models.LakeFormationBackend, "remove_lf_tags_from_resource", remove)


def _cells(response: Any) -> dict[tuple[str, ...], dict[str, Any]]:
    """The data cells filters of a backend; dropped with it by moto's reset."""
    filters: dict[tuple[str, ...], dict[str, Any]] = response.lakeformation_backend.__dict__.setdefault(
        "_data_cells_filters", {}
    )
    return filters


def _put_cells(response: Any, *, new: bool) -> str:
    given = response._get_param("TableData")
    key, filters = tuple(given.get(part) for part in _CELLS_KEY), _cells(response)
    if new and key in filters:
        raise AlreadyExists("Data cells filter already exists.")
    if not new and key not in filters:
        raise EntityNotFound
    version = "1" if new else str(int(filters[key]["VersionId"]) + 1)
    filters[key] = {**{name: value for name, value in given.items() if value is not None}, "VersionId": version}
    return "{}"


def _get_cells(response: Any, *, delete: bool = False) -> str:
    key, filters = tuple(response._get_param(part) for part in _CELLS_KEY), _cells(response)
    if key not in filters:
        raise EntityNotFound
    if delete:
        del filters[key]
        return "{}"
    return json.dumps({"DataCellsFilter": filters[key]})


def _list_cells(response: Any) -> str:
    table = response._get_param("Table") or {}
    wanted = (table.get("DatabaseName"), table.get("Name"))
    found = [
        cells
        for cells in _cells(response).values()
        if not table or (cells["DatabaseName"], cells["TableName"]) == wanted
    ]
    return json.dumps({"DataCellsFilters": found})


def data_cells_filters_exist() -> None:
    """Data cells filters can be created, read, changed, listed and deleted.

    Source: AWS Lake Formation API reference, CreateDataCellsFilter and its siblings.
    Upstream: moto.lakeformation.responses.LakeFormationResponse has a list_data_cells_filter that finds nothing, and no
    call to create one.
    Remove when: a filter that was created is read back (test_governance.py).
    """
    add_methods(
        responses.LakeFormationResponse,
        create_data_cells_filter=lambda self: _put_cells(self, new=True),
        update_data_cells_filter=lambda self: _put_cells(self, new=False),
        get_data_cells_filter=_get_cells,
        delete_data_cells_filter=lambda self: _get_cells(self, delete=True),
    )
    replace_method(responses.LakeFormationResponse, "list_data_cells_filter", _list_cells)
    for verb in ("Create", "Update", "Get", "Delete"):
        urls.url_paths[f"{{0}}/{verb}DataCellsFilter$"] = urls.response.dispatch
