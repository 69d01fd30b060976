"""The functions get the environment variables that their code reads; the examples of environments/ can be planned."""

import json
import subprocess
import sys

from tests.terraform.workspace import ROOT, Planned, Workspace

# Each handler is imported in a process of its own (wiring keeps what it made), forked from one that has loaded the
# libraries.
IMPORTER = """
import importlib, json, os, sys
import boto3, requests
functions, failed = json.load(sys.stdin), False
for handler, environment in functions.items():
    child = os.fork()
    if child == 0:
        os.environ.clear()
        os.environ.update(environment, AWS_DEFAULT_REGION="eu-west-1", AWS_LAMBDA_FUNCTION_NAME="any")
        try:
            importlib.import_module(handler)
        except BaseException as error:
            print(f"{handler}: {type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
    failed |= os.waitpid(child, 0)[1] != 0
sys.exit(failed)
"""


def test_every_function_starts_with_the_environment_it_is_given(planned: Planned) -> None:
    functions = {
        resource.values["handler"].removesuffix(".handler"): resource.values["environment"][0]["variables"]
        for resource in planned.of("aws_lambda_function")
    }
    finished = subprocess.run(
        [sys.executable, "-c", IMPORTER],
        input=json.dumps(functions),
        cwd=ROOT / "functions",
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_no_variable_of_a_function_is_a_secret(planned: Planned) -> None:
    given = {
        name
        for resource in planned.of("aws_lambda_function")
        for name in resource.values["environment"][0]["variables"]
    }
    assert given <= {
        "LOG_LEVEL",
        "LAKE_PREFIX",
        "LEDGER_TABLE",
        "QUOTAS_TABLE",
        "QUOTA_SCALE",
        "RAW_BUCKET",
        "ARTIFACTS_BUCKET",
        "REPORT_STATE_MACHINE_ARN",
        "CURATION_STATE_MACHINE_ARN",
        "CURATION_MINIMUM_DOCUMENTS",
        "CURATION_MAXIMUM_WAIT_MINUTES",
        "NOTIFICATIONS_QUEUE_ARN",
        "ALARMS_TOPIC_ARN",
        "AUTHORIZE_FUNCTION",
        "START_CURATION_FUNCTION",
    }


def test_the_example_of_a_real_account_can_be_planned(workspace: Workspace) -> None:
    planned = workspace.plan("environments/example.tfvars")
    tables = planned.of("aws_dynamodb_table")
    assert all(table.values["deletion_protection_enabled"] for table in tables)
    assert all(bucket.values["force_destroy"] is not True for bucket in planned.of("aws_s3_bucket"))
    assert planned.of("aws_sns_topic_subscription")
