"""The locks have the versions that pyproject.toml pins, and no robot may change one without the other."""

import re
import tomllib
from pathlib import Path

import yaml

from operations.deployment.wheels import pins_of

ROOT = Path(__file__).parents[3]


def test_the_lock_has_the_pinned_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    given = "\n".join(
        re.sub(r"\[[^]]*]", "", requirement)
        for group in groups
        for requirement in group
        if isinstance(requirement, str)
    )
    pinned = pins_of(given)
    locked = pins_of((ROOT / "requirements" / "development.lock").read_text())
    assert len(pinned) > 10
    assert {name: locked.get(name) for name in pinned} == pinned


def test_dependabot_changes_no_python_package() -> None:
    configuration = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())
    assert {update["package-ecosystem"] for update in configuration["updates"]} == {"github-actions", "terraform"}
