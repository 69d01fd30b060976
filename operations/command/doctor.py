"""`lake doctor`: whether everything that must hold of a deployed lake does, and what to do where it does not."""

import textwrap
from dataclasses import asdict
from typing import Annotated

import typer

from operations.command.application import ConfigOption, JsonOption
from operations.command.screen import print_json
from operations.doctor.examination import CHECKS, examine, healthy
from operations.doctor.findings import Check, Finding, Verdict
from operations.errors import WrongUseError
from operations.lake.location import find
from operations.printable import printable

WIDTH = 80
_VERDICT, _NAME = 8, 12


def doctor(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Make only this check besides identity and outputs; repeatable.")
    ] = None,
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Ask everything that must hold of the lake, and say what is wrong and what to do; exit status 1 if anything is.

    Nothing is changed. The question to Athena is asked as the analyst role, if the caller may assume it.
    """
    known = {check.name: check for check in CHECKS}
    unknown = [name for name in only or () if name not in known]
    if unknown:
        raise WrongUseError(f"there is no check {unknown[0]}: one of {', '.join(known)}")
    lake, found = find(config), []
    for check, finding in examine(lake, [known[name] for name in only] if only else CHECKS):
        found.append((check, finding))
        if not as_json:
            typer.echo(printable("\n".join(lines(check, finding))))
    if as_json:
        print_json(
            {
                "healthy": healthy(finding for _, finding in found),
                "findings": [{"check": check.name, **asdict(finding)} for check, finding in found],
            }
        )
    else:
        typer.echo(_summary([finding for _, finding in found]))
    if not healthy(finding for _, finding in found):
        raise typer.Exit(1)


def lines(check: Check, finding: Finding) -> list[str]:
    """A finding in lines of 80 columns: verdict, check, sentence and, below it, the remedy."""
    first = f"{finding.verdict:<{_VERDICT}}{check.name:<{_NAME}}"
    below = " " * (_VERDICT + _NAME)
    said = textwrap.wrap(finding.said, WIDTH, initial_indent=first, subsequent_indent=below, break_on_hyphens=False)
    remedy = textwrap.wrap(
        finding.remedy, WIDTH, initial_indent=f"{below}-> ", subsequent_indent=f"{below}   ", break_on_hyphens=False
    )
    return said + remedy


def _summary(findings: list[Finding]) -> str:
    counts = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    return (
        f"\n{counts[Verdict.FAILED]} failed, {counts[Verdict.WARNING]} warnings, {counts[Verdict.OK]} ok,"
        f" {counts[Verdict.NOT_APPLICABLE]} not applicable"
    )
