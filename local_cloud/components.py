"""The processes that a cloud is made of: their commands and environments, starting one, waiting until it answers."""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
PRIVATE = 0o077
"""The umask of all that a cloud writes: documents, keys and logs are the user's own."""
_START_SECONDS = 60.0
_KEPT_VARIABLES = (
    *("PATH", "HOME", "LANG", "LC_ALL", "USER", "JAVA_HOME"),
    *("LOCAL_CLOUD_WITHOUT", "LAMBDA_ENVIRONMENTS", "LAMBDA_ASYNC_RETRY_BASE_SECONDS"),
)


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
    access_key: str
    secret_key: str = field(repr=False)
    """The key of the account's root, which a cloud makes at its start and hands to its components and its user."""

    @property
    def root(self) -> dict[str, str]:
        """The root's key, as the AWS SDKs read it."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


@dataclass(frozen=True)
class Component:
    """A process of a cloud, and how it shows that it is ready."""

    name: str
    command: list[str]
    environment: dict[str, str]
    health: str
    """URL that answers, whatever the status, when the component is ready, and that its log announces; or a file that
    holds its port.
    """


def environment(endpoints: Endpoints) -> dict[str, str]:
    """Variables with which the AWS SDKs, the AWS command line and Terraform talk to this cloud.

    They hold whatever the user's own configuration is.
    """
    return {
        "AWS_ENDPOINT_URL": endpoints.aws,
        "AWS_ENDPOINT_URL_LAKEFORMATION": endpoints.lakeformation,
        "AWS_ENDPOINT_URL_QUICKSIGHT": endpoints.quicksight,
        **endpoints.root,
        "AWS_REGION": endpoints.region,
        "AWS_DEFAULT_REGION": endpoints.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _base_environment(state_dir: Path, endpoints: Endpoints) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "TZ": "UTC",  # as Lambda and Glue have it
        "TMPDIR": str(state_dir / "tmp"),
        "LOCAL_CLOUD_STATE": str(state_dir),
        **endpoints.root,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "PYTHONUNBUFFERED": "1",
    }


def ministack(state_dir: Path, endpoints: Endpoints, port: int) -> Component:
    """Every AWS service but those of `moto`."""
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
    return Component(
        "ministack",
        command,
        {**_base_environment(state_dir, endpoints), **settings},
        f"{endpoints.aws}/_ministack/health",
    )


def moto(state_dir: Path, endpoints: Endpoints, port: int) -> Component:
    """Lake Formation and QuickSight."""
    command = [sys.executable, "-m", "local_cloud.emulator", "governance"]
    settings = {"LOCAL_CLOUD_PORT": str(port), "MOTO_ACCOUNT_ID": ACCOUNT_ID, "LOCAL_CLOUD_AWS": endpoints.aws}
    return Component(
        "moto", command, {**_base_environment(state_dir, endpoints), **settings}, f"{endpoints.lakeformation}/moto-api/"
    )


def selling_partner(state_dir: Path, endpoints: Endpoints, options: Sequence[str]) -> Component | None:
    """The Selling Partner simulator, with options of its command; None where it is not installed."""
    package = "local_cloud.selling_partner"
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(f"{package}.__main__") is None:
        return None
    folder = state_dir / "selling_partner"
    folder.mkdir(exist_ok=True)
    port_file = folder / "port"
    command = [sys.executable, "-m", package, "--port", "0", "--port-file", str(port_file)]
    command += ["--state-dir", str(folder), *options]
    return Component(
        "selling_partner",
        command,
        {**_base_environment(state_dir, endpoints), **environment(endpoints)},
        str(port_file),
    )


def spawn(state_dir: Path, component: Component) -> "subprocess.Popen[bytes]":
    """Start a component in a process group of its own; its output goes to its log."""
    with _log_file(state_dir, component.name).open("wb") as log:
        return subprocess.Popen(
            component.command,
            env=component.environment,
            cwd=state_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=PRIVATE,
        )


def _log_file(state_dir: Path, name: str) -> Path:
    return state_dir / "logs" / f"{name}.log"


def wait(state_dir: Path, component: Component, process: "subprocess.Popen[bytes]") -> str:
    """Wait until a component answers; its port, as text. Raises CloudError when it does not come up."""
    log, end = _log_file(state_dir, component.name), time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if component.health.startswith("http"):
            address = "/".join(component.health.split("/")[:3])
            # Its own log has to say so: another program may have the port.
            if f"Running on {address}" in log.read_text(errors="replace") and answers(component.health):
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


def answers(url: str) -> bool:
    """Whether a server answers at a URL, with whatever status."""
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
