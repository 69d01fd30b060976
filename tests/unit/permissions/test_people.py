"""Users, and the roles that people take: both the caller's policies and the role's trust policy must allow it."""

import json
from contextlib import nullcontext

import pytest
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import iam, kms

from local_cloud.emulator.permissions import policies, principals
from local_cloud.emulator.permissions.judging import NotAuthorizedError, judge, require
from local_cloud.emulator.permissions.needs import Need

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lake-operator"
USER = f"arn:aws:iam::{ACCOUNT}:user/engineer"
ASSUME = Need("sts:AssumeRole", ROLE)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k1"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def trust(principal):
    return policy({"Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})


@pytest.fixture(autouse=True)
def account(monkeypatch):
    """An engineer with a key, and a role that trusts the account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAROOT")
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    iam._users["engineer"] = {"UserName": "engineer", "UserId": "AIDA1", "Arn": USER, "AttachedPolicies": []}
    iam._access_keys["AKIAENGINEER"] = {
        "AccessKeyId": "AKIAENGINEER",
        "SecretAccessKey": "s",
        "UserName": "engineer",
        "Status": "Active",
    }
    role = {"RoleName": "lake-operator", "RoleId": "AROA1", "Arn": ROLE, "AttachedPolicies": [], "InlinePolicies": {}}
    iam._roles["lake-operator"] = {**role, "AssumeRolePolicyDocument": trust(f"arn:aws:iam::{ACCOUNT}:root")}
    yield
    for store in (iam._users, iam._access_keys, iam._roles, iam._user_inline_policies, iam._groups, kms._keys):
        for name in list(store):
            store.pop(name, None)


def may(statements=()):
    if statements:
        iam._user_inline_policies["engineer"] = {"p": policy(*statements)}
    return judge(principals.of_key("AKIAENGINEER"), ASSUME).allowed


def test_a_user_is_judged_by_policies_of_its_own():
    found = principals.of_key("AKIAENGINEER")
    assert (found.name, found.kind, found.is_root, found.policies) == ("user/engineer", "User", False, ())
    assert not judge(found, Need("s3:ListAllMyBuckets")).allowed


def test_a_user_may_what_its_groups_may():
    iam._groups["engineers"] = {"Users": ["engineer"], "AttachedPolicies": []}
    iam._group_inline_policies["engineers"] = {"p": policy({"Action": "s3:ListAllMyBuckets", "Resource": "*"})}
    assert judge(principals.of_key("AKIAENGINEER"), Need("s3:ListAllMyBuckets")).allowed


def test_a_trusted_account_decides_by_policies_who_takes_the_role():
    assert not may()
    assert may([{"Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{ACCOUNT}:role/lake-*"}])


def test_policies_alone_open_no_role_that_trusts_others():
    iam._roles["lake-operator"]["AssumeRolePolicyDocument"] = trust(f"arn:aws:iam::{ACCOUNT}:user/other")
    assert not may([{"Action": "sts:AssumeRole", "Resource": "*"}])


def test_a_role_that_trusts_the_user_itself_needs_no_policy():
    iam._roles["lake-operator"]["AssumeRolePolicyDocument"] = trust(USER)
    assert may()


def test_a_role_that_is_not_there_is_refused():
    need = Need("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/gone")
    iam._user_inline_policies["engineer"] = {"p": policy({"Action": "sts:AssumeRole", "Resource": "*"})}
    assert not judge(principals.of_key("AKIAENGINEER"), need).allowed


def test_a_policy_of_a_user_with_variables_is_not_understood():
    iam._user_inline_policies["engineer"] = {"p": policy({"Action": "s3:*", "Resource": "arn:aws:s3:::${aws:userid}"})}
    with pytest.raises(policies.PolicyNotUnderstoodError):
        principals.of_key("AKIAENGINEER")


@pytest.mark.parametrize(("tag", "allowed"), [("lake", True), ("other", False), (None, False)])
def test_a_key_is_known_by_its_tag(tag, allowed):
    admits = policy({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"})
    tags = [{"TagKey": "Project", "TagValue": tag}] if tag else []
    kms._keys["k1"] = {"KeyId": "k1", "Arn": KEY, "Policy": admits, "Tags": tags}
    condition = {"StringEquals": {"aws:ResourceTag/Project": "lake"}}
    grant = {"Action": "kms:Decrypt", "Resource": "*", "Condition": condition}
    iam._user_inline_policies["engineer"] = {"p": policy(grant)}
    engineer, needs = principals.of_key("AKIAENGINEER"), [Need("kms:Decrypt", KEY)]
    with nullcontext() if allowed else pytest.raises(NotAuthorizedError):
        require(engineer, "a test", needs)
