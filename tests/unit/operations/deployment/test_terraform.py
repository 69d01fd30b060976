"""Terraform around the local cloud: how it is run, and what of its errors people see."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from operations.deployment import terraform
from operations.deployment.terraform import Deployment, TerraformError
from operations.errors import OperationsError

TERRAFORM = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in
  *-plugin-dir*) exit {with_plugins} ;;
  *apply*)
    printf '%s\\n' 'Plan: 2 to add, 0 to change, 0 to destroy.'
    printf '%s\\n' 'aws_a.b: Creation complete after 1s' 'aws_a.c: Creation complete after 2s'
    exit {apply} ;;
  *plan*) printf '%s\\n' '  # aws_a.b["c"] will be updated in-place' 'aws_a.d: Refreshing state...' ;;
  *output*) echo '{{"prefix": {{"value": "lake"}}}}' ;;
esac
"""
ERROR = """│ Error: Resource precondition failed
│
│   on main.tf line 12, in resource "terraform_data" "bundle":
│   12:       condition = false
│     ├────────────────
│
│ The bundle is stale: run `make contracts`.
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "calls"


def deployed(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, *, with_plugins: int = 0, apply: int = 0
) -> Deployment:
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(TERRAFORM.format(calls=calls, with_plugins=with_plugins, apply=apply))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    sources = tmp_path / "sources"
    (sources / ".terraform").mkdir(parents=True)
    (sources / "environments").mkdir()
    (sources / "main.tf").write_text("")
    (sources / "environments" / "provider.tf").write_text("of the local cloud")
    for name in ("backend.tf", "provider.tf"):
        (sources / name).write_text("of a real account")
    monkeypatch.setattr(terraform, "find_plugins", lambda: tmp_path / "mirror")
    return Deployment(tmp_path / "work", {}, tmp_path / "logs" / "terraform.log", tmp_path, tmp_path, sources)


def test_the_source_tree_stays_clean(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = deployed(tmp_path, calls, monkeypatch)
    subject.initialise()
    copied = tmp_path / "work" / "terraform"
    assert sorted(path.name for path in copied.iterdir()) == ["environments", "main.tf", "provider.tf"]
    assert (copied / "provider.tf").read_text() == "of the local cloud"
    assert f"-chdir={tmp_path / 'work' / 'terraform'}" in calls.read_text()


def test_a_mirror_that_does_not_serve_leaves_the_registry(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = deployed(tmp_path, calls, monkeypatch, with_plugins=1)
    assert subject.initialise() is None
    assert "-plugin-dir" not in calls.read_text().splitlines()[-1]


def test_progress_counts_resources(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = deployed(tmp_path, calls, monkeypatch)
    subject.initialise()
    heard: list[tuple[int, int]] = []
    subject.apply({"quota_scale": 60}, progress=lambda done, planned: heard.append((done, planned)))
    assert heard == [(0, 2), (1, 2), (2, 2)]
    assert subject.outputs() == {"prefix": {"value": "lake"}}


def test_a_plan_tells_what_would_change(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = deployed(tmp_path, calls, monkeypatch)
    subject.initialise()
    subject.apply({"quota_scale": 60})
    assert subject.plan(variable_files=[tmp_path / "local.tfvars"]) == ['aws_a.b["c"] will be updated in-place']
    said = calls.read_text().splitlines()[-1]
    assert said.index("local.tfvars") < said.index("given.tfvars.json")


def test_the_users_own_credentials_do_not_win_over_the_clouds(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = replace(deployed(tmp_path, calls, monkeypatch), environment={"AWS_PROFILE": "deployer"})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.setenv(name, "of-the-user")
    given = {name: value for name, value in subject._environment().items() if name.startswith("AWS_")}
    assert "of-the-user" not in given.values()
    assert given["AWS_PROFILE"] == "deployer"


def test_a_configuration_without_packages_gets_no_places(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = replace(deployed(tmp_path, calls, monkeypatch), contracts=None, build=None)
    subject.initialise()
    subject.apply({"region": "eu-west-1"})
    assert json.loads((subject.work / "given.tfvars.json").read_text()) == {"region": "eu-west-1"}


def test_a_failed_apply_names_its_log(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = deployed(tmp_path, calls, monkeypatch, apply=1)
    subject.initialise()
    with pytest.raises(TerraformError, match="terraform apply failed") as failed:
        subject.apply({})
    assert "Creation complete" in failed.value.log.read_text()


def test_terraforms_first_error_becomes_one_line() -> None:
    assert (
        terraform._last_error(ERROR) == "Error: Resource precondition failed The bundle is stale: run `make contracts`."
    )


def test_without_terraform_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources" / "environments").mkdir(parents=True)
    (tmp_path / "sources" / "environments" / "provider.tf").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationsError, match=r"Terraform is not installed: install 1\.11 or newer"):
        Deployment(tmp_path / "work", {}, tmp_path / "log", sources=tmp_path / "sources").initialise()
