"""What contributors' tools read: hooks, workflow, updates, templates. It parses, and agrees with the Makefile."""

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES = [ROOT / ".pre-commit-config.yaml", *sorted((ROOT / ".github").rglob("*.yml"))]
FORMS = [path for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rule(target: str) -> tuple[list[str], list[str]]:
    """A target's prerequisites and commands; without what follows a failing command."""
    found = re.search(rf"^{target}:([^#\n]*)(?:##[^\n]*)?\n((?:\t[^\n]*\n)+)", MAKEFILE, re.MULTILINE)
    assert found, f"the Makefile has no target {target}"
    commands = [line.strip().lstrip("@").split(" || ")[0] for line in found[2].splitlines()]
    return found[1].split(), commands


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_file_parses(path: Path) -> None:
    assert isinstance(parsed(path), dict)


def test_the_hooks_are_the_checks_of_make_lint() -> None:
    needed, commands = rule("lint")
    hooks = [hook["entry"] for repository in parsed(FILES[0])["repos"] for hook in repository["hooks"]]
    targets = [need for need in needed if need != ".venv/ready"]
    assert sorted(hooks) == sorted([*commands, *(f"make --no-print-directory {target}" for target in targets)])


def test_the_hooks_use_installed_tools_on_the_whole_tree() -> None:
    """As `make lint` does: the tools' own settings say which files they check."""
    for repository in parsed(FILES[0])["repos"]:
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            assert (hook["language"], hook["pass_filenames"]) == ("system", False), hook["id"]


def test_the_workflow_has_least_permissions_and_pinned_actions() -> None:
    workflow = parsed(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    used = re.findall(r"uses: (.+)", WORKFLOW.read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []


def test_the_workflow_runs_make_test_on_the_versions_of_the_project() -> None:
    job = parsed(WORKFLOW)["jobs"]["test"]
    assert job["strategy"]["matrix"]["target"] == ["test", "coverage"]
    assert job["steps"][-1]["run"].splitlines()[-1] == "make ${{ matrix.target }}"
    settings = {step["uses"].split("@")[0]: step.get("with", {}) for step in job["steps"] if "uses" in step}
    assert PROJECT["project"]["requires-python"].startswith(f">={settings['actions/setup-python']['python-version']},")
    assert settings["actions/setup-java"]["java-version"] == "17"
    required = re.search(
        r'required_version = ">= ([\d.]+)"', (ROOT / "terraform" / "versions.tf").read_text(encoding="utf-8")
    )
    assert required
    assert settings["hashicorp/setup-terraform"]["terraform_version"].startswith(f"{required[1]}.")


def test_updates_cover_terraform_and_actions_but_no_python_package_whose_lock_dependabot_cannot_write() -> None:
    updates = {update["package-ecosystem"]: update for update in parsed(ROOT / ".github" / "dependabot.yml")["updates"]}
    assert sorted(updates) == ["github-actions", "terraform"]
    folders = {
        f"/{folder.relative_to(ROOT)}"
        for pattern in updates["terraform"]["directories"]
        for folder in ROOT.glob(pattern[1:])
    }
    versions = (path for path in (ROOT / "terraform").rglob("versions.tf") if ".terraform" not in path.parts)
    assert folders == {f"/{path.parent.relative_to(ROOT)}" for path in versions}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_refuses_real_data(path: Path) -> None:
    form = parsed(path)
    assert {"name", "description", "body"} <= set(form)
    kinds = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    assert [part["type"] for part in form["body"] if part["type"] not in kinds] == []
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    [confirmation] = [part for part in form["body"] if part.get("id") == "no_data"]
    assert [option["required"] for option in confirmation["attributes"]["options"]] == [True]


def test_the_form_for_a_report_type_asks_for_type_and_header() -> None:
    form = parsed(ROOT / ".github" / "ISSUE_TEMPLATE" / "report_type.yml")
    required = {part["id"] for part in form["body"] if part.get("validations", {}).get("required")}
    assert {"report_type", "header"} <= required


def test_editors_break_lines_where_the_linter_does() -> None:
    editors = ConfigParser()
    editors.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))
    assert editors["top"]["root"] == "true"
    assert int(editors["*.py"]["max_line_length"]) == PROJECT["tool"]["ruff"]["line-length"]
    assert editors["Makefile"]["indent_style"] == "tab"


def test_each_package_with_a_coverage_floor_is_measured() -> None:
    floors = re.search(r"^COVERAGE_FLOORS := ((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE)
    assert floors
    for folder, floor in (entry.split("=") for entry in floors[1].replace("\\\n", " ").split()):
        assert (ROOT / folder).is_dir(), folder
        assert any(folder.startswith(source) for source in PROJECT["tool"]["coverage"]["run"]["source"])
        assert 50 < int(floor) <= 100
