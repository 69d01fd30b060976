"""AWS Lake Formation and Amazon QuickSight."""

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def formation(lab):
    return lab.client("lakeformation")


@pytest.fixture
def role(unique):
    return {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/{unique()}"}


def columns(*names):
    return {"TableWithColumns": {"DatabaseName": "curated", "Name": "orders", "ColumnNames": list(names)}}


def granted(formation, role, resource):
    return [
        (grant["Resource"], sorted(grant["Permissions"]))
        for grant in formation.list_permissions(Principal=role, Resource=resource)["PrincipalResourcePermissions"]
    ]


@pytest.mark.patch("grants_are_found_in_any_order")
def test_a_merged_grant_can_be_revoked_in_another_order(formation, role):
    formation.grant_permissions(Principal=role, Resource=columns("a", "b"), Permissions=["SELECT"])
    formation.grant_permissions(Principal=role, Resource=columns("b", "a"), Permissions=["SELECT", "DESCRIBE"])
    formation.revoke_permissions(Principal=role, Resource=columns("b", "a"), Permissions=["SELECT"])
    formation.revoke_permissions(Principal=role, Resource=columns("a", "b"), Permissions=["DESCRIBE"])
    everything = formation.list_permissions()["PrincipalResourcePermissions"]
    assert [grant for grant in everything if grant["Principal"] == role] == []


@pytest.mark.patch("permissions_are_listed_for_every_kind_of_resource")
def test_grants_on_tag_policies_columns_and_cells_are_listed(formation, role):
    policy = {
        "LFTagPolicy": {
            "ResourceType": "TABLE",
            "Expression": [{"TagKey": "sensitivity", "TagValues": ["public", "internal"]}],
        }
    }
    cells = {
        "DataCellsFilter": {
            "TableCatalogId": ACCOUNT,
            "DatabaseName": "curated",
            "TableName": "orders",
            "Name": "client",
        }
    }
    for resource in (policy, cells, columns("a")):
        formation.grant_permissions(Principal=role, Resource=resource, Permissions=["SELECT"])
    reordered = {
        "LFTagPolicy": {
            "ResourceType": "TABLE",
            "Expression": [{"TagKey": "sensitivity", "TagValues": ["internal", "public"]}],
        }
    }
    assert granted(formation, role, reordered) == [(policy, ["SELECT"])]
    assert granted(formation, role, cells) == [(cells, ["SELECT"])]
    assert granted(formation, role, {"Table": {"DatabaseName": "curated", "Name": "orders"}}) == [
        (columns("a"), ["SELECT"])
    ]


@pytest.mark.patch("revoking_nothing_is_refused")
def test_a_revocation_that_finds_nothing_is_refused(formation, role):
    database = {"Database": {"Name": "curated"}}
    formation.grant_permissions(Principal=role, Resource=database, Permissions=["DESCRIBE"])
    formation.revoke_permissions(Principal=role, Resource=database, Permissions=["DESCRIBE"])
    with pytest.raises(ClientError, match="No permissions revoked"):
        formation.revoke_permissions(Principal=role, Resource=database, Permissions=["DESCRIBE"])


@pytest.mark.patch("tags_are_added_to_resources")
def test_tags_add_up_and_columns_keep_their_own(formation, unique):
    first, second, name = unique(), unique(), unique()
    formation.create_lf_tag(TagKey=first, TagValues=["public", "personal"])
    formation.create_lf_tag(TagKey=second, TagValues=["sales"])
    table = {"TableWithColumns": {"DatabaseName": "curated", "Name": name, "ColumnNames": ["a", "b"]}}
    one = {"TableWithColumns": {"DatabaseName": "curated", "Name": name, "ColumnNames": ["a"]}}
    formation.add_lf_tags_to_resource(Resource=table, LFTags=[{"TagKey": first, "TagValues": ["public"]}])
    formation.add_lf_tags_to_resource(Resource=one, LFTags=[{"TagKey": second, "TagValues": ["sales"]}])
    formation.remove_lf_tags_from_resource(Resource=one, LFTags=[{"TagKey": first, "TagValues": ["public"]}])
    formation.remove_lf_tags_from_resource(Resource=one, LFTags=[{"TagKey": first, "TagValues": ["public"]}])
    tagged = formation.get_resource_lf_tags(Resource=table)["LFTagsOnColumns"]
    assert {column["Name"]: [tag["TagKey"] for tag in column["LFTags"]] for column in tagged} == {
        "a": [second],
        "b": [first],
    }
    failures = formation.add_lf_tags_to_resource(Resource=one, LFTags=[{"TagKey": first, "TagValues": ["secret"]}])[
        "Failures"
    ]
    assert [failure["Error"]["ErrorCode"] for failure in failures] == ["EntityNotFoundException"]


@pytest.mark.patch("data_cells_filters_exist")
def test_data_cells_filters_live(formation, unique):
    key = {"TableCatalogId": ACCOUNT, "DatabaseName": "curated", "TableName": unique(), "Name": "client"}
    rows = {"RowFilter": {"FilterExpression": "account_id = 'northwind'"}, "ColumnWildcard": {}}
    formation.create_data_cells_filter(TableData={**key, **rows})
    with pytest.raises(ClientError, match="AlreadyExists"):
        formation.create_data_cells_filter(TableData={**key, **rows})
    found = formation.get_data_cells_filter(**key)["DataCellsFilter"]
    assert (found["RowFilter"], found["VersionId"]) == (rows["RowFilter"], "1")
    formation.update_data_cells_filter(TableData={**key, "RowFilter": {"AllRowsWildcard": {}}, "ColumnNames": ["a"]})
    table = {"CatalogId": ACCOUNT, "DatabaseName": "curated", "Name": key["TableName"]}
    assert [cells["VersionId"] for cells in formation.list_data_cells_filter(Table=table)["DataCellsFilters"]] == ["2"]
    formation.delete_data_cells_filter(**key)
    with pytest.raises(ClientError, match="EntityNotFound"):
        formation.get_data_cells_filter(**key)


ACTIONS = [
    {
        "Principal": f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:user/default/analyst",
        "Actions": ["quicksight:DescribeDataSet"],
    }
]


@pytest.mark.patch("data_sources_can_be_read_back")
def test_a_data_source_tells_its_times_and_permissions(lab, unique):
    quicksight, key = lab.client("quicksight"), {"AwsAccountId": ACCOUNT, "DataSourceId": unique()}
    parameters = {"AthenaParameters": {"WorkGroup": "lake"}}
    quicksight.create_data_source(
        **key, Name="lake", Type="ATHENA", DataSourceParameters=parameters, Permissions=ACTIONS
    )
    found = quicksight.describe_data_source(**key)["DataSource"]
    assert found["Name"] == "lake"
    assert found["CreatedTime"].year >= 2024
    assert quicksight.describe_data_source_permissions(**key)["Permissions"] == ACTIONS


@pytest.mark.patch("data_sets_can_be_read_and_changed")
def test_a_data_set_can_be_read_changed_and_deleted(lab, unique):
    quicksight, key = lab.client("quicksight"), {"AwsAccountId": ACCOUNT, "DataSetId": unique()}
    relational = {
        "DataSourceArn": f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:datasource/lake",
        "Catalog": "AwsDataCatalog",
        "Schema": "curated",
        "Name": "orders",
    }
    tables = {"orders": {"RelationalTable": {**relational, "InputColumns": [{"Name": "asin", "Type": "STRING"}]}}}
    quicksight.create_data_set(
        **key, Name="orders", PhysicalTableMap=tables, ImportMode="DIRECT_QUERY", Permissions=ACTIONS
    )
    quicksight.update_data_set(**key, Name="Orders", PhysicalTableMap=tables, ImportMode="DIRECT_QUERY")
    found = quicksight.describe_data_set(**key)["DataSet"]
    assert (found["Name"], found["PhysicalTableMap"], found["OutputColumns"]) == (
        "Orders",
        tables,
        [{"Name": "asin", "Type": "STRING"}],
    )
    assert quicksight.describe_data_set_permissions(**key)["Permissions"] == ACTIONS
    with pytest.raises(ClientError, match="not a SPICE"):
        quicksight.describe_data_set_refresh_properties(**key)
    quicksight.delete_data_set(**key)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        quicksight.describe_data_set(**key)
