"""Which grants of roles a run used, by mutation: a grant is used if without it a call that was allowed is refused.

A grant is one action, or one resource, of one statement. All recorded calls of the role are judged again without it.
"""

import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ministack.core import iam_evaluator

Statement = Mapping[str, Any]
_ELEMENTS = {"action": "Action", "resource": "Resource"}


class NotReproducedError(Exception):
    """A recorded call is not allowed by the policies as they are now, so no mutant of them proves anything."""


@dataclass(frozen=True)
class Call:
    """A question that IAM answered with yes. `admitted`: the resource's own policy allows it without the role's."""

    role: str
    action: str
    resource: str
    context: Mapping[str, Any]
    admitted: bool
    count: int = 1


@dataclass(frozen=True)
class Grant:
    """An action or a resource of a statement, and how many calls would have been refused without it."""

    role: str
    statement: str
    kind: str
    """action or resource."""
    value: str
    calls: int

    @property
    def name(self) -> str:
        """Role, statement and what it grants."""
        return f"{self.role} {self.statement} {self.value}"


@dataclass(frozen=True)
class Explanation:
    """Why grants are there that a run does not use: patterns of roles, the statement's Sid, patterns of its grants."""

    roles: tuple[str, ...]
    statement: str
    grants: tuple[str, ...]
    reason: str

    def fits(self, grant: Grant) -> bool:
        """Whether the explanation is about this grant."""
        return (
            grant.statement == self.statement
            and any(fnmatch.fnmatchcase(grant.role, pattern) for pattern in self.roles)
            and any(fnmatch.fnmatchcase(grant.value, pattern) for pattern in self.grants)
        )

    def alone(self) -> Iterator["Explanation"]:
        """The same reason with each of the patterns alone, of roles and of grants."""
        yield from (replace(self, roles=(one,)) for one in self.roles)
        yield from (replace(self, grants=(one,)) for one in self.grants)


def calls_of(record: Mapping[str, Any]) -> list[Call]:
    """The calls of roles that were allowed, of a record of verdicts (`local_cloud/emulator/permissions/record.py`)."""
    rows = (dict(zip(record["fields"], row, strict=True)) for row in record["rows"])
    return [
        Call(
            row["principal"].removeprefix("role/"),
            row["action"],
            row["resource"],
            {name.lower(): value for name, value in json.loads(row["context"]).items()},
            row["admitted"],
            row["count"],
        )
        for row in rows
        if row["decision"] == "Allow" and row["principal"].startswith("role/")
    ]


def judged(role: str, statements: Sequence[Statement], calls: Iterable[Call]) -> list[Grant]:
    """Each grant of a role's statements with the number of calls that need it. Raises NotReproducedError."""
    own = [call for call in calls if call.role == role]
    for call in own:
        if not _allowed(call, statements):
            raise NotReproducedError(f"{role}: {call.action} on {call.resource} with {dict(call.context)}")
    return [
        Grant(role, statements[position].get("Sid", ""), kind, value, _refused(own, mutant))
        for position, kind, value, mutant in _mutants(statements)
    ]


def _mutants(statements: Sequence[Statement]) -> Iterator[tuple[int, str, str, list[Statement]]]:
    """Statements without one action, or without one of several resources, of an Allow."""
    for position, statement in enumerate(statements):
        if statement["Effect"] != "Allow":
            continue
        for kind, element in _ELEMENTS.items():
            values = listed(statement.get(element, []))
            for value in values if kind == "action" or len(values) > 1 else []:
                rest = [one for one in values if one != value]
                changed = [{**statement, element: rest}] if rest else []
                yield position, kind, value, [*statements[:position], *changed, *statements[position + 1 :]]


def _refused(calls: Iterable[Call], statements: Sequence[Statement]) -> int:
    return sum(call.count for call in calls if not _allowed(call, statements))


def _allowed(call: Call, statements: Sequence[Statement]) -> bool:
    return call.admitted or _evaluated(call, statements) == "Allow"


def _evaluated(call: Call, statements: Sequence[Statement]) -> str:
    account = "123456789012"
    asked = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{call.role}/recorded",
        principal_type="AssumedRole",
        principal_account=account,
        action=call.action,
        resource_arn=call.resource,
        region="",
        secure_transport=True,
        service_context=dict(call.context),
    )
    policy = iam_evaluator.parse_policy_document({"Statement": list(statements)})
    decision: str = iam_evaluator.evaluate(asked, [policy]).decision
    return decision


def unused(grants: Iterable[Grant]) -> list[Grant]:
    """The grants that no call needs."""
    return [grant for grant in grants if not grant.calls]


def explained(grants: Iterable[Grant], explanations: Iterable[Explanation]) -> tuple[list[Grant], list[Explanation]]:
    """Unused grants that nothing explains; explanations, each with the one pattern that is about no unused grant."""
    left = unused(grants)
    known = list(explanations)
    return (
        [grant for grant in left if not any(one.fits(grant) for one in known)],
        [part for one in known for part in one.alone() if not any(part.fits(grant) for grant in left)],
    )


def listed(value: str | list[str]) -> list[str]:
    """An element of a statement, which may be one value or a list."""
    return [value] if isinstance(value, str) else list(value)
