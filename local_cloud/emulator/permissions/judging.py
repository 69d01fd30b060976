"""Whether IAM allows a call. ministack's evaluator decides; what it does not know is refused instead of passed over."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms

from local_cloud.emulator.permissions import RefusedError, record
from local_cloud.emulator.permissions.needs import Need
from local_cloud.emulator.permissions.policies import understood
from local_cloud.emulator.permissions.principals import Principal, of_role, of_service, trust_policy

SOURCE_IS_SENT = {"states.amazonaws.com", "scheduler.amazonaws.com", "lambda.amazonaws.com"}
"""Services that name the resource and its account when they assume a role.

Documented for Step Functions ("Prevent cross-service confused deputy issue") and EventBridge Scheduler ("Confused
deputy prevention"). Of Lambda only the account is relied on. Nothing documents it for Glue and Lake Formation.
"""


class Verdict(NamedTuple):
    """What IAM says: Allow, Deny (a statement denies) or ImplicitDeny (none allows), and by which statement.

    `admitted`: the resource's own policy allows the caller by name, whatever the caller's policies say.
    """

    decision: str
    statement: str
    admitted: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the call may be served."""
        return self.decision == "Allow"


class NotAuthorizedError(RefusedError):
    """IAM does not allow a call; the message names who, what, on which resource, and what would allow it."""

    def __init__(self, principal: Principal, need: Need, verdict: Verdict) -> None:
        who = principal.name if principal.is_service else principal.arn
        because = "with an explicit deny" if verdict.decision == "Deny" else "because no policy allows the action"
        super().__init__(f"{who} is not authorized to perform: {need.action} on resource: {need.resource} {because}")
        self.principal, self.need, self.verdict = principal, need, verdict
        missing = json.dumps({"Effect": "Allow", "Action": need.action, "Resource": need.resource})
        self.remedy = f"a statement {missing}" + (f" that admits {dict(need.context)}" if need.context else "")


def require(principal: Principal, origin: str, needs: Iterable[Need]) -> None:
    """Judge a call and record it. Raises NotAuthorizedError at the first thing that IAM does not allow."""
    if principal.is_root:
        return
    for need in map(_with_tags, needs):
        verdict = judge(principal, need)
        record.note(principal.name, origin, need, verdict)
        if not verdict.allowed:
            raise NotAuthorizedError(principal, need, verdict)


def assumed(role_arn: str, service: str, source_arn: str, session: str = "service") -> Principal:
    """A role as a service of AWS assumes it for one of its resources; judged by the role's trust policy.

    Raises NotAuthorizedError.
    """
    caller = of_service(service, source_arn if service in SOURCE_IS_SENT else None)
    need = Need("sts:AssumeRole", role_arn)
    context = _context(caller, need)
    found = iam_evaluator.evaluate_resource_policy(trust_policy(role_arn), context, service=service)
    verdict = Verdict(found.decision, f"trust:{found.matched_sid}")
    record.note(service, "trust policy", need, verdict)
    if not verdict.allowed:
        raise NotAuthorizedError(caller, need, verdict)
    return of_role(role_arn, session)


def judge(principal: Principal, need: Need) -> Verdict:
    """What IAM says to one question."""
    context = _context(principal, need)
    policy = _policy_of_resource(need)
    if principal.is_service:
        if policy is None:
            return Verdict("ImplicitDeny", "no resource policy")
        found = iam_evaluator.evaluate_resource_policy(understood(policy[0]), context, service=principal.name)
        return Verdict(found.decision, f"resource:{found.matched_sid}")
    identity = iam_evaluator.evaluate(context, list(principal.policies or ()), *principal.limits)
    if policy is None:
        return Verdict(identity.decision, identity.matched_sid)
    understood(policy[0])
    required = need.action.partition(":")[0] in {"sts", *iam_evaluator._POLICY_REQUIRED}

    def with_resource(own: iam_evaluator.EvalResult) -> iam_evaluator.EvalResult:
        return iam_evaluator.combine_resource_policy(
            own, context, *policy, required=required, limits=tuple(principal.limits)
        )

    found = with_resource(identity)
    admitted = with_resource(iam_evaluator.EvalResult("ImplicitDeny")).decision == "Allow"
    by = found.matched_sid if found is identity else f"resource:{found.matched_sid}"
    return Verdict(found.decision, by, admitted)


def _policy_of_resource(need: Need) -> tuple[Any, str | None] | None:
    """The resource's own policy and the account that it belongs to. Of a role that is assumed: who is trusted."""
    service = need.action.partition(":")[0]
    if service == "sts":
        trust = trust_policy(need.resource) if ":role/" in need.resource else None
        return ({"Statement": []} if trust is None else trust), need.resource.split(":")[4]
    found: tuple[Any, str | None] | None = iam_evaluator._resource_policy(service, need.resource)
    return found


def _context(principal: Principal, need: Need) -> iam_evaluator.EvalContext:
    return iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.kind,
        principal_account="" if principal.is_service else get_account_id(),
        action=need.action,
        resource_arn=need.resource,
        region=get_region(),
        secure_transport=True,  # plain HTTP on the loopback interface stands for TLS
        service_context={name.lower(): _listed(value) for name, value in need.context},
        principal_keys={name.lower(): value for name, value in principal.keys.items()},
    )


def _with_tags(need: Need) -> Need:
    """The question with the tags of the KMS key that it is about: policies tell keys by them, not by ARNs."""
    if not need.resource.startswith("arn:aws:kms:") or ":key/" not in need.resource:
        return need
    key = kms._resolve_key(need.resource) or {}
    tags = tuple((f"aws:ResourceTag/{tag['TagKey']}", tag["TagValue"]) for tag in key.get("Tags") or ())
    return need._replace(context=(*need.context, *tags))


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
