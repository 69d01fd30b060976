"""The engineer of the local cloud: a user who may only take roles, and profiles that any AWS client reads."""

import json
import stat
from pathlib import Path

import boto3
import botocore.session
import pytest
from moto import mock_aws

from operations.deployment.local_people import engineer, environment_of, read_engineer, write_profiles

ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_LAKEFORMATION": "http://127.0.0.1:2",
    "AWS_ACCESS_KEY_ID": "root",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": "/dev/null",
}
KEY = {"aws_access_key_id": "AKIAENGINEER", "aws_secret_access_key": "secret/of+the engineer"}
ROLES = {name: f"arn:aws:iam::123456789012:role/lake-{name}" for name in ("deployer", "analyst")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "aws" / "config"
    write_profiles(written, ENVIRONMENT, KEY, ROLES)
    return written


def test_only_the_user_reads_the_key(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    write_profiles(file, ENVIRONMENT, KEY, ROLES)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_key_is_read_again_and_missing_without_the_file(file: Path) -> None:
    assert read_engineer(file) == KEY
    assert read_engineer(file.with_name("other")) is None


def test_aws_clients_find_roles_and_endpoints(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    profiles = botocore.session.Session().full_config["profiles"]
    assert {name: profile.get("role_arn") for name, profile in profiles.items()} == {"engineer": None, **ROLES}
    assert all(profiles[name]["source_profile"] == "engineer" for name in ROLES)
    session = boto3.Session(profile_name="engineer")
    assert session.get_credentials().access_key == "AKIAENGINEER"
    assert session.client("athena").meta.endpoint_url == "http://127.0.0.1:1"
    assert session.client("lakeformation").meta.endpoint_url == "http://127.0.0.1:2"


def test_a_profile_replaces_the_root(file: Path) -> None:
    given = environment_of(file, ENVIRONMENT, "deployer")
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & given.keys()
    assert (given["AWS_CONFIG_FILE"], given["AWS_PROFILE"]) == (str(file), "deployer")
    assert given["AWS_ENDPOINT_URL_STS"] == "http://127.0.0.1:1"


@mock_aws
def test_the_engineer_may_only_take_roles_of_the_lake() -> None:
    environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": "https://iam.amazonaws.com"}
    former = engineer(environment, "lake")
    key = engineer(environment, "lake")
    assert key != former
    iam = boto3.client("iam", region_name="eu-west-1")
    [access_key] = iam.list_access_keys(UserName="engineer")["AccessKeyMetadata"]
    assert access_key["AccessKeyId"] == key["aws_access_key_id"]
    [name] = iam.list_user_policies(UserName="engineer")["PolicyNames"]
    policy = iam.get_user_policy(UserName="engineer", PolicyName=name)["PolicyDocument"]
    policy = json.loads(policy) if isinstance(policy, str) else policy
    [statement] = policy["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("sts:AssumeRole", ["arn:aws:iam::123456789012:role/lake-*"])
