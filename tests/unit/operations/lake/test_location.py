"""Where the lake is: one file, found without being told, and clear words when it is not there."""

import json
from pathlib import Path

import pytest
from moto import mock_aws

from operations.deployment.local_people import environment_of, write_profiles
from operations.errors import OperationsError
from operations.lake import location

DATABASES = {"curated": "lake_curated", "operations": "lake_operations"}
NAMES = {"prefix": "lake", "account_id": "123456789012", "region": "eu-west-1", "databases": DATABASES}
OUTPUTS = {name: {"value": value, "type": "string", "sensitive": False} for name, value in NAMES.items()}
LOCAL = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_LAKEFORMATION": "http://127.0.0.1:2",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAKE_CONFIG", raising=False)


def test_the_demos_file_is_found_first(tmp_path: Path) -> None:
    location.write(tmp_path / "lake.json", OUTPUTS | {"prefix": {"value": "other"}})
    location.write(tmp_path / ".local" / "lake.json", OUTPUTS, LOCAL)
    assert location.find().prefix == "lake"


def test_the_option_wins_over_the_variable_and_the_variable_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lake", "by-variable", "by-option"):
        location.write(tmp_path / f"{name}.json", OUTPUTS | {"prefix": {"value": name}})
    monkeypatch.setenv("LAKE_CONFIG", str(tmp_path / "by-variable.json"))
    assert location.find().prefix == "by-variable"
    assert location.find(tmp_path / "by-option.json").prefix == "by-option"


def test_no_file_says_how_to_get_one() -> None:
    with pytest.raises(OperationsError, match=r"run `make demo`, or write it with `terraform"):
        location.find()
    with pytest.raises(OperationsError, match=r"there is no lake configuration at nowhere\.json"):
        location.find(Path("nowhere.json"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "does not hold Terraform's outputs"),
        ("{}", "lacks prefix, account_id"),
        ('{"prefix": {"value": ""}}', "lacks prefix"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "lake.json").write_text(content)
    with pytest.raises(OperationsError, match=words):
        location.find()


def test_names_follow_from_the_outputs(tmp_path: Path) -> None:
    arns = {"report": "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:lake-report"}
    lake = location.write(tmp_path / "lake.json", {**OUTPUTS, "state_machine_arns": {"value": arns}})
    assert lake.bucket("raw") == "lake-raw-123456789012-eu-west-1"
    assert lake.state_machine("report") == arns["report"]


def test_a_configuration_that_uses_the_lake_as_a_module_passes_its_outputs_on(tmp_path: Path) -> None:
    lake = location.write(tmp_path / "lake.json", {"lake": {"value": NAMES}, "other": {"value": 1}})
    assert (lake.prefix, lake.region, lake.databases) == ("lake", "eu-west-1", DATABASES)


def test_a_local_lake_needs_nothing_of_the_users_aws_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere")
    lake = location.write(tmp_path / "lake.json", OUTPUTS, LOCAL)
    assert lake.client("athena").meta.endpoint_url == "http://127.0.0.1:1"
    assert lake.client("lakeformation").meta.endpoint_url == "http://127.0.0.1:2"
    # The local cloud has an IP address, which cannot be a bucket's host name.
    place = {"Bucket": "lake-raw", "Key": "a"}
    assert lake.client("s3").generate_presigned_url("get_object", place).startswith("http://127.0.0.1:1/lake-raw/a?")


def test_a_local_lake_is_used_with_the_role_of_its_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-user")
    sts = "https://sts.eu-west-1.amazonaws.com"
    roles = {name: f"arn:aws:iam::123456789012:role/lake-{name}" for name in ("operator", "analyst")}
    local = {"AWS_ENDPOINT_URL": sts, "AWS_REGION": "eu-west-1"}
    file = tmp_path / "aws" / "config"
    key = {"aws_access_key_id": "AKIAENGINEER", "aws_secret_access_key": "secret"}
    write_profiles(file, local, key, roles)
    lake = location.write(tmp_path / "lake.json", OUTPUTS, environment_of(file, local, "operator"))
    with mock_aws():
        for acting in (lake, lake.acting_as("analyst")):
            role = acting.environment["AWS_PROFILE"]
            assert acting.client("sts").get_caller_identity()["Arn"].endswith(f":assumed-role/lake-{role}/engineer")


def test_a_lake_in_aws_is_used_with_the_users_own_role(tmp_path: Path) -> None:
    lake = location.write(tmp_path / "lake.json", OUTPUTS)
    assert lake.acting_as("analyst") is lake


def test_a_lake_in_aws_has_aws_endpoints(tmp_path: Path) -> None:
    lake = location.write(tmp_path / "lake.json", OUTPUTS)
    assert lake.client("athena").meta.endpoint_url == "https://athena.eu-west-1.amazonaws.com"
    assert "environment" not in json.loads((tmp_path / "lake.json").read_text())
