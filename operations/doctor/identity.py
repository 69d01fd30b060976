"""Who asks, and whether the lake's configuration file is complete and of this account."""

from collections.abc import Iterator

from operations.doctor.findings import Finding, failed, ok
from operations.lake.location import Location

OUTPUTS = (
    "accounts",
    "alarms_topic_arn",
    "analyst_role_arn",
    "buckets",
    "functions",
    "job_name",
    "queue_urls",
    "secret_names",
    "sensitivity_tag",
    "state_machine_arns",
    "workgroup",
)
"""Terraform's outputs that the checks read, beside those without which no command works."""


def caller(lake: Location) -> Iterator[Finding]:
    """The caller is in the lake's account."""
    identity = lake.client("sts").get_caller_identity()
    account, who = str(identity["Account"]), str(identity["Arn"]).split(":", 5)[5]
    if account == lake.account_id:
        yield ok(f"{who} in account {account}, {lake.region}")
    else:
        yield failed(
            f"{who} is in account {account}, the lake in {lake.account_id}",
            "set AWS_PROFILE to a profile of the lake's account, or name the other lake with --config",
        )


def missing_outputs(lake: Location) -> list[str]:
    """Which of Terraform's outputs the configuration file lacks."""
    return [name for name in OUTPUTS if name not in lake.outputs]


def outputs(lake: Location) -> Iterator[Finding]:
    """The configuration file has all of Terraform's outputs that the checks read."""
    missing = missing_outputs(lake)
    if missing:
        yield failed(
            f"the configuration lacks {', '.join(missing)}; the other checks were not made",
            "run `terraform apply`, then write it again with `terraform output -json`",
        )
    else:
        yield ok(f"the configuration of {lake.prefix} is complete")
