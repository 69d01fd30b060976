"""What all subcommands share: options, output, and errors as one line instead of a traceback."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError, NoCredentialsError, NoRegionError, PartialCredentialsError
from rich.console import Console
from typer.core import TyperGroup

from operations.errors import OperationsError

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The lake's configuration, as written by `terraform output -json` (default: LAKE_CONFIG, ./.local/lake.json, ./lake.json)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class LakeGroup(TyperGroup):
    """The command group that turns errors people can act on into one line on standard error and exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand."""
        try:
            with clear_errors():
                return super().invoke(ctx)
        except OperationsError as error:
            sys.stderr.write(f"lake: {error}\n")
            ctx.exit(1)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what boto3 raises into an OperationsError with the remedy."""
    try:
        yield
    except EndpointConnectionError as error:
        raise OperationsError(f"nothing answers at {error.kwargs.get('endpoint_url')}: is the cloud up? (locally: `make demo` or `make up`)") from None
    except (NoCredentialsError, PartialCredentialsError):
        raise OperationsError(
            "no AWS credentials: log in (`aws sso login`) or set AWS_PROFILE; for the local cloud use the configuration that `make demo` wrote"
        ) from None
    except NoRegionError:
        raise OperationsError("no AWS region: write the configuration again with `terraform output -json`") from None
    except ClientError as error:
        raise OperationsError(_client_error(error)) from None
    except (BotoCoreError, HTTPClientError) as error:
        raise OperationsError(f"AWS could not be asked: {error}") from None


def _client_error(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message, operation = details.get("Code", ""), details.get("Message", ""), error.operation_name
    if code in EXPIRED:
        return f"the AWS credentials are not valid (any more): log in again ({operation}: {code})"
    if code in DENIED:
        return f"these credentials may not call {operation}: {message}"
    return f"{operation}: {code}: {message}"


def print_json(value: object) -> None:
    """Print `value` as JSON on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def console() -> Console:
    """A console on the present standard output; where that is no terminal, wide enough for a table."""
    known_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(file=sys.stdout, highlight=False, width=None if known_width else 160)
