"""Calls between emulated services: judged by a rule, or not made."""

import json

import pytest
from ministack.services import iam, stepfunctions

from local_cloud.emulator.patches import task_tokens
from local_cloud.emulator.permissions import in_process
from local_cloud.emulator.permissions.in_process import NotJudgedError
from local_cloud.emulator.permissions.judging import NotAuthorizedError

ACCOUNT, REGION = "123456789012", "eu-west-1"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:sweep"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:report"


def served(*arguments, **_):
    return arguments[0]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::glue:startJobRun",
        "arn:aws:states:::glue:startJobRun.sync",
        f"{FUNCTION}:1",
    ],
)
def test_tasks_with_functions_and_jobs_go_on_to_be_judged(resource):
    assert in_process._judged_task(served, resource, {}) == resource


@pytest.mark.parametrize(
    "resource",
    [
        *(f"{prefix}:activity:a" for prefix in (f"arn:aws:states:{REGION}:{ACCOUNT}",)),
        *sorted(stepfunctions._SERVICE_DISPATCH.keys() - {"arn:aws:states:::glue:startJobRun"}),
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::aws-sdk:s3:getObject",
        "arn:aws:states:::aws-sdk:lambda:invoke",
        "arn:aws:states:::http:invoke",
        "arn:aws:states:::lambda:invokeSomething",
    ],
)
def test_all_other_tasks_fail(resource):
    with pytest.raises(stepfunctions._ExecutionError) as failed:
        in_process._judged_task(served, resource, {})
    assert f"judges no permissions of a task with {resource}" in failed.value.cause


def test_a_map_reads_nothing_from_s3():
    with pytest.raises(stepfunctions._ExecutionError, match=r"s3:listObjectsV2"):
        in_process._items_of_map(served, {"Resource": "arn:aws:states:::s3:listObjectsV2"}, {}, {})


def test_a_task_without_an_execution_fails():
    with pytest.raises(stepfunctions._ExecutionError, match="without an execution"):
        in_process._function_task(served, "sweep", {})


@pytest.fixture
def machine():
    """A running execution of a machine whose role may start one job; its task is the current one."""
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    grant = {"Effect": "Allow", "Action": "glue:StartJobRun", "Resource": f"arn:aws:glue:{REGION}:{ACCOUNT}:job/curate"}
    iam._roles["machine"] = {
        "AssumeRolePolicyDocument": json.dumps({"Statement": [trust]}),
        "InlinePolicies": {"all": json.dumps({"Statement": [grant]})},
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/machine"
    stepfunctions._state_machines[MACHINE] = {"name": "report", "stateMachineArn": MACHINE, "roleArn": role}
    token = task_tokens.running_execution.set({"stateMachineArn": MACHINE})
    yield
    task_tokens.running_execution.reset(token)
    iam._roles.pop("machine")
    stepfunctions._state_machines.pop(MACHINE)


def test_a_job_is_started_and_stopped_with_the_machines_role(machine):
    start = "arn:aws:states:::glue:startJobRun"
    assert in_process._job_task(served, start, {"JobName": "curate"}) == start
    with pytest.raises(stepfunctions._ExecutionError, match="glue:GetJobRun"):
        in_process._job_task(served, f"{start}.sync", {"JobName": "curate"})
    with pytest.raises(stepfunctions._ExecutionError, match="glue:BatchStopJobRun"):
        in_process._stop_of_job(served, {"JobName": "curate"})


def test_a_run_that_no_task_stops_was_judged_before():
    assert in_process._stop_of_job(served, {"JobName": "curate"}) == {"JobName": "curate"}


def test_a_job_without_its_roles_credentials_does_not_start():
    with pytest.raises(PermissionError, match="credentials of its role"):
        in_process._environment_of_job(lambda *_: {"AWS_ACCESS_KEY_ID": "AKIAROOT"})


@pytest.mark.parametrize(
    ("target", "action"),
    [
        (QUEUE, "sqs:SendMessage"),
        (TOPIC, "sns:Publish"),
        (FUNCTION, "lambda:InvokeFunction"),
        (MACHINE, "states:StartExecution"),
    ],
)
def test_a_delivery_needs_its_targets_action(target, action):
    assert [(need.action, need.resource) for need in in_process._delivered(target)] == [(action, target)]


@pytest.mark.parametrize("target", [f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/a", "arn:aws:kinesis", ""])
def test_a_delivery_to_something_else_is_refused(target):
    with pytest.raises(NotJudgedError, match="sending to"):
        in_process._delivered(target)
    rule = {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"}
    with pytest.raises(NotJudgedError):
        in_process._delivery({"Arn": target}, rule)


@pytest.mark.parametrize("target", [QUEUE, TOPIC, FUNCTION])
def test_a_bucket_notifies_only_whom_a_policy_lets_it(target):
    told = []
    notify = in_process._or_nothing(in_process._notification, 0)

    def fire(bucket):
        notify(told.append, target)

    in_process._from_bucket(fire, "raw")
    assert told == []


def test_the_policy_sees_the_bucket(monkeypatch):
    seen = []
    monkeypatch.setattr(in_process, "require", lambda caller, origin, needs: seen.append((caller, list(needs))))
    in_process._from_bucket(lambda bucket: in_process._notification(QUEUE), "raw")
    [(caller, [need])] = seen
    assert (caller.name, caller.keys["aws:SourceArn"]) == ("s3.amazonaws.com", "arn:aws:s3:::raw")
    assert (need.action, need.resource) == ("sqs:SendMessage", QUEUE)


def test_a_topic_reaches_only_whom_a_policy_lets_it():
    assert in_process._to_subscriber(served, TOPIC, (QUEUE, "envelope"), {"topic_arn": TOPIC}) is None
    with pytest.raises(NotAuthorizedError, match=r"sns\.amazonaws\.com is not authorized to perform: sqs:SendMessage"):
        in_process._require_of_service("sns.amazonaws.com", TOPIC, "a topic notifies a subscriber", QUEUE)


@pytest.mark.parametrize("service", ["dynamodb", "kinesis", "kafka"])
def test_functions_read_queues_only(service):
    source = f"arn:aws:{service}:{REGION}:{ACCOUNT}:x"
    status, _, body = in_process._mapping_of_a_queue(served, {"EventSourceArn": source})
    assert status == 400
    assert f"judges no permissions of reading {source}" in body.decode()
    data = {"EventSourceArn": QUEUE}
    assert in_process._mapping_of_a_queue(served, data) is data


def test_nobody_subscribes_to_a_log():
    status, _, body = in_process._no_subscription(served, {"destinationArn": FUNCTION})
    assert (status, FUNCTION in body.decode()) == (400, True)
