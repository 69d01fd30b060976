"""Policies as they are stored: read, and refused where ministack's evaluator does not know an element of them."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
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
    return _statements([*(role.get("InlinePolicies") or {}).values(), *_attached(role, account)])


def of_user(user_name: str, account: str) -> tuple[list[Any], ...]:
    """Statements of each policy of a user, inline, attached and of its groups. Raises PolicyNotUnderstoodError."""
    user = iam._users.get_scoped(account, None, user_name) or {}
    documents = [*(iam._user_inline_policies.get(user_name) or {}).values(), *_attached(user, account)]
    for name, group in iam._groups.items():
        if user_name in group.get("Users", ()):
            documents += [*(iam._group_inline_policies.get(name) or {}).values(), *_attached(group, account)]
    return _statements(documents)


def boundary_of_role(role_name: str, account: str) -> tuple[Any, ...]:
    """What a permissions boundary allows a role at most; empty without one."""
    return tuple(iam_evaluator._permissions_boundary(iam._roles, role_name, account))


def trust_of_role(role_name: str, account: str) -> Document | None:
    """Who may assume a role; None when there is no such role. Raises PolicyNotUnderstoodError."""
    role = iam._roles.get_scoped(account, None, role_name) or {}
    return understood(role.get("AssumeRolePolicyDocument"))


def _statements(documents: Iterable[Document]) -> tuple[list[Any], ...]:
    texts = (document if isinstance(document, str) else json.dumps(document) for document in documents)
    return tuple(_parsed(text) for text in texts)


@functools.lru_cache(maxsize=512)
def _parsed(text: str) -> list[Any]:
    """The statements of a policy, read once: a person's role has several long ones, and is judged at each call."""
    statements: list[Any] = iam_evaluator.parse_policy_document(understood(text))
    return statements


def _attached(owner: Mapping[str, Any], account: str) -> Iterator[Document]:
    for policy_arn in owner.get("AttachedPolicies", ()):
        document = iam_evaluator._resolve_managed_policy_document(policy_arn, account)
        if document:
            yield document
