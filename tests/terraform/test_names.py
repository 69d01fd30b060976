"""Several lakes fit one account: with different prefixes in one region, and with one prefix in different regions."""

import re

import pytest

from tests.terraform.workspace import Planned, Resource, Workspace

OTHER = "second-lake"
ELSEWHERE = "ap-southeast-1"
# The attribute that is a name of its own, by type of resource. Names of the account are seen in every region.
NAMES_OF_THE_ACCOUNT = {"aws_iam_role": "name", "aws_s3_bucket": "bucket"}
NAMES_OF_A_REGION = {
    "aws_athena_workgroup": "name",
    "aws_cloudwatch_event_rule": "name",
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_dynamodb_table": "name",
    "aws_glue_catalog_database": "name",
    "aws_glue_job": "name",
    "aws_glue_security_configuration": "name",
    "aws_kms_alias": "name",
    "aws_lakeformation_lf_tag": "key",
    "aws_lambda_function": "function_name",
    "aws_scheduler_schedule_group": "name",
    "aws_secretsmanager_secret": "name",
    "aws_sfn_state_machine": "name",
    "aws_sns_topic": "name",
    "aws_sqs_queue": "name",
    "aws_ssm_parameter": "name",
}
NAMES = NAMES_OF_THE_ACCOUNT | NAMES_OF_A_REGION
# Parts of something with a name of its own, or without any name.
PARTS = {
    "aws_athena_named_query",
    "aws_cloudwatch_event_target",
    "aws_iam_role_policy",
    "aws_kms_key",
    "aws_lakeformation_permissions",
    "aws_lakeformation_resource",
    "aws_lakeformation_resource_lf_tags",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_permission",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_object",
    "aws_scheduler_schedule",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
}
# One per account and region: only one lake may manage it (variable manage_data_lake_settings).
SINGLE = {"aws_lakeformation_data_lake_settings"}


def names(planned: Planned, kinds: dict[str, str]) -> set[tuple[str, str]]:
    return {(one.type, one.values[kinds[one.type]]) for one in planned.resources if one.type in kinds}


@pytest.fixture(scope="module")
def second(workspace: Workspace) -> Planned:
    """A second lake in the account, which leaves the settings of Lake Formation to the first."""
    given = {"default_start_date": "2026-01-01", "prefix": OTHER, "manage_data_lake_settings": False}
    return workspace.plan("environments/local.tfvars", **given)


def test_every_kind_of_resource_is_a_name_or_a_part_of_one(planned: Planned) -> None:
    """A new kind of resource has to be sorted: does it have a name that another lake may have, too?"""
    assert {one.type for one in planned.resources} <= NAMES.keys() | PARTS | SINGLE


def test_two_lakes_in_one_region_share_no_name(planned: Planned, second: Planned) -> None:
    assert not names(planned, NAMES) & names(second, NAMES)


def test_one_lake_in_two_regions_shares_no_name_of_the_account(planned: Planned, workspace: Workspace) -> None:
    given = {"default_start_date": "2026-01-01", "region": ELSEWHERE}
    elsewhere = workspace.plan("environments/local.tfvars", provider_region=ELSEWHERE, **given)
    assert not names(planned, NAMES_OF_THE_ACCOUNT) & names(elsewhere, NAMES_OF_THE_ACCOUNT)
    assert all(role.values["name"].endswith(f"-{ELSEWHERE}") for role in elsewhere.of("aws_iam_role"))


def test_the_longest_prefix_and_region_give_names_that_aws_accepts(workspace: Workspace) -> None:
    given = {"default_start_date": "2026-01-01", "region": ELSEWHERE, "prefix": "a-prefix-with-twenty-five"}
    planned = workspace.plan("environments/local.tfvars", provider_region=ELSEWHERE, **given)
    too_long = [name for kind, name in names(planned, NAMES) if len(name) > limit(kind)]
    assert too_long == []


def limit(kind: str) -> int:
    """The longest name, from the API reference of each service."""
    longest = {"aws_s3_bucket": 63, "aws_iam_role": 64, "aws_lambda_function": 64, "aws_cloudwatch_event_rule": 64}
    longest |= {"aws_sqs_queue": 80, "aws_sfn_state_machine": 80, "aws_scheduler_schedule_group": 64}
    longest |= {"aws_cloudwatch_log_group": 512, "aws_ssm_parameter": 1011, "aws_secretsmanager_secret": 512}
    return longest.get(kind, 128)


def test_a_given_name_stays(workspace: Workspace) -> None:
    kept = {"curated_database": "curated", "operations_database": "operations", "sensitivity_tag": "sensitivity"}
    planned = workspace.plan("environments/local.tfvars", default_start_date="2026-01-01", **kept)
    assert {one.values["name"] for one in planned.of("aws_glue_catalog_database")} == {"curated", "operations"}
    arguments = planned.of("aws_glue_job")[0].values["default_arguments"]
    assert {name: arguments[f"--{name}"] for name in kept} == kept


def test_a_second_lake_touches_no_settings_of_the_account(second: Planned) -> None:
    assert not [one for one in second.resources if one.type in SINGLE]
    assert not [one for one in second.resources if re.search("settings", one.type)]


def in_settings(one: Resource) -> dict[str, object]:
    return {name: value for name, value in one.values.items() if value not in (None, [], {}, False)}


def test_other_settings_of_the_account_are_put_again(workspace: Workspace) -> None:
    before = {
        "admins": ["arn:aws:iam::123456789012:role/deployer"],
        "allow_external_data_filtering": True,
        "allow_full_table_external_data_access": True,
        "authorized_session_tag_value_list": ["emr"],
        "external_data_filtering_allow_list": ["210987654321"],
        "parameters": {"CROSS_ACCOUNT_VERSION": "4"},
        "read_only_admins": ["arn:aws:iam::123456789012:role/auditor"],
        "trusted_resource_owners": ["210987654321"],
    }
    planned = workspace.plan("environments/local.tfvars", lake_settings=before, default_start_date="2026-01-01")
    assert in_settings(planned.of("aws_lakeformation_data_lake_settings")[0]) == before
