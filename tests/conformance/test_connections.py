"""Answers that get lost on their way: a repeated call is the same call, another call is not."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.config
import botocore.exceptions
import pytest

from local_cloud import cloud

TRUST = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture
def create_role(lab):
    """Call CreateRole as the SDK does under an invocation id; the role's id or the error's code."""

    def create(name, invocation):
        client = boto3.client(
            "iam",
            endpoint_url=lab.endpoints.aws,
            region_name=lab.endpoints.region,
            aws_access_key_id=cloud.environment(lab.endpoints)["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=cloud.environment(lab.endpoints)["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(retries={"max_attempts": 0}),
        )

        def under_this_id(request, **_):
            del request.headers["amz-sdk-invocation-id"]
            request.headers["amz-sdk-invocation-id"] = invocation

        client.meta.events.register("before-send", under_this_id)
        try:
            return client.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["RoleId"]
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    return create


@pytest.fixture
def name():
    return f"role-{uuid.uuid4().hex[:8]}"


def test_a_repeated_call_gets_the_answer_of_its_first_attempt(create_role, name):
    first = create_role(name, "call-1-of-" + name)
    assert first.startswith("AROA")
    assert create_role(name, "call-1-of-" + name) == first


def test_another_call_for_the_same_name_is_refused(create_role, name):
    create_role(name, "call-1-of-" + name)
    assert create_role(name, "call-2-of-" + name) == "EntityAlreadyExists"


def test_what_failed_may_be_tried_again(create_role, name, lab):
    create_role(name, "call-1-of-" + name)
    assert create_role(name, "call-2-of-" + name) == "EntityAlreadyExists"
    lab.client("iam").delete_role(RoleName=name)
    assert create_role(name, "call-2-of-" + name).startswith("AROA")


def test_attempts_of_one_call_at_the_same_time_make_one_thing(create_role, name):
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: create_role(name, "call-1-of-" + name), range(8)))
    assert len(answers) == 1
    assert answers.pop().startswith("AROA")
