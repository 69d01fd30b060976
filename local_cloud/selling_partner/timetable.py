"""What happens later: a single thread that does things when the simulated clock says so."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from local_cloud.selling_partner.clock import Clock

_log = logging.getLogger(__name__)
_LONGEST_NAP = 60.0
"""Seconds; a clock that is pushed forward ends the nap."""


class Timetable:
    """Runs actions, one after the other, no earlier than their time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        clock.watch(self._wake)
        self._thread = threading.Thread(target=self._run, name="timetable", daemon=True)

    def start(self) -> None:
        """Begin to run actions."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; actions that are not due yet are dropped."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=10)

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Run an action once the clock shows the moment."""
        with self._changed:
            heapq.heappush(self._entries, (moment, next(self._numbers), action))
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            action = self._next()
            if action is None:
                return
            try:
                action()
            except Exception:  # noqa: BLE001 - one report's failure must not stop all others; it is logged with its cause
                _log.exception("an action of the timetable failed")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopped:
                now = self._clock.now()
                if self._entries and self._entries[0][0] <= now:
                    return heapq.heappop(self._entries)[2]
                nap = _LONGEST_NAP
                if self._entries:
                    nap = min(nap, max(0.001, (self._entries[0][0] - now).total_seconds()))
                self._changed.wait(nap)
        return None
