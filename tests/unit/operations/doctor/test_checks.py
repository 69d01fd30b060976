"""Each fault of a lake, and the sentence and remedy that `lake doctor` has for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from adapters import ledger as dynamo
from botocore.exceptions import ClientError
from ingestion.errors import AwsCallFailed, LedgerItemIncomplete
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.curation import CurationRun

from operations.deployment.wheels import write_placeholder
from operations.doctor import asking
from operations.doctor.__main__ import BEGIN, END
from operations.doctor.examination import CHECKS, FIRST, checks_table, examine
from operations.doctor.findings import Finding, Verdict
from operations.documents import written
from operations.errors import OperationsError
from operations.lake.athena import Column, QueryResult
from operations.lake.location import Location

ACCOUNT = "123456789012"
THEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTPUTS = {
    "accounts": {"contoso": {"application": "main"}, "northwind": {"application": "main"}},
    "alarms_topic_arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:lake-alarms",
    "analyst_role_arn": f"arn:aws:iam::{ACCOUNT}:role/lake-analyst",
    "buckets": {"curated": "lake-curated"},
    "functions": {
        "authorize": "lake-authorize",
        "receive_notification": "lake-receive-notification",
        "start_curation": "lake-start-curation",
    },
    "job_name": "lake-curate",
    "queue_urls": {
        "failed_invocations": "https://q/failed",
        "notifications": "https://q/n",
        "notifications_dlq": "https://q/n-dlq",
    },
    "secret_names": [
        "lake/accounts/contoso/refresh-token",
        "lake/accounts/northwind/access-token",
        "lake/accounts/northwind/refresh-token",
        "lake/applications/main/lwa",
    ],
    "sensitivity_tag": "sensitivity",
    "state_machine_arns": {"report": "arn:report", "curation": "arn:curation"},
    "workgroup": "lake",
}
RUN = CurationRun(
    run_id="run-2",
    status="SUCCEEDED",
    documents=3,
    curated=3,
    superseded=0,
    refused=0,
    quarantined=0,
    reason=None,
    finished_at=THEN,
    expires_at=THEN,
)
KNOWN = LedgerAccount(account="northwind", selling_partner_id="A1", kind="seller", region="eu", notified=True)


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as AWS says"}}, "Asked")


class Answers:
    """All of a lake's AWS clients: an answer per operation, given or computed from the arguments."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        opened = {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": []}
        self.given: dict[str, Any] = {
            "sts.get_caller_identity": {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/op/me"},
            "sts.assume_role": {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"}},
            "lambda.get_function_configuration": {"State": "Active", "LastUpdateStatus": "Successful"},
            "lambda.list_event_source_mappings": {"EventSourceMappings": [{"State": "Enabled"}]},
            "scheduler.get_schedule": {"State": "ENABLED"},
            "sqs.get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "0"}},
            "stepfunctions.describe_state_machine": {"status": "ACTIVE"},
            "secretsmanager.describe_secret": {"VersionIdsToStages": {"v": ["AWSCURRENT"]}},
            "glue.get_job": {
                "Job": {
                    "Command": {"ScriptLocation": "s3://a/glue/curate.py"},
                    "DefaultArguments": {
                        "--extra-py-files": "s3://a/glue/curation.zip",
                        "--additional-python-modules": "s3://a/glue/wheels.zip",
                        "--contracts": "s3://a/contracts/contracts.json",
                    },
                }
            },
            "s3.head_object": {"ContentLength": 5_000_000},
            "glue.get_database": {"Database": {"CreateTableDefaultPermissions": [opened]}},
            "glue.get_tables": {"TableList": [{"Name": "orders"}]},
            "lakeformation.describe_resource": {"ResourceInfo": {}},
            "lakeformation.get_lf_tag": {"TagKey": "sensitivity", "TagValues": ["public", "internal", "personal"]},
            "lakeformation.get_resource_lf_tags": {
                "LFTagOnDatabase": [{"TagKey": "sensitivity", "TagValues": ["personal"]}]
            },
            "lakeformation.get_data_lake_settings": {"DataLakeSettings": {"CreateTableDefaultPermissions": []}},
            "kms.describe_key": {"KeyMetadata": {"KeyState": "Enabled", "KeyId": "k-1"}},
            "cloudwatch.describe_alarms": {"MetricAlarms": [{"AlarmName": "lake-x", "StateValue": "OK"}]},
            "sns.list_subscriptions_by_topic": {"Subscriptions": [{"SubscriptionArn": "arn:s", "Endpoint": "a@b.c"}]},
        }
        self.account: LedgerAccount | None = KNOWN
        self.runs: list[CurationRun] = [RUN]

    def client(self, service: str) -> Any:
        return Client(self, service)

    def answer(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        self.asked.append(f"{service}.{operation}")
        given = self.given[f"{service}.{operation}"]
        answer = given(**arguments) if callable(given) else given
        if isinstance(answer, Exception):
            raise answer
        return answer


class Client:
    def __init__(self, answers: Answers, service: str) -> None:
        self._answers, self._service = answers, service

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **arguments: self._answers.answer(self._service, operation, arguments)

    def get_paginator(self, operation: str) -> Any:
        return Pages(self._answers, self._service, operation)


@dataclass
class Pages:
    answers: Answers
    service: str
    operation: str

    def paginate(self, **arguments: Any) -> Iterator[Any]:
        yield self.answers.answer(self.service, self.operation, arguments)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers()

    def rows(_lake: Location, sql: str, **_: Any) -> QueryResult:
        return QueryResult("q", [Column("rows", "bigint")], [(7 if "FROM" in sql else 1,)], 1, 1)

    def get(_self: Any, name: str) -> LedgerAccount | None:
        given.answer("dynamodb", "get_item", {})
        return given.account and replace(given.account, account=name)

    def runs(_self: Any, limit: int) -> list[CurationRun]:
        given.answer("dynamodb", "query", {})
        return given.runs[:limit]

    given.given |= {"dynamodb.get_item": None, "dynamodb.query": None}
    monkeypatch.setattr(asking, "run_query", rows)
    monkeypatch.setattr(dynamo.DynamoLedger, "account", get)
    monkeypatch.setattr(dynamo.DynamoLedger, "runs", runs)
    return given


class Lake(Location):
    """A lake whose clients are the answers; `session` is not needed."""

    def client(self, service: str) -> Any:
        answers: Answers = self.environment["answers"]  # type: ignore[assignment]
        return answers.client(service)


class Environment(dict[str, Any]):
    """The environment of a lake on AWS is empty, and yet brings the answers."""

    def __bool__(self) -> bool:
        return len(self) > 1


def lake_of(answers: Answers, *, local: bool = False, **outputs: Any) -> Lake:
    environment = Environment(answers=answers, **({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"} if local else {}))
    databases = {"curated": "curated", "operations": "operations"}
    return Lake("lake", ACCOUNT, "eu-west-1", databases, {**OUTPUTS, **outputs}, environment)


def of(lake: Lake, name: str) -> list[Finding]:
    return [finding for check, finding in examine(lake) if check.name == name]


def test_a_healthy_lake_is_ok_in_every_respect(answers: Answers) -> None:
    found = list(examine(lake_of(answers)))
    assert {finding.verdict for _, finding in found} == {Verdict.OK}, found
    assert {check.name for check, _ in found} == {check.name for check in (*FIRST, *CHECKS)}
    assert all(len(finding.said) <= 60 for _, finding in found), "one line each"


def test_a_check_declares_the_actions_of_all_its_calls(answers: Answers) -> None:
    prefixes = {"stepfunctions": "states"}
    special = {
        "s3.head_object": "s3:GetObject",
        "lakeformation.get_lf_tag": "lakeformation:GetLFTag",
        "lakeformation.get_resource_lf_tags": "lakeformation:GetResourceLFTags",
        "sns.list_subscriptions_by_topic": "sns:ListSubscriptionsByTopic",
    }
    for check in CHECKS:
        answers.asked.clear()
        list(check.ask(lake_of(answers)))
        called = set()
        for one in answers.asked:
            service, operation = one.split(".")
            plain = f"{prefixes.get(service, service)}:{operation.title().replace('_', '')}"
            called.add(special.get(one, plain))
        assert called <= set(check.actions), check.name
        assert set(check.actions) - called == set(), f"{check.name} declares what it does not call"


FAULTS: list[tuple[str, dict[str, Any], Verdict, str, str]] = [
    (
        "identity",
        {"sts.get_caller_identity": {"Account": "9", "Arn": "arn:aws:iam::9:user/me"}},
        Verdict.FAILED,
        f"user/me is in account 9, the lake in {ACCOUNT}",
        "AWS_PROFILE",
    ),
    (
        "functions",
        {"lambda.get_function_configuration": error("ResourceNotFoundException")},
        Verdict.FAILED,
        "the function lake-authorize does not exist",
        "terraform apply",
    ),
    (
        "functions",
        {"lambda.get_function_configuration": {"State": "Failed", "StateReason": "KMS key is disabled"}},
        Verdict.FAILED,
        "is Failed: KMS key is disabled",
        "remove the cause",
    ),
    (
        "functions",
        {"lambda.get_function_configuration": {"State": "Active", "LastUpdateStatus": "Failed"}},
        Verdict.FAILED,
        "the last update of lake-authorize is Failed",
        "terraform apply",
    ),
    (
        "schedules",
        {"scheduler.get_schedule": {"State": "DISABLED"}},
        Verdict.WARNING,
        "all schedules are disabled",
        "schedules.enabled",
    ),
    (
        "schedules",
        {"scheduler.get_schedule": lambda Name, **_: {"State": "DISABLED" if "sweep" in Name else "ENABLED"}},
        Verdict.FAILED,
        "disabled by hand: sweep",
        "terraform apply",
    ),
    (
        "schedules",
        {"scheduler.get_schedule": lambda Name, **_: error("ResourceNotFoundException")},
        Verdict.FAILED,
        "no schedule: dispatch-reports, discover-reports, sweep, subscribe",
        "terraform apply",
    ),
    (
        "queues",
        {
            "sqs.get_queue_attributes": lambda QueueUrl, **_: {
                "Attributes": {"ApproximateNumberOfMessages": "2" if "dlq" in QueueUrl else "0"}
            }
        },
        Verdict.FAILED,
        "2 messages in the dead-letter queue notifications_dlq",
        "dead-letter-queue.md",
    ),
    (
        "queues",
        {"sqs.get_queue_attributes": error("AWS.SimpleQueueService.NonExistentQueue")},
        Verdict.FAILED,
        "the queue failed_invocations does not exist",
        "terraform apply",
    ),
    (
        "consumers",
        {"lambda.list_event_source_mappings": {"EventSourceMappings": [{"State": "Disabled"}]}},
        Verdict.FAILED,
        "lake-receive-notification does not poll its queue: the mapping is Disabled",
        "enables it",
    ),
    (
        "consumers",
        {"lambda.list_event_source_mappings": {"EventSourceMappings": []}},
        Verdict.FAILED,
        "no queue invokes lake-receive-notification",
        "terraform apply",
    ),
    (
        "machines",
        {"stepfunctions.describe_state_machine": error("StateMachineDoesNotExist")},
        Verdict.FAILED,
        "the state machine curation does not exist",
        "terraform apply",
    ),
    (
        "machines",
        {"stepfunctions.describe_state_machine": {"status": "DELETING"}},
        Verdict.FAILED,
        "the state machine curation is DELETING",
        "terraform apply",
    ),
    (
        "secrets",
        {
            "secretsmanager.describe_secret": lambda SecretId: {
                "VersionIdsToStages": {} if "contoso" in SecretId else {"v": ["AWSCURRENT"]}
            }
        },
        Verdict.WARNING,
        "contoso waits for credentials",
        "lake account add contoso",
    ),
    (
        "secrets",
        {
            "secretsmanager.describe_secret": lambda SecretId: {
                "VersionIdsToStages": {} if "lwa" in SecretId else {"v": ["AWSCURRENT"]}
            }
        },
        Verdict.WARNING,
        "contoso waits for credentials",
        "lake account add contoso",
    ),
    (
        "secrets",
        {"secretsmanager.describe_secret": {"DeletedDate": THEN}},
        Verdict.FAILED,
        "the secret lake/accounts/contoso/refresh-token does not exist or is being deleted",
        "restore it",
    ),
    (
        "job",
        {"glue.get_job": error("EntityNotFoundException")},
        Verdict.FAILED,
        "the Glue job lake-curate does not exist",
        "terraform apply",
    ),
    (
        "job",
        {"s3.head_object": lambda Key, **_: error("404") if "curation" in Key else {"ContentLength": 5_000_000}},
        Verdict.FAILED,
        "the job's package is not in S3: s3://a/glue/curation.zip",
        "make contracts package",
    ),
    ("wheels", {"glue.get_job": error("EntityNotFoundException")}, Verdict.FAILED, "no wheels", "make package"),
    ("wheels", {"s3.head_object": error("404")}, Verdict.FAILED, "no wheels", "make package"),
    (
        "databases",
        {"glue.get_database": error("EntityNotFoundException")},
        Verdict.FAILED,
        "the database curated (curated) does not exist",
        "terraform apply",
    ),
    ("databases", {"glue.get_tables": {"TableList": []}}, Verdict.WARNING, "curated has no tables yet", "lake status"),
    (
        "databases",
        {
            "glue.get_database": {
                "Database": {
                    "CreateTableDefaultPermissions": [
                        {
                            "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                            "Permissions": ["ALL"],
                        }
                    ]
                }
            }
        },
        Verdict.FAILED,
        "new tables of curated are open to whom IAM allows",
        "clear the database's default permissions",
    ),
    (
        "governance",
        {"lakeformation.describe_resource": error("EntityNotFoundException")},
        Verdict.FAILED,
        "the curated bucket is not registered with Lake Formation",
        "terraform apply",
    ),
    (
        "governance",
        {"lakeformation.get_lf_tag": error("EntityNotFoundException")},
        Verdict.FAILED,
        "there is no LF-Tag sensitivity with the value personal",
        "terraform apply",
    ),
    (
        "governance",
        {"lakeformation.get_resource_lf_tags": {}},
        Verdict.FAILED,
        "curated is not tagged sensitivity = personal",
        "terraform apply",
    ),
    (
        "governance",
        {
            "lakeformation.get_data_lake_settings": {
                "DataLakeSettings": {
                    "CreateDatabaseDefaultPermissions": [
                        {
                            "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                            "Permissions": ["ALL"],
                        }
                    ]
                }
            }
        },
        Verdict.WARNING,
        "the account opens new databases to whom IAM allows",
        "Data Catalog settings",
    ),
    ("keys", {"kms.describe_key": error("NotFoundException")}, Verdict.FAILED, "the key of data", "terraform apply"),
    (
        "keys",
        {"kms.describe_key": {"KeyMetadata": {"KeyState": "Disabled", "KeyId": "k-1"}}},
        Verdict.FAILED,
        "the key of data is Disabled",
        "aws kms enable-key --key-id k-1",
    ),
    (
        "keys",
        {"kms.describe_key": {"KeyMetadata": {"KeyState": "PendingDeletion", "KeyId": "k-1"}}},
        Verdict.FAILED,
        "the key of data is about to be deleted",
        "aws kms cancel-key-deletion --key-id k-1",
    ),
    (
        "alarms",
        {
            "cloudwatch.describe_alarms": {
                "MetricAlarms": [
                    {"AlarmName": "lake-x", "StateValue": "ALARM", "AlarmDescription": "Runbook: docs/runbooks/x.md"}
                ]
            }
        },
        Verdict.FAILED,
        "lake-x rings",
        "docs/runbooks/x.md",
    ),
    ("alarms", {"cloudwatch.describe_alarms": {"MetricAlarms": []}}, Verdict.FAILED, "no alarms", "terraform apply"),
    (
        "subscribers",
        {"sns.list_subscriptions_by_topic": {"Subscriptions": []}},
        Verdict.WARNING,
        "nobody hears of alarms",
        "alarm_email_addresses",
    ),
    (
        "subscribers",
        {
            "sns.list_subscriptions_by_topic": {
                "Subscriptions": [{"SubscriptionArn": "PendingConfirmation", "Endpoint": "a@b.c"}]
            }
        },
        Verdict.WARNING,
        "a@b.c has not confirmed its subscription",
        "link",
    ),
    (
        "analyst",
        {"sts.assume_role": error("AccessDenied")},
        Verdict.WARNING,
        "may not assume lake-analyst",
        "analyst_principals",
    ),
]


@pytest.mark.parametrize(
    ("check", "given", "verdict", "said", "remedy"), FAULTS, ids=[f"{fault[0]}-{fault[3][:40]}" for fault in FAULTS]
)
def test_a_fault_has_a_sentence_and_a_remedy(
    answers: Answers, check: str, given: dict[str, Any], verdict: Verdict, said: str, remedy: str
) -> None:
    answers.given |= given
    [first, *_] = [finding for finding in of(lake_of(answers), check) if finding.verdict is not Verdict.OK]
    assert (first.verdict, said in first.said, remedy in first.remedy) == (verdict, True, True), first


def test_an_incomplete_configuration_ends_the_round(answers: Answers) -> None:
    lake = lake_of(answers)
    outputs = {name: value for name, value in OUTPUTS.items() if name not in ("job_name", "functions")}
    found = list(examine(replace(lake, outputs=outputs)))
    assert [(check.name, finding.verdict) for check, finding in found] == [
        ("identity", Verdict.OK),
        ("outputs", Verdict.FAILED),
    ]
    assert "lacks functions, job_name" in found[1][1].said
    assert "terraform output -json" in found[1][1].remedy


def test_what_may_not_be_asked_fails_its_own_check_and_names_the_actions(answers: Answers) -> None:
    answers.given |= {"kms.describe_key": error("AccessDeniedException"), "s3.head_object": error("403")}
    found = list(examine(lake_of(answers)))
    refused = {check.name: finding for check, finding in found if finding.verdict is not Verdict.OK}
    assert set(refused) == {"keys", "job", "wheels"}
    assert refused["keys"].verdict is Verdict.FAILED
    assert "not known: these credentials may not call Asked: as AWS says" in refused["keys"].said
    assert refused["keys"].remedy == "the check needs kms:DescribeKey"


def test_what_the_ledger_may_not_be_asked_is_told_as_well(answers: Answers) -> None:
    denied = AwsCallFailed("as the adapter names it")
    denied.__cause__ = error("AccessDeniedException")
    answers.given |= {"dynamodb.get_item": denied, "dynamodb.query": LedgerItemIncomplete("the run lacks a status")}
    assert of(lake_of(answers), "accounts")[0].said.startswith("not known: these credentials may not call Asked")
    assert of(lake_of(answers), "accounts")[0].remedy == "the check needs dynamodb:GetItem"
    assert of(lake_of(answers), "runs")[0].said == "not known: the run lacks a status"
    denied.__cause__ = error("ResourceNotFoundException")
    assert of(lake_of(answers), "accounts")[0].remedy == "run `terraform apply`"


def test_the_placeholder_of_the_wheels_fails_on_aws_only(answers: Answers, tmp_path: Path) -> None:
    write_placeholder(tmp_path / "wheels.zip")
    content = (tmp_path / "wheels.zip").read_bytes()
    answers.given |= {
        "s3.head_object": {"ContentLength": len(content)},
        "s3.get_object": lambda **_: {"Body": BytesIO(content)},
    }
    [finding] = of(lake_of(answers), "wheels")
    assert finding.verdict is Verdict.FAILED
    assert "placeholder: every run fails" in finding.said
    assert [one.verdict for one in of(lake_of(answers, local=True), "wheels")] == [Verdict.NOT_APPLICABLE]
    assert [one.verdict for one in of(lake_of(answers, local=True), "subscribers")] == [Verdict.NOT_APPLICABLE]


def test_accounts_are_described_as_the_ledger_knows_them(answers: Answers) -> None:
    assert [one.said for one in of(lake_of(answers), "accounts")] == [
        "contoso is authorised, and Amazon notifies the lake",
        "northwind is authorised, and Amazon notifies the lake",
    ]
    answers.account = replace(KNOWN, notified=False, notification_reason="not for vendors: HTTP 403")
    assert of(lake_of(answers), "accounts")[0].said.endswith("its reports are polled (not for vendors)")
    answers.account = replace(KNOWN, authorization_refused_at=THEN, authorization_reason="invalid_grant")
    refused = of(lake_of(answers), "accounts")[0]
    assert refused.verdict is Verdict.FAILED
    assert refused.said == "Amazon refuses contoso since 2026-11-20 12:00 UTC: invalid_grant"
    assert "lake account add contoso" in refused.remedy
    for unknown in (None, replace(KNOWN, notified=False)):
        answers.account = unknown
        assert of(lake_of(answers), "accounts")[0] == Finding(
            Verdict.WARNING, "contoso was never authorised", "lake account add contoso"
        )


def test_the_last_run_counts_and_the_last_success_is_told(answers: Answers) -> None:
    assert of(lake_of(answers), "runs")[0].said == "the last ended 2026-11-20 12:00 UTC, 3 documents"
    answers.runs = [replace(RUN, status="FAILED", reason="out of memory"), RUN]
    [finding] = of(lake_of(answers), "runs")
    assert finding.verdict is Verdict.FAILED
    assert finding.said == "the last run is FAILED: out of memory; the last success was 2026-11-20 12:00 UTC"
    answers.runs = []
    assert of(lake_of(answers), "runs")[0].verdict is Verdict.WARNING


def test_the_analysts_question_is_about_a_table_once_there_is_one(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of(lake_of(answers), "analyst")[0].said == "the analyst role counts 7 rows in orders"
    answers.given["glue.get_tables"] = {"TableList": []}
    assert of(lake_of(answers), "analyst")[0].said == "Athena answers the analyst role; there is no table yet"

    for refusal, said in (
        (OperationsError("Insufficient Lake Formation permission(s)"), "Insufficient Lake Formation permission(s)"),
        (error("AccessDeniedException"), "these credentials may not call Asked"),
    ):
        monkeypatch.setattr(asking, "run_query", lambda *_, refusal=refusal, **__: raising(refusal))
        [finding] = of(lake_of(answers), "analyst")
        assert finding.verdict is Verdict.FAILED
        assert f"the analyst role gets no answer: {said}" in finding.said


def raising(reason: Exception) -> QueryResult:
    raise reason


def test_the_guide_has_the_table_that_the_command_writes() -> None:
    guide = (Path(__file__).resolve().parents[4] / "docs" / "deploying.md").read_text()
    assert written(guide, BEGIN, END, checks_table()) == guide, "run python -m operations.doctor"
