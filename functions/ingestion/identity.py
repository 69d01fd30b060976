"""Names computed from the work itself: the same question has the same name whoever asks, so that nothing is done twice
by accident.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence


def request_id(  # noqa: PLR0917
    account: str, marketplace_id: str | None, source: str, variant: str, options: Mapping[str, str], window: str
) -> str:
    """`{source}-{16 hex}`: one question to Amazon. `marketplace_id` None means the account's whole region."""
    identity = [account, marketplace_id or "account_region", source, variant, sorted(options.items()), window]
    digest = hashlib.sha256(json.dumps(identity, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    return f"{source}-{digest[:16]}"


def execution_name(request: str, revision: int, attempt: int) -> str:
    """The name of the execution of one attempt.

    Step Functions allows 80 characters of `[0-9A-Za-z_-]` and no second use within 90 days.
    """
    name = f"{request}-r{revision}-a{attempt}"
    if len(name) > 80:
        raise ValueError(
            f"{name!r} is longer than the 80 characters of an execution's name: give the source a shorter name"
        )
    return name


def run_id(fence: int, documents: Sequence[str]) -> str:
    """The name of a curation run: its place in the order of runs (the lease's fencing number), and what it curates."""
    digest = hashlib.sha256("\n".join(sorted(documents)).encode()).hexdigest()
    return f"run-{fence:08d}-{digest[:12]}"


def execution_arn(state_machine_arn: str, name: str) -> str:
    """The ARN that an execution of this name has."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
