"""terraform/ is a module of another configuration, which repeats it and gives it a provider."""

import json
import shutil
from collections.abc import Iterator

import pytest

from operations.deployment.plugins import find_plugins
from tests.terraform.workspace import Workspace

SUITE = """
mock_provider "aws" {
  alias           = "ireland"
  source          = "../../tests/mocks"
  override_during = plan
}

run "plan" {
  command = plan

  assert {
    condition     = output.lake.prefix == "retail-lake" && output.lake.region == "eu-west-1"
    error_message = "The example passes on no outputs of the lake."
  }
}
"""


@pytest.fixture(scope="module")
def example(workspace: Workspace) -> Iterator[Workspace]:
    """The example, initialised; terraform/ itself is without the provider that a deployment adds to it."""
    (workspace.folder / "terraform" / "provider.tf").unlink()
    made = Workspace(workspace.folder, "terraform/examples/as-a-module")
    tests = workspace.folder / made.root / "tests"
    tests.mkdir()
    (tests / "plan.tftest.hcl").write_text(SUITE)
    plugins = find_plugins()
    own = [f"-plugin-dir={plugins}"] if plugins else []
    initialised = made.terraform("init", "-input=false", "-no-color", "-backend=false", *own)
    assert initialised.returncode == 0, initialised.stderr
    yield made
    shutil.copy(workspace.folder / "terraform" / "environments" / "provider.tf", workspace.folder / "terraform")


def test_the_example_is_valid_and_can_be_planned(example: Workspace) -> None:
    validated = example.terraform("validate", "-no-color")
    assert validated.returncode == 0, validated.stderr
    finished = example.terraform("test", "-json", "-verbose")
    said = [json.loads(line) for line in finished.stdout.splitlines()]
    assert finished.returncode == 0, [entry["diagnostic"] for entry in said if entry["type"] == "diagnostic"]
    changes = next(entry["test_plan"]["resource_changes"] for entry in said if entry["type"] == "test_plan")
    addresses = [change["address"] for change in changes if change["mode"] == "managed"]
    assert addresses
    assert all(address.startswith('module.lake["retail-lake"].') for address in addresses)
    names = [change["change"]["after"].get("name") for change in changes if change["type"] == "aws_iam_role"]
    assert all(name.startswith("retail-lake-") and name.endswith("-eu-west-1") for name in names)
