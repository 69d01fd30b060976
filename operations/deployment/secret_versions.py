"""Versions of the secrets whose containers Terraform made: what is in force, and how to put it back."""

import json
from dataclasses import dataclass
from typing import Any

from operations.errors import OperationsError
from operations.lake.location import Location


@dataclass(frozen=True)
class FormerVersion:
    """The version of a secret that was in force before ours."""

    client: Any
    name: str
    ours: str
    version: str | None

    def restore(self) -> None:
        """Put the former version in force again, where there was one."""
        if self.version:
            self.client.update_secret_version_stage(
                SecretId=self.name,
                VersionStage="AWSCURRENT",
                MoveToVersionId=self.version,
                RemoveFromVersionId=self.ours,
            )


def stored_version(lake: Location, name: str) -> str | None:
    """Return the version of a secret that is in force; None when its container is empty."""
    from botocore.exceptions import ClientError

    try:
        stages = lake.client("secretsmanager").describe_secret(SecretId=name).get("VersionIdsToStages") or {}
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise OperationsError(f"there is no secret {name}: run `terraform apply`") from None
    return next((version for version, names in stages.items() if "AWSCURRENT" in names), None)


def store_version(lake: Location, name: str, content: dict[str, str]) -> FormerVersion:
    """Put a value into a secret, which is in force at once; return the version it replaces."""
    client, former = lake.client("secretsmanager"), stored_version(lake, name)
    ours = client.put_secret_value(SecretId=name, SecretString=json.dumps(content))["VersionId"]
    return FormerVersion(client, name, ours, former)
