"""AWS Lake Formation: who may grant, filter and tag."""

import json
import logging
from collections.abc import Callable
from typing import Any

from moto.lakeformation.responses import LakeFormationResponse

from local_cloud.emulator.editing import replace_method
from local_cloud.emulator.lake_formation import ROOT, InsufficientPermissionsError, administration, served
from local_cloud.emulator.permissions.governance import AccessDeniedException, caller

_log = logging.getLogger("lake_formation")


def permissions_are_given_by_who_may() -> None:
    """Grants, data cells filters and LF-Tags are made by administrators, and by who may pass on what they have.

    Apply it after the other patches of Lake Formation: it stands before what they made of a method.

    Source: AWS Lake Formation developer guide, "Granting permissions on Data Catalog resources"; "Assigning LF-Tags to
    Data Catalog resources".
    Upstream: moto.lakeformation.responses.LakeFormationResponse lets everybody grant everything.
    Remove when: a role that is no administrator cannot grant itself a table (test_governed_access.py).
    """
    for operation, method in _METHODS.items():
        _judge(operation, method)


def _judge(operation: str, method: str) -> None:
    inner: Callable[[Any], str]

    def judged(self: Any) -> str:
        name = caller.get()
        if name != ROOT:
            try:
                administration.refuse_unless_allowed(
                    served.governance(), name, operation, json.loads(self.body or "{}")
                )
            except InsufficientPermissionsError as error:
                _log.warning("refused: %s of %s: %s", operation, name, error)
                raise AccessDeniedException(str(error)) from error
        return inner(self)

    inner = replace_method(LakeFormationResponse, method, judged)


_METHODS = {
    "GrantPermissions": "grant_permissions",
    "RevokePermissions": "revoke_permissions",
    "BatchGrantPermissions": "batch_grant_permissions",
    "BatchRevokePermissions": "batch_revoke_permissions",
    "CreateDataCellsFilter": "create_data_cells_filter",
    "UpdateDataCellsFilter": "update_data_cells_filter",
    "DeleteDataCellsFilter": "delete_data_cells_filter",
    "AddLFTagsToResource": "add_lf_tags_to_resource",
    "RemoveLFTagsFromResource": "remove_lf_tags_from_resource",
    "CreateLFTag": "create_lf_tag",
    "UpdateLFTag": "update_lf_tag",
    "DeleteLFTag": "delete_lf_tag",
}
