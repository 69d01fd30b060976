"""Format, validation, and the `terraform test` suites of terraform/tests."""

import json

import pytest

from operations.contracts.bundle import digest_of
from tests.terraform.workspace import FIXTURES, ROOT, Workspace

SUITES = sorted(path.name for path in (ROOT / "terraform" / "tests").glob("*.tftest.hcl"))


def test_the_sources_are_formatted(workspace: Workspace) -> None:
    finished = workspace.terraform("fmt", "-check", "-recursive", "-diff", str(ROOT / "terraform"))
    assert finished.returncode == 0, f"run `make format`:\n{finished.stdout}{finished.stderr}"


def test_the_configuration_is_valid(workspace: Workspace) -> None:
    finished = workspace.terraform("validate", "-no-color")
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("suite", SUITES)
def test_suite(workspace: Workspace, suite: str) -> None:
    finished = workspace.terraform("test", "-no-color", f"-filter=tests/{suite}")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " 0 failed" in finished.stdout, finished.stdout


def test_there_are_suites() -> None:
    assert SUITES


@pytest.mark.parametrize("name", ["fresh", "too_large"])
def test_the_fixtures_carry_the_digest_that_the_bundle_carries(name: str) -> None:
    """Terraform accepts these, so the digest in HCL is the one of operations.contracts."""
    assert json.loads((FIXTURES / "bundles" / f"{name}.json").read_text())["digest"] == digest_of(
        FIXTURES / "contracts"
    )
