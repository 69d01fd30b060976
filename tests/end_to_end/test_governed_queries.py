"""Queries under Lake Formation: what the analyst reads of the real tables, and what somebody with a filter reads."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import yaml

from operations.errors import OperationsError
from operations.lake.athena import run_query
from operations.lake.location import Location
from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest

OPEN = {
    "LFTagPolicy": {
        "ResourceType": "TABLE",
        "Expression": [{"TagKey": "sensitivity", "TagValues": ["internal", "public"]}],
    }
}


def as_role(lake: LakeUnderTest, role_arn: str) -> Location:
    """The lake as somebody in a role reaches it."""
    given = lake.location.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="reader")["Credentials"]
    location = dataclasses.replace(lake.location)
    vars(location)["session"] = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=location.region
    )
    return location


@pytest.fixture(scope="module")
def analyst(first_documents: LakeUnderTest) -> Location:
    return as_role(first_documents, first_documents.location.outputs["analyst_role_arn"])


def columns_of_orders() -> dict[str, str]:
    """Name and sensitivity of each column that the contract gives the table."""
    contract = yaml.safe_load((world.ROOT / "contracts" / "reports" / "all_orders.yaml").read_text())
    return {column["name"]: column.get("sensitivity", "internal") for column in contract["tables"]["orders"]["columns"]}


def test_a_star_has_every_column_but_the_personal_ones(analyst: Location) -> None:
    found = [column.name for column in run_query(analyst, "SELECT * FROM orders").columns]
    known = columns_of_orders()
    assert {name for name, sensitivity in known.items() if sensitivity == "personal"}
    assert set(known) - set(found) == {name for name, sensitivity in known.items() if sensitivity == "personal"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT {} FROM orders",
        "SELECT 1 FROM orders WHERE {} IS NULL",
        "WITH o AS (SELECT * FROM orders) SELECT {} FROM o",
    ],
)
def test_a_personal_column_cannot_be_named(analyst: Location, sql: str) -> None:
    for column in (name for name, sensitivity in columns_of_orders().items() if sensitivity == "personal"):
        with pytest.raises(OperationsError, match=r"COLUMN_NOT_FOUND.*requester is not authorized"):
            run_query(analyst, sql.format(column))


def test_the_catalogue_shows_no_personal_column_either(analyst: Location) -> None:
    tables = analyst.client("glue").get_tables(DatabaseName=analyst.curated_database)["TableList"]
    orders = next(table for table in tables if table["Name"] == "orders")
    shown = {column["Name"] for column in orders["StorageDescriptor"]["Columns"]}
    assert not shown & {name for name, sensitivity in columns_of_orders().items() if sensitivity == "personal"}
    with pytest.raises(OperationsError, match="Insufficient Lake Formation permission"):
        run_query(analyst, 'SELECT * FROM "orders$files"')


def test_a_revoked_grant_closes(analyst: Location, first_documents: LakeUnderTest) -> None:
    formation = first_documents.location.client("lakeformation")
    principal = {"DataLakePrincipalIdentifier": analyst.outputs["analyst_role_arn"]}
    grant: dict[str, Any] = {"Principal": principal, "Resource": OPEN, "Permissions": ["SELECT", "DESCRIBE"]}
    formation.revoke_permissions(**grant)
    try:
        with pytest.raises(OperationsError, match="Required Describe on orders"):
            run_query(analyst, "SELECT * FROM orders")
    finally:
        formation.grant_permissions(**grant)
    assert run_query(analyst, "SELECT * FROM orders").rows


@pytest.fixture
def filtered(first_documents: LakeUnderTest) -> Iterator[Location]:
    """Somebody whom IAM lets do what the analyst does, with the documents of one account and no other grant."""
    lake, account = first_documents.location, first_documents.location.account_id
    iam, formation = lake.client("iam"), lake.client("lakeformation")
    analyst = lake.outputs["analyst_role_arn"].rpartition("/")[2]
    trust = json.dumps(iam.get_role(RoleName=analyst)["Role"]["AssumeRolePolicyDocument"])
    role = iam.create_role(RoleName="reader-of-one-account", AssumeRolePolicyDocument=trust)["Role"]
    for name in iam.list_role_policies(RoleName=analyst)["PolicyNames"]:
        policy = iam.get_role_policy(RoleName=analyst, PolicyName=name)["PolicyDocument"]
        iam.put_role_policy(RoleName=role["RoleName"], PolicyName=name, PolicyDocument=json.dumps(policy))
    database = lake.operations_database
    key = {"TableCatalogId": account, "DatabaseName": database, "TableName": "documents", "Name": "one_account"}
    rows = {"RowFilter": {"FilterExpression": "account_id = 'orders'"}, "ColumnWildcard": {}}
    formation.create_data_cells_filter(TableData={**key, **rows})
    principal = {"DataLakePrincipalIdentifier": role["Arn"]}
    grants: list[dict[str, Any]] = [
        {"Principal": principal, "Resource": {"Database": {"Name": database}}, "Permissions": ["DESCRIBE"]},
        {"Principal": principal, "Resource": {"DataCellsFilter": key}, "Permissions": ["SELECT"]},
    ]
    for grant in grants:
        formation.grant_permissions(**grant)
    try:
        yield as_role(first_documents, role["Arn"])
    finally:
        for grant in grants:
            formation.revoke_permissions(**grant)
        formation.delete_data_cells_filter(**key)
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            iam.delete_role_policy(RoleName=role["RoleName"], PolicyName=name)
        iam.delete_role(RoleName=role["RoleName"])


def test_a_data_cells_filter_limits_rows(filtered: Location, first_documents: LakeUnderTest) -> None:
    accounts = "SELECT DISTINCT account_id FROM documents"
    everybody = {row["account_id"] for row in first_documents.operations(accounts)}
    assert len(everybody) > 1
    found = run_query(filtered, accounts, database=filtered.operations_database).records()
    assert [row["account_id"] for row in found] == ["orders"]
    with pytest.raises(OperationsError, match="Required Describe"):
        run_query(filtered, "SELECT * FROM orders")
