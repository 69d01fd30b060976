"""IAM's policy language as the local cloud's evaluator has it: one case per rule (IAM user guide, policy reference)."""

import pytest
from ministack.core import iam_evaluator

from local_cloud.emulator.permissions.policies import PolicyNotUnderstoodError, understood

SESSION = "arn:aws:sts::123456789012:assumed-role/app/session"
READ, OBJECT = "s3:GetObject", "arn:aws:s3:::b/k"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/xy"


def statement(effect="Allow", **changes):
    whole = {"Effect": effect, "Action": READ, "Resource": "*", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def when(operator, key, *values, effect="Allow"):
    return statement(effect, Condition={operator: {key: list(values) if len(values) > 1 else values[0]}})


def allowed(statements, context=None, action=READ, resource=OBJECT):
    asked = iam_evaluator.EvalContext(
        principal_arn=SESSION,
        principal_type="AssumedRole",
        principal_account="123456789012",
        action=action,
        resource_arn=resource,
        region="eu-west-1",
        service_context=context or {},
    )
    return iam_evaluator.evaluate(asked, [iam_evaluator.parse_policy_document({"Statement": statements})]).decision


@pytest.mark.parametrize(
    ("rule", "statements", "request_", "decision"),
    [
        ("an allow", [statement()], {}, "Allow"),
        ("nothing allows", [statement()], {"action": "s3:PutObject"}, "ImplicitDeny"),
        ("a deny wins", [statement(), statement("Deny")], {}, "Deny"),
        ("actions ignore case", [statement(Action="S3:getobject")], {}, "Allow"),
        ("wildcards", [statement(Action="s3:Get*", Resource="arn:aws:s3:::b/?")], {}, "Allow"),
        ("resources have case", [statement(Resource="arn:aws:s3:::B/k")], {}, "ImplicitDeny"),
        (
            "a dot is no wildcard",
            [statement(Resource="arn:aws:s3:::a.b/k")],
            {"resource": "arn:aws:s3:::aXb/k"},
            "ImplicitDeny",
        ),
        ("NotAction", [statement(Action=None, NotAction="s3:Put*")], {}, "Allow"),
        ("NotResource", [statement(Resource=None, NotResource="arn:aws:s3:::b/*")], {}, "ImplicitDeny"),
        ("one of several values", [when("StringEquals", "k:x", "a", "b")], {"context": {"k:x": "b"}}, "Allow"),
        ("another value", [when("StringEquals", "k:x", "a")], {"context": {"k:x": "b"}}, "ImplicitDeny"),
        ("no value", [when("StringEquals", "k:x", "a")], {}, "ImplicitDeny"),
        ("an unmet allow leaves others", [when("StringEquals", "k:x", "a"), statement()], {}, "Allow"),
        ("an unmet deny", [statement(), when("StringEquals", "k:x", "a", effect="Deny")], {}, "Allow"),
        ("a negation without value", [when("StringNotEquals", "k:x", "a")], {}, "Allow"),
        ("StringLike", [when("StringLike", "s3:prefix", "raw/*")], {"context": {"s3:prefix": "raw/a"}}, "Allow"),
        ("IfExists without value", [when("StringEqualsIfExists", "k:x", "a")], {}, "Allow"),
        (
            "ArnLike",
            [when("ArnLike", "k:arn", "arn:aws:events:*:123456789012:rule/x*")],
            {"context": {"k:arn": RULE}},
            "Allow",
        ),
        ("Bool", [when("Bool", "k:x", "true")], {"context": {"k:x": "true"}}, "Allow"),
        ("Null without value", [when("Null", "k:x", "true")], {}, "Allow"),
        ("not Null without value", [when("Null", "k:x", "false")], {}, "ImplicitDeny"),
        ("numbers", [when("NumericLessThanEquals", "k:n", "10")], {"context": {"k:n": "10"}}, "Allow"),
        ("dates", [when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")], {}, "Allow"),
        ("addresses", [when("IpAddress", "aws:SourceIp", "127.0.0.0/8")], {}, "Allow"),
        (
            "ForAllValues",
            [when("ForAllValues:StringEquals", "k:y", "a", "b")],
            {"context": {"k:y": ["a", "c"]}},
            "ImplicitDeny",
        ),
        ("ForAllValues of nothing", [when("ForAllValues:StringEquals", "k:y", "a")], {}, "Allow"),
        ("ForAnyValue", [when("ForAnyValue:StringEquals", "k:y", "a")], {"context": {"k:y": ["z", "a"]}}, "Allow"),
        (
            "all operators are needed",
            [statement(Condition={"StringEquals": {"k:x": "a"}, "Bool": {"k:y": "true"}})],
            {"context": {"k:x": "a", "k:y": "false"}},
            "ImplicitDeny",
        ),
    ],
)
def test_a_rule_of_the_policy_language(rule, statements, request_, decision):
    assert allowed(statements, **request_) == decision, rule


@pytest.mark.parametrize(
    ("element", "policy"),
    [
        ("${", {"Statement": [statement(Resource="arn:aws:s3:::b/${aws:userid}/*")]}),
        ("${", '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${*}"}]}'),
        ("NotPrincipal", {"Statement": [statement("Deny", NotPrincipal={"AWS": "*"})]}),
        ("arn:aws:*:rule/x", {"Statement": [when("ArnLike", "aws:SourceArn", "arn:aws:*:rule/x")]}),
    ],
)
def test_what_the_evaluator_does_not_know_is_refused(element, policy):
    with pytest.raises(PolicyNotUnderstoodError, match="cannot judge a policy that contains") as refused:
        understood(policy)
    assert element in str(refused.value)


def test_other_policies_pass_as_they_are():
    policy = {"Statement": [when("ArnLike", "aws:SourceArn", RULE)]}
    assert understood(policy) is policy
    assert understood(None) is None
