"""Calls that one emulated service makes to another without HTTP, with a role or as the service itself."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import cloudwatch, cloudwatch_logs, eventbridge, lambda_svc, s3, sns, stepfunctions

from local_cloud.emulator.editing import wrap
from local_cloud.emulator.glue import runs, spark
from local_cloud.emulator.patches import task_tokens
from local_cloud.emulator.permissions import RefusedError, encryption, principals
from local_cloud.emulator.permissions.judging import assumed, require
from local_cloud.emulator.permissions.needs import NEEDS, Need, arn, function_arn, state_machine_of_token
from local_cloud.emulator.permissions.requests import Call

_START_JOB = "arn:aws:states:::glue:startJobRun"
_JUDGED_TASKS = {"arn:aws:states:::lambda:invoke", _START_JOB}
_FUNCTION = re.compile(r"arn:aws:lambda:[^:]*:[^:]*:function:")
_DELIVERIES = {
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "states": "states:StartExecution",
}
_log = logging.getLogger("permissions")
_credentials_of_job: ContextVar[Mapping[str, str] | None] = ContextVar("credentials_of_job", default=None)


def services_are_judged() -> None:
    """A service acts with a role that trusts it, or where the resource's own policy admits it.

    Apply it after the other patches: it stands before what they made of a function.

    Source: AWS IAM user guide, "Roles terms and concepts" and "AWS services that work with IAM".
    Upstream: ministack.services.eventbridge._invoke_target calls other services without asking, as do Lambda, Step
    Functions, Glue and CloudWatch.
    Remove when: the tests pass with the emulator's own enforcement (test_permissions.py).
    """
    _judge_functions()
    _judge_state_machines()
    _judge_jobs()
    _judge_notifications()
    wrap(eventbridge, "_invoke_target", _or_nothing(_delivery, 0, 2))
    wrap(cloudwatch, "_dispatch_alarm_actions", _or_nothing(_alarm, 0, 2))


class NotJudgedError(RefusedError):
    """A call between services that nobody wrote a rule for: refused, because it would be served to everybody."""

    remedy = "write its rule in local_cloud/emulator/permissions/in_process.py"

    def __init__(self, what: str) -> None:
        super().__init__(f"the local cloud judges no permissions of {what}, so it does not do it")


def _or_nothing(check: Callable[..., None], *positions: int) -> Callable[..., Any]:
    """Make a call only if the check of these arguments passes: AWS drops what a service may not do, and logs it."""

    def wrapper(inner: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        try:
            check(*(arguments[position] for position in positions))
        except RefusedError as refusal:
            _log.warning("refused: %s; remedy: %s", refusal, refusal.remedy)
            return None
        return inner(*arguments, **keywords)

    return wrapper


# ---- Lambda
def _judge_functions() -> None:
    for module in (lambda_runtime, lambda_svc):  # the second imports the function by name
        wrap(module, "execution_credentials", lambda _inner, config: _function_starts(config))
    wrap(lambda_svc, "_emit_lambda_logs", _or_nothing(_function_logs, 0))
    wrap(lambda_svc, "_create_esm", _mapping_of_a_queue)
    wrap(lambda_svc, "_run_sqs_batch", _or_nothing(_batch_is_consumed, 0, 1))
    wrap(lambda_svc, "_route_async_failure", _or_nothing(_failure_is_sent, 0, 1))


def _role_of_function(config: Mapping[str, Any]) -> principals.Principal:
    return assumed(config["Role"], "lambda.amazonaws.com", config["FunctionArn"], config["FunctionName"])


def _function_starts(config: Mapping[str, Any]) -> dict[str, str]:
    """Credentials of a function's role; its environment is decrypted with its key (Lambda developer guide,
    "Securing environment variables").
    """
    role = _role_of_function(config)
    if (config.get("Environment") or {}).get("Variables"):
        encrypted = {"aws:lambda:FunctionArn": config["FunctionArn"]}
        needs = encryption.via("lambda", config.get("KMSKeyArn"), encryption.READ, encrypted)
        require(role, "Lambda decrypts the environment", needs)
    return principals.credentials(config["Role"], config["FunctionName"])


def _function_logs(function: Mapping[str, Any]) -> None:
    config = function.get("config") or function
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    stream = arn("logs", f"log-group:{group}:log-stream:(stream)")
    needs = [Need(action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
    require(_role_of_function(config), "Lambda writes the function's log", needs)


def _mapping_of_a_queue(inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    source = str(data.get("EventSourceArn", ""))
    if source.split(":")[2:3] not in (["sqs"], []):
        return error_response_json("InvalidParameterValueException", str(NotJudgedError(f"reading {source}")), 400)
    return inner(data)


def _batch_is_consumed(mapping: Mapping[str, Any], function: Mapping[str, Any]) -> None:
    """Lambda developer guide, "Using Lambda with Amazon SQS", execution role permissions."""
    queue = mapping["EventSourceArn"]
    actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    needs = [*(Need(action, queue) for action in actions), *encryption.of_queue(queue, encryption.READ)]
    require(_role_of_function(function.get("config") or function), "Lambda reads a queue for the function", needs)


def _failure_is_sent(target: str, function_name: str) -> None:
    """Lambda developer guide, "Capturing records of Lambda asynchronous invocations", destinations."""
    role = _role_of_function(lambda_svc._functions[function_name]["config"])
    require(role, "Lambda sends a failed event to its destination", _delivered(target))


def _delivered(target: str) -> list[Need]:
    """What sending to a queue or a topic, calling a function or starting a machine needs with a role."""
    service = f"{target}:::".split(":")[2]
    if service not in _DELIVERIES:
        raise NotJudgedError(f"sending to {target}")
    of_key = {"sqs": encryption.of_queue, "sns": encryption.of_topic}.get(service)
    return [Need(_DELIVERIES[service], target), *(of_key(target, encryption.READ_AND_WRITE) if of_key else [])]


# ---- Step Functions
def _judge_state_machines() -> None:
    wrap(stepfunctions, "_call_lambda", _function_task)
    wrap(stepfunctions, "_invoke_resource", _judged_task)
    wrap(stepfunctions, "_invoke_with_callback", _judged_task)
    wrap(stepfunctions, "_invoke_with_callback", _callback)
    wrap(stepfunctions, "_read_map_items", _items_of_map)
    start = stepfunctions._SERVICE_DISPATCH[_START_JOB]
    stepfunctions._SERVICE_DISPATCH[_START_JOB] = lambda resource, data: _job_task(start, resource, data)


def _require_of_machine(needs: Iterable[Need]) -> None:
    """Judge what a task does with its machine's role; a task that may not fails as on AWS."""
    execution = task_tokens.running_execution.get()
    needs = list(needs)
    try:
        if execution is None:
            raise NotJudgedError(f"{needs[0].action} of a task without an execution")
        machine = stepfunctions._state_machines[execution["stateMachineArn"]]
        role = assumed(machine["roleArn"], "states.amazonaws.com", machine["stateMachineArn"])
        require(role, f"a task of {machine['name']}", needs)
    except RefusedError as refusal:
        _log.warning("refused: %s; remedy: %s", refusal, refusal.remedy)
        service = needs[0].action.partition(":")[0].capitalize()
        raise stepfunctions._ExecutionError(f"{service}.AccessDeniedException", str(refusal)) from refusal


