"""The workspace of these tests, and the plan that most of them read."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from operations.contracts import bundle
from operations.deployment.plugins import find_plugins
from tests.terraform.workspace import FIXTURES, ROOT, Planned, Workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    assert shutil.which("terraform"), "Terraform is not installed: install 1.11 or newer and put it on PATH"
    folder = tmp_path_factory.mktemp("workspace")
    shutil.copytree(
        ROOT / "terraform",
        folder / "terraform",
        ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"),
    )
    shutil.copy(folder / "terraform" / "environments" / "provider.tf", folder / "terraform")
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    shutil.copytree(FIXTURES / "package", folder / "build")
    bundle.write(bundle.load(folder / "contracts"), folder / "build" / "contracts.json")
    made = Workspace(folder)
    plugins = find_plugins()
    initialised = made.terraform(
        "init", "-input=false", "-no-color", "-backend=false", *([f"-plugin-dir={plugins}"] if plugins else [])
    )
    assert initialised.returncode == 0, initialised.stderr
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def planned(workspace: Workspace) -> Planned:
    """The lake of the demo: the local variables and the real contracts."""
    return workspace.plan("environments/local.tfvars", default_start_date="2026-01-01")


@pytest.fixture(scope="session")
def contracts(workspace: Workspace) -> dict[str, Any]:
    """The contracts by source."""
    sources: dict[str, Any] = json.loads((workspace.folder / "build" / "contracts.json").read_text())["sources"]
    return sources
