"""One question through Athena with the rights of an analyst."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from operations.doctor.curating import first_table
from operations.doctor.findings import Finding, failed, ok, warning
from operations.errors import OperationsError
from operations.lake.athena import run_query
from operations.lake.location import Location


@dataclass(frozen=True)
class _AsAnalyst(Location):
    """The lake as it answers to credentials of the analyst role."""

    credentials: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def session(self) -> Any:
        """A session of the analyst role."""
        import boto3

        return boto3.Session(
            region_name=self.region,
            aws_access_key_id=self.credentials["AccessKeyId"],
            aws_secret_access_key=self.credentials["SecretAccessKey"],
            aws_session_token=self.credentials["SessionToken"],
        )


def analyst(lake: Location, timeout: float = 120) -> Iterator[Finding]:
    """The analyst role may be assumed and gets an answer from Athena."""
    from botocore.exceptions import ClientError

    from operations.lake.aws_errors import DENIED, explanation

    role = lake.outputs["analyst_role_arn"]
    try:
        given = lake.client("sts").assume_role(RoleArn=role, RoleSessionName="lake-doctor", DurationSeconds=900)
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        yield warning(
            f"not asked: these credentials may not assume {role.rsplit('/', 1)[-1]}",
            "use a profile whose principal is in `analyst_principals` and may sts:AssumeRole",
        )
        return
    table = first_table(lake)
    sql = f'SELECT count(*) AS rows FROM "{table[1]}"' if table else "SELECT 1 AS rows"  # noqa: S608 - of the catalogue
    try:
        answer = run_query(_as_analyst(lake, given["Credentials"]), sql, database=table and table[0], timeout=timeout)
    except (ClientError, OperationsError) as error:
        yield failed(
            f"the analyst role gets no answer: {explanation(error) or error}",
            "run `terraform apply`; then compare its policy and Lake Formation's grants with"
            " terraform/modules/consumption",
        )
        return
    rows = answer.records()[0]["rows"]
    if table:
        yield ok(f"the analyst role counts {rows} rows in {table[1]}")
    else:
        yield ok("Athena answers the analyst role; there is no table yet")


def _as_analyst(lake: Location, credentials: dict[str, str]) -> Location:
    return _AsAnalyst(
        lake.prefix,
        lake.account_id,
        lake.region,
        lake.databases,
        lake.outputs,
        lake.environment,
        credentials=credentials,
    )
