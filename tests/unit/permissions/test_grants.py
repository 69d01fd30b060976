"""Which grants are used: what is refused without them."""

import json

import pytest

from local_cloud import permission_report
from local_cloud.emulator.permissions import record
from local_cloud.grants import Call, Explanation, Grant, NotReproducedError, calls_of, explained, judged, unused

ROLE = "lake-sweep"
LEDGER, DUE = "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger", "arn:aws:dynamodb:x:1:table/ledger/index/due"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/k"
VIA_S3 = {"kms:viaservice": "s3.eu-west-1.amazonaws.com"}


def allow(sid, actions, resources, **condition):
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources, **condition}


def call(action, resource=LEDGER, *, role=ROLE, context=None, admitted=False, count=1):
    return Call(role, action, resource, context or {}, admitted, count)


def used(statements, *calls):
    return {(grant.statement, grant.value): grant.calls for grant in judged(ROLE, statements, calls)}


def test_an_action_is_used_if_a_call_is_refused_without_it():
    statements = [allow("Keep", ["dynamodb:GetItem", "dynamodb:PutItem"], [LEDGER])]
    found = used(statements, call("dynamodb:GetItem", count=3))
    assert found == {("Keep", "dynamodb:GetItem"): 3, ("Keep", "dynamodb:PutItem"): 0}


def test_one_of_several_resources_is_a_grant_of_its_own():
    statements = [allow("Keep", "dynamodb:Query", [LEDGER, DUE])]
    found = used(statements, call("dynamodb:Query"))
    assert found == {("Keep", "dynamodb:Query"): 1, ("Keep", LEDGER): 1, ("Keep", DUE): 0}


def test_what_two_statements_allow_needs_neither():
    statements = [allow("A", ["kms:Decrypt"], [KEY]), allow("B", ["kms:*"], [KEY])]
    assert used(statements, call("kms:Decrypt", KEY)) == {("A", "kms:Decrypt"): 0, ("B", "kms:*"): 0}


def test_conditions_count():
    condition = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    statements = [allow("S3", ["kms:Decrypt"], [KEY], Condition=condition), allow("Other", ["kms:Encrypt"], [KEY])]
    found = used(statements, call("kms:Decrypt", KEY, context=VIA_S3))
    assert found == {("S3", "kms:Decrypt"): 1, ("Other", "kms:Encrypt"): 0}


def test_what_the_resource_admits_needs_no_grant():
    statements = [allow("Keep", ["dynamodb:GetItem"], [LEDGER])]
    assert used(statements, call("dynamodb:GetItem", admitted=True)) == {("Keep", "dynamodb:GetItem"): 0}


def test_a_deny_is_no_grant():
    statements = [{**allow("No", ["s3:*"], ["*"]), "Effect": "Deny"}, allow("Keep", ["dynamodb:GetItem"], [LEDGER])]
    assert used(statements, call("dynamodb:GetItem")) == {("Keep", "dynamodb:GetItem"): 1}


def test_a_call_that_the_policies_do_not_allow_is_an_error():
    with pytest.raises(NotReproducedError, match=r"lake-sweep: dynamodb:Scan on"):
        judged(ROLE, [allow("Keep", ["dynamodb:GetItem"], [LEDGER])], [call("dynamodb:Scan")])


def test_calls_of_others_do_not_count():
    assert used([allow("Keep", ["dynamodb:GetItem"], [LEDGER])], call("dynamodb:GetItem", role="other")) == {
        ("Keep", "dynamodb:GetItem"): 0
    }


def test_the_record_holds_calls():
    rows = [
        ["role/lake-sweep", "o", "kms:Decrypt", KEY, json.dumps({"kms:ViaService": "s3"}), "Allow", "S", True, 2],
        ["role/lake-sweep", "o", "kms:Decrypt", KEY, "{}", "ImplicitDeny", "", False, 1],
        ["events.amazonaws.com", "o", "sqs:SendMessage", "q", "{}", "Allow", "S", False, 1],
    ]
    found = calls_of({"fields": [*record.FIELDS, "count"], "rows": rows})
    assert found == [Call(ROLE, "kms:Decrypt", KEY, {"kms:viaservice": "s3"}, True, 2)]


GRANTS = [
    Grant("lake-sweep", "Keep", "action", "sqs:SendMessage", 0),
    Grant("lake-fetch", "Keep", "action", "sqs:SendMessage", 4),
    Grant("lake-fetch", "Store", "resource", "arn:aws:s3:::raw/*", 0),
]


def test_each_unused_grant_needs_an_explanation():
    assert unused(GRANTS) == [GRANTS[0], GRANTS[2]]
    keep = Explanation(("*-sweep",), "Keep", ("sqs:Send*",), "fails never")
    assert explained(GRANTS, [keep]) == ([GRANTS[2]], [])
    store = Explanation(("*",), "Store", ("arn:*",), "large parts")
    assert explained(GRANTS, [keep, store]) == ([], [])


@pytest.mark.parametrize(
    "stale",
    [
        Explanation(("*-fetch",), "Keep", ("sqs:*",), "it is used"),
        Explanation(("*-sweep",), "Store", ("*",), "no such statement"),
        Explanation(("*-sweep",), "Keep", ("s3:*",), "no such action"),
    ],
)
def test_an_explanation_of_nothing_is_told(stale):
    assert stale in explained(GRANTS, [stale])[1]


def test_each_pattern_of_an_explanation_is_about_something():
    more = Explanation(("*-sweep", "*-gone"), "Keep", ("sqs:*", "s3:*"), "fails never")
    told = explained(GRANTS, [more])[1]
    assert [(one.roles, one.grants) for one in told] == [
        (("*-gone",), ("sqs:*", "s3:*")),
        (("*-sweep", "*-gone"), ("s3:*",)),
    ]


class Iam:
    """As much of a client as the report uses: one role with an inline and an attached policy."""

    def list_role_policies(self, RoleName):
        return {"PolicyNames": ["inline"]}

    def get_role_policy(self, RoleName, PolicyName):
        return {"PolicyDocument": {"Statement": allow("Inline", "sqs:*", "*")}}

    def list_attached_role_policies(self, RoleName):
        return {"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::1:policy/p"}]}

    def get_policy(self, PolicyArn):
        return {"Policy": {"DefaultVersionId": "v2"}}

    def get_policy_version(self, PolicyArn, VersionId):
        return {"PolicyVersion": {"Document": {"Statement": [allow(f"Attached {VersionId}", "s3:*", "*")]}}}


def test_grants_are_those_of_inline_and_attached_policies():
    assert [one["Sid"] for one in permission_report._statements(Iam(), ROLE)] == ["Inline", "Attached v2"]


def test_explanations_are_read_from_yaml(tmp_path):
    file = tmp_path / "unused.yaml"
    file.write_text("- {roles: '*-sweep', statement: Keep, grants: ['a', 'b'], reason: why}\n")
    assert permission_report.explanations(file) == [Explanation(("*-sweep",), "Keep", ("a", "b"), "why")]
