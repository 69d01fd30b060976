"""One local cloud for all conformance tests, and what they all need in it."""

import datetime
import io
import json
import os
import shutil
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import pytest

from local_cloud import cloud

ROLE = "arn:aws:iam::123456789012:role/conformance"
HANDLERS = Path(__file__).parent / "handlers.py"


class Lab:
    """Clients of the cloud, and resources made on demand."""

    def __init__(self, endpoints: cloud.Endpoints, state_dir: Path) -> None:
        self.endpoints, self.state_dir = endpoints, state_dir
        self._clients: dict[str, Any] = {}
        self._functions: set[str] = set()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            governance = service in ("lakeformation", "quicksight")
            given = cloud.environment(self.endpoints)
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoints.lakeformation if governance else self.endpoints.aws,
                region_name=self.endpoints.region,
                aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
                config=botocore.config.Config(retries={"max_attempts": 0}, max_pool_connections=50),
            )
        return self._clients[service]

    def role(self, name: str, statements: list[dict[str, Any]], *, trusts: list[str] | None = None) -> str:
        """ARN of a new role with these statements; `trusts` are the services that may assume it (all, unless said)."""
        principal = {"Service": [f"{one}.amazonaws.com" for one in trusts or ("lambda", "states", "glue", "scheduler")]}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_policy([trust])))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(_policy(statements)))
        arn: str = made["Role"]["Arn"]
        return arn

    def admit(self, url: str, queue: str, service: str, source: str) -> None:
        """Let a service send to a queue for one of its resources."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        }
        self.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(_policy([statement]))})

    def bucket(self, name: str = "") -> str:
        name = name or f"bucket-{_unique()}"
        self.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.endpoints.region}
        )
        return name

    def queue(self, **attributes: str) -> tuple[str, str]:
        """URL and ARN of a new queue."""
        url = self.client("sqs").create_queue(QueueName=f"queue-{_unique()}", Attributes=attributes)["QueueUrl"]
        return url, self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]

    def drain(self, url: str, count: int, seconds: float = 10) -> list[dict[str, Any]]:
        """Messages of a queue, deleted from it: as soon as there are `count`, else what came within the time."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < end:
            for message in (
                self.client("sqs")
                .receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
                .get("Messages", [])
            ):
                found.append(message)
                self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def function(self, handler: str, *, name: str = "", role: str = ROLE, timeout: int = 10, **variables: str) -> str:
        """ARN of a function of handlers.py; made once for a handler unless it has a name or variables of its own."""
        name = name or (f"{handler.replace('_', '-')}-{_unique()}" if variables else handler.replace("_", "-"))
        if name not in self._functions:
            self._functions.add(name)
            self.client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler=f"handlers.{handler}",
                Timeout=timeout,
                Code={"ZipFile": _zip()},
                Environment={"Variables": variables},
            )
        return f"arn:aws:lambda:{self.endpoints.region}:{self.endpoints.account_id}:function:{name}"

    def machine(self, states: dict[str, Any], **top: Any) -> str:
        """ARN of a new JSONata state machine that starts at its first state; `logging` is its logging configuration."""
        logging, role = top.pop("logging", None), top.pop("role", ROLE)
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **top}
        arn: str = self.client("stepfunctions").create_state_machine(
            name=f"machine-{_unique()}",
            definition=json.dumps(definition),
            roleArn=role,
            **({"loggingConfiguration": logging} if logging else {}),
        )["stateMachineArn"]
        return arn

    def start(self, machine: str, data: Any = None, name: str = "") -> str:
        arn: str = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps({} if data is None else data), **({"name": name} if name else {})
        )["executionArn"]
        return arn

    def end_of(self, execution: str, seconds: float = 30) -> dict[str, Any]:
        """The execution when it has ended, or as it is after this time."""
        return _until(
            lambda: self.client("stepfunctions").describe_execution(executionArn=execution),
            lambda found: found["status"] != "RUNNING",
            seconds,
        )

    def metric(self, namespace: str, name: str, statistic: str = "Sum", **dimensions: str) -> float:
        """A metric over the last minutes; zero without data."""
        now = datetime.datetime.now(datetime.UTC)
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - datetime.timedelta(minutes=10),
            EndTime=now + datetime.timedelta(minutes=1),
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return sum(float(point[statistic]) for point in points)

    def run(self, states: dict[str, Any], data: Any = None, *, seconds: float = 30, **top: Any) -> dict[str, Any]:
        return self.end_of(self.start(self.machine(states, **top), data), seconds)


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _unique() -> str:
    return uuid.uuid4().hex[:12]


