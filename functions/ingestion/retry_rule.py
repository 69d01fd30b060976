"""How often something is retried, and how long each retry waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_LARGEST_EXPONENT = 16  # keeps the product within what a timedelta can hold


@dataclass(frozen=True, kw_only=True)
class RetryRule:
    """One row of a retry policy: each wait is `factor` times the one before, up to `longest_wait`.

    After `attempts` failures it is given up; None: never.
    """

    first_wait: timedelta
    longest_wait: timedelta
    attempts: int | None
    factor: int = 2

    def wait(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row (at least one)."""
        grown: timedelta = self.first_wait * self.factor ** min(failures - 1, _LARGEST_EXPONENT)
        return min(grown, self.longest_wait)

    def exhausted(self, failures: int) -> bool:
        """Whether so many failures are enough to give up."""
        return self.attempts is not None and failures >= self.attempts
