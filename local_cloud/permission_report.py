"""Which grants of a cloud's roles were used: the record of IAM's verdicts beside the policies as they are deployed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import requests
import yaml

from local_cloud.cloud import Endpoints, environment
from local_cloud.emulator.permissions import RECORD
from local_cloud.grants import Explanation, Grant, calls_of, judged, listed


def grants(endpoints: Endpoints, prefix: str = "") -> list[Grant]:
    """All grants of the roles of a running cloud whose names begin so, in the order of their names.

    Raises NotReproducedError when a role's policies are no longer those that its calls were judged by.
    """
    calls = calls_of(_record(endpoints))
    iam = _client(endpoints)
    found = [
        grant
        for role in _roles(iam)
        if role.startswith(prefix)
        for grant in judged(role, list(_statements(iam, role)), calls)
    ]
    return sorted(found, key=lambda grant: grant.name)


def refusals(endpoints: Endpoints) -> list[str]:
    """What IAM refused: who, what and on which resource, each once."""
    record = _record(endpoints)
    rows = [dict(zip(record["fields"], row, strict=True)) for row in record["rows"]]
    refused = [row for row in rows if row["decision"] != "Allow"]
    return sorted({f"{row['principal']} {row['action']} {row['resource']}" for row in refused})


def explanations(file: Path) -> list[Explanation]:
    """Why grants are there that a run does not use, of a YAML list: roles, statement, grants, reason."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [
        Explanation(tuple(listed(one["roles"])), one["statement"], tuple(listed(one["grants"])), one["reason"])
        for one in entries
    ]


def _record(endpoints: Endpoints) -> Mapping[str, Any]:
    answer = requests.get(endpoints.aws + RECORD, timeout=30)
    answer.raise_for_status()
    record: Mapping[str, Any] = answer.json()
    return record


def _client(endpoints: Endpoints) -> Any:
    given = environment(endpoints)
    return boto3.client(
        "iam",
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )


def _roles(iam: Any) -> Iterator[str]:
    for page in iam.get_paginator("list_roles").paginate():
        yield from (role["RoleName"] for role in page["Roles"])


def _statements(iam: Any, role: str) -> Iterator[dict[str, Any]]:
    """Of a role's inline and attached policies."""
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield from _listed(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"])
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]
        yield from _listed(document["Document"]["Statement"])


def _listed(statements: dict[str, Any] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A policy may have one statement without a list."""
    return [statements] if isinstance(statements, dict) else statements
