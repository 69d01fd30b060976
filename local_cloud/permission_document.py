"""`python -m local_cloud.permission_document`: write which grants of the roles a running cloud used, as a document."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from local_cloud import cloud
from local_cloud.grants import Grant
from local_cloud.permission_report import grants

BEGIN, END = "<!-- written by `python -m local_cloud.permission_document` -->", "<!-- end of the report -->"


def report(found: Iterable[Grant]) -> str:
    """By role: how many grants were used of how many, and the unused ones by statement, as Markdown."""
    roles: dict[str, list[Grant]] = {}
    for grant in found:
        roles.setdefault(grant.role, []).append(grant)
    lines = ["| role | used | unused grants |", "| --- | --- | --- |"]
    for role, own in sorted(roles.items()):
        used = sum(bool(grant.calls) for grant in own)
        lines.append(f"| `{role}` | {used} of {len(own)} | {_unused(own)} |")
    return "\n".join(lines)


def _unused(own: Iterable[Grant]) -> str:
    statements: dict[str, list[str]] = {}
    for grant in own:
        if not grant.calls:
            statements.setdefault(grant.statement, []).append(f"`{grant.value}`")
    return "; ".join(f"{statement}: {', '.join(actions)}" for statement, actions in statements.items())


def main(
    state_dir: Annotated[Path, typer.Option(help="Folder of the cloud's state and logs.")] = Path(".local"),
    document: Annotated[Path, typer.Option(help="Where the report goes, between its markers.")] = Path(
        "docs/permissions.md"
    ),
) -> None:
    """Write the report of a running cloud."""
    endpoints = cloud.running(state_dir)
    if endpoints is None:
        typer.echo(f"No local cloud runs with {state_dir}: run make demo", err=True)
        raise typer.Exit(1)
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        typer.echo(f"{document} lacks the markers {BEGIN} and {END}", err=True)
        raise typer.Exit(1)
    document.write_text(f"{before}{BEGIN}\n\n{report(grants(endpoints))}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
