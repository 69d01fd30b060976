"""`python -m operations.demo`: the lake on one machine, from nothing to answers in SQL."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from operations.command.screen import console
from operations.demo.run import Demo, Reports
from operations.demo.steps import StepFailedError
from operations.printable import printable


def main(
    state_dir: Annotated[Path, typer.Option("--state-dir", help="Folder of the local cloud's state and logs.")] = Path(
        ".local"
    ),
    days: Annotated[int, typer.Option("--days", min=4, max=90, help="How many days back to ingest.")] = 21,
    reports: Annotated[
        Reports, typer.Option("--reports", help="main: three reports; all: of every other one the latest days too.")
    ] = Reports.ALL,
) -> None:
    """Set everything up on this machine, ingest a few weeks of simulated Amazon data, and answer questions in SQL."""
    try:
        Demo(state_dir, days, console(), reports).run()
    except StepFailedError as failure:
        _say(str(failure))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        _say("interrupted; `make demo` continues where it was, `make down` stops the cloud")
        raise typer.Exit(130) from None


def _say(reason: str) -> None:
    sys.stderr.write(printable(f"demo: {reason}") + "\n")


if __name__ == "__main__":
    typer.run(main)
