"""Measuring on shared machines: contestants take turns, processor time is measured too, the best run counts."""

import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of processors, those of all child processes included."""

    clock: float
    processor: float


def processor_seconds() -> float:
    """Return what this process and all its child processes (Spark's JVM and Python workers) have used so far.

    The kernel counts other processes in hundredths of a second, and this one in nanoseconds.
    """
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = sum(int(field) for field in fields[11:15])
    children: dict[int, list[int]] = {}
    for process, parent in parents.items():
        children.setdefault(parent, []).append(process)
    below, waiting = 0, children.get(os.getpid(), [])
    while waiting:
        process = waiting.pop()
        below += used.get(process, 0)
        waiting += children.get(process, [])
    return time.process_time() + below / TICKS


def spent_by(action: Callable[[], object]) -> Spent:
    """Run an action once."""
    clock, processor = time.perf_counter(), processor_seconds()
    action()
    return Spent(time.perf_counter() - clock, processor_seconds() - processor)


def in_turns(contestants: Mapping[str, Callable[[], object]], runs: int = 3) -> dict[str, Spent]:
    """Run all contestants by turns (A B A B); returns the least that each one took.

    Python's collector is off, as it is in the workers.
    """
    found: dict[str, list[Spent]] = {name: [] for name in contestants}
    gc.disable()
    try:
        for _ in range(runs):
            for name, action in contestants.items():
                found[name].append(spent_by(action))
    finally:
        gc.enable()
    return {
        name: Spent(min(one.clock for one in spent), min(one.processor for one in spent))
        for name, spent in found.items()
    }


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers are set to the right."""
    lines = [list(header), *([f"{one:,.1f}" if isinstance(one, float) else str(one) for one in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    to_right = [isinstance(one, int | float) for one in rows[0]]
    print(f"\n{title}")
    for line in lines:
        cells = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, to_right, strict=True)
        ]
        print("  " + "  ".join(cells).rstrip())
