"""Which grants of a cloud's roles were used: the record of IAM's verdicts beside the policies as they are deployed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from ministack.core.iam_evaluator import fnmatch_iam, fnmatch_iam_cs

from local_cloud.cloud import Endpoints, environment

RECORD = Path("logs") / "permissions.json"


@dataclass(frozen=True)
class Grant:
    """An action that a statement of a role allows, and how many calls it allowed."""

    role: str
    statement: str
    action: str
    resources: tuple[str, ...]
    calls: int

    @property
    def name(self) -> str:
        """Role, statement and action, as lists of exceptions write them."""
        return f"{self.role} {self.statement} {self.action}"


def grants(endpoints: Endpoints, state_dir: Path) -> list[Grant]:
    """All grants of all roles of a running cloud, in the order of their names."""
    allowed = [row for row in _rows(state_dir / RECORD) if row["decision"] == "Allow"]
    given = environment(endpoints)
    iam = boto3.client(
        "iam",
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    found = [grant for role in _roles(iam) for grant in _of_role(iam, role, allowed)]
    return sorted(found, key=lambda grant: grant.name)


def refusals(state_dir: Path) -> list[str]:
    """What IAM refused: who, what and on which resource, each once."""
    refused = [row for row in _rows(state_dir / RECORD) if row["decision"] != "Allow"]
    return sorted({f"{row['principal']} {row['action']} {row['resource']}" for row in refused})


def _rows(file: Path) -> list[dict[str, Any]]:
    record = json.loads(file.read_text(encoding="utf-8"))
    return [dict(zip(record["fields"], row, strict=True)) for row in record["rows"]]


def _roles(iam: Any) -> Iterator[str]:
    for page in iam.get_paginator("list_roles").paginate():
        yield from (role["RoleName"] for role in page["Roles"])


def _of_role(iam: Any, role: str, allowed: list[dict[str, Any]]) -> Iterator[Grant]:
    calls = [row for row in allowed if row["principal"] == f"role/{role}"]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for statement in document["Statement"]:
            resources = tuple(_listed(statement["Resource"]))
            for action in _listed(statement["Action"]):
                used = sum(call["count"] for call in calls if _matches(call, action, resources))
                yield Grant(role, statement.get("Sid", ""), action, resources, used)


def _matches(call: dict[str, Any], action: str, resources: tuple[str, ...]) -> bool:
    return fnmatch_iam(call["action"], action) and any(fnmatch_iam_cs(call["resource"], one) for one in resources)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
