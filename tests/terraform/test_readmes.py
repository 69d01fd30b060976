"""Each module's README lists its inputs and outputs, and what its roles may do."""

import re
from pathlib import Path

import pytest

from tests.terraform.workspace import ROOT

PARTS = [ROOT / "terraform", *sorted((ROOT / "terraform" / "modules").iterdir())]


def declared(file: Path, kind: str) -> set[str]:
    return set(re.findall(rf'^{kind} "(\w+)"', file.read_text(), re.MULTILINE))


def listed(readme: str, heading: str) -> set[str]:
    section = readme.split(f"\n## {heading}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_readme_lists_inputs_and_outputs(part: Path) -> None:
    readme = (part / "README.md").read_text()
    assert listed(readme, "Inputs") == declared(part / "variables.tf", "variable")
    assert listed(readme, "Outputs") == declared(part / "outputs.tf", "output")


@pytest.mark.parametrize("part", PARTS[1:], ids=lambda part: part.name)
def test_the_readme_has_a_table_of_least_privilege(part: Path) -> None:
    assert re.search(
        r"^## Least privilege.*\n\n\| (role|who) \| may \| why \|$", (part / "README.md").read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_variables_and_outputs_are_typed_and_described(part: Path) -> None:
    for kind, needed in (("variable", ("description", "type")), ("output", ("description",))):
        for name, body in re.findall(
            rf'^{kind} "(\w+)" \{{\n(.*?)^\}}', (part / f"{kind}s.tf").read_text(), re.MULTILINE | re.DOTALL
        ):
            assert all(re.search(rf"^  {attribute}\s+=", body, re.MULTILINE) for attribute in needed), f"{kind} {name}"
