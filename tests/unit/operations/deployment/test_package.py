"""The archives that Terraform uploads: complete, pure Python, and the same bytes each time."""

import ast
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from operations.deployment import package, wheels
from operations.deployment.archives import archive_comment, package_files, write_archive
from operations.deployment.distributions import pure_python_files, with_dependencies
from operations.errors import OperationsError

ROOT = Path(__file__).resolve().parents[4]
# boto3 is part of the Lambda runtime; nothing else of the virtual environment is.
ENVIRONMENT = {
    **dict.fromkeys(("CURATION_MINIMUM_DOCUMENTS", "CURATION_MAXIMUM_WAIT_MINUTES"), "1"),
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    **dict.fromkeys(
        ("LAKE_PREFIX", "LEDGER_TABLE", "QUOTAS_TABLE", "RAW_BUCKET", "ARTIFACTS_BUCKET", "NOTIFICATIONS_QUEUE_ARN"),
        "any",
    ),
    **dict.fromkeys(
        (
            "REPORT_STATE_MACHINE_ARN",
            "CURATION_STATE_MACHINE_ARN",
            "AUTHORIZE_FUNCTION",
            "AWS_LAMBDA_FUNCTION_NAME",
            "START_CURATION_FUNCTION",
            "ALARMS_TOPIC_ARN",
        ),
        "any",
    ),
}
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")


@pytest.fixture(scope="module")
def functions_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.build_functions(ROOT / "functions", tmp_path_factory.mktemp("build") / "functions.zip")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the Lambda runtime brings, and nothing more."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        installed = Path(str(metadata.distribution("boto3").locate_file(name)))
        (folder / name).symlink_to(installed)
    return folder


def test_two_builds_give_the_same_bytes(functions_zip: Path, tmp_path: Path) -> None:
    again = package.build_functions(ROOT / "functions", tmp_path / "functions.zip")
    assert again.read_bytes() == functions_zip.read_bytes()


def test_nothing_compiled_and_no_cache_goes_along(functions_zip: Path) -> None:
    names = zipfile.ZipFile(functions_zip).namelist()
    assert names == sorted(names)
    assert not [name for name in names if name.endswith((".so", ".pyc")) or "__pycache__" in name]


def test_licences_of_the_dependencies_go_along(functions_zip: Path) -> None:
    names = zipfile.ZipFile(functions_zip).namelist()
    for dependency in ("requests", "urllib3", "certifi", "idna", "charset_normalizer", "tzdata"):
        assert [name for name in names if name.startswith(f"{dependency}-") and "licen" in name.lower()], dependency


def test_every_handler_imports_from_the_zip_and_the_lambda_runtime_alone(functions_zip: Path, runtime: Path) -> None:
    handlers = sorted(path.stem for path in (ROOT / "functions" / "handlers").glob("*.py") if path.stem != "__init__")
    code = (
        "import sys, importlib\n"
        f"sys.path[:0] = [{str(functions_zip)!r}, {str(runtime)!r}]\n"
        "import requests, certifi, os\n"
        "assert requests.__file__.startswith(sys.path[0]), requests.__file__\n"
        f"for name in {handlers!r}:\n"
        "    module = importlib.import_module('handlers.' + name)\n"
        "    assert module.__file__.startswith(sys.path[0]), module.__file__\n"
    )
    finished = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert finished.returncode == 0, finished.stderr


def test_each_third_party_import_of_the_functions_is_packed_or_of_the_runtime(functions_zip: Path) -> None:
    packed = {name.split("/")[0].removesuffix(".py") for name in zipfile.ZipFile(functions_zip).namelist()}
    imported = {name.split(".")[0] for file in (ROOT / "functions").rglob("*.py") for name in _imports(file)}
    assert imported - packed - set(sys.stdlib_module_names) <= {"boto3", "botocore"}


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def test_a_compiled_module_without_a_python_twin_is_refused() -> None:
    with pytest.raises(OperationsError, match=r"orjson .* cannot go into the functions' zip"):
        pure_python_files(metadata.distribution("orjson"))


def test_a_missing_distribution_is_named() -> None:
    with pytest.raises(OperationsError, match="no-such-thing is not installed"):
        with_dependencies(["no-such-thing"], "3.13")


def test_what_goes_along_is_for_the_python_of_the_functions() -> None:
    module = (ROOT / "terraform" / "modules" / "function" / "main.tf").read_text(encoding="utf-8")
    assert f'"python{package.FUNCTION_PYTHON}"' in module
    assert set(with_dependencies(package.FUNCTION_REQUIREMENTS, package.FUNCTION_PYTHON)) >= {"requests", "urllib3"}
    with pytest.raises(OperationsError, match=r"requests .* is for Python >=3\.\d+, but goes along to 3\.1$"):
        with_dependencies(["requests"], "3.1")


def test_dependencies_are_those_of_the_given_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, needs in (("upper", "lower; python_version >= '3.13'"), ("lower", "")):
        found = tmp_path / f"{name}-1.dist-info" / "METADATA"
        found.parent.mkdir()
        found.write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n" + f"Requires-Dist: {needs}\n" * bool(needs)
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert set(with_dependencies(["upper"], "3.13")) == {"upper", "lower"}
    assert set(with_dependencies(["upper"], "3.12")) == {"upper"}


def test_caches_stay_out_of_a_package(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    (tmp_path / "a.py").write_bytes(b"A = 1")
    assert package_files(tmp_path, inside="pkg/") == {"pkg/a.py": b"A = 1"}


def test_the_glue_zip_holds_the_package_and_the_script_is_beside_it(tmp_path: Path) -> None:
    sources = tmp_path / "glue_jobs"
    (sources / "curation").mkdir(parents=True)
    (sources / "curate.py").write_text("import curation\n")
    (sources / "curation" / "__init__.py").write_text('"""C."""\n')
    script, archive = package.build_glue(sources, tmp_path / "out")
    assert script.read_text() == "import curation\n"
    assert zipfile.ZipFile(archive).namelist() == ["curation/__init__.py"]


def test_the_wheels_are_built_once_per_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, target = tmp_path / "lock", tmp_path / "wheels.zip"
    lock.write_text("# comment\nthing==1.0 --hash=sha256:00\n")
    downloads: list[list[str]] = []

    def download(folder: str, wanted: list[str]) -> None:
        downloads.append(wanted)
        (Path(folder) / "thing-1.0-py3-none-any.whl").write_bytes(b"wheel")

    monkeypatch.setattr(wheels, "_download", download)
    wheels.write_placeholder(target, lock)
    assert wheels.build_wheels(target, lock) is True, "a placeholder never passes for the wheels"
    assert wheels.build_wheels(target, lock) is False
    wheels.write_placeholder(target, lock)
    archive = zipfile.ZipFile(target)
    assert archive.namelist() == ["wheels/requirements.txt", "wheels/thing-1.0-py3-none-any.whl"]
    assert archive.read("wheels/requirements.txt") == b"thing==1.0\n"
    lock.write_text("thing==1.1 --hash=sha256:00\n")
    assert wheels.build_wheels(target, lock) is True
    assert len(downloads) == 2


def test_a_failed_write_leaves_the_former_archive(tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    write_archive(target, {"a": b"1"}, comment="first")
    with pytest.raises(TypeError):
        write_archive(target, {"a": b"1", "b": object()})  # type: ignore[dict-item]
    assert archive_comment(target) == "first"
    assert list(tmp_path.iterdir()) == [target]
