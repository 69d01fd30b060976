"""Start and stop the local cloud: emulated AWS and the Selling Partner simulator, on free ports of this machine only.

Everything a cloud keeps is in one folder (its state directory): objects, logs, the endpoints. Two clouds in two folders
do not know each other.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from local_cloud.processes import identity, stop_trees

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
_START_SECONDS = 60.0
_KEPT_VARIABLES = (
    *("PATH", "HOME", "LANG", "LC_ALL", "USER", "JAVA_HOME"),
    *("LOCAL_CLOUD_WITHOUT", "LAMBDA_ENVIRONMENTS", "LAMBDA_ASYNC_RETRY_BASE_SECONDS"),
)
_FORGOTTEN = ("s3", "state", "tmp", "glue", "processes", "athena", "selling_partner", "endpoints.json")
"""What a dead cloud leaves behind that a new one must not find. Logs stay: they say why it died."""


class CloudError(Exception):
    """The local cloud cannot start or is not there; the message says what to do."""


@dataclass(frozen=True)
class Endpoints:
    """Where a running cloud listens, and which processes it is made of (component name to pid)."""

    aws: str
    lakeformation: str
    quicksight: str
    selling_partner: str | None
    account_id: str
    region: str
    pids: Mapping[str, int]


@dataclass(frozen=True)
class _Component:
    name: str
    command: list[str]
    environment: dict[str, str]
    health: str
    """URL that answers, whatever the status, when the component is ready, and that its log announces; or a file that
    holds its port.
    """


def environment(endpoints: Endpoints) -> dict[str, str]:
    """Variables with which the AWS SDKs, the AWS command line and Terraform talk to this cloud, whatever the user's own
    configuration is.
    """
    return {
        "AWS_ENDPOINT_URL": endpoints.aws,
        "AWS_ENDPOINT_URL_LAKEFORMATION": endpoints.lakeformation,
        "AWS_ENDPOINT_URL_QUICKSIGHT": endpoints.quicksight,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": endpoints.region,
        "AWS_DEFAULT_REGION": endpoints.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def running(state_dir: Path) -> Endpoints | None:
    """The cloud that runs with this folder, or None. A cloud with a dead component does not run."""
    found = _recorded(state_dir)
    if found is None:
        return None
    endpoints, started = found
    alive = all(identity(pid) == started.get(name) for name, pid in endpoints.pids.items())
    return endpoints if alive and _answers(f"{endpoints.aws}/_ministack/health") else None


def start(state_dir: Path, *, simulator_options: Sequence[str] = ()) -> Endpoints:
    """Start a cloud, or return the one that runs with this folder already (whose simulator keeps the options it was
    started with).

    A dead cloud's state is cleared first: restarted emulators know nothing of the resources made before.
    `simulator_options` go to `python -m local_cloud.selling_partner`. Raises CloudError naming the component that does
    not come up and its log file.
    """
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    with _locked(state_dir):
        found = running(state_dir)
        if found is not None:
            return found
        _clear(state_dir)
        return _start(state_dir, simulator_options)


def stop(state_dir: Path) -> bool:
    """Stop all processes of the cloud of this folder, the Lambda functions' and Glue jobs' included, and forget its
    resources; logs stay.

    False when there was none.
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
    )
    for folder in ("logs/glue", "tmp", "s3", "state", "processes"):
        (state_dir / folder).mkdir(parents=True, exist_ok=True)
    components = [_ministack(state_dir, endpoints, aws), _moto(state_dir, endpoints, governance)]
    simulator = _selling_partner(state_dir, endpoints, simulator_options)
    if simulator is not None:
        components.append(simulator)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for component in components:
            processes[component.name] = _spawn(state_dir, component)
        ports = {component.name: _wait(state_dir, component, processes[component.name]) for component in components}
    except BaseException:
        stop_trees(process.pid for process in processes.values())
        raise
    selling_partner = f"http://127.0.0.1:{ports['selling_partner']}" if simulator is not None else None
    endpoints = Endpoints(
        **{
            **asdict(endpoints),
            "selling_partner": selling_partner,
            "pids": {name: process.pid for name, process in processes.items()},
        }
    )
    _record(state_dir, endpoints)
    return endpoints


