"""The simulator's clock: it runs at the speed of real time from a given start; a test may advance it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The simulated time (UTC); calls those who registered when it is advanced."""

    def __init__(self, start: datetime | None = None) -> None:
        self._origin = (start or datetime.now(UTC)).astimezone(UTC)
        self._monotonic = time.monotonic()
        self._advanced = timedelta(0)
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the simulated instant."""
        return self._origin + timedelta(seconds=time.monotonic() - self._monotonic) + self._advanced

    def advance(self, by: timedelta) -> datetime:
        """Push the clock forward and return the new instant; a negative step is a ValueError."""
        if by < timedelta(0):
            raise ValueError("the clock only goes forward")
        self._advanced += by
        for watcher in self._watchers:
            watcher()
        return self.now()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call the watcher after each push forward."""
        self._watchers.append(watcher)


def iso(moment: datetime) -> str:
    """Write an instant as the Reports API does: 2024-03-10T20:11:24+00:00."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def iso_milliseconds(moment: datetime) -> str:
    """Write an instant as notifications do: 2020-07-14T03:35:13.214Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
