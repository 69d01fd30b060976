"""Start and stop the local cloud: emulated AWS and the Selling Partner simulator, on free ports of this machine only.

Everything that a cloud keeps is in one folder (its state directory): objects, logs, the endpoints. Clouds in different
folders are independent of each other.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from local_cloud.components import (
    ACCOUNT_ID,
    PRIVATE,
    REGION,
    CloudError,
    Endpoints,
    answers,
    environment,
    ministack,
    moto,
    selling_partner,
    spawn,
    wait,
)
from local_cloud.processes import identity, stop_trees

__all__ = ["CloudError", "Endpoints", "environment", "running", "start", "stop"]
_FORGOTTEN = ("s3", "state", "tmp", "glue", "processes", "athena", "selling_partner", "aws", "endpoints.json")
"""What a stopped cloud leaves behind that a new one must not find. Logs stay: they say why a component ended."""


def running(state_dir: Path) -> Endpoints | None:
    """The cloud that runs with this folder, or None. A cloud with a component that has ended does not run."""
    found = _recorded(state_dir)
    if found is None:
        return None
    endpoints, started = found
    alive = all(identity(pid) == started.get(name) for name, pid in endpoints.pids.items())
    return endpoints if alive and answers(f"{endpoints.aws}/_ministack/health") else None


def start(state_dir: Path, *, simulator_options: Sequence[str] = ()) -> Endpoints:
    """Start a cloud, or return the one that runs with this folder already.

    `simulator_options` go to `python -m local_cloud.selling_partner`; the simulator of a cloud that runs keeps its own.
    The state of a cloud that has stopped is removed first: restarted emulators have none of the resources made before.
    Raises CloudError naming the component that does not come up and its log file.
    """
    state_dir = state_dir.resolve()
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    state_dir.chmod(0o700)
    with _private(), _locked(state_dir):
        found = running(state_dir)
        if found is not None:
            return found
        _clear(state_dir)
        return _start(state_dir, simulator_options)


def stop(state_dir: Path) -> bool:
    """Stop all processes of the cloud of this folder and remove its resources; logs stay.

    The processes of Lambda functions and Glue jobs are stopped with it. False when there was none.
    """
    state_dir = state_dir.resolve()
    if not state_dir.is_dir():
        return False
    with _locked(state_dir):
        return _clear(state_dir)


def _start(state_dir: Path, simulator_options: Sequence[str]) -> Endpoints:
    aws, governance = _free_port(), _free_port()
    endpoints = Endpoints(
        aws=f"http://127.0.0.1:{aws}",
        lakeformation=f"http://127.0.0.1:{governance}",
        quicksight=f"http://127.0.0.1:{governance}",
        selling_partner=None,
        account_id=ACCOUNT_ID,
        region=REGION,
        pids={},
        access_key=_access_key(),
        secret_key=secrets.token_urlsafe(30),
    )
    for folder in ("logs/glue", "tmp", "s3", "state", "processes"):
        (state_dir / folder).mkdir(parents=True, exist_ok=True)
    components = [ministack(state_dir, endpoints, aws), moto(state_dir, endpoints, governance)]
    simulator = selling_partner(state_dir, endpoints, simulator_options)
    if simulator is not None:
        components.append(simulator)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for component in components:
            processes[component.name] = spawn(state_dir, component)
        ports = {component.name: wait(state_dir, component, processes[component.name]) for component in components}
    except BaseException:
        stop_trees(process.pid for process in processes.values())
        raise
    endpoints = replace(
        endpoints,
        selling_partner=f"http://127.0.0.1:{ports['selling_partner']}" if simulator is not None else None,
        pids={name: process.pid for name, process in processes.items()},
    )
    _record(state_dir, endpoints)
    return endpoints


def _access_key() -> str:
    """A random key of the form that AWS gives users: AKIA and 16 letters and digits, which are 80 bits."""
    return "AKIA" + base64.b32encode(secrets.token_bytes(10)).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _record(state_dir: Path, endpoints: Endpoints) -> None:
    started = {name: identity(pid) for name, pid in endpoints.pids.items()}
    draft = state_dir / "endpoints.json.new"
    draft.write_text(json.dumps({**asdict(endpoints), "started": started}, indent=2) + "\n")
    draft.replace(state_dir / "endpoints.json")


def _recorded(state_dir: Path) -> tuple[Endpoints, dict[str, str]] | None:
    try:
        written = json.loads((state_dir / "endpoints.json").read_text())
    except FileNotFoundError:
        return None
    started = written.pop("started")
    return Endpoints(**written), started


def _clear(state_dir: Path) -> bool:
    """Stop what is left of the cloud of this folder and remove its state, but for the logs; whether there was one."""
    found = _recorded(state_dir)
    leaders: list[int] = []
    if found is not None:
        endpoints, started = found
        leaders += [pid for name, pid in endpoints.pids.items() if identity(pid) in (started.get(name), None)]
    for file in (state_dir / "processes").glob("*.json"):
        noted = json.loads(file.read_text())
        if identity(noted["pid"]) == noted["started"]:
            leaders.append(noted["pid"])
    stop_trees(leaders)
    for name in _FORGOTTEN:
        path = state_dir / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return found is not None


@contextlib.contextmanager
def _private() -> Iterator[None]:
    """What is written in the body can be read by the user only."""
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _locked(state_dir: Path) -> Iterator[None]:
    """One start or stop at a time per folder."""
    with (state_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
