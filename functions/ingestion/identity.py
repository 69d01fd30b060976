"""What names a piece of work: lines of windows, windows, requests, attempts and runs.

Names are computed from the work itself: the same work has the same name whoever computes it, so that nothing is done
twice by accident.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class LineKey:
    """One line of windows: a source's variant for one marketplace (a code such as DE) or for the account (`all`)."""

    account: str
    source: str
    variant: str
    marketplace: str


@dataclass(frozen=True, kw_only=True)
class WindowKey:
    """One window of a line."""

    line: LineKey
    window: str


@dataclass(frozen=True)
class Window:
    """A stretch of time, as records write it and as UTC instants.

    `start` and `end` are local dates, the end inclusive, or instants, the end exclusive; `starts_at` and `ends_at` are
    half-open. `key` names the window within its line.
    """

    key: str
    start: str
    end: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class AttemptKey:
    """One attempt at one revision of a request."""

    request: str
    revision: int
    attempt: int

    def __str__(self) -> str:
        """As messages write it."""
        return f"attempt {self.attempt} of revision {self.revision} of {self.request}"

    @property
    def execution_name(self) -> str:
        """The name of the attempt's execution.

        Step Functions allows 80 characters of `[0-9A-Za-z_-]` and no second use within 90 days.
        """
        name = f"{self.request}-r{self.revision}-a{self.attempt}"
        if len(name) > 80:
            raise ValueError(
                f"{name!r} is longer than the 80 characters of an execution's name: give the source a shorter name"
            )
        return name


def request_id(key: WindowKey, marketplace_id: str | None, options: Mapping[str, str]) -> str:
    """`{source}-{16 hex}`: the question that a window asks Amazon with these options.

    `marketplace_id` None means the account's whole region.
    """
    line = key.line
    identity = [
        line.account,
        marketplace_id or "account_region",
        line.source,
        line.variant,
        sorted(options.items()),
        key.window,
    ]
    digest = hashlib.sha256(json.dumps(identity, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    return f"{line.source}-{digest[:16]}"


def run_id(fence: int, documents: Sequence[str]) -> str:
    """The name of a curation run: its place in the order of runs (the lease's fencing number), and what it curates."""
    digest = hashlib.sha256("\n".join(sorted(documents)).encode()).hexdigest()
    return f"run-{fence:08d}-{digest[:12]}"


def execution_arn(state_machine_arn: str, name: str) -> str:
    """The ARN that an execution of this name has."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