def _base_environment(state_dir: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "TZ": "UTC",  # as Lambda and Glue have it
        "TMPDIR": str(state_dir / "tmp"),
        "LOCAL_CLOUD_STATE": str(state_dir),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "PYTHONUNBUFFERED": "1",
    }


def _ministack(state_dir: Path, endpoints: Endpoints, port: int) -> _Component:
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "S3_DATA_DIR": str(state_dir / "s3"),
        "STATE_DIR": str(state_dir / "state"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{state_dir}/no-docker.sock",  # never touch the machine's containers
        # Lambda functions and Glue jobs inherit these two; AWS_ENDPOINT_URL itself is given to each of them.
        "AWS_ENDPOINT_URL_LAKEFORMATION": endpoints.lakeformation,
        "AWS_ENDPOINT_URL_QUICKSIGHT": endpoints.quicksight,
    }
    command = [sys.executable, "-m", "local_cloud.emulator", "aws"]
    return _Component(
        "ministack", command, {**_base_environment(state_dir), **settings}, f"{endpoints.aws}/_ministack/health"
    )


def _moto(state_dir: Path, endpoints: Endpoints, port: int) -> _Component:
    command = [sys.executable, "-m", "local_cloud.emulator", "governance"]
    settings = {"LOCAL_CLOUD_PORT": str(port), "MOTO_ACCOUNT_ID": ACCOUNT_ID, "LOCAL_CLOUD_AWS": endpoints.aws}
    return _Component(
        "moto", command, {**_base_environment(state_dir), **settings}, f"{endpoints.lakeformation}/moto-api/"
    )


def _selling_partner(state_dir: Path, endpoints: Endpoints, options: Sequence[str]) -> _Component | None:
    package = "local_cloud.selling_partner"
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(f"{package}.__main__") is None:
        return None
    folder = state_dir / "selling_partner"
    folder.mkdir(exist_ok=True)
    port_file = folder / "port"
    command = [
        sys.executable,
        "-m",
        package,
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--state-dir",
        str(folder),
        *options,
    ]
    return _Component(
        "selling_partner", command, {**_base_environment(state_dir), **environment(endpoints)}, str(port_file)
    )


def _spawn(state_dir: Path, component: _Component) -> "subprocess.Popen[bytes]":
    with _log_file(state_dir, component.name).open("wb") as log:
        return subprocess.Popen(
            component.command,
            env=component.environment,
            cwd=state_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _log_file(state_dir: Path, name: str) -> Path:
    return state_dir / "logs" / f"{name}.log"


def _wait(state_dir: Path, component: _Component, process: "subprocess.Popen[bytes]") -> str:
    """Wait until a component answers; its port, as text, when it chose that itself."""
    log, end = _log_file(state_dir, component.name), time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if component.health.startswith("http"):
            address = "/".join(component.health.split("/")[:3])
            if f"Running on {address}" in log.read_text(errors="replace") and _answers(
                component.health
            ):  # it, not who else has the port
                return address.rsplit(":", 1)[1]
        else:
            with contextlib.suppress(FileNotFoundError):
                port = Path(component.health).read_text().strip()
                if port and _listens(int(port)):
                    return port
        time.sleep(0.05)
    what = (
        f"did not answer within {_START_SECONDS:.0f} s"
        if process.poll() is None
        else f"ended with exit code {process.returncode}"
    )
    last_lines = "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-8:])
    raise CloudError(f"The local cloud's component {component.name} {what}. Its log is {log}:\n{last_lines}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - always http on the loopback interface
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


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
def _locked(state_dir: Path) -> Iterator[None]:
    """One start or stop at a time per folder."""
    with (state_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
