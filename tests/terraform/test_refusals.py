"""What Terraform says when it refuses: the message names the thing and the remedy."""

from typing import Any

import pytest

from operations.deployment.wheels import write_placeholder
from tests.terraform.workspace import FIXTURES, RefusedError, Workspace

LOCAL = "environments/local.tfvars"


def account(**changes: Any) -> dict[str, Any]:
    good = {
        "kind": "seller",
        "region": "eu",
        "selling_partner_id": "A3TH9S8BH6GOGM",
        "application": "lake",
        "start_date": "2026-01-01",
        "marketplaces": ["DE"],
        "sources": {},
    }
    return {**good, **changes}


def refusals(workspace: Workspace, **variables: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        workspace.plan(LOCAL, **variables)
    return "\n".join(refused.value.messages)


def test_each_wrong_account_is_named_with_its_remedy(workspace: Workspace) -> None:
    accounts = {
        "No_Name": account(),
        "no-kind": account(kind="shop"),
        "no-region": account(region="eu-west-1"),
        "no-seller": account(selling_partner_id="amzn1.vg.6213651"),
        "no-vendor": account(kind="vendor", selling_partner_id="A3TH9S8BH6GOGM"),
        "no-application": account(application="other"),
        "no-start": account(start_date=None),
        "no-date": account(start_date="1 March 2026"),
        "no-time": account(end_date="2025-12-31"),
        "no-source-date": account(sources={"search_terms": {"start_date": "2026-3-1"}}),
        "no-source-time": account(end_date="2026-03-31", sources={"search_terms": {"start_date": "2026-04-01"}}),
        "no-notifications": account(notifications="sometimes"),
        "no-marketplace": account(marketplaces=[]),
        "no-difference": account(marketplaces=["DE", "DE"]),
    }
    said = refusals(workspace, accounts=accounts)
    for expected in (
        "Rename: No_Name.",
        "kind must be seller or vendor. Correct: no-kind (shop).",
        "na, eu or fe. Correct: no-region (eu-west-1).",
        "Correct: no-seller (amzn1.vg.6213651), no-vendor (A3TH9S8BH6GOGM).",
        "Add the application, or correct: no-application (other).",
        "Set var.default_start_date, or a start_date of: no-start.",
        "written YYYY-MM-DD. Correct: no-date (1 March 2026).",
        "before its start_date. Correct: no-time.",
        "A source's start_date is written YYYY-MM-DD. Correct: no-source-date/search_terms (2026-3-1).",
        "must not be after its account's end_date. Correct, or remove the source: no-source-time/search_terms.",
        "Correct: no-notifications (sometimes).",
        "Correct: no-difference, no-marketplace.",
    ):
        assert expected in said


def test_accounts_must_fit_the_contracts(workspace: Workspace) -> None:
    accounts = {
        "astray": account(marketplaces=["DE", "US", "XX"]),
        "eager": account(sources={"settlement": {}, "documents": {}}),
        "mistaken": account(sources={"vendor_sales": {}}),
        "picky": account(sources={"sales_and_traffic": {"variants": ["sku"]}}),
    }
    said = refusals(workspace, accounts=accounts)
    for expected in (
        (
            "account astray: marketplace US belongs to region na, not eu; "
            "account astray: marketplace XX does not exist. An account belongs to one"
        ),
        (
            "account eager: there is no report contract documents; "
            "account eager: there is no report contract settlement. The contracts in "
        ),
        "account mistaken is a seller, but vendor_sales is for vendor accounts. Remove",
        "account picky: sales_and_traffic has no variant sku, it has child. Omit variants",
    ):
        assert expected in said


def test_a_stale_bundle_and_a_missing_package_are_refused(workspace: Workspace) -> None:
    """The digest is computed from the named folder: the bundle is the real one, the contracts are others."""
    said = refusals(
        workspace,
        default_start_date="2026-01-01",
        contracts_directory="tests/fixtures/contracts",
        package_directory="tests/fixtures/contracts",
    )
    assert "../build/contracts.json is stale" in said
    assert "Run `make contracts`." in said
    assert (
        "Missing in tests/fixtures/contracts: functions.zip, glue/curate.py, glue/curation.zip, glue/wheels.zip. "
        "Run `make package`." in said
    )


def test_the_placeholder_of_the_wheels_is_refused_whatever_it_is_called(workspace: Workspace) -> None:
    wheels = workspace.folder / "build" / "glue" / "wheels.zip"
    former = wheels.read_bytes()
    try:
        wheels.unlink()
        write_placeholder(wheels)
        said = refusals(workspace, default_start_date="2026-01-01", placeholder_wheels=False)
        assert "../build/glue/wheels.zip holds no wheels: it is the placeholder of the local cloud" in said
        assert "Run `make package`." in said
        workspace.plan(LOCAL, default_start_date="2026-01-01")
    finally:
        wheels.write_bytes(former)


def test_a_missing_bundle_is_refused(workspace: Workspace) -> None:
    said = refusals(workspace, default_start_date="2026-01-01", contracts_bundle="../build/none.json")
    assert "The contracts' bundle ../build/none.json does not exist. Run `make contracts`." in said


def test_a_request_too_large_for_parameter_store_is_refused(workspace: Workspace) -> None:
    fixtures = {
        "contracts_bundle": str(FIXTURES / "bundles" / "too_large.json"),
        "contracts_directory": str(FIXTURES / "contracts"),
    }
    said = refusals(workspace, default_start_date="2026-01-01", accounts={}, **fixtures)
    assert "/selling-partner-lake/reports/sales_and_traffic is larger than the 4 KB" in said


def test_a_wait_that_is_no_time_is_refused(workspace: Workspace) -> None:
    """Alone: Terraform does not judge it beside an invalid oldest_document_seconds, to which it is compared."""
    said = refusals(workspace, default_start_date="2026-01-01", accounts={}, curation_maximum_wait_minutes=-1)
    assert "curation_maximum_wait_minutes is a whole number from 0 to 1440" in said


def test_a_wait_beyond_the_alarm_on_waiting_documents_is_refused(workspace: Workspace) -> None:
    said = refusals(workspace, curation_maximum_wait_minutes=360, oldest_document_seconds=21600)
    assert "curation_maximum_wait_minutes must be less than oldest_document_seconds" in said


def test_wrong_values_are_refused(workspace: Workspace) -> None:
    said = refusals(
        workspace,
        default_start_date="yesterday",
        prefix="a-prefix-of-twenty-six-char",
        region="europe",
        applications=["lake", "a/b"],
        region_endpoints={
            "eu": {"endpoint": "http://example.com", "token_endpoint": "https://api.amazon.com/auth/o2/token"}
        },
        quota_scale=0,
        schedules={"dispatch": "every minute", "silence_minutes": {"hourly": 90, "sweep": 20000}},
        oldest_due_seconds=1,
        oldest_document_seconds=1,
        notification_sender_account="amazon",
        report_execution_timeout_hours=0,
        function_architecture="riscv",
        log_level="TRACE",
        log_retention_days=100,
        curated_database="Curated",
        operations_database="second-lake",
        sensitivity_tag="Sensitivity",
        curation_batching_window_seconds=900,
        curation_minimum_documents=500,
        job={"worker_type": "G.4X", "execution_class": "FLEX"},
        analyst_principals=["*"],
        catalogue_key_arn="alias/catalogue",
        operator_principals=["*"],
        role_path="data",
        permissions_boundary_arn="boundary",
        athena_bytes_scanned_cutoff=1,
        kms_deletion_window_days=1,
        secret_recovery_days=3,
        noncurrent_version_days=0,
        results_days=0,
    )
    for expected in (
        "default_start_date is written YYYY-MM-DD, not yesterday",
        'The prefix "a-prefix-of-twenty-six-char" must be 3 to 25',
        '"europe" is not the name of an AWS region',
        "Rename: a/b.",
        'operator_principals are ARNs of IAM roles or users, never "*"',
        "role_path begins and ends with a slash, such as / or /data/",
        "permissions_boundary_arn is the ARN of an IAM policy",
        "Endpoints must be https URLs",
        "quota_scale must be greater than 0",
        "A schedule is written rate(5 minutes)",
        "Remove: hourly.",
        "whole numbers from 2 to 10080",
        "oldest_due_seconds must be at least 300",
        "oldest_document_seconds must be at least 300",
        "12 digits",
        "between 1 and 720",
        "arm64 or x86_64",
        "DEBUG, INFO, WARN or ERROR",
        "CloudWatch Logs keeps",
        "A database name is lower-case",
        "Lake Formation stores tag keys in lower case",
        "batch for 0 to 300 seconds",
        "curation_minimum_documents is a whole number from 1 to 200",
        "FLEX runs on G.1X and G.2X only",
        'never "*"',
        "catalogue_key_arn is the ARN of a KMS key",
        "at least 10 MB",
        "KMS waits 7 to 30 days",
        "7 to 30 days, or 0",
        "noncurrent_version_days is at least 1",
        "results_days is at least 1",
    ):
        assert expected in said


@pytest.mark.parametrize("expression", ["cron(0 3 * * ? *)", "rate(4 days)"])
def test_a_schedule_whose_silence_is_not_known_is_refused(workspace: Workspace, expression: str) -> None:
    said = refusals(workspace, default_start_date="2026-01-01", schedules={"subscribe": expression})
    assert "A cron expression, or a rate of more than three days, needs an entry in silence_minutes" in said


STANDING = ["arn:aws:iam::123456789012:role/deployer", "arn:aws:iam::123456789012:role/platform"]
OPEN_TO_IAM = [{"permissions": ["ALL"], "principal": "IAM_ALLOWED_PRINCIPALS"}]


def test_administrators_of_the_account_are_not_dropped(workspace: Workspace) -> None:
    said = refusals(workspace, default_start_date="2026-01-01", lake_settings={"admins": STANDING})
    assert "These Lake Formation administrators of the account would lose that role: " + STANDING[1] in said
    assert STANDING[0] not in said
    assert "Add them to lake_administrators" in said
    others = {"manage_data_lake_settings": False}
    workspace.plan(LOCAL, default_start_date="2026-01-01", lake_settings={"admins": STANDING}, **others)
    all_of_them = {"lake_administrators": STANDING}
    workspace.plan(LOCAL, default_start_date="2026-01-01", lake_settings={"admins": STANDING}, **all_of_them)


def test_administrators_that_nothing_would_use_are_refused(workspace: Workspace) -> None:
    given = {"manage_data_lake_settings": False, "lake_administrators": STANDING}
    said = refusals(workspace, default_start_date="2026-01-01", **given)
    assert "lake_administrators would not be used" in said


@pytest.mark.parametrize("what", ["database", "table"])
def test_defaults_that_open_new_tables_to_iam_are_refused_where_they_are_not_ours(
    workspace: Workspace, what: str
) -> None:
    settings = {f"create_{what}_default_permissions": OPEN_TO_IAM}
    given = {"default_start_date": "2026-01-01", "lake_settings": settings}
    said = refusals(workspace, manage_data_lake_settings=False, **given)
    assert "give IAMAllowedPrincipals ALL on new databases or tables" in said
    assert "Let an administrator clear" in said
    workspace.plan(LOCAL, **given)


def test_two_databases_of_one_name_are_refused(workspace: Workspace) -> None:
    said = refusals(workspace, curated_database="selling_partner_lake_operations", default_start_date="2026-01-01")
    assert "curated_database and operations_database must have different names." in said


def test_a_provider_in_another_region_is_refused(workspace: Workspace) -> None:
    said = refusals(workspace, provider_region="us-east-1", default_start_date="2026-01-01")
    assert "var.region is eu-west-1, but the provider is in us-east-1." in said
