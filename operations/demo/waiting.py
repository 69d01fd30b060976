"""Waiting of the demo: until the coverage is as wanted, as long as something still moves."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from operations.demo.steps import Step
from operations.errors import OperationsError
from operations.lake.coverage import Coverage, OpenWindow
from operations.lake.invocation import invoke
from operations.lake.ledger import read_coverage
from operations.lake.location import Location

PATIENCE = timedelta(minutes=5)
"""A window that nothing will happen to for longer is not waited for; the summary lists it."""
STALLED_AFTER = 120.0
"""Seconds without a change after which the demo gives up."""
LONGEST_RUN = 600.0
"""Seconds that a curation run may take without a change: on a busy machine it is slow."""
PAUSE = 2.0
"""Seconds between two looks at the coverage."""


def wait_until(
    done: Callable[[list[Coverage]], bool],
    lake: Location,
    step: Step,
    *,
    dispatch: bool,
    sleep: Callable[[float], None],
) -> list[Coverage]:
    """Return the coverage once it is `done`, and show on `step` how far it is.

    With `dispatch` the dispatcher is called each time, instead of waiting for its minute. Raises OperationsError when
    nothing has moved for STALLED_AFTER seconds (LONGEST_RUN while a curation run is under way).
    """
    last, moved = "", time.monotonic()
    while True:
        if dispatch:
            invoke(lake, "dispatch_reports", {})
        rows = read_coverage(lake, datetime.now(UTC))
        detail = _detail(rows)
        curating = _is_curating(lake)
        step.say(detail + (f"; curating since {time.monotonic() - moved:.0f} s" if curating else ""))
        if any(row.expected for row in rows) and done(rows):
            step.say(detail)
            return rows
        if detail != last:
            last, moved = detail, time.monotonic()
        waited = time.monotonic() - moved
        if waited > (LONGEST_RUN if curating else STALLED_AFTER):
            raise OperationsError(f"nothing has moved for {waited:.0f} s: {detail}; {_first_open(rows)}")
        sleep(PAUSE)


def count_open(rows: list[Coverage], states: set[str]) -> int:
    """Return how many of the windows that something will happen to soon are in one of `states`."""
    return sum(window.state in states for window in _open(rows))


def _detail(rows: list[Coverage]) -> str:
    complete, expected = sum(row.complete for row in rows), sum(row.expected for row in rows)
    stored = complete + count_open(rows, {"stored"})
    return f"{stored} of {expected} documents stored, {complete} windows in the tables"


def _is_curating(lake: Location) -> bool:
    """Return whether a curation run is under way."""
    running = lake.client("stepfunctions").list_executions(
        stateMachineArn=lake.state_machine("curation"), statusFilter="RUNNING", maxResults=1
    )
    return bool(running["executions"])


def _open(rows: list[Coverage]) -> list[OpenWindow]:
    """Return the windows that something will still happen to soon."""
    soon = datetime.now(UTC) + PATIENCE
    return [
        window
        for row in rows
        for window in (*row.in_progress, *row.missing)
        if window.comes_at is None or window.comes_at < soon
    ]


def _first_open(rows: list[Coverage]) -> str:
    return next((f"{window.window} is {window.state}: {window.why}" for window in _open(rows)), "no window is open")
