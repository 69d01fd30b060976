"""All checks, and one round of them: what cannot be asked is a failure of its check, and ends no other."""

from collections.abc import Iterable, Iterator, Sequence

from ingestion.errors import IngestionError

from operations.doctor import accounts, asking, curating, identity, requesting, watching
from operations.doctor.findings import APPLY, Check, Finding, Verdict, failed, says_missing
from operations.documents import table
from operations.lake.location import Location

# sts:GetCallerIdentity takes no permission. Lake Formation lets a caller see just the databases, tables and tags on
# which it has DESCRIBE. What DynamoDB and S3 decrypt takes kms:Decrypt on the data key beside these.
FIRST = (
    Check("identity", (), identity.caller),
    Check("outputs", (), identity.outputs),
)
CHECKS = (
    Check("functions", ("lambda:GetFunctionConfiguration",), requesting.functions),
    Check("schedules", ("scheduler:GetSchedule",), requesting.schedules),
    Check("queues", ("sqs:GetQueueAttributes",), requesting.queues),
    Check("consumers", ("lambda:ListEventSourceMappings",), requesting.consumers),
    Check("machines", ("states:DescribeStateMachine",), requesting.machines),
    Check("secrets", ("secretsmanager:DescribeSecret",), accounts.secrets),
    Check("accounts", ("dynamodb:GetItem",), accounts.accounts),
    Check("job", ("glue:GetJob", "s3:GetObject"), curating.job),
    Check("wheels", ("glue:GetJob", "s3:GetObject"), curating.wheels),
    Check("databases", ("glue:GetDatabase", "glue:GetTables"), curating.databases),
    Check(
        "governance",
        (
            "lakeformation:DescribeResource",
            "lakeformation:GetDataLakeSettings",
            "lakeformation:GetLFTag",
            "lakeformation:GetResourceLFTags",
        ),
        curating.governance,
    ),
    Check("runs", ("dynamodb:Query",), curating.runs),
    Check("keys", ("kms:DescribeKey",), watching.keys),
    Check("alarms", ("cloudwatch:DescribeAlarms",), watching.alarms),
    Check("subscribers", ("sns:ListSubscriptionsByTopic",), watching.subscribers),
    Check("analyst", ("glue:GetTables", "sts:AssumeRole"), asking.analyst),
)


def examine(lake: Location, checks: Sequence[Check] = CHECKS) -> Iterator[tuple[Check, Finding]]:
    """Make the checks one after the other; only the first two when the configuration is incomplete."""
    complete = not identity.missing_outputs(lake)
    for check in (*FIRST, *(checks if complete else ())):
        for finding in _asked(check, lake):
            yield check, finding


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether nothing failed; warnings are no failure."""
    return all(finding.verdict is not Verdict.FAILED for finding in findings)


def checks_table() -> str:
    """All checks, what must hold, and the actions that asking takes, in Markdown."""
    rows = (
        (check.name, (check.ask.__doc__ or "").strip(), ", ".join(f"`{action}`" for action in check.actions) or "none")
        for check in (*FIRST, *CHECKS)
    )
    return "\n".join(table(("check", "what must hold", "IAM actions"), rows))


def _asked(check: Check, lake: Location) -> list[Finding]:
    try:
        return list(check.ask(lake))
    except Exception as error:
        from operations.lake.aws_errors import explanation

        said = explanation(error) or (str(error) if isinstance(error, IngestionError) else None)
        if said is None:
            raise
        return [failed(f"not known: {said}", _remedy(check, error))]


def _remedy(check: Check, error: Exception) -> str:
    from botocore.exceptions import ClientError

    from operations.lake.aws_errors import DENIED

    cause = error if isinstance(error, ClientError) else error.__cause__
    if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in DENIED:
        return f"the check needs {', '.join(check.actions)}"
    if isinstance(cause, ClientError) and says_missing(cause):
        return APPLY
    return "remove the cause that the message names, and ask again"
