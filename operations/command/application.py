"""What all subcommands share: options, and errors as one line instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from operations.errors import OperationsError
from operations.printable import printable

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The lake's configuration, as written by `terraform output -json`"
        " (default: LAKE_CONFIG, ./.local/lake.json, ./lake.json).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class LakeGroup(TyperGroup):
    """The command group, which prints an OperationsError as one line on standard error.

    The exit status is the error's: 1, or 2 for wrong use.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand."""
        try:
            with clear_errors():
                return super().invoke(ctx)
        except OperationsError as error:
            sys.stderr.write(printable(f"lake: {error}") + "\n")
            ctx.exit(error.exit_status)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what boto3 raises into an OperationsError with the remedy."""
    try:
        yield
    except Exception as error:
        said = _aws_error(error)
        if said is None:
            raise
        raise OperationsError(said) from None


def _aws_error(error: Exception) -> str | None:
    # Not loaded: another library raised, and a command that needs no cloud is spared the import.
    if "botocore" not in sys.modules:
        return None
    from operations.lake.aws_errors import explanation

    return explanation(error)
