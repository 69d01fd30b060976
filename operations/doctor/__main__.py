"""`python -m operations.doctor`: write the table of checks and their IAM actions into docs/deploying.md."""

from pathlib import Path
from typing import Annotated

import typer

from operations.doctor.examination import checks_table
from operations.documents import written
from operations.errors import OperationsError

BEGIN, END = "<!-- checks: written by `python -m operations.doctor` -->", "<!-- end of checks -->"


def main(document: Annotated[Path, typer.Option(help="Where the table goes.")] = Path("docs/deploying.md")) -> None:
    """Write the table of checks."""
    try:
        text = written(document.read_text(encoding="utf-8"), BEGIN, END, checks_table())
    except OperationsError as error:
        typer.echo(f"doctor: {error}", err=True)
        raise typer.Exit(error.exit_status) from None
    document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
