"""`python -m operations.costs`: write the tables of costs, or count calls in the record of a local cloud."""

from pathlib import Path
from typing import Annotated

import typer

from operations.costs import counting, report
from operations.errors import OperationsError


def main(
    document: Annotated[Path, typer.Option(help="Where the tables go, between their markers.")] = Path("README.md"),
    count: Annotated[
        Path | None, typer.Option("--count", help="First count calls in a local cloud's record of IAM's verdicts.")
    ] = None,
) -> None:
    """Write the tables of monthly costs."""
    try:
        if count:
            counting.write(counting.count(count))
        report.write(document)
    except OperationsError as error:
        typer.echo(f"costs: {error}", err=True)
        raise typer.Exit(error.exit_status) from None


if __name__ == "__main__":
    typer.run(main)
