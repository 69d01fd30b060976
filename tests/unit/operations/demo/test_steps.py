"""The demo's list of steps."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from operations.demo.steps import StepFailedError, Steps
from operations.deployment.terraform import TerraformError


def clock_of(*times: float) -> Callable[[], float]:
    return iter(times).__next__


def test_without_a_terminal_each_step_is_one_plain_line() -> None:
    console = Console(file=io.StringIO(), width=80)
    with Steps(["Contracts", "Package"], console, clock_of(0.0, 1.0, 1.5, 2.0, 4.0)) as steps:
        with steps.run("Contracts") as step:
            step.say("3 contracts")
        with steps.run("Package"):
            pass
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.split() for line in lines] == [
        ["1/2", "Contracts", "ok", "0.5", "s", "3", "contracts"],
        ["2/2", "Package", "ok", "2.0", "s"],
    ]


def test_a_failure_says_which_step_why_and_where_the_log_is(tmp_path: Path) -> None:
    steps = Steps(["Terraform"], Console(file=io.StringIO(), width=80))
    with pytest.raises(StepFailedError) as failed, steps.run("Terraform", tmp_path / "step.log"):
        raise TerraformError("terraform apply failed: Error: no", tmp_path / "terraform.log")
    assert (failed.value.title, failed.value.reason, failed.value.log) == (
        "Terraform",
        "terraform apply failed: Error: no",
        tmp_path / "terraform.log",
    )


def test_on_a_terminal_the_list_is_drawn_in_place() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with Steps(["Contracts", "Package"], console) as steps, steps.run("Contracts") as step:
        step.say("3 contracts")
    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    assert "✓" in drawn
    assert "3 contracts" in drawn
    assert "Package" in drawn