def _judged_task(inner: Callable[..., Any], resource: str, *arguments: Any, **keywords: Any) -> Any:
    """Only functions and Glue jobs are called by tasks; all other integrations would be served to every machine."""
    plain = resource.removesuffix(".sync").removesuffix(".waitForTaskToken")
    if plain not in _JUDGED_TASKS and not _FUNCTION.match(plain):
        refusal = NotJudgedError(f"a task with {resource}")
        _log.warning("refused: %s; remedy: %s", refusal, refusal.remedy)
        raise stepfunctions._ExecutionError("States.Runtime", f"{refusal}; remedy: {refusal.remedy}")
    return inner(resource, *arguments, **keywords)


def _items_of_map(_inner: Callable[..., Any], reader: Mapping[str, Any], *_: Any) -> Any:
    refusal = NotJudgedError(f"a map that reads {reader.get('Resource')}")
    raise stepfunctions._ExecutionError("States.ItemReaderFailed", f"{refusal}; remedy: {refusal.remedy}")


def _function_task(inner: Callable[..., Any], reference: str, *arguments: Any) -> Any:
    _require_of_machine([Need("lambda:InvokeFunction", function_arn(reference))])
    return inner(reference, *arguments)


def _callback(inner: Callable[..., Any], resource: str, data: Any, token: str, *more: Any) -> Any:
    execution = task_tokens.running_execution.get()
    if execution is not None:
        state_machine_of_token[token] = execution["stateMachineArn"]
    return inner(resource, data, token, *more)


