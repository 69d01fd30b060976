"""The bootstrap: what the deployer may do, and what it may never do."""

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from operations.deployment.plugins import find_plugins
from tests.terraform.workspace import ROOT, SUITE, Planned, RefusedError, Workspace

LONGEST = {"prefix": "a" * 25, "region": "ap-northeast-1", "role_path": "/organisation/of-the-company/data-platform/"}


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("bootstrap")
    ignored = shutil.ignore_patterns(".terraform", "*.tfstate*")
    shutil.copytree(ROOT / "terraform" / "bootstrap", folder / "terraform", ignore=ignored)
    shutil.copytree(ROOT / "terraform" / "tests" / "mocks", folder / "terraform" / "tests" / "mocks")
    (folder / "terraform" / "tests" / "generated.tftest.hcl").write_text(SUITE % "")
    (folder / "none.tfvars").write_text("")
    made = Workspace(folder)
    plugins = find_plugins()
    mirror = [f"-plugin-dir={plugins}"] if plugins else []
    initialised = made.terraform("init", "-input=false", "-no-color", "-backend=false", *mirror)
    assert initialised.returncode == 0, initialised.stderr
    yield made
    shutil.rmtree(folder, ignore_errors=True)


def plan(bootstrap: Workspace, **variables: Any) -> Planned:
    return bootstrap.plan("../none.tfvars", **{"region": "eu-west-1", **variables})


@pytest.fixture(scope="module")
def planned(bootstrap: Workspace) -> Planned:
    return plan(bootstrap)


def statements(planned: Planned) -> list[dict[str, Any]]:
    policies = [one for one in planned.of("aws_iam_policy") if one.address.startswith("aws_iam_policy.deployer")]
    return [statement for policy in policies for statement in json.loads(policy.values["policy"])["Statement"]]


def test_every_statement_says_why_and_lists_its_actions(planned: Planned) -> None:
    found = statements(planned)
    assert len({statement["Sid"] for statement in found}) == len(found)
    for statement in found:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", statement["Sid"])
        assert not [action for action in statement["Action"] if "*" in action], statement["Sid"]


def test_what_is_allowed_on_everything_has_no_resources_in_iam_or_a_condition(planned: Planned) -> None:
    everything = {one["Sid"] for one in statements(planned) if "*" in one["Resource"] and "Condition" not in one}
    assert everything == {"CheckDefinitions", "EncryptTheJob", "FindAliases", "GovernTheLake"}


def test_roles_are_the_lakes_and_go_to_its_services(planned: Planned) -> None:
    roles = "arn:aws:iam::123456789012:role/selling-partner-lake-*"
    for statement in statements(planned):
        if statement["Effect"] == "Allow" and any(action.startswith("iam:") for action in statement["Action"]):
            assert statement["Resource"] == [roles], statement["Sid"]
            if "iam:PassRole" in statement["Action"]:
                services = statement["Condition"]["StringEquals"]["iam:PassedToService"]
                assert services == [
                    f"{name}.amazonaws.com" for name in ("glue", "lakeformation", "lambda", "scheduler", "states")
                ]


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
def test_no_role_is_made_without_the_boundary(planned: Planned, action: str) -> None:
    [allowing] = [one for one in statements(planned) if one["Effect"] == "Allow" and action in one["Action"]]
    boundary = "arn:aws:iam::123456789012:policy/selling-partner-lake-boundary-eu-west-1"
    assert allowing["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}


def test_the_deployer_changes_neither_itself_nor_the_boundary_nor_the_state(planned: Planned) -> None:
    granted = {action for one in statements(planned) if one["Effect"] == "Allow" for action in one["Action"]}
    assert not {action for action in granted if "BoundaryPolicy" in action or action.startswith("iam:CreatePolicy")}
    assert not granted & {"iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:SetDefaultPolicyVersion"}
    denied = {one["Sid"]: one["Resource"] for one in statements(planned) if one["Effect"] == "Deny"}
    assert denied.keys() == {"NeverItself", "NeverTheBucketOfTheState", "NeverTheKeyOfTheState"}
    assert denied["NeverItself"] == ["arn:aws:iam::123456789012:role/selling-partner-lake-deployer-eu-west-1"]


def test_the_deployer_reads_no_secret_and_no_document(planned: Planned) -> None:
    for statement in statements(planned):
        assert not {"secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"} & set(statement["Action"])
        if "s3:GetObject" in statement["Action"]:
            assert not [one for one in statement["Resource"] if "-raw-" in one or "-curated-" in one]


def test_the_boundary_lets_no_role_make_another(planned: Planned) -> None:
    [boundary] = [one for one in planned.of("aws_iam_policy") if one.address == "aws_iam_policy.boundary[0]"]
    allowed = [one for one in json.loads(boundary.values["policy"])["Statement"] if one["Effect"] == "Allow"]
    assert not [action for one in allowed for action in one["Action"] if action.startswith(("iam:", "organizations:"))]


def test_the_policies_fit_with_the_longest_names(bootstrap: Workspace) -> None:
    planned = plan(bootstrap, **LONGEST, databases=["a" * 40, "b" * 40])
    sizes = {one.values["name"]: len(one.values["policy"]) for one in planned.of("aws_iam_policy")}
    assert max(sizes.values()) <= 6144, sizes
    assert len(sizes) <= 10, "a role has at most ten managed policies"
    assert all(len(role.values["name"]) <= 64 for role in planned.of("aws_iam_role"))


def test_without_a_boundary_none_is_asked_for(bootstrap: Workspace) -> None:
    planned = plan(bootstrap, permissions_boundary=False)
    assert "iam:PermissionsBoundary" not in json.dumps(statements(planned))
    assert not [one for one in planned.of("aws_iam_policy") if "boundary" in one.address]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"role_path": "data"}, "role_path begins and ends with a slash"),
        ({"deployer_principals": ["*"]}, "deployer_principals are ARNs"),
        ({"allowed_account_ids": ["12"]}, "An AWS account is 12 digits"),
        ({"region": "europe"}, "is not the name of an AWS region"),
        ({"prefix": "Lake"}, "must be 3 to 25 lower-case letters"),
    ],
)
def test_wrong_variables_are_refused(bootstrap: Workspace, variables: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        plan(bootstrap, **variables)
