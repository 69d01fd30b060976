"""Terraform runs as the deployer and `lake` as the operator, and a second plan is empty."""

import pytest

from operations.lake import location
from tests.end_to_end import world
from tests.end_to_end.conftest import LakeUnderTest


def test_a_second_plan_of_the_deployer_is_empty(lake: LakeUnderTest) -> None:
    files = [world.ROOT / "terraform" / "environments" / "local.tfvars"]
    deployment = lake.local.deployment(lake.endpoints)
    assert deployment.environment["AWS_PROFILE"] == "deployer"
    assert deployment.plan(variable_files=files) == []


@pytest.mark.parametrize("profile", ["deployer", "operator", "analyst"])
def test_people_act_with_roles(lake: LakeUnderTest, profile: str) -> None:
    acting = location.find(lake.local.config).acting_as(profile)
    arn = acting.client("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::123456789012:assumed-role/selling-partner-lake-{profile}-eu-west-1/engineer"
