"""`lake account`: the seller and vendor accounts that the lake collects from."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Prompt

from operations.command.application import ConfigOption, JsonOption
from operations.command.screen import console, print_json
from operations.deployment.registration import Registration, Stored, register, stored
from operations.errors import OperationsError
from operations.lake.location import find

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
        Path | None,
        typer.Option(
            "--refresh-token-file",
            help=FILE_HELP.format(what="the refresh token")
            + " Without it: asked for, hidden, unless only the application's secret is new.",
        ),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            "--client-id",
            help="The application's LWA client id, when it has changed. Without it: asked for when none is stored yet.",
        ),
    ] = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option(
            "--client-secret-file",
            help=FILE_HELP.format(what="the application's LWA client secret") + " Without it: asked for, hidden.",
        ),
    ] = None,
    new_client_secret: Annotated[
        bool,
        typer.Option(
            "--new-client-secret",
            help="Ask for the application's client id and secret although they are stored: the secret was rotated.",
        ),
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Store an account's refresh token, prove that Amazon accepts it, and subscribe to its notifications.

    A new client secret of the application can be stored alone: name it, and no refresh token. Secrets are taken from
    files, standard input or a hidden prompt, never from arguments, and are never printed.
    """
    if (client_secret_file and client_id is None) or (
        client_id and client_secret_file is None and not _at_a_terminal()
    ):
        raise OperationsError("--client-id and --client-secret-file go together")
    if refresh_token_file == client_secret_file == Path("-"):
        raise OperationsError("only one of --refresh-token-file and --client-secret-file can be standard input")
    lake = find(config)
    known = stored(lake, name)
    application = _application_secret(known, client_id, client_secret_file, ask=new_client_secret or not known.client)
    token = _refresh_token(known, name, refresh_token_file, application, taken=client_secret_file == Path("-"))
    registration = register(lake, name, token, application)
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
        left = " Its refresh token was left as it is." if token is None else ""
        console().print(described(registration) + left, soft_wrap=True)


def described(registration: Registration) -> str:
    """Return the outcome of a registration, in a sentence."""
    how = {
        "subscribed": "Amazon notifies the lake when a report is finished",
        "polled": "the account may not subscribe to notifications, so its reports are polled",
    }
    outcome = how.get(registration.notifications, registration.notifications)
    return f"{registration.account} is registered with the application {registration.application}: {outcome}."


def _application_secret(
    known: Stored, client_id: str | None, client_secret_file: Path | None, *, ask: bool
) -> tuple[str, str] | None:
    """Return client id and secret of the application, given or asked for; None when neither is wanted."""
    if client_id is None:
        if not ask:
            return None
        if not _at_a_terminal():
            raise OperationsError(
                f"client id and secret of the application {known.application} are needed:"
                " pass --client-id and --client-secret-file"
            )
        client_id = Prompt.ask(f"Client id of the application {known.application}")
    return client_id, _secret(client_secret_file, f"Client secret of the application {known.application}")


def _refresh_token(
    known: Stored, account: str, file: Path | None, application: tuple[str, str] | None, *, taken: bool
) -> str | None:
    """Return the account's refresh token; None leaves the stored one, as an application's new secret can come alone.

    `taken`: standard input holds something else.
    """
    if file is None and application and known.refresh_token:
        piped = "" if taken or _at_a_terminal() else sys.stdin.read()
        return piped if piped.strip() else None
    return _secret(file, f"Refresh token of {account}")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _secret(file: Path | None, prompt: str) -> str:
    if file is None and _at_a_terminal():
        return Prompt.ask(prompt, password=True)
    if file is None or file == Path("-"):
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperationsError(
            f"{file} cannot be read: {error.strerror if isinstance(error, OSError) else 'it is not text'}"
        ) from None
