"""The zip of wheels for Glue: Great Expectations and what it needs beyond the modules that Glue 5.1 brings.

Glue installs a zip whose name ends in `.gluewheels.zip` and that holds `wheels/requirements.txt` beside the wheels
(AWS Glue Developer Guide, "Using Python libraries with AWS Glue", appendix A). The lock, glue_wheels.lock, names each
wheel with its hash, so the archive is the same everywhere and is built again only when the lock changes.
`python -m operations.deployment.wheels --lock` writes the lock from the versions installed here.
"""

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from operations.deployment.archives import archive_comment, write_archive
from operations.deployment.distributions import with_dependencies
from operations.errors import OperationsError

LOCK = Path(__file__).with_name("glue_wheels.lock")
WANTED = ("great-expectations", "orjson")
# Modules of Glue 5.1 whose versions satisfy Great Expectations: its numpy, pandas and pyarrow fit each other.
GLUE_MODULES = frozenset(
    (
        "certifi",
        "charset-normalizer",
        "idna",
        "numpy",
        "packaging",
        "pandas",
        "pyparsing",
        "python-dateutil",
        "pytz",
        "requests",
        "scipy",
        "six",
        "tzdata",
        "urllib3",
    ),
)
# Glue 5.1: Python 3.11 on Amazon Linux 2023 (glibc 2.34), x86_64.
PLATFORMS = ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
PLACEHOLDER = "placeholder: no wheels, for the local cloud only"


def build_wheels(target: Path, lock: Path = LOCK) -> bool:
    """Write the zip of the locked wheels and return True; False when `target` is already the one of this lock."""
    stamp = _stamp(lock)
    if archive_comment(target) == stamp:
        return False
    with tempfile.TemporaryDirectory() as scratch:
        _download(scratch, ["--require-hashes", "--requirement", str(lock)])
        wheels = sorted(Path(scratch).glob("*.whl"))
        entries = {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
    entries["wheels/requirements.txt"] = "".join(f"{line}\n" for line in _pins(lock)).encode()
    write_archive(target, entries, comment=stamp, compress=False)  # wheels are compressed already
    return True


def write_placeholder(target: Path, lock: Path = LOCK) -> None:
    """Write an archive without wheels, unless the real one is there: the local Glue uses this machine's modules."""
    if archive_comment(target) != _stamp(lock):
        write_archive(target, {"wheels/requirements.txt": b""}, comment=PLACEHOLDER)


def write_lock(lock: Path = LOCK) -> None:
    """Pin the installed versions of what Glue lacks, with the hash of the wheel that Glue's platform takes."""
    pins = {name: found.version for name, found in with_dependencies(WANTED).items() if name not in GLUE_MODULES}
    with tempfile.TemporaryDirectory() as scratch:
        _download(scratch, [f"{name}=={version}" for name, version in pins.items()])
        hashes = {
            _wheel_name(wheel): hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in Path(scratch).glob("*.whl")
        }
    lines = [f"{name}=={pins[name]} --hash=sha256:{hashes[name]}" for name in sorted(pins)]
    lock.write_text(
        "# What the Glue job has beyond Glue 5.1's own modules."
        " Written by `python -m operations.deployment.wheels --lock`.\n" + "\n".join(lines) + "\n"
    )


def _stamp(lock: Path) -> str:
    return f"lock sha256:{hashlib.sha256(lock.read_bytes()).hexdigest()}"


def _pins(lock: Path) -> list[str]:
    return [line.split(" ", 1)[0] for line in lock.read_text().splitlines() if line and not line.startswith("#")]


def _wheel_name(wheel: Path) -> str:
    return wheel.name.split("-", 1)[0].replace("_", "-").replace(".", "-").lower()


def _download(folder: str, wanted: list[str]) -> None:
    platforms = [f"--platform={name}" for name in PLATFORMS]
    command = [
        *_pip(),
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--dest",
        folder,
        "--no-deps",
        "--only-binary=:all:",
    ]
    command += [
        "--python-version=3.11",
        "--implementation=cp",
        "--abi=cp311",
        "--abi=abi3",
        "--abi=none",
        *platforms,
        *wanted,
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        reason = (finished.stderr.strip() or finished.stdout.strip()).splitlines()
        raise OperationsError(
            f"the wheels for Glue could not be downloaded: {reason[-1] if reason else 'pip failed'}"
            " (the local cloud does not need them: --without-wheels)"
        )


def _pip() -> list[str]:
    """Return the command of a pip: that of this environment, else of the interpreter it was made from, else any.

    Environments that uv makes have no pip of their own.
    """
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    base = Path(getattr(sys, "_base_executable", sys.executable))
    environment = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    for command in ([str(base), "-m", "pip"], ["uvx", "pip"], ["pip3"]):
        try:
            tried = subprocess.run([*command, "--version"], capture_output=True, env=environment, check=False)
        except FileNotFoundError:
            continue
        if tried.returncode == 0:
            return command
    raise OperationsError(
        "pip was not found: install it into the virtual environment, or use --without-wheels for the local cloud"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.deployment.wheels", description="Lock the wheels that go to Glue."
    )
    parser.add_argument(
        "--lock", action="store_true", required=True, help="write glue_wheels.lock from the installed versions"
    )
    parser.parse_args(arguments)
    try:
        write_lock()
    except OperationsError as error:
        sys.stderr.write(f"wheels: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
