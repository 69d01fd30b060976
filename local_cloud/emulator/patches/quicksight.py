"""Amazon QuickSight: data sources and data sets as Terraform reads and changes them."""

import json
from typing import Any

from moto.quicksight import responses, urls
from moto.quicksight.data_models import QuickSightDataSource
from moto.quicksight.exceptions import InvalidParameterValueException, ResourceNotFoundException

from local_cloud.emulator.editing import add_methods, replace_method

_Response = responses.QuickSightResponse
_DATA_SETS = r"{0}/accounts/(?P<account_id>[\d]+)/data-sets/(?P<datasetid>[^/.]+)"
_DATA_SOURCES = r"{0}/accounts/(?P<account_id>[\d]+)/data-sources/(?P<datasourceid>[^/.]+)"
_DATA_SET_FIELDS = (
    "Name",
    "PhysicalTableMap",
    "LogicalTableMap",
    "ImportMode",
    "ColumnGroups",
    "FieldFolders",
    "RowLevelPermissionDataSet",
    "RowLevelPermissionTagConfiguration",
    "ColumnLevelPermissionRules",
    "DataSetUsageConfiguration",
)


def data_sources_can_be_read_back() -> None:
    """A data source has its creation time (a number, as restJson1 timestamps are) and its permissions.

    Source: Amazon QuickSight API reference, DescribeDataSource and DescribeDataSourcePermissions.
    Upstream: moto.quicksight.data_models.QuickSightDataSource.to_json has times as text, which SDKs refuse, and moto
    has no permissions.
    Remove when: DescribeDataSource parses and the permissions are those of the creation (test_governance.py).
    """

    def as_json(self: Any) -> dict[str, Any]:
        return {
            **inner_json(self),
            "CreatedTime": self.created_time.timestamp(),
            "LastUpdatedTime": self.last_updated_time.timestamp(),
        }

    def create(self: Any) -> str:
        answer: str = inner_create(self)
        self.quicksight_backend.data_sources[self._get_param("DataSourceId")].permissions = (
            self._get_param("Permissions") or []
        )
        return answer

    def permissions(self: Any) -> str:
        source = self.quicksight_backend.describe_data_source(
            self._get_param("AwsAccountId"), self._get_param("DataSourceId")
        )
        held = getattr(source, "permissions", [])
        return json.dumps(
            {"DataSourceArn": source.arn, "DataSourceId": source.data_source_id, "Permissions": held, "Status": 200}
        )

    inner_json = replace_method(QuickSightDataSource, "to_json", as_json)
    inner_create = replace_method(_Response, "create_data_source", create)
    add_methods(_Response, describe_data_source_permissions=permissions)
    urls.url_paths[_DATA_SOURCES + "/permissions$"] = _Response.dispatch


def _data_set(response: Any) -> Any:
    found = response.quicksight_backend.data_sets.get(response._get_param("DataSetId"))
    if found is None:
        raise ResourceNotFoundException("DataSet not found")
    return found


def _columns(body: dict[str, Any]) -> list[dict[str, str]]:
    tables = [table for physical in (body.get("PhysicalTableMap") or {}).values() for table in physical.values()]
    return [
        {"Name": column["Name"], "Type": column["Type"]}
        for table in tables
        for column in table.get("InputColumns") or table.get("Columns") or []
    ]


def _keep(response: Any, data_set: Any) -> None:
    body = json.loads(response.body)
    usage = {"DisableUseAsDirectQuerySource": False, "DisableUseAsImportedSource": False}
    given = {field: body[field] for field in _DATA_SET_FIELDS if body.get(field) is not None}
    data_set.kept = {"DataSetUsageConfiguration": usage, **given, "OutputColumns": _columns(body)}
    if "Permissions" in body:
        data_set.permissions = body["Permissions"] or []


def _create(inner: Any, response: Any) -> str:
    answer: str = inner(response)
    _keep(response, response.quicksight_backend.data_sets[json.loads(response.body)["DataSetId"]])
    return answer


def _describe(response: Any) -> str:
    found = _data_set(response)
    return json.dumps({"DataSet": {"Arn": found.arn, "DataSetId": found._id, **found.kept}, "Status": 200})


def _update(response: Any) -> str:
    found = _data_set(response)
    _keep(response, found)
    return json.dumps({"Arn": found.arn, "DataSetId": found._id, "Status": 200})


def _delete(response: Any) -> str:
    found = _data_set(response)
    del response.quicksight_backend.data_sets[found._id]
    return json.dumps({"Arn": found.arn, "DataSetId": found._id, "Status": 200})


def _permissions(response: Any) -> str:
    found = _data_set(response)
    held = getattr(found, "permissions", [])
    return json.dumps({"DataSetArn": found.arn, "DataSetId": found._id, "Permissions": held, "Status": 200})


def _refresh_properties(response: Any) -> str:
    raise InvalidParameterValueException("Data set is not a SPICE dataset")


def data_sets_can_be_read_and_changed() -> None:
    """A data set can be described with its tables and columns, changed and deleted.

    It has its permissions, and answers that it is not refreshed.

    Source: Amazon QuickSight API reference, DescribeDataSet, UpdateDataSet, DeleteDataSet, DescribeDataSetPermissions,
    DescribeDataSetRefreshProperties.
    Upstream: moto.quicksight.responses.QuickSightResponse.create_data_set is the only call on data sets.
    Remove when: a data set is read back, changed and deleted (test_governance.py).
    """
    inner = replace_method(_Response, "create_data_set", lambda self: _create(inner, self))
    add_methods(
        _Response,
        describe_data_set=_describe,
        update_data_set=_update,
        delete_data_set=_delete,
        describe_data_set_permissions=_permissions,
        describe_data_set_refresh_properties=_refresh_properties,
    )
    for path in (_DATA_SETS + "$", _DATA_SETS + "/permissions$", _DATA_SETS + "/refresh-properties$"):
        urls.url_paths[path] = _Response.dispatch
