"""What a verdict says: by whose policy a call is allowed, and what is on record of it."""

import json

import pytest
from ministack.core import iam_evaluator

from local_cloud.emulator.permissions import over_http, record
from local_cloud.emulator.permissions.judging import judge
from local_cloud.emulator.permissions.needs import Need
from local_cloud.emulator.permissions.principals import Principal
from local_cloud.emulator.permissions.requests import Call, Request

ROLE = "arn:aws:iam::123456789012:role/app"
SESSION = "arn:aws:sts::123456789012:assumed-role/app/run"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"
SEND = Need("sqs:SendMessage", QUEUE)


def caller(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*", "Sid": "Own"}
    return Principal("role/app", SESSION, (iam_evaluator.parse_policy_document({"Statement": [statement]}),))


@pytest.fixture
def policy(monkeypatch):
    """Give every resource this policy."""

    def give(principal):
        statement = {"Sid": "Its", "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*"}
        found = ({"Statement": [statement]}, "123456789012")
        monkeypatch.setattr(iam_evaluator, "_resource_policy", lambda *_: found)

    return give


@pytest.mark.parametrize(
    ("principal", "admitted"),
    [({"AWS": ROLE}, True), ({"AWS": "arn:aws:iam::123456789012:root"}, False), ({"AWS": f"{ROLE}2"}, False)],
)
def test_a_policy_that_names_the_role_admits_it_without_its_own(policy, principal, admitted):
    policy(principal)
    assert judge(caller("sqs:SendMessage"), SEND) == ("Allow", "Own", admitted)
    assert judge(caller("s3:GetObject"), SEND).allowed is admitted


def test_a_key_that_leaves_the_decision_to_iam_admits_nobody(policy):
    policy({"AWS": "arn:aws:iam::123456789012:root"})
    use = Need("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/k")
    assert judge(caller("kms:Decrypt"), use) == ("Allow", "Own", False)


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """What is on record, from now on."""
    monkeypatch.setenv("LOCAL_CLOUD_STATE", str(tmp_path))
    monkeypatch.setattr(record, "_seen", {})
    (tmp_path / "logs").mkdir()

    def read():
        record.write()
        written = json.loads(record.file().read_text())
        return [dict(zip(written["fields"], row, strict=True)) for row in written["rows"]]

    return read


def test_a_verdict_is_counted(rows):
    for _ in range(2):
        record.note("role/app", "sqs.SendMessage", SEND, judge(caller("sqs:*"), SEND))
    [row] = rows()
    assert (row["principal"], row["action"], row["resource"], row["decision"]) == (
        "role/app",
        "sqs:SendMessage",
        QUEUE,
        "Allow",
    )
    assert (row["admitted"], row["count"]) == (False, 2)


def test_the_record_of_an_earlier_cloud_is_replaced_at_once(rows, monkeypatch):
    record.file().write_text("of an earlier cloud")
    monkeypatch.setattr(record.threading.Thread, "start", lambda _: None)
    record.write_regularly()
    assert json.loads(record.file().read_text())["rows"] == []


def test_telling_missing_from_forbidden_is_a_use_of_the_permission_to_list(rows):
    request = Request("s3", "GET", "/raw/none", {}, b"", {})
    call = Call("s3", "GetObject", {"Bucket": "raw", "Key": "none"})
    missing = (404, {}, b"NoSuchKey")
    assert over_http._hidden(request, "id", caller("s3:ListBucket"), call, missing) == missing
    assert [(row["action"], row["resource"]) for row in rows()] == [("s3:ListBucket", "arn:aws:s3:::raw")]
    assert over_http._hidden(request, "id", caller("s3:GetObject"), call, missing)[0] == 403
