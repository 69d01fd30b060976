"""Who calls: a user or a role's session, by their access key; or a service of AWS."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import sts

from local_cloud.emulator.permissions import policies

ROOT_KEY_VARIABLE = "AWS_ACCESS_KEY_ID"
ROOT_SECRET_VARIABLE = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable, no secret
"""Where the emulator's environment has the key of the account's root (`local_cloud.components`)."""


class UnknownCallerError(Exception):
    """Nobody has this access key, it has expired, or there is none. `code` is AWS's name of the error."""

    def __init__(self, message: str, code: str = "UnrecognizedClientException") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Principal:
    """Whoever calls. `policies` None: the account's root, which may do everything, or a service of AWS."""

    name: str
    """role/NAME, user/NAME, root, or SERVICE.amazonaws.com."""
    arn: str
    policies: tuple[Any, ...] | None = None
    limits: tuple[Any, ...] = ()
    """Permissions boundaries and session policies: each must allow too."""
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        """Whether IAM is not asked at all."""
        return self.name == "root"

    @property
    def kind(self) -> str:
        """The value of the condition key aws:PrincipalType."""
        return "Service" if self.is_service else "User" if self.name.startswith("user/") else "AssumedRole"

    @property
    def is_service(self) -> bool:
        """Whether only a resource's own policy can admit it."""
        return self.name.endswith(".amazonaws.com")


def credentials(role_arn: str, session: str) -> dict[str, str]:
    """Environment variables with a key for a session of a role.

    The same session always has the same key, so that a warm process keeps a valid one. Nobody can guess it: it depends
    on the secret that the cloud made at its start.
    """
    account, role = role_arn.split(":")[4], _role_name(role_arn)
    secret_of_the_cloud = os.environ[ROOT_SECRET_VARIABLE].encode()
    digest = hmac.new(secret_of_the_cloud, f"{role_arn} {session}".encode(), hashlib.sha256).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    secret, token = (hashlib.sha256(f"{part} {digest}".encode()).hexdigest() for part in ("secret", "token"))
    known = {
        "Arn": _session_arn(account, role, session),
        "UserId": f"{role}:{session[:64]}",
        "PrincipalType": "AssumedRole",
        "AccountId": account,
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    sts.register_session(key, known)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def of_key(access_key: str) -> Principal:
    """The caller with an access key. Raises UnknownCallerError."""
    if not access_key:
        raise UnknownCallerError("the request is not signed", "MissingAuthenticationToken")
    if is_roots(access_key):
        return Principal("root", f"arn:aws:iam::{get_account_id()}:root")
    if iam_evaluator.is_root_access_key(access_key):
        raise UnknownCallerError(f"{access_key} is not the key that this cloud was started with")
    found = iam_evaluator.resolve_principal(access_key, get_account_id())
    if isinstance(found, iam_evaluator.AuthError):
        raise UnknownCallerError(f"{found.code}: {found.message}")
    if found.type == "User":
        user = found.arn.rsplit("/", 1)[-1]
        statements = policies.of_user(user, get_account_id())
        return Principal(f"user/{user}", found.arn, statements, tuple(found.limits), dict(found.keys))
    if found.type != "AssumedRole":
        raise UnknownCallerError(f"{found.arn} is no user and no session of a role: the local cloud judges only those")
    role = found.arn.split("/")[1]
    statements = policies.of_role(role, get_account_id())
    return Principal(f"role/{role}", found.arn, statements, tuple(found.limits), dict(found.keys))


def is_roots(access_key: str) -> bool:
    """Whether this is the key that the cloud was started with; nobody else is root.

    The emulator takes no key, any account number and "test" for root's as well.
    """
    return bool(access_key) and access_key == os.environ.get(ROOT_KEY_VARIABLE)


def of_role(role_arn: str, session: str = "service") -> Principal:
    """A session of a role, as a service of AWS has it after assuming the role."""
    account, role = role_arn.split(":")[4], _role_name(role_arn)
    limits = policies.boundary_of_role(role, account)
    return Principal(f"role/{role}", _session_arn(account, role, session), policies.of_role(role, account), limits)


def of_service(name: str, source_arn: str | None = None) -> Principal:
    """A service of AWS, acting for a resource of this account; None: the service does not say for which one."""
    keys = {"aws:PrincipalIsAWSService": "true"}
    if source_arn is not None:
        # aws:SourceOwner is the older name, which a topic's default policy has (SNS developer guide).
        keys |= {
            "aws:SourceArn": source_arn,
            "aws:SourceAccount": get_account_id(),
            "aws:SourceOwner": get_account_id(),
        }
    return Principal(name, "*", None, (), keys)


def trust_policy(role_arn: str) -> Any:
    """The policy that says who may assume a role; None when there is no such role."""
    return policies.trust_of_role(_role_name(role_arn), role_arn.split(":")[4])


def _role_name(role_arn: str) -> str:
    return role_arn.rsplit("/", 1)[-1]


def _session_arn(account: str, role: str, session: str) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session[:64]}"
