"""The locks have the versions that pyproject.toml pins."""

import re
import tomllib
from pathlib import Path

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
