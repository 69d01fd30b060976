"""Processes of this machine: who descends from whom, and stopping all of them."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable


def identity(pid: int) -> str | None:
    """When a living process started, as text; None when there is no such process.

    With the pid it distinguishes a process from a later one of the same number.
    """
    listed = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    state, _, started = listed.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def descendants(pids: Iterable[int]) -> set[int]:
    """The children of these processes, their children, and so on; without these processes themselves."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    children: dict[int, list[int]] = {}
    for line in listed.stdout.splitlines():
        child, parent = (int(number) for number in line.split())
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def stop_trees(pids: Iterable[int], grace_seconds: float = 5.0) -> None:
    """Stop process groups and all descendants of their leaders: SIGTERM, then SIGKILL after the grace.

    Each pid is the leader of a process group that this program made, so a leader that is gone does not keep its group
    from being stopped.
    """
    leaders = list(pids)
    known = {*leaders, *descendants(leaders)}
    started = {pid: identity(pid) for pid in known}
    for leader in leaders:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGTERM)
    end = time.monotonic() + grace_seconds
    while time.monotonic() < end and any(_alive(pid, started[pid]) for pid in known):
        time.sleep(0.05)
    for leader in leaders:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
    for pid in known:
        if _alive(pid, started[pid]):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
    for leader in leaders:  # a child of this process stays a zombie until it is waited for
        with contextlib.suppress(ChildProcessError):
            os.waitpid(leader, os.WNOHANG)


def _alive(pid: int, started: str | None) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return started is not None and identity(pid) == started
