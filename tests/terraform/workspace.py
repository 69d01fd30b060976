"""A copy of the Terraform sources beside real contracts and stand-in packages.

Plans are made against a mocked provider: no account, no endpoint.
"""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "terraform" / "tests" / "fixtures"

# The keys are told apart, so that rules can say which of them protects what.
SUITE = """
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan

%s%s}

run "plan" {
  command = plan
}
"""
KEY = """  override_resource {
    target = module.storage.aws_kms_key.%s
    values = { arn = "arn:aws:kms:eu-west-1:123456789012:key/%s" }
  }
"""
REGION = """  override_data {
    target = data.aws_region.current
    values = { id = "%s" }
  }
"""
SETTINGS = """  override_data {
    target = module.lake.data.aws_lakeformation_data_lake_settings.current
    values = %s
  }
"""


def suite(region: str, settings: dict[str, Any]) -> str:
    """The suite with one plan: of the provider in `region`, with `settings` of the account's Lake Formation."""
    keys = "".join(KEY % (name, name) for name in ("data", "secrets", "messages"))
    return SUITE % (keys, REGION % region + (SETTINGS % json.dumps(settings) if settings else ""))


@dataclass(frozen=True)
class Resource:
    """A resource of a plan: what it will be."""

    address: str
    module: str
    type: str
    values: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Planned:
    """All resources of a plan."""

    resources: tuple[Resource, ...]

    def of(self, *types: str) -> list[Resource]:
        found = [resource for resource in self.resources if resource.type in types]
        assert found, f"the plan has no {' or '.join(types)}"
        return found

    def named(self, kind: str, name: str) -> Resource:
        return next(resource for resource in self.of(kind) if resource.values.get("name") == name)


class RefusedError(Exception):
    """Terraform refused; `messages` are its errors."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Workspace:
    """{folder}/terraform, {folder}/contracts and {folder}/build, related as in the source tree.

    Terraform runs in `root`, which is {folder}/terraform or a configuration inside it.
    """

    folder: Path
    root: str = "terraform"

    def terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {"TF_DATA_DIR": str(self.folder / "data" / self.root), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        unset = {"TF_CLI_ARGS", "TF_WORKSPACE"}
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in unset and not name.startswith(("AWS_", "TF_VAR_"))
        }
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder / self.root,
            env=environment | own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def plan(
        self,
        variable_file: str,
        *,
        provider_region: str = "eu-west-1",
        lake_settings: dict[str, Any] | None = None,
        **variables: Any,
    ) -> Planned:
        """Plan the whole lake; raises RefusedError.

        `lake_settings` are those of the account's Lake Formation before, by attributes of the data source.
        """
        generated = self.folder / "terraform" / "tests" / "generated.tftest.hcl"
        generated.write_text(suite(provider_region, lake_settings or {}))
        given = self.folder / "given.tfvars.json"
        given.write_text(json.dumps(variables))
        finished = self.terraform(
            "test",
            "-json",
            "-verbose",
            "-filter=tests/generated.tftest.hcl",
            f"-var-file={variable_file}",
            f"-var-file={given}",
        )
        said = [json.loads(line) for line in finished.stdout.splitlines()]
        errors = [
            entry["diagnostic"]
            for entry in said
            if entry["type"] == "diagnostic" and entry["diagnostic"]["severity"] == "error"
        ]
        if errors:
            raise RefusedError([f"{error['summary']}: {error['detail']}" for error in errors])
        assert finished.returncode == 0, finished.stdout + finished.stderr
        changes = next(entry["test_plan"]["resource_changes"] for entry in said if entry["type"] == "test_plan")
        managed = [change for change in changes if change["mode"] == "managed"]
        return Planned(
            tuple(
                Resource(change["address"], change.get("module_address", ""), change["type"], change["change"]["after"])
                for change in managed
            )
        )
