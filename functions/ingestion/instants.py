"""Instants as text: UTC, ISO 8601, ending in Z."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock, in milliseconds. Everything that needs the time takes a Clock; only handlers choose this one."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def iso(instant: datetime) -> str:
    """`2026-11-20T06:00:00Z`; milliseconds only where there are any. Wants an aware datetime."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    utc = instant.astimezone(UTC)
    if utc.microsecond:
        return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def rfc_3339(instant: datetime) -> str:
    """`2026-11-20T06:00:00.000Z`: as `iso`, but always with milliseconds, so that log lines sort by it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset (`Z` or `+00:00`), as UTC.

    A time without an offset is refused: it would be a guess.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return instant.astimezone(UTC)


def from_epoch(seconds: float) -> datetime:
    """UTC instant of epoch seconds, rounded up to the millisecond.

    Texts carry no more than milliseconds, and whoever waits until then must not come early.
    """
    milliseconds = math.ceil(seconds * 1000 - 0.001)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
