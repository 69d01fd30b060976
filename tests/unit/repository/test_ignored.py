"""What belongs to one deployment never enters the repository; the examples do."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("deployments/mine.tfvars", True),
        ("deployments/mine.s3.tfbackend", True),
        ("terraform/environments/mine.tfvars", True),
        ("terraform/terraform.tfvars", True),
        ("terraform/terraform.tfstate", True),
        ("terraform/plan", True),
        ("lake.json", True),
        ("terraform/environments/example.tfvars", False),
        ("terraform/environments/local.tfvars", False),
    ],
)
def test_what_git_ignores(path: str, ignored: bool) -> None:
    asked = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", path], cwd=ROOT, check=False)
    assert (asked.returncode == 0) is ignored
