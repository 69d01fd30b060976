"""Adding a report takes one file: the plan has the parameter of a contract that no code names.

More of the same report: tests/contract/test_unseen_report.py.
"""

from pathlib import Path

from operations.contracts import bundle
from tests import golden
from tests.terraform.workspace import Workspace


def test_its_request_becomes_a_parameter(workspace: Workspace, tmp_path: Path) -> None:
    contracts = golden.with_the_invented_report(tmp_path)
    bundle.write(bundle.load(contracts), tmp_path / "contracts.json")
    given = {
        "contracts_bundle": str(tmp_path / "contracts.json"),
        "contracts_directory": str(contracts),
        "default_start_date": "2026-01-01",
    }
    planned = workspace.plan("environments/local.tfvars", **given)
    parameter = planned.named("aws_ssm_parameter", f"/selling-partner-lake/reports/{golden.SOURCE}")
    golden.compare("parameter.json", parameter.values["value"])
