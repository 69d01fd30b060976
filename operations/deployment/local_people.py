"""Who acts on the local cloud: an engineer, whose user may only take the roles of the lake, as with a real account.

The AWS configuration file has a profile for the engineer and one for each role, which any AWS client can use:

    AWS_CONFIG_FILE=.local/aws/config aws --profile analyst athena list-work-groups
"""

import configparser
import json
import os
from collections.abc import Mapping
from pathlib import Path

ENGINEER = "engineer"
_ENDPOINT = "AWS_ENDPOINT_URL"


def engineer(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Make the user with a new access key, as the account's administrator; return the key as a profile has it.

    A user that an interrupted start left behind is used again, with a new key in the place of its own.
    """
    import boto3

    iam = boto3.client(
        "iam",
        endpoint_url=environment[_ENDPOINT],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        arn = iam.create_user(UserName=ENGINEER)["User"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        arn = iam.get_user(UserName=ENGINEER)["User"]["Arn"]
        for old in iam.list_access_keys(UserName=ENGINEER)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=ENGINEER, AccessKeyId=old["AccessKeyId"])
    roles = f"arn:{arn.split(':')[1]}:iam::{arn.split(':')[4]}:role/{prefix}-*"
    statement = {"Sid": "TakeRoles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [roles]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=ENGINEER, PolicyName="take-roles-of-the-lake", PolicyDocument=policy)
    key = iam.create_access_key(UserName=ENGINEER)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def read_engineer(file: Path) -> dict[str, str] | None:
    """The engineer's key in a configuration file; None without the file."""
    if not file.is_file():
        return None
    config = configparser.RawConfigParser()
    config.read(file, encoding="utf-8")
    section = config[f"profile {ENGINEER}"]
    return {name: section[name] for name in ("aws_access_key_id", "aws_secret_access_key")}


def write_profiles(
    file: Path, environment: Mapping[str, str], key: Mapping[str, str], roles: Mapping[str, str]
) -> None:
    """Write the configuration file: the engineer's key, and a profile for each role (its name to its ARN)."""
    common = {"region": environment["AWS_REGION"], "endpoint_url": environment[_ENDPOINT], "services": "local"}
    config = configparser.RawConfigParser()
    config[f"profile {ENGINEER}"] = {**common, **key}
    for name, arn in roles.items():
        assumed = {"role_arn": arn, "source_profile": ENGINEER, "role_session_name": ENGINEER}
        config[f"profile {name}"] = {**common, **assumed}
    config["services local"] = {
        name.removeprefix(f"{_ENDPOINT}_").lower(): f"\nendpoint_url = {url}"
        for name, url in environment.items()
        if name.startswith(f"{_ENDPOINT}_")
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)
    with file.open("w", encoding="utf-8") as opened:
        config.write(opened)


def environment_of(file: Path, environment: Mapping[str, str], profile: str) -> dict[str, str]:
    """The cloud's environment for a profile instead of the root's key.

    The endpoint of STS is named of its own: the AWS SDK for Go, and so Terraform, does not take the common one for the
    session that a profile asks for.
    """
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    others = {name: value for name, value in environment.items() if name not in keys}
    place = {"AWS_CONFIG_FILE": os.fspath(file.resolve()), "AWS_PROFILE": profile}
    return {**others, f"{_ENDPOINT}_STS": environment[_ENDPOINT], **place}
