"""What would tie the product to one kind of account: an ARN with a partition, a module with a provider of its own."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHIPPED = [
    path
    for folder in ("functions", "glue_jobs", "operations", "terraform")
    for path in sorted((ROOT / folder).rglob("*"))
    # Tests, and examples with an account's own ARNs.
    if path.suffix in {".py", ".tf", ".json"} and not {"tests", ".terraform", "examples"} & set(path.parts)
]
VERSIONS = sorted(
    path for path in (ROOT / "terraform").rglob("*.tf") if "required_providers" in path.read_text("utf-8")
)


def test_no_arn_names_its_partition() -> None:
    """AWS China and GovCloud have partitions of their own; outputs and data sources know which one it is."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SHIPPED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"arn:aws[a-z-]*:", line)
    ]
    assert found == []


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: str(path.relative_to(ROOT / "terraform")))
def test_every_module_takes_the_same_versions_of_the_provider(path: Path) -> None:
    assert re.findall(r'^\s+version\s+= "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE) == [">= 5.100, < 7"]


def test_no_module_configures_a_provider() -> None:
    """Such a module can be neither repeated nor made dependent; a deployment copies environments/provider.tf."""
    modules = [ROOT / "terraform", *(ROOT / "terraform" / "modules").iterdir()]
    of_a_deployment = ROOT / "terraform" / "provider.tf"  # git ignores it
    sources = [path for module in modules for path in module.glob("*.tf") if path != of_a_deployment]
    assert sources
    assert [path for path in sources if re.search(r"^provider ", path.read_text("utf-8"), re.MULTILINE)] == []
