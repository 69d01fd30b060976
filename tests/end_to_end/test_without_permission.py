"""People are refused what their role is not for. After the tests that IAM refused nothing, since it does so here."""

import pytest
from botocore.exceptions import ClientError

from operations.errors import OperationsError
from operations.lake import location
from operations.lake.athena import run_query
from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest


@pytest.mark.parametrize("profile", ["deployer", "operator", "analyst"])
def test_no_person_reads_a_credential(lake: LakeUnderTest, profile: str) -> None:
    secrets = location.find(lake.local.config).acting_as(profile).client("secretsmanager")
    name = f"selling-partner-lake/applications/{world.APPLICATION}/lwa"
    with pytest.raises(ClientError, match="not authorized to perform: secretsmanager:GetSecretValue"):
        secrets.get_secret_value(SecretId=name)


def test_operator_and_analyst_change_no_resource(lake: LakeUnderTest) -> None:
    for profile in ("operator", "analyst"):
        acting = location.find(lake.local.config).acting_as(profile)
        with pytest.raises(ClientError, match="not authorized to perform: lambda:DeleteFunction"):
            acting.client("lambda").delete_function(FunctionName=lake.location.named("sweep"))


def test_the_deployer_does_not_query(lake: LakeUnderTest) -> None:
    with pytest.raises((ClientError, OperationsError), match="athena:StartQueryExecution"):
        run_query(location.find(lake.local.config).acting_as("deployer"), "SELECT 1 AS one")


def test_the_deployer_makes_no_role_without_the_boundary_and_does_not_change_itself(lake: LakeUnderTest) -> None:
    iam = location.find(lake.local.config).acting_as("deployer").client("iam")
    with pytest.raises(ClientError, match="not authorized to perform: iam:CreateRole"):
        iam.create_role(RoleName="selling-partner-lake-admin", AssumeRolePolicyDocument="{}")
    with pytest.raises(ClientError, match="with an explicit deny"):
        iam.put_role_policy(
            RoleName="selling-partner-lake-deployer-eu-west-1", PolicyName="more", PolicyDocument='{"Statement": []}'
        )


def test_the_engineer_may_only_take_roles(lake: LakeUnderTest) -> None:
    acting = location.find(lake.local.config).acting_as("engineer")
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        acting.client("lambda").invoke(FunctionName=lake.location.named("sweep"))
