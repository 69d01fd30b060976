"""The zip of wheels for Glue: Great Expectations and what it needs beyond the modules that Glue 5.1 brings.

Glue installs a zip whose name ends in `.gluewheels.zip` and that holds `wheels/requirements.txt` beside the wheels
(AWS Glue Developer Guide, "Using Python libraries with AWS Glue", appendix A). Its pip runs without an index, so one
missing wheel fails every run of the job. The lock, glue_wheels.lock, names each wheel with its hash, so the archive is
the same everywhere and is built again only when the lock changes. `python -m operations.deployment.wheels --lock`
resolves it against Glue's own pins (glue_5_1_modules.txt).
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from operations.deployment.archives import archive_comment, write_archive
from operations.errors import OperationsError

LOCK = Path(__file__).with_name("glue_wheels.lock")
GLUE_MODULES = Path(__file__).with_name("glue_5_1_modules.txt")
ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT_LOCK = ROOT / "requirements" / "development.lock"
WANTED = ("great-expectations==1.24.1", "orjson>=3.11,<3.12")
"""What the job imports beside Spark, pyarrow and boto3, which Glue has; as in pyproject's group `glue`."""
# Glue 5.1: Python 3.11 on Amazon Linux 2023 (glibc 2.34), x86_64.
PLATFORMS = ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
UV_PLATFORM = "x86_64-manylinux_2_34"
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


def pins_of(text: str) -> dict[str, str]:
    """Versions by normalised name from lines `name==version`; comments, hashes and markers are left out."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def write_lock(lock: Path = LOCK) -> None:
    """Pin what Glue lacks, resolved against Glue's own pins, with the hash of the wheel that Glue's platform takes.

    Where Glue does not decide, the versions are those of the development environment, on which the job is tested.
    """
    provided = pins_of(GLUE_MODULES.read_text())
    pins = {name: version for name, version in _resolved().items() if name not in provided}
    with tempfile.TemporaryDirectory() as scratch:
        _download(scratch, [f"{name}=={version}" for name, version in pins.items()])
        hashes = {
            _wheel_name(wheel): hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in Path(scratch).glob("*.whl")
        }
    lines = [f"{name}=={pins[name]} --hash=sha256:{hashes[name]}" for name in sorted(pins)]
    command = "python -m operations.deployment.wheels --lock"
    heading = f"# What the Glue job has beyond Glue 5.1's own modules. Written by `{command}`."
    lock.write_text("\n".join([heading, *lines]) + "\n")


def _resolved() -> dict[str, str]:
    """What `WANTED` and its dependencies resolve to under Glue's pins."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted, answer = Path(scratch) / "wanted.txt", Path(scratch) / "resolved.txt"
        wanted.write_text("\n".join(WANTED))
        # uv keeps the versions that its output file has already, as far as they fit.
        tested = pins_of(DEVELOPMENT_LOCK.read_text())
        answer.write_text("".join(f"{name}=={version}\n" for name, version in tested.items()))
        command = [
            _uv(),
            "pip",
            "compile",
            str(wanted),
            "--constraint",
            str(GLUE_MODULES),
            "--output-file",
            str(answer),
        ]
        command += ["--python-version=3.11", f"--python-platform={UV_PLATFORM}", "--only-binary=:all:", "--no-header"]
        finished = subprocess.run([*command, "--no-annotate", "--quiet"], capture_output=True, text=True, check=False)
        if finished.returncode:
            raise OperationsError(f"Glue's pins cannot be satisfied: {finished.stderr.strip()}")
        return pins_of(answer.read_text())


def _uv() -> str:
    found = shutil.which("uv", path=os.pathsep.join([str(ROOT / ".tools" / "uv" / "bin"), os.environ.get("PATH", "")]))
    if found is None:
        raise OperationsError("uv was not found: run make setup")
    return found


def _stamp(lock: Path) -> str:
    return f"lock sha256:{hashlib.sha256(lock.read_bytes()).hexdigest()}"


def _pins(lock: Path) -> list[str]:
    return [f"{name}=={version}" for name, version in pins_of(lock.read_text()).items()]


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
    """A pip of Python 3.11: virtual environments made by uv have none, their base interpreter mostly has."""
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
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.deployment.wheels", description="Lock or build the wheels that go to Glue."
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--lock", action="store_true", help="write glue_wheels.lock: what Glue's own modules lack")
    action.add_argument("--build", type=Path, metavar="FILE", help="write the zip of the locked wheels to this file")
    options = parser.parse_args(arguments)
    try:
        if options.lock:
            write_lock()
        else:
            build_wheels(options.build)
    except OperationsError as error:
        sys.stderr.write(f"wheels: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