def _job_task(inner: Callable[..., Any], resource: str, data: Mapping[str, Any]) -> Any:
    """Step Functions developer guide, "IAM policies for AWS Glue": `.sync` looks at the run and may stop it."""
    actions = ["glue:StartJobRun", *(["glue:GetJobRun"] if resource.endswith(".sync") else [])]
    _require_of_machine(Need(action, _job(data["JobName"])) for action in actions)
    return inner(resource, data)


def _stop_of_job(inner: Callable[..., Any], run: Mapping[str, Any]) -> Any:
    """A task that is over before its run stops the run, with its machine's role; others were judged before."""
    if task_tokens.running_execution.get() is not None:
        _require_of_machine([Need("glue:BatchStopJobRun", _job(run["JobName"]))])
    return inner(run)


def _job(name: str) -> str:
    return arn("glue", f"job/{name}")


# ---- Glue
def _judge_jobs() -> None:
    wrap(runs, "_submit", _run_of_job)
    wrap(runs, "stop", _stop_of_job)
    wrap(spark, "job_environment", _environment_of_job)


def _run_of_job(inner: Callable[..., int], run: Mapping[str, Any], job: Mapping[str, Any], folder: Path) -> int:
    """A run has its job's role; without it, or without its script, the run fails at its start."""
    try:
        session = "GlueJobRunnerSession"
        role = assumed(job["Role"], "glue.amazonaws.com", _job(job["Name"]), session)
        require(role, "Glue starts the job", [*_fetched(run, job), *_logged(run, job)])
    except RefusedError as refusal:
        _log.warning("refused: %s; remedy: %s", refusal, refusal.remedy)
        raise PermissionError(str(refusal)) from refusal
    token = _credentials_of_job.set(principals.credentials(job["Role"], session))
    try:
        return inner(run, job, folder)
    finally:
        _credentials_of_job.reset(token)


def _environment_of_job(inner: Callable[..., dict[str, str]], *arguments: Any) -> dict[str, str]:
    credentials = _credentials_of_job.get()
    if credentials is None:
        raise PermissionError("a job starts without credentials of its role")
    return {**inner(*arguments), **credentials}


def _fetched(run: Mapping[str, Any], job: Mapping[str, Any]) -> Iterable[Need]:
    """Glue fetches the script, its packages and its wheels with the job's role."""
    listed = ",".join(
        str(run["Arguments"].get(name, "")) for name in ("--extra-py-files", "--additional-python-modules")
    )
    for place in (job["Command"]["ScriptLocation"], *map(str.strip, listed.split(","))):
        if place.startswith("s3://"):
            bucket, _, key = place.removeprefix("s3://").partition("/")
            call = Call("s3", "GetObject", {"Bucket": bucket, "Key": key})
            yield from NEEDS[call.name](call.members)
            yield from encryption.implied(call)


def _logged(run: Mapping[str, Any], job: Mapping[str, Any]) -> Iterable[Need]:
    """Glue writes logs and metrics with the job's role (Glue developer guide, "Logging for AWS Glue jobs").

    With a security configuration the groups bear its name and the role's, and Glue may encrypt them itself.
    """
    prefix = run["Arguments"].get("--custom-logGroup-prefix", "/aws-glue/jobs")
    if job.get("SecurityConfiguration"):
        prefix += f"/{job['SecurityConfiguration']}-role/{job['Role'].rsplit('/', 1)[-1]}"
    for kind in ("error", "output"):
        group = arn("logs", f"log-group:{prefix}/{kind}:log-stream:")
        yield from (Need(action, group) for action in ("logs:CreateLogGroup", "logs:AssociateKmsKey"))
        yield from (Need(action, group + run["Id"]) for action in ("logs:CreateLogStream", "logs:PutLogEvents"))
    if run["Arguments"].get("--enable-metrics"):
        yield Need("cloudwatch:PutMetricData", "*", (("cloudwatch:namespace", "Glue"),))


