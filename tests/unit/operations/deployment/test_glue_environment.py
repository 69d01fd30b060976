"""The shipped wheels fit Glue 5.1: pip installs them beside Glue's own modules without an index, and the job starts.

`make test-unit` prepares `.tools/glue`: an environment with the modules and versions that AWS lists for Glue 5.1, and
the zip of wheels. Spark, Iceberg, pyarrow, boto3 and awsglue are part of Glue's image; here they are those of the
development environment.
"""

import os
import subprocess
import venv
import zipfile
from importlib import metadata, util
from pathlib import Path

import pytest

from operations.deployment import package, wheels

ROOT = Path(__file__).resolve().parents[4]
GLUE = ROOT / ".tools" / "glue"
OF_THE_IMAGE = ("awsglue", "pyspark", "py4j", "pyarrow", "boto3", "botocore", "s3transfer", "jmespath")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python 3.11 that sees Glue's modules, as the job's interpreter does, and that pip may install into."""
    assert (GLUE / "ready").is_file(), "Glue's modules are not there: run make test-unit, which installs them"
    folder = tmp_path_factory.mktemp("glue")
    venv.create(folder / "python", symlinks=True)
    (packages,) = (folder / "python" / "lib").glob("python3.*/site-packages")
    (provided,) = (GLUE / "lib").glob("python3.*/site-packages")
    (packages / "glue.pth").write_text(f"{provided}\n")
    return folder


def run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "GX_ANALYTICS_ENABLED": "false", **variables}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def install(environment: Path, archive: Path) -> subprocess.CompletedProcess[str]:
    """Install a zip of wheels as Glue does: its requirements, from its wheels alone."""
    unpacked = environment / archive.stem
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(unpacked)
    command = [str(GLUE / "bin" / "python"), "-m", "pip", "--python", str(environment / "python" / "bin" / "python")]
    command += ["install", "--no-index", "--find-links", str(unpacked / "wheels"), "--no-compile", "--quiet"]
    return run([*command, "--requirement", str(unpacked / "wheels" / "requirements.txt")])


def without(archive: Path, name: str, target: Path) -> Path:
    """The same zip without one of its wheels and the line that names it."""
    with zipfile.ZipFile(archive) as opened, zipfile.ZipFile(target, "w") as written:
        for entry in opened.namelist():
            if entry.startswith(f"wheels/{name}-"):
                continue
            content = opened.read(entry)
            if entry.endswith(".txt"):
                content = b"".join(line for line in content.splitlines(True) if not line.startswith(name.encode()))
            written.writestr(entry, content)
    return target


def test_glues_modules_are_exactly_those_that_aws_lists() -> None:
    (provided,) = (GLUE / "lib").glob("python3.*/site-packages")
    installed = {found.metadata["Name"]: found.version for found in metadata.distributions(path=[str(provided)])}
    listed = wheels.pins_of(wheels.GLUE_MODULES.read_text())
    names = {name.replace("_", "-").lower(): version for name, version in installed.items()}
    assert {name: version for name, version in names.items() if name != "pip"} == listed


def test_a_missing_wheel_is_noticed(environment: Path) -> None:
    lacking = without(GLUE / "wheels.zip", "scipy", environment / "lacking.zip")
    installed = install(environment, lacking)
    assert installed.returncode != 0
    assert "scipy" in installed.stderr


def test_the_job_starts_with_the_shipped_wheels(environment: Path) -> None:
    installed = install(environment, GLUE / "wheels.zip")
    assert installed.returncode == 0, installed.stderr
    image = environment / "image"
    image.mkdir()
    for name in OF_THE_IMAGE:
        spec = util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (image / name).symlink_to(Path(spec.origin).parent)
    modules = sorted(
        ".".join(path.relative_to(ROOT / "glue_jobs").with_suffix("").parts)
        for path in (ROOT / "glue_jobs" / "curation").rglob("*.py")
        if path.name != "__init__.py"
    )
    program = f"""
import importlib, sys
for name in {["curate", *modules]!r}:
    importlib.import_module(name)
from curation.judging.expectations import Expectations
Expectations("pandas")
import great_expectations, numpy, orjson, scipy.stats
for module in (great_expectations, scipy):
    assert module.__file__.startswith(sys.prefix), module.__file__
for module in (numpy, orjson):
    assert module.__file__.startswith({str(GLUE)!r}), module.__file__
"""
    python = str(environment / "python" / "bin" / "python")
    started = run([python, "-c", program], PYTHONPATH=os.pathsep.join([str(ROOT / "glue_jobs"), str(image)]))
    assert started.returncode == 0, started.stderr


def test_what_is_shipped_is_what_is_tested() -> None:
    pins = wheels.pins_of(wheels.LOCK.read_text())
    assert pins["great-expectations"] == metadata.version("great-expectations")
    provided = wheels.pins_of(wheels.GLUE_MODULES.read_text())
    assert not pins.keys() & provided.keys(), "Glue's own modules stay as they are"


def test_interfaces_that_glue_has_itself_are_never_shipped(tmp_path: Path) -> None:
    """awsglue-dev is for development: on Glue, it would hide the service's own awsglue."""
    _, code = package.build_glue(ROOT / "glue_jobs", tmp_path)
    functions = package.build_functions(ROOT / "functions", tmp_path / "functions.zip")
    for archive in (GLUE / "wheels.zip", code, functions):
        with zipfile.ZipFile(archive) as opened:
            assert not [name for name in opened.namelist() if "awsglue" in name], archive
    assert not [name for name in wheels.pins_of(wheels.LOCK.read_text()) if "awsglue" in name]
