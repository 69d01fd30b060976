"""Calendar periods of Amazon's analytics reports: weeks run from Sunday to Saturday.

Source: SP-API docs, Analytics reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from local_cloud.world.marketplaces import Marketplace

PERIODS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def first_day(period: str, day: date) -> date:
    """Return the first day of the period that holds the day."""
    if period == "DAY":
        return day
    if period == "WEEK":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if period == "MONTH":
        return day.replace(day=1)
    if period == "QUARTER":
        return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    if period == "YEAR":
        return date(day.year, 1, 1)
    raise ValueError(f"unknown period {period}")


def last_day(period: str, day: date) -> date:
    """Return the last day of the period that holds the day."""
    first = first_day(period, day)
    if period == "DAY":
        return first
    if period == "WEEK":
        return first + timedelta(days=6)
    beyond = {"MONTH": 31, "QUARTER": 92, "YEAR": 366}[period]
    return first_day(period, first + timedelta(days=beyond)) - timedelta(days=1)


def periods(period: str, start: date, end: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each period that touches the range (both ends inclusive)."""
    current = first_day(period, start)
    while current <= end:
        last = last_day(period, current)
        yield current, last
        current = last + timedelta(days=1)


def days(start: date, end: date) -> Iterator[date]:
    """Yield each day of the range, both ends inclusive."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


def midnight(marketplace: Marketplace, day: date) -> datetime:
    """Return the instant (UTC) at which the marketplace's local day begins."""
    return datetime.combine(day, time(), marketplace.zone).astimezone(UTC)


def local_date(marketplace: Marketplace, moment: datetime) -> date:
    """Return the marketplace's date at an instant."""
    return moment.astimezone(marketplace.zone).date()


def age(marketplace: Marketplace, day: date, asked_at: datetime) -> float:
    """Return how many days have passed since the local day ended; negative while it has not."""
    return (asked_at - midnight(marketplace, day + timedelta(days=1))) / timedelta(days=1)