# ---- EventBridge, EventBridge Scheduler, CloudWatch
def _delivery(target: Mapping[str, Any], rule: Mapping[str, Any]) -> None:
    """A schedule acts with its role, a rule without one as EventBridge, whom the target and its key must admit."""
    to = target["Arn"]
    if target.get("RoleArn"):
        # The trust policy sees the schedule's group (Scheduler user guide, "Confused deputy prevention").
        group = arn("scheduler", f"schedule-group/{rule.get('GroupName') or 'default'}")
        role = assumed(target["RoleArn"], "scheduler.amazonaws.com", group)
        encrypted = {"aws:scheduler:schedule:arn": rule.get("Arn", "")}
        own_key = encryption.via("scheduler", rule.get("KmsKeyArn"), encryption.READ, encrypted)
        require(role, "a schedule invokes its target", [*_delivered(to), *own_key])
        return
    _require_of_service("events.amazonaws.com", rule["Arn"], "a rule sends an event", to)


def _require_of_service(service: str, source: str, origin: str, target: str) -> None:
    """Judge what a service sends for one of its resources without a role: target and key must admit the service."""
    need = _delivered(target)[0]
    require(principals.of_service(service, source), origin, [need])
    key = {"sqs": encryption.key_of_queue, "sns": encryption.key_of_topic}.get(target.split(":")[2])
    _require_key_of(service, origin, key(target) if key else None)


# ---- S3, SNS, CloudWatch Logs
_notifying_bucket: ContextVar[str] = ContextVar("notifying_bucket")


def _judge_notifications() -> None:
    """S3 user guide, "Granting permissions to publish event notification messages to a destination"; SNS developer
    guide, "Subscribing an Amazon SQS queue", "Prerequisites for using Lambda functions with Amazon SNS".
    """
    for name in ("_fire_s3_event", "_fire_s3_test_event"):
        wrap(s3, name, _from_bucket)
    for kind in ("sqs", "sns", "lambda"):
        wrap(s3, f"_deliver_event_to_{kind}", _or_nothing(_notification, 0))
    wrap(sns, "_deliver_to_sqs", lambda inner, *given, **more: _to_subscriber(inner, more["topic_arn"], given, more))
    wrap(sns, "_deliver_to_lambda", lambda inner, *given, **more: _to_subscriber(inner, given[2], given, more))
    wrap(cloudwatch_logs, "_put_subscription_filter", _no_subscription)


def _from_bucket(inner: Callable[..., Any], bucket: str, *arguments: Any, **keywords: Any) -> Any:
    token = _notifying_bucket.set(bucket)
    try:
        return inner(bucket, *arguments, **keywords)
    finally:
        _notifying_bucket.reset(token)


def _notification(target: str) -> None:
    bucket = f"arn:aws:s3:::{_notifying_bucket.get()}"
    _require_of_service("s3.amazonaws.com", bucket, "a bucket notifies", target)


def _to_subscriber(inner: Callable[..., Any], topic: str, given: tuple[Any, ...], more: Mapping[str, Any]) -> Any:
    def check(target: str) -> None:
        _require_of_service("sns.amazonaws.com", topic, "a topic notifies a subscriber", target)

    return _or_nothing(check, 0)(inner, *given, **more)


def _no_subscription(_inner: Callable[..., Any], data: Mapping[str, Any]) -> Any:
    refusal = NotJudgedError(f"a subscription filter that sends to {data.get('destinationArn')}")
    return error_response_json("InvalidParameterException", str(refusal), 400)


def _alarm(alarm: Mapping[str, Any], state: str) -> None:
    actions = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
    name = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{alarm['AlarmName']}"
    service = "cloudwatch.amazonaws.com"
    for topic in alarm.get(actions.get(state, "")) or []:
        _require_of_service(service, name, "an alarm publishes", topic)


def _require_key_of(service: str, origin: str, key: str | None) -> None:
    """A service that encrypts for itself does not tell KMS on whose behalf (SQS and SNS developer guides)."""
    if key is not None:
        needs = [Need(action, key) for action in encryption.READ_AND_WRITE]
        require(principals.of_service(service), origin, needs)
