"""What a principal needs to grant permissions, to make data cells filters and to tag resources. Nothing here calls.

Sources: AWS Lake Formation developer guide, "Granting permissions on Data Catalog resources", "Assigning LF-Tags to
Data Catalog resources" (requirements), "Adding LF-Tag creators", "Data filtering limitations".
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_cloud.emulator.lake_formation import InsufficientPermissionsError
from local_cloud.emulator.lake_formation.access import ALL_OF_DATABASES, ALL_OF_TABLES, Governance

Members = Mapping[str, Any]


def refuse_unless_allowed(governance: Governance, principal: str, operation: str, members: Members) -> None:
    """Judge a call of Lake Formation's API; operations that are not listed here are IAM's alone.

    Raises InsufficientPermissionsError.
    """
    rule = _RULES.get(operation)
    if rule is not None and principal not in governance.administrators:
        rule(governance, principal, members)


def _granting(governance: Governance, principal: str, members: Members) -> None:
    """To grant or revoke, a principal needs the same permissions with the grant option."""
    resource = members["Resource"]
    wanted = {*(members.get("Permissions") or []), *(members.get("PermissionsWithGrantOption") or [])}
    missing = wanted - governance.grantable(principal, resource)
    if missing or not wanted:
        required = ", ".join(sorted(missing)) or "permissions"
        raise InsufficientPermissionsError(f"{required} with grant option", _title(resource))


def _granting_many(governance: Governance, principal: str, members: Members) -> None:
    for entry in members["Entries"]:
        _granting(governance, principal, entry)


def _filtering(governance: Governance, principal: str, members: Members) -> None:
    """A filter needs SELECT with the grant option on the whole table."""
    named = members.get("TableData") or members
    table = {"Table": {"DatabaseName": named["DatabaseName"], "Name": named["TableName"]}}
    if "SELECT" not in governance.grantable(principal, table):
        raise InsufficientPermissionsError("SELECT with grant option", _title(table))


def _tagging(governance: Governance, principal: str, members: Members) -> None:
    """Tags need ASSOCIATE, and on the resource everything with the grant option, as its creator has."""
    for tag in members["LFTags"]:
        if not governance.may_associate(principal, tag["TagKey"], tag.get("TagValues") or []):
            raise InsufficientPermissionsError("Associate", f"{tag['TagKey']}={','.join(tag.get('TagValues') or [])}")
    resource = _whole(members["Resource"])
    needed = ALL_OF_DATABASES if "Database" in resource else ALL_OF_TABLES
    missing = needed - governance.grantable(principal, resource)
    if missing:
        raise InsufficientPermissionsError(f"{', '.join(sorted(missing))} with grant option", _title(resource))


def _creating_tags(governance: Governance, principal: str, _members: Members) -> None:
    if not any("Catalog" in one.resource and "CREATE_LF_TAG" in one.permissions for one in governance.of(principal)):
        raise InsufficientPermissionsError("Create LF-Tag", "Catalog")


def _changing_tags(permission: str) -> Callable[[Governance, str, Members], None]:
    def rule(governance: Governance, principal: str, members: Members) -> None:
        held: Iterable[str] = (
            one
            for grant in governance.of(principal)
            if "LFTag" in grant.resource and grant.resource["LFTag"].get("TagKey") == members["TagKey"]
            for one in grant.permissions
        )
        if permission not in held:
            raise InsufficientPermissionsError(permission.capitalize(), str(members["TagKey"]))

    return rule


def _whole(resource: Members) -> Members:
    """Columns are tagged by who may tag their table."""
    columns = resource.get("TableWithColumns")
    return {"Table": {part: columns[part] for part in ("DatabaseName", "Name")}} if columns else resource


def _title(resource: Members) -> str:
    on = next(iter(resource.values())) or {}
    return str(
        on.get("Name") or on.get("TableName") or on.get("DatabaseName") or on.get("TagKey") or next(iter(resource))
    )


_RULES: dict[str, Callable[[Governance, str, Members], None]] = {
    "GrantPermissions": _granting,
    "RevokePermissions": _granting,
    "BatchGrantPermissions": _granting_many,
    "BatchRevokePermissions": _granting_many,
    "CreateDataCellsFilter": _filtering,
    "UpdateDataCellsFilter": _filtering,
    "DeleteDataCellsFilter": _filtering,
    "AddLFTagsToResource": _tagging,
    "RemoveLFTagsFromResource": _tagging,
    "CreateLFTag": _creating_tags,
    "UpdateLFTag": _changing_tags("ALTER"),
    "DeleteLFTag": _changing_tags("DROP"),
}
"""Settings and locations are changed by whoever IAM lets (AWS Lake Formation API reference)."""