def _until(read: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 20) -> Any:
    """What `read` says once it is good, or at last."""
    end = time.monotonic() + seconds
    while True:
        found = read()
        if good(found) or time.monotonic() > end:
            return found
        time.sleep(0.1)


def _invoke(function: str, payload: Any, **fields: Any) -> dict[str, Any]:
    """A state that invokes a function."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": payload},
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def _wait_for_token(function: str, payload: Any, **fields: Any) -> dict[str, Any]:
    """A state that gives a function its task token and waits for it."""
    payload = {**payload, "token": "{% $states.context.Task.Token %}"}
    return {**_invoke(function, payload, **fields), "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(HANDLERS, "handlers.py")
    return packed.getvalue()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    state_dir = Path(tempfile.mkdtemp(prefix="conformance-"))
    try:
        lab = Lab(cloud.start(state_dir), state_dir)
        lab.role(ROLE.rpartition("/")[2], [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
        yield lab
    finally:
        cloud.stop(state_dir)
        shutil.rmtree(state_dir)


def _helper(function: Callable[..., Any]) -> Callable[..., Any]:
    """A fixture that hands over a function: test modules cannot import from here."""

    @pytest.fixture(name=function.__name__.removeprefix("_"), scope="session")
    def handed_over() -> Callable[..., Any]:
        return function

    return handed_over


unique, until, invoke, wait_for_token = _helper(_unique), _helper(_until), _helper(_invoke), _helper(_wait_for_token)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "patch(*names): the patches of the emulators that this test sees at work; without them it fails"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """CONFORMANCE_OF=patch runs the tests of that patch only (see without.py)."""
    patch = os.environ.get("CONFORMANCE_OF")
    if patch:
        chosen = [item for item in items if any(patch in mark.args for mark in item.iter_markers("patch"))]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


class Jobs:
    """Glue jobs from tests/conformance/jobs."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.bucket = lab.bucket()
        for script in (Path(__file__).parent / "jobs").glob("*.py"):
            lab.client("s3").put_object(Bucket=self.bucket, Key=f"glue/{script.name}", Body=script.read_bytes())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("helper.py", "GREETING = 'hello from the archive'")
        lab.client("s3").put_object(Bucket=self.bucket, Key="glue/helper.zip", Body=packed.getvalue())

    def create(self, script: str, arguments: dict[str, str], **fields: Any) -> str:
        """Name of a new job."""
        name = f"job-{_unique()}"
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{self.bucket}/glue/{script}.py", "PythonVersion": "3"}
        usual = {"Role": ROLE, "GlueVersion": "5.1", "Command": command, "DefaultArguments": arguments}
        self._lab.client("glue").create_job(Name=name, **{**usual, **fields})
        return name

    def run_of(self, name: str) -> dict[str, Any]:
        """The newest run of a job."""
        run: dict[str, Any] = self._lab.client("glue").get_job_runs(JobName=name)["JobRuns"][0]
        return run

    def log(self, run_id: str) -> str:
        """What a run printed."""
        return (self._lab.state_dir / "logs" / "glue" / f"{run_id}.log").read_text()

    def sync(self, name: str, arguments: dict[str, str], **fields: Any) -> dict[str, Any]:
        """States of a machine that runs a job and waits for it."""
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Arguments": {"JobName": name, "Arguments": arguments},
            "End": True,
        }
        return {"Run": {**task, **fields}}


@pytest.fixture(scope="session")
def jobs(lab: Lab) -> Jobs:
    return Jobs(lab)


@dataclass(frozen=True)
class Tables:
    """The tables that jobs/tables.py makes, and the execution that ran it."""

    database: str
    execution: dict[str, Any]


@pytest.fixture(scope="session")
def tables(lab: Lab, jobs: Jobs) -> Tables:
    database = f"curated_{_unique()}"
    lab.client("glue").create_database(DatabaseInput={"Name": database})
    defaults = {
        "--datalake-formats": "iceberg",
        "--extra-py-files": f"s3://{jobs.bucket}/glue/helper.zip",
        "--conf": "spark.conformance=seen --conf spark.sql.ansi.enabled=true"
        f" --conf spark.sql.catalog.lake.client.region={lab.endpoints.region}",
        "--warehouse": f"s3://{jobs.bucket}/warehouse/",
        "--database": "overridden",
    }
    states = jobs.sync(jobs.create("tables", defaults), {"--database": "{% $states.input.database %}"})
    execution = lab.run(states, {"database": database}, seconds=300)
    assert execution["status"] == "SUCCEEDED", execution
    return Tables(database, execution)
