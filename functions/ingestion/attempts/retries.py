"""Retry policy of attempts: how long to wait after each kind of failure, and when to give up.

Amazon documents no waiting times. A row names the source of what it relies on; numbers without a source are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ingestion.attempts.classification import Refusal
from ingestion.retry_rule import RetryRule

EXECUTION_FAILED = RetryRule(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=6), attempts=8)
"""An execution failed, timed out or was aborted. The waits of eight attempts add up to ten and a half hours."""

AUTHORIZATION_REFUSED = RetryRule(first_wait=timedelta(minutes=15), longest_wait=timedelta(minutes=15), attempts=None)
"""Login with Amazon refuses the account. Never given up: only a person can renew the grant, however long it takes."""

DEFERRED: Mapping[Refusal, RetryRule] = {
    # Data is published once a day at most for daily reports, and late at times: the waits add up to five days.
    Refusal.NOT_YET_PUBLISHED: RetryRule(first_wait=timedelta(hours=1), longest_wait=timedelta(hours=24), attempts=10),
    # Amazon ends reports FATAL that are requested too often, and documents no limit for most types
    # (selling-partner-api-docs issues 82 and 2803: between one and four hours were observed).
    Refusal.ASKED_TOO_SOON: RetryRule(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=6), attempts=8),
    # The document that explains a FATAL report "might be present" (SP-API docs, Verify that report processing is
    # complete). Without it nothing says that a retry helps: three attempts distinguish an accident from a refusal.
    Refusal.UNEXPLAINED: RetryRule(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=6), attempts=3),
}
"""Amazon ended a report FATAL for a reason that may pass. No wait is shorter than the contract's cooldown_after_fatal.

Other refusals are not retried at all: the same question would be refused again.
"""

NO_DATA_WAIT = timedelta(days=1)
"""How long after a CANCELLED report the same is requested once more.

A report is cancelled when there is no data, but also when it was requested too often (SP-API docs, Reports API FAQ).
"""

SNAPSHOT_NO_DATA_WAIT = timedelta(hours=4)
"""As above, short enough to fall within the day that the snapshot shows."""
