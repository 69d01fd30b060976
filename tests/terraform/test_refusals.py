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
        document_hosts=["*.example.com", "*"],
        quota_scale=0,
        schedules={"dispatch": "every minute"},
        notification_sender_account="amazon",
        report_execution_timeout_hours=0,
        function_architecture="riscv",
        log_level="TRACE",
        log_retention_days=100,
        curated_database="Curated",
        curation_batching_window_seconds=900,
        job={"worker_type": "G.4X", "execution_class": "FLEX"},
        analyst_principals=["*"],
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
        "Endpoints must be https URLs",
        "document_hosts are patterns such as *.s3.amazonaws.com that end with a domain: what they match, the functions",
        "quota_scale must be greater than 0",
        "A schedule is written rate(5 minutes)",
        "12 digits",
        "between 1 and 720",
        "arm64 or x86_64",
        "DEBUG, INFO, WARN or ERROR",
        "CloudWatch Logs keeps",
        "A database name is lower-case",
        "batch for 0 to 300 seconds",
        "FLEX runs on G.1X and G.2X only",
        'never "*"',
        "at least 10 MB",
        "KMS waits 7 to 30 days",
        "7 to 30 days, or 0",
        "noncurrent_version_days is at least 1",
        "results_days is at least 1",
    ):
        assert expected in said
