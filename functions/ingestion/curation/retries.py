"""Retry policy of documents whose curation run failed."""

from __future__ import annotations

from datetime import timedelta

from ingestion.retry_rule import RetryRule

RUN_FAILED = RetryRule(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=6), attempts=3, factor=4)
"""Waits from the second failure on; after the first, a document waits for the next run at once, as most are accidents.

`attempts` counts only runs that had no other document, and those between which no other run succeeded count once: while
all runs fail, the cause is the job, its role or the service.
"""

LARGEST_BATCH = 200
"""Documents per run."""


def wait_after(failed_runs: int) -> timedelta:
    """How long a document waits after so many failed runs (at least one)."""
    return timedelta(0) if failed_runs == 1 else RUN_FAILED.wait(failed_runs - 1)


def batch_size(failed_runs: int) -> int:
    """Documents per run after so many failed runs: shrinking batches (200, 25, 3, 1) isolate the one that fails it."""
    size: int = LARGEST_BATCH // 8**failed_runs
    return max(1, size)
