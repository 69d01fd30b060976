"""`lake account`: the seller and vendor accounts that the lake collects from."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Prompt

from operations.command.application import ConfigOption, JsonOption, console, print_json
from operations.errors import OperationsError
from operations.location import find
from operations.registration import Registration, register

app = typer.Typer(help="Register seller and vendor accounts.", no_args_is_help=True)

FILE_HELP = "File with {what}; - reads standard input."


@app.callback()
def accounts() -> None:
    """Register seller and vendor accounts."""


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The account's name in Terraform's variable `accounts`.")],
    *,
    refresh_token_file: Annotated[
        Path | None, typer.Option("--refresh-token-file", help=FILE_HELP.format(what="the refresh token") + " Without it: asked for, hidden.")
    ] = None,
    client_id: Annotated[str | None, typer.Option("--client-id", help="The application's LWA client id, when it is not stored yet or has changed.")] = None,
    client_secret_file: Annotated[Path | None, typer.Option("--client-secret-file", help=FILE_HELP.format(what="the application's LWA client secret"))] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Store an account's refresh token, prove that Amazon accepts it, and subscribe to its notifications.

    Secrets are taken from files, standard input or a hidden prompt, never from arguments, and are never printed.
    """
    if (client_id is None) != (client_secret_file is None):
        raise OperationsError("--client-id and --client-secret-file go together")
    if refresh_token_file == client_secret_file == Path("-"):
        raise OperationsError("only one of --refresh-token-file and --client-secret-file can be standard input")
    lake = find(config)
    application = (client_id, _secret(client_secret_file, "Client secret")) if client_id else None
    registration = register(lake, name, _secret(refresh_token_file, f"Refresh token of {name}"), application)
    if as_json:
        print_json(
            {
                "account": registration.account,
                "application": registration.application,
                "expires_at": registration.expires_at,
                "notifications": registration.notifications,
            }
        )
    else:
        console().print(described(registration), soft_wrap=True)


def described(registration: Registration) -> str:
    """What came of a registration, in a sentence."""
    how = {
        "subscribed": "Amazon notifies the lake when a report is finished",
        "polled": "the account may not subscribe to notifications, so its reports are polled",
    }
    outcome = how.get(registration.notifications, registration.notifications)
    return f"{registration.account} is registered with the application {registration.application}: {outcome}."


def _secret(file: Path | None, prompt: str) -> str:
    if file is None and sys.stdin.isatty():
        return Prompt.ask(prompt, password=True)
    if file is None or file == Path("-"):
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperationsError(f"{file} cannot be read: {error.strerror if isinstance(error, OSError) else 'it is not text'}") from None
