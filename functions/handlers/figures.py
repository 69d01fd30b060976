"""What handlers tell CloudWatch: that a scheduled run ended, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ingestion.errors import IngestionError
from ingestion.telling import Metrics


@contextmanager
def scheduled_run(metrics: Metrics) -> Iterator[dict[str, float]]:
    """Record `ScheduledRuns` when the run ends, along with the figures that it puts in here.

    An alarm rings when it is missing: the schedule stopped, or every run breaks off. A run that ends by naming what
    failed (an IngestionError) has ended; an alarm of its own tells of the error.
    """
    figures: dict[str, float] = {"ScheduledRuns": 1}
    try:
        yield figures
    except IngestionError:
        metrics.record(figures)
        raise
    metrics.record(figures)


def named(prefix: str, figures: Mapping[str, float]) -> dict[str, float]:
    """`oldest_due_seconds` with the prefix Windows becomes `WindowsOldestDueSeconds`."""
    return {prefix + "".join(part.capitalize() for part in name.split("_")): value for name, value in figures.items()}
