"""Each module's README lists its inputs and outputs as they are described in the code, and its roles' permissions."""

import re
from pathlib import Path

import pytest

from tests.terraform.workspace import ROOT

PARTS = [ROOT / "terraform", *sorted((ROOT / "terraform" / "modules").iterdir())]


def described(file: Path, kind: str) -> dict[str, str]:
    """The descriptions by name; a text over several lines as one."""
    blocks = re.findall(rf'^{kind} "(\w+)" \{{\n(.*?)^\}}', file.read_text(), re.MULTILINE | re.DOTALL)
    return {name: description(body) for name, body in blocks}


def description(body: str) -> str:
    quoted = re.search(r'^  description\s+= "((?:[^"\\]|\\.)*)"$', body, re.MULTILINE)
    if quoted:
        return quoted[1].replace('\\"', '"')
    lines = re.search(r"^  description\s+= <<-EOT\n(.*?)\n  EOT$", body, re.MULTILINE | re.DOTALL)
    assert lines, body
    return " ".join(line.strip() for line in lines[1].splitlines())


def listed(readme: str, heading: str) -> dict[str, str]:
    """The last cell of each row of a section's table, by name."""
    section = readme.split(f"\n## {heading}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    return {name: cells.split(" | ")[-1] for name, cells in rows}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_readme_lists_inputs_and_outputs(part: Path) -> None:
    readme = (part / "README.md").read_text()
    assert listed(readme, "Inputs") == described(part / "variables.tf", "variable")
    assert listed(readme, "Outputs") == described(part / "outputs.tf", "output")


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
