"""Policies as they are stored: read, and refused where ministack's evaluator does not know an element of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from local_cloud.emulator.permissions import RefusedError

Document = str | Mapping[str, Any]
_UNKNOWN_ELEMENTS = ("${", "NotPrincipal")


class PolicyNotUnderstoodError(RefusedError):
    """A policy has an element that the evaluator does not know, so that nobody can say what it allows."""

    remedy = "write the policy without this element, or teach the evaluator"


def understood(policy: Document | None) -> Document | None:
    """The policy itself. Raises PolicyNotUnderstoodError: policy variables, NotPrincipal, patterns of cut ARNs."""
    text = policy or "{}" if isinstance(policy, str) else json.dumps(policy or {})
    for element in (*(one for one in _UNKNOWN_ELEMENTS if one in text), *_loose_arns(json.loads(text))):
        raise PolicyNotUnderstoodError(f"the local cloud cannot judge a policy that contains {element}: {text}")
    return policy


def _loose_arns(policy: Mapping[str, Any]) -> Iterator[str]:
    """Patterns of ARNs with segments left out: AWS compares segment by segment, the evaluator the whole text."""
    for statement in iam_evaluator.parse_policy_document(dict(policy)):
        for operator, keys in (statement.conditions or {}).items():
            for values in keys.values() if "arn" in operator.lower() else ():
                yield from (one for one in ([values] if isinstance(values, str) else values) if one.count(":") < 5)


def of_role(role_name: str, account: str) -> tuple[list[Any], ...]:
    """Statements of each policy of a role, inline and attached. Raises PolicyNotUnderstoodError."""
    role = iam._roles.get_scoped(account, None, role_name) or {}
    documents = [*(role.get("InlinePolicies") or {}).values(), *_attached(role, account)]
    return tuple(iam_evaluator.parse_policy_document(understood(document)) for document in documents)


def boundary_of_role(role_name: str, account: str) -> tuple[Any, ...]:
    """What a permissions boundary allows a role at most; empty without one."""
    return tuple(iam_evaluator._permissions_boundary(iam._roles, role_name, account))


def trust_of_role(role_name: str, account: str) -> Document | None:
    """Who may assume a role; None when there is no such role. Raises PolicyNotUnderstoodError."""
    role = iam._roles.get_scoped(account, None, role_name) or {}
    return understood(role.get("AssumeRolePolicyDocument"))


def _attached(role: Mapping[str, Any], account: str) -> Iterator[Document]:
    for policy_arn in role.get("AttachedPolicies", ()):
        document = iam_evaluator._resolve_managed_policy_document(policy_arn, account)
        if document:
            yield document
