"""Rules that hold for the whole plan: encryption, transport, permissions, dead letters, alarms, names."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from adapters.parameters import digest
from selling_partner import document_urls

from operations.costs.report import ALARMS
from operations.costs.workload import Workload
from tests.terraform.workspace import ROOT, Planned, Resource, Workspace

PREFIX = "selling-partner-lake"
AMAZON = "437568002678"
HANDLERS = {
    "authorize",
    "check_report",
    "discover_reports",
    "dispatch_reports",
    "fetch_document",
    "finish_curation",
    "receive_notification",
    "request_report",
    "start_curation",
    "subscribe",
    "sweep",
}
# Services that know no resources in IAM; each statement says so where it stands.
WITHOUT_RESOURCES = {
    "DeliverOwnLog",
    "SendTraces",
    "PublishJobMetrics",
    "OpenColumns",
    "ReadThroughLakeFormation",
}


def key(name: str) -> str:
    return f"arn:aws:kms:eu-west-1:123456789012:key/{name}"


def statements(policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def resource_policies(planned: Planned) -> Iterator[tuple[Resource, list[dict[str, Any]]]]:
    for resource in planned.of("aws_sqs_queue", "aws_s3_bucket_policy", "aws_sns_topic_policy", "aws_kms_key"):
        yield resource, statements(resource.values["policy"])


def role_policies(planned: Planned) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for resource in planned.of("aws_iam_role_policy"):
        for statement in statements(resource.values["policy"]):
            yield resource, statement


# ---- encryption and transport


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        ("aws_secretsmanager_secret", ("kms_key_id",), "secrets"),
        ("aws_ssm_parameter", ("key_id",), "secrets"),
        ("aws_sqs_queue", ("kms_master_key_id",), "messages"),
        ("aws_sns_topic", ("kms_master_key_id",), "messages"),
        ("aws_scheduler_schedule", ("kms_key_arn",), "messages"),
        ("aws_dynamodb_table", ("server_side_encryption", 0, "kms_key_arn"), "data"),
        ("aws_cloudwatch_log_group", ("kms_key_id",), "data"),
        ("aws_lambda_function", ("kms_key_arn",), "data"),
        (
            "aws_s3_bucket_server_side_encryption_configuration",
            ("rule", 0, "apply_server_side_encryption_by_default", 0, "kms_master_key_id"),
            "data",
        ),
        ("aws_glue_security_configuration", ("encryption_configuration", 0, "s3_encryption", 0, "kms_key_arn"), "data"),
        (
            "aws_glue_security_configuration",
            ("encryption_configuration", 0, "cloudwatch_encryption", 0, "kms_key_arn"),
            "data",
        ),
        (
            "aws_glue_security_configuration",
            ("encryption_configuration", 0, "job_bookmarks_encryption", 0, "kms_key_arn"),
            "data",
        ),
        (
            "aws_athena_workgroup",
            ("configuration", 0, "result_configuration", 0, "encryption_configuration", 0, "kms_key_arn"),
            "data",
        ),
    ],
)
def test_everything_is_encrypted_with_the_key_of_its_kind(
    planned: Planned, kind: str, path: tuple[str | int, ...], name: str
) -> None:
    for resource in planned.of(kind):
        if resource.values.get("name") == f"/{PREFIX}/index":
            continue  # digests only: each tick of each function reads them
        value: Any = resource.values
        for step in path:
            value = value[step]
        assert value == key(name), resource.address


def test_buckets_have_encryption_versions_lifecycle_and_no_public_access(planned: Planned) -> None:
    purposes = {"raw", "curated", "artifacts", "results"}
    for kind in (
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_policy",
    ):
        assert {re.findall(r'\["(\w+)"\]$', resource.address)[0] for resource in planned.of(kind)} == purposes, kind
    for block in planned.of("aws_s3_bucket_public_access_block"):
        assert all(
            block.values[name]
            for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        )


def test_queues_buckets_and_topics_refuse_plain_http(planned: Planned) -> None:
    for resource, found in resource_policies(planned):
        if resource.type == "aws_kms_key":
            continue
        refusals = [
            statement
            for statement in found
            if statement["Effect"] == "Deny"
            and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert refusals, resource.address
        assert refusals[0]["Principal"] == "*"


def test_keys_rotate(planned: Planned) -> None:
    assert all(resource.values["enable_key_rotation"] for resource in planned.of("aws_kms_key"))


# ---- who may do what


def test_no_role_has_a_managed_policy(planned: Planned) -> None:
    kinds = {resource.type for resource in planned.resources}
    assert not kinds & {"aws_iam_role_policy_attachment", "aws_iam_policy_attachment", "aws_iam_policy"}


def test_every_statement_says_why_and_names_its_actions_and_resources(planned: Planned) -> None:
    for resource, statement in role_policies(planned):
        where = f"{resource.address}: {statement['Sid']}"
        assert re.fullmatch(r"[A-Z][A-Za-z]+", statement["Sid"]), where
        for action in statement["Action"]:
            assert "*" not in action or action in {"kms:GenerateDataKey*", "kms:ReEncrypt*"}, f"{where}: {action}"
        if "*" in statement["Resource"]:
            assert statement["Sid"] in WITHOUT_RESOURCES, where


def test_every_use_of_a_key_is_tied_to_a_service_or_a_context(planned: Planned) -> None:
    for resource, statement in role_policies(planned):
        if any(action.startswith("kms:") for action in statement["Action"]) and "scheduler" not in resource.address:
            conditions = json.dumps(statement.get("Condition", {}))
            assert "kms:ViaService" in conditions or "kms:EncryptionContext" in conditions, (
                f"{resource.address}: {statement['Sid']}"
            )


def test_who_uses_the_catalogue_may_use_its_key(workspace: Workspace, planned: Planned) -> None:
    """A catalogue that the account encrypts with a key of its own is closed to everyone who may not use the key."""
    catalogue_key = key("catalogue")
    encrypted = workspace.plan(
        "environments/local.tfvars", default_start_date="2026-01-01", catalogue_key_arn=catalogue_key
    )
    users = {
        resource.address
        for resource, statement in role_policies(encrypted)
        if any(action.startswith("glue:") and "Table" in action for action in statement["Action"])
    }
    granted = {
        resource.address: statement
        for resource, statement in role_policies(encrypted)
        if catalogue_key in as_list(statement["Resource"])
    }
    assert granted.keys() == users
    for statement in granted.values():
        assert statement["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        assert statement["Condition"] == {"StringEquals": {"kms:ViaService": ["glue.eu-west-1.amazonaws.com"]}}
    assert not [statement for _, statement in role_policies(planned) if statement["Sid"] == "UseTheCataloguesKey"]


def test_services_assume_roles_for_this_account_only(planned: Planned) -> None:
    """Where a service is documented to name a source; a condition on what is never sent locks the service out."""
    without_source = ("glue.amazonaws.com", "lakeformation.amazonaws.com")
    for role in planned.of("aws_iam_role"):
        for statement in statements(role.values["assume_role_policy"]):
            if statement["Principal"].get("Service") in without_source:
                assert "Condition" not in statement, role.address
            elif "Service" in statement["Principal"]:
                assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012", role.address


def test_each_function_and_machine_has_a_role_of_its_own(planned: Planned) -> None:
    runners = planned.of("aws_lambda_function", "aws_sfn_state_machine")
    roles = [role.module for role in planned.of("aws_iam_role")]
    for runner in runners:
        assert roles.count(runner.module) == 1, runner.address
    names = [role.values["name"] for role in planned.of("aws_iam_role")]
    assert len(names) == len(set(names))
    assert all(len(name) <= 64 for name in names)


def test_who_looks_for_reports_may_neither_start_them_nor_read_credentials(planned: Planned) -> None:
    policies = [
        resource
        for resource in planned.of("aws_iam_role_policy")
        if resource.module.endswith("module.discover_reports")
    ]
    [granted] = [statements(policy.values["policy"]) for policy in policies]
    every_function = {"WriteOwnLog", "ReadOwnEnvironmentVariables", "KeepFailedInvocations", "UseEncryptedQueues"}
    assert {statement["Sid"] for statement in granted} - every_function == {
        "ReadConfiguration",
        "ListConfiguration",
        "DecryptConfiguration",
        "ReadCachedAccessTokens",
        "DecryptCachedAccessTokens",
        "KeepTheLedger",
        "ListTheLedger",
        "ReserveQuota",
        "DecryptTables",
        "AskForTokens",
    }


def test_credentials_are_written_by_the_operator_and_read_by_authorize_alone(planned: Planned) -> None:
    writers, readers = set(), set()
    for resource, statement in role_policies(planned):
        if any(
            action.startswith("secretsmanager:") and action != "secretsmanager:GetSecretValue"
            for action in statement["Action"]
        ):
            writers.add(resource.module)
        if "secretsmanager:GetSecretValue" in statement["Action"] and any(
            "refresh-token" in name or "/lwa" in name for name in statement["Resource"]
        ):
            readers.add(resource.module)
    assert readers == {"module.authorization.module.authorize"}
    assert writers == {*readers, "module.people"}


def test_every_role_has_the_path_and_the_boundary_that_are_given(workspace: Workspace) -> None:
    boundary = "arn:aws:iam::123456789012:policy/data/boundary"
    given = {"role_path": "/data/", "permissions_boundary_arn": boundary}
    planned = workspace.plan("environments/local.tfvars", default_start_date="2026-01-01", **given)
    roles = planned.of("aws_iam_role")
    assert {(role.values["path"], role.values["permissions_boundary"]) for role in roles} == {("/data/", boundary)}


def test_the_operator_may_what_the_document_says(planned: Planned) -> None:
    document = (ROOT / "docs" / "people.md").read_text().split("## What the operator may do")[1].split("\n## ")[0]
    described = set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", document))
    granted = {
        action
        for resource, statement in role_policies(planned)
        if resource.address.startswith("module.people.")
        for action in statement["Action"]
    }
    assert granted == described
    assert not [action for action in granted if re.search(r":(Create|Delete|Tag|Untag)", action)]


def test_amazon_may_send_to_one_queue_and_use_one_key(planned: Planned) -> None:
    granted = {
        (resource.values.get("name") or resource.values["description"], tuple(statement["Action"]))
        for resource, found in resource_policies(planned)
        for statement in found
        if AMAZON in json.dumps(statement["Principal"])
    }
    assert granted == {
        (f"{PREFIX}-notifications", ("sqs:SendMessage", "sqs:GetQueueAttributes")),
        (f"{PREFIX}: queues, topics and schedules", ("kms:GenerateDataKey", "kms:Decrypt")),
    }


def test_nothing_is_open_to_everyone(planned: Planned) -> None:
    for resource, found in resource_policies(planned):
        for statement in found:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] not in ("*", {"AWS": "*"}), resource.address
                if "Service" in statement["Principal"] and resource.type != "aws_kms_key":
                    assert "aws:SourceArn" in json.dumps(statement["Condition"]), resource.address


# ---- Lake Formation


def test_iam_allowed_principals_get_nothing(planned: Planned) -> None:
    (settings,) = planned.of("aws_lakeformation_data_lake_settings")
    assert not settings.values.get("create_database_default_permissions")
    assert not settings.values.get("create_table_default_permissions")
    assert "IAM_ALLOWED_PRINCIPALS" not in json.dumps(
        [resource.values for resource in planned.of("aws_lakeformation_permissions")]
    )


def test_databases_are_personal_by_default(planned: Planned) -> None:
    tags = {
        resource.values["database"][0]["name"]: resource.values["lf_tag"]
        for resource in planned.of("aws_lakeformation_resource_lf_tags")
    }
    assert set(tags) == {"selling_partner_lake_curated", "selling_partner_lake_operations"}
    assert all(
        [(tag["key"], tag["value"]) for tag in found] == [(f"{PREFIX}-sensitivity", "personal")]
        for found in tags.values()
    )


@pytest.mark.parametrize("who", ["analyst", "operator"])
def test_people_read_what_is_public_or_internal(planned: Planned, who: str) -> None:
    grants = {
        resource.address: resource.values
        for resource in planned.of("aws_lakeformation_permissions")
        if who in resource.address
    }
    reading = [values for values in grants.values() if "SELECT" in values["permissions"]]
    assert [values["lf_tag_policy"][0]["expression"][0]["values"] for values in reading] == [["internal", "public"]]
    assert all(values["permissions"] == ["DESCRIBE"] for values in grants.values() if values not in reading)
    assert not any(statement["Sid"] == "ReadTables" for _, statement in role_policies(planned))
    for resource, statement in role_policies(planned):
        if who in resource.address and any(action.startswith("s3:") for action in statement["Action"]):
            assert all("-curated-" not in name and "-raw-" not in name for name in statement["Resource"])


# ---- secrets and parameters


def test_secrets_are_containers_without_versions(planned: Planned) -> None:
    assert {resource.values["name"] for resource in planned.of("aws_secretsmanager_secret")} == {
        f"{PREFIX}/applications/lake/lwa",
        f"{PREFIX}/applications/lake/grantless",
        f"{PREFIX}/accounts/northwind/refresh-token",
        f"{PREFIX}/accounts/northwind/access-token",
        f"{PREFIX}/accounts/contoso/refresh-token",
        f"{PREFIX}/accounts/contoso/access-token",
    }
    assert not {resource.type for resource in planned.resources} & {
        "aws_secretsmanager_secret_version",
        "aws_secretsmanager_secret_rotation",
    }


def test_parameters_are_the_contracts_verbatim_and_small(planned: Planned, contracts: dict[str, Any]) -> None:
    parameters = {resource.values["name"]: resource.values for resource in planned.of("aws_ssm_parameter")}
    for source, contract in contracts.items():
        name = f"/{PREFIX}/reports/{source}"
        assert (name in parameters) == ("request" in contract)
        if "request" in contract:
            assert json.loads(parameters[name]["value"]) == contract["request"], source
    for name, values in parameters.items():
        assert values["type"] == ("String" if name == f"/{PREFIX}/index" else "SecureString")
        assert len(values["value"].encode()) <= 4096, name


def test_the_index_has_the_digests_that_the_functions_compute(planned: Planned) -> None:
    values = {
        resource.values["name"].removeprefix(f"/{PREFIX}/"): resource.values["value"]
        for resource in planned.of("aws_ssm_parameter")
    }
    index = json.loads(values.pop("index"))
    assert index == {
        folder: digest({name: value for name, value in values.items() if name.startswith(f"{folder}/")})
        for folder in ("accounts", "regions", "reports")
    }


def test_accounts_regions_and_sources_have_the_documented_shapes(planned: Planned) -> None:
    values = {
        resource.values["name"].removeprefix(f"/{PREFIX}/"): json.loads(resource.values["value"])
        for resource in planned.of("aws_ssm_parameter")
    }
    assert values["regions/fe"] == {
        "endpoint": "https://sellingpartnerapi-fe.amazon.com",
        "token_endpoint": "https://api.amazon.com/auth/o2/token",
        "document_hosts": list(document_urls.HOSTS),
    }
    assert values["accounts/contoso"] == {
        "account": "contoso",
        "kind": "vendor",
        "region": "na",
        "selling_partner_id": "amzn1.vg.6213651",
        "application": "lake",
        "start_date": "2026-01-01",
        "end_date": None,
        "notifications": "auto",
        "marketplaces": [{"id": "ATVPDKIKX0DER", "code": "US", "time_zone": "America/Los_Angeles", "currency": "USD"}],
    }
    assert values["accounts/northwind/sources/sales_and_traffic"] == {
        "source": "sales_and_traffic",
        "variants": None,
        "start_date": None,
    }


# ---- queues, schedules, machines, alarms


def alarms(planned: Planned, metric: str, dimension: str) -> set[str]:
    found = [
        resource.values
        for resource in planned.of("aws_cloudwatch_metric_alarm")
        if resource.values["metric_name"] == metric
    ]
    assert all(values["alarm_actions"] and values["treat_missing_data"] == "notBreaching" for values in found)
    return {values["dimensions"][dimension] for values in found}


def test_the_table_of_costs_counts_all_alarms_and_keys(planned: Planned) -> None:
    assert len(planned.of("aws_cloudwatch_metric_alarm")) == ALARMS
    assert len(planned.of("aws_kms_key")) == Workload(accounts=1).keys


def test_every_queue_has_a_dead_letter_queue_and_alarms(planned: Planned) -> None:
    queues = {resource.values["name"]: resource.values for resource in planned.of("aws_sqs_queue")}
    dead = {name for name in queues if name.endswith("-dlq")}
    for name in set(queues) - dead:
        assert f"{name}-dlq" in dead
        assert json.loads(queues[name]["redrive_policy"])["maxReceiveCount"] == 5
    assert all(queues[name]["message_retention_seconds"] == 1209600 for name in dead)
    assert alarms(planned, "ApproximateNumberOfMessagesVisible", "QueueName") == dead
    assert alarms(planned, "ApproximateAgeOfOldestMessage", "QueueName") == set(queues) - dead


def test_a_consumed_message_stays_invisible_for_six_timeouts_and_the_window(planned: Planned) -> None:
    consumers = {"notifications": "receive-notification", "stored-documents": "start-curation"}
    mappings = {resource.module: resource.values for resource in planned.of("aws_lambda_event_source_mapping")}
    functions = {resource.values["function_name"]: resource for resource in planned.of("aws_lambda_function")}
    for queue, function in consumers.items():
        consumer = functions[f"{PREFIX}-{function}"]
        mapping = mappings[consumer.module]
        assert mapping["function_response_types"] == ["ReportBatchItemFailures"]
        visible = planned.named("aws_sqs_queue", f"{PREFIX}-{queue}").values["visibility_timeout_seconds"]
        assert visible >= 6 * consumer.values["timeout"] + mapping["maximum_batching_window_in_seconds"]


def test_bad_ends_of_executions_and_errors_raise_alarms(planned: Planned) -> None:
    for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"):
        found = [
            resource.values["alarm_name"]
            for resource in planned.of("aws_cloudwatch_metric_alarm")
            if resource.values["metric_name"] == metric
        ]
        assert {name.removeprefix(f"{PREFIX}-").split("-")[0] for name in found} == {"report", "curation"}
    unseen = {
        f"{PREFIX}-{name}"
        for name in (
            "subscribe",
            "dispatch-reports",
            "discover-reports",
            "receive-notification",
            "sweep",
            "start-curation",
        )
    }
    assert alarms(planned, "Errors", "FunctionName") == unseen
    assert alarms(planned, "Throttles", "FunctionName") == {f"{PREFIX}-dispatch-reports"}


def test_waiting_reports_and_documents_raise_alarms(planned: Planned) -> None:
    assert alarms(planned, "WindowsOldestDueSeconds", "FunctionName") == {f"{PREFIX}-dispatch-reports"}
    assert alarms(planned, "OldestDocumentSeconds", "FunctionName") == {f"{PREFIX}-sweep"}


def test_a_schedule_that_is_silent_raises_an_alarm(planned: Planned) -> None:
    """After two intervals, and at least a quarter of an hour."""
    found = {
        resource.values["dimensions"]["FunctionName"]: resource.values
        for resource in planned.of("aws_cloudwatch_metric_alarm")
        if resource.values["metric_name"] == "ScheduledRuns"
    }
    assert {name: (values["period"], values["evaluation_periods"]) for name, values in found.items()} == {
        f"{PREFIX}-dispatch-reports": (60, 15),
        f"{PREFIX}-discover-reports": (60, 15),
        f"{PREFIX}-sweep": (60, 15),
        f"{PREFIX}-subscribe": (3600, 48),
    }
    assert set(found) == {resource.values["name"] for resource in planned.of("aws_scheduler_schedule")}
    for values in found.values():
        assert (values["treat_missing_data"], values["comparison_operator"]) == ("breaching", "LessThanThreshold")
        assert (values["threshold"], values["statistic"]) == (1, "Sum")
        assert values["alarm_actions"]
        assert values["ok_actions"]


def test_invocations_that_nobody_awaits_are_kept_when_they_fail(planned: Planned) -> None:
    kept = {resource.module for resource in planned.of("aws_lambda_function_event_invoke_config")}
    assert {module.split("module.")[-1] for module in kept} == {
        "subscribe",
        "dispatch_reports",
        "discover_reports",
        "sweep",
        "start_curation",
    }
    assert all(resource.values["target"][0]["dead_letter_config"] for resource in planned.of("aws_scheduler_schedule"))
    assert all(resource.values["dead_letter_config"] for resource in planned.of("aws_cloudwatch_event_target"))


def test_schedules_run_at_the_documented_rates(planned: Planned) -> None:
    schedules = {resource.values["name"]: resource.values for resource in planned.of("aws_scheduler_schedule")}
    assert {name.removeprefix(f"{PREFIX}-"): values["schedule_expression"] for name, values in schedules.items()} == {
        "dispatch-reports": "rate(1 minute)",
        "discover-reports": "rate(5 minutes)",
        "sweep": "rate(5 minutes)",
        "subscribe": "rate(1 day)",
    }
    assert (
        schedules[f"{PREFIX}-dispatch-reports"]["target"][0]["input"]
        == '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'
    )


def test_rules_match_sidecars_and_bad_ends(planned: Planned) -> None:
    patterns = {
        resource.values["name"]: json.loads(resource.values["event_pattern"])
        for resource in planned.of("aws_cloudwatch_event_rule")
    }
    assert patterns[f"{PREFIX}-document-stored"]["detail"]["object"] == {"key": [{"wildcard": "raw/reports/*.json"}]}
    assert patterns[f"{PREFIX}-executions-ended-badly"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]


def test_machines_are_rendered_and_retry_by_name(planned: Planned) -> None:
    for machine in planned.of("aws_sfn_state_machine"):
        definition = json.loads(machine.values["definition"])
        assert "${" not in machine.values["definition"]
        assert definition["TimeoutSeconds"] > max(
            state["TimeoutSeconds"]
            for state in definition["States"].values()
            if isinstance(state.get("TimeoutSeconds"), int)
        )
        assert machine.values["logging_configuration"][0]["include_execution_data"] is False
        for name, state in definition["States"].items():
            if state["Type"] == "Task":
                assert "TimeoutSeconds" in state, name
                assert all(
                    "States.ALL" not in rule["ErrorEquals"] and rule["JitterStrategy"] == "FULL"
                    for rule in state["Retry"]
                ), name


def test_the_longest_deadline_of_a_contract_fits_into_an_execution(planned: Planned, contracts: dict[str, Any]) -> None:
    report = planned.named("aws_sfn_state_machine", f"{PREFIX}-report")
    seconds = json.loads(report.values["definition"])["TimeoutSeconds"]
    for source, contract in contracts.items():
        deadline = re.fullmatch(
            r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", contract.get("request", {}).get("deadline", "PT0H")
        )
        assert deadline, source
        days, hours, minutes = (int(part or 0) for part in deadline.groups())
        assert days * 86400 + hours * 3600 + minutes * 60 < seconds, source


# ---- functions and the job


def test_there_is_a_function_for_each_handler(planned: Planned) -> None:
    found = {resource.values["handler"] for resource in planned.of("aws_lambda_function")}
    assert found == {f"handlers.{name}.handler" for name in HANDLERS}
    with_handler = {
        path.stem for path in (ROOT / "functions" / "handlers").glob("*.py") if "\ndef handler(" in path.read_text()
    }
    assert with_handler == HANDLERS


def test_concurrency_is_reserved_for_those_who_look_for_work(planned: Planned) -> None:
    reserved = {
        resource.values["handler"].split(".")[1]: resource.values["reserved_concurrent_executions"]
        for resource in planned.of("aws_lambda_function")
        if resource.values["reserved_concurrent_executions"] >= 0
    }
    assert reserved == {"dispatch_reports": 1, "start_curation": 2}


def test_no_queue_calls_a_function_more_often_than_it_may_run(planned: Planned) -> None:
    functions = {resource.module: resource.values for resource in planned.of("aws_lambda_function")}
    for mapping in planned.of("aws_lambda_event_source_mapping"):
        reserved = functions[mapping.module]["reserved_concurrent_executions"]
        scaling = mapping.values["scaling_config"]
        assert reserved < 0 or scaling[0]["maximum_concurrency"] <= reserved, mapping.address


def test_a_new_account_is_not_asked_for_more_concurrency_than_it_has(workspace: Workspace) -> None:
    planned = workspace.plan("environments/example.tfvars")
    assert all(one.values["reserved_concurrent_executions"] == -1 for one in planned.of("aws_lambda_function"))


def test_the_job_runs_on_glue_5_1_once_at_a_time_with_the_documented_arguments(planned: Planned) -> None:
    (job,) = planned.of("aws_glue_job")
    assert job.values["glue_version"] == "5.1"
    assert job.values["execution_property"][0]["max_concurrent_runs"] == 1
    arguments = job.values["default_arguments"]
    assert arguments["--warehouse"] == f"s3://{PREFIX}-curated-123456789012-eu-west-1/"
    assert arguments["--contracts"] == f"s3://{PREFIX}-artifacts-123456789012-eu-west-1/contracts/contracts.json"
    assert {
        "--curated_database",
        "--operations_database",
        "--sensitivity_tag",
        "--data_docs",
        "--region",
        "--extra-py-files",
        "--additional-python-modules",
        "--datalake-formats",
    } <= set(arguments)
    assert arguments["--additional-python-modules"].endswith(".gluewheels.zip")


# ---- protection


@pytest.mark.parametrize(
    ("file", "resource"),
    [
        ("keys.tf", '"aws_kms_key" "data"'),
        ("keys.tf", '"aws_kms_key" "secrets"'),
        ("buckets.tf", '"aws_s3_bucket" "kept"'),
        ("tables.tf", '"aws_dynamodb_table" "ledger"'),
    ],
)
def test_what_cannot_be_made_again_is_never_destroyed_by_a_plan(file: str, resource: str) -> None:
    """A plan does not show prevent_destroy, so this test reads the source."""
    source = (ROOT / "terraform" / "modules" / "storage" / file).read_text()
    block = source.split(f"resource {resource} {{")[1].split("\n}\n")[0]
    assert "prevent_destroy = true" in block
