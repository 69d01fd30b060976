"""Who makes the request that is being served, by the name that Lake Formation's grants have for it."""

from contextvars import ContextVar

from ministack.services import iam

from local_cloud.emulator.lake_formation import NOBODY, ROOT
from local_cloud.emulator.permissions.principals import Principal

current: ContextVar[Principal | None] = ContextVar("caller", default=None)
"""Whoever makes the request; None where nobody has asked who it is, and then nothing is shown."""


def name_of(principal: Principal | None) -> str:
    """A role's ARN for its sessions; an ARN of its own for another principal."""
    if principal is None:
        return NOBODY
    if principal.is_root:
        return ROOT
    kind, _, name = principal.name.partition("/")
    role = iam._roles.get(name) if kind == "role" else None
    return str(role["Arn"]) if role else principal.arn


def name() -> str:
    """The name of the current caller."""
    return name_of(current.get())
