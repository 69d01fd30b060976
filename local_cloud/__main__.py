"""`python -m local_cloud up|down|status|env|permissions`: the local cloud from the command line."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local_cloud import cloud
from local_cloud.emulator.glue import archive
from local_cloud.grants import NotReproducedError
from local_cloud.permission_report import explanations, grants, refusals

app = typer.Typer(help="AWS and the Selling Partner API on this machine.", no_args_is_help=True, add_completion=False)
StateDir = Annotated[Path, typer.Option("--state-dir", help="Folder of the cloud's state and logs.")]


def _running(state_dir: Path) -> cloud.Endpoints:
    endpoints = cloud.running(state_dir)
    if endpoints is None:
        typer.echo(
            f"No local cloud runs with {state_dir}. Start one: python -m local_cloud up --state-dir {state_dir}",
            err=True,
        )
        raise typer.Exit(1)
    return endpoints


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def up(context: typer.Context, state_dir: StateDir = Path(".local")) -> None:
    """Start the cloud, or keep the one that runs. Further options go to the Selling Partner simulator."""
    was_running = cloud.running(state_dir) is not None
    if not was_running and (state_dir / "endpoints.json").exists():
        typer.echo(
            f"The cloud of {state_dir} is dead, and its resources are gone: "
            "delete Terraform state that was made against it.",
            err=True,
        )
    try:
        endpoints = cloud.start(state_dir, simulator_options=context.args)
    except cloud.CloudError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if was_running and context.args:
        typer.echo("The cloud runs already, and its simulator keeps the options it was started with.", err=True)
    typer.echo(json.dumps(asdict(endpoints), indent=2))


@app.command()
def down(state_dir: StateDir = Path(".local")) -> None:
    """Stop the cloud with all its processes, and remove its resources. The logs stay."""
    typer.echo("stopped" if cloud.stop(state_dir) else "there was none")


@app.command()
def status(state_dir: StateDir = Path(".local")) -> None:
    """Where the cloud listens; exit code 1 when it does not run."""
    typer.echo(json.dumps(asdict(_running(state_dir)), indent=2))


@app.command()
def env(state_dir: StateDir = Path(".local")) -> None:
    """Shell commands that point the AWS SDKs and Terraform at the cloud: eval "$(python -m local_cloud env)"."""
    typer.echo("unset AWS_PROFILE AWS_SESSION_TOKEN")
    for name, value in cloud.environment(_running(state_dir)).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def permissions(
    state_dir: StateDir = Path(".local"),
    unused: Annotated[bool, typer.Option("--unused", help="Show the unused grants alone.")] = False,
    explained_by: Annotated[Path | None, typer.Option(help="YAML file that says why grants are unused.")] = None,
) -> None:
    """Show how many calls need each grant of the roles, since the cloud started, and what IAM refused.

    A grant is an action or a resource of a statement. It is unused if every call is allowed without it.
    """
    known = explanations(explained_by) if explained_by else []
    table = Table("role", "statement", "grant", "calls", "why it is unused", box=None)
    endpoints = _running(state_dir)
    try:
        found = grants(endpoints)
    except NotReproducedError as error:
        typer.echo(f"The policies were changed since the calls were made, and no longer allow {error}", err=True)
        raise typer.Exit(1) from error
    for grant in found:
        if grant.calls and unused:
            continue
        reasons = [one.reason for one in known if one.fits(grant)] if not grant.calls else []
        table.add_row(grant.role, grant.statement, grant.value, str(grant.calls or "unused"), "; ".join(reasons))
    console = Console(width=240)
    console.print(table)
    for refusal in refusals(endpoints):
        console.print(f"refused: {refusal}", highlight=False)


@app.command()
def warm() -> None:
    """Make later Glue runs start faster, once per machine.

    Fetches Iceberg's jars (110 MB) and writes an archive of Spark's classes (200 MB).
    """
    typer.echo(f"written: {archive.write()}")


if __name__ == "__main__":
    app()
