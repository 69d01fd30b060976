"""Registering an account: its secrets go into the containers that Terraform made, then Amazon must accept them."""

import json
from dataclasses import dataclass

from operations.deployment.secret_versions import store_version, stored_version
from operations.errors import OperationsError
from operations.lake.invocation import FunctionFailedError, invoke
from operations.lake.location import Location

REMEDIES = {
    "invalid_grant": (
        "the token was revoked or belongs to another application:"
        " authorise the application again and pass the new token"
    ),
    "invalid_client": (
        "the application's client id or secret is wrong:"
        " pass --new-client-secret, or --client-id and --client-secret-file"
    ),
    "unauthorized_client": (
        "the application may not use this grant: check its registration in the Solution Provider Portal"
    ),
    "invalid_scope": (
        "the application may not call grantless operations: check its roles in the Solution Provider Portal"
    ),
}
"""The remedy for each error of Login with Amazon."""


class RegistrationRefusedError(OperationsError):
    """Login with Amazon refused the account's or the application's secret."""


@dataclass(frozen=True)
class Registration:
    """The outcome of registering an account: `notifications` is subscribed or polled."""

    account: str
    application: str
    expires_at: str
    notifications: str


@dataclass(frozen=True)
class Stored:
    """Which secrets of an account and of its application have a value."""

    application: str
    refresh_token: bool
    client: bool


def stored(lake: Location, account: str) -> Stored:
    """Return which of an account's secrets are stored already; none of them is read."""
    application = _application(lake, account)
    token, client = (
        stored_version(lake, name) is not None for name in (_token_name(lake, account), _client_name(lake, application))
    )
    return Stored(application, token, client)


def register(
    lake: Location, account: str, refresh_token: str | None, application_secret: tuple[str, str] | None = None
) -> Registration:
    """Store the secrets of `account`, get an access token with them, and subscribe to report notifications.

    `application_secret` is (client id, client secret), for an application that has none stored yet or a new one. What
    is None stays as it is stored. Raises RegistrationRefusedError with cause and remedy when Amazon refuses; the former
    secrets are then in force again.
    """
    application = _application(lake, account)
    given = []
    if application_secret:
        client_id, client_secret = application_secret
        content = {
            "client_id": _checked(client_id, "the client id"),
            "client_secret": _checked(client_secret, "the client secret"),
        }
        given.append((_client_name(lake, application), content))
    if refresh_token is not None:
        given.append((_token_name(lake, account), {"refresh_token": _checked(refresh_token, "the refresh token")}))
    undo = [store_version(lake, name, content) for name, content in given]
    try:
        expires_at = str(invoke(lake, "authorize", {"account": account, "force": True}).get("expires_at", ""))
    except FunctionFailedError as failure:
        for former in undo:
            former.restore()
        raise _explained(account, application, failure) from None
    notifications = str(invoke(lake, "subscribe", {"account": account})["accounts"][account])
    return Registration(account, application, expires_at, notifications)


def _token_name(lake: Location, account: str) -> str:
    return f"{lake.prefix}/accounts/{account}/refresh-token"


def _client_name(lake: Location, application: str) -> str:
    return f"{lake.prefix}/applications/{application}/lwa"


def _application(lake: Location, account: str) -> str:
    client = lake.client("ssm")
    try:
        value = client.get_parameter(Name=f"/{lake.prefix}/accounts/{account}", WithDecryption=True)["Parameter"][
            "Value"
        ]
    except client.exceptions.ParameterNotFound:
        known = ", ".join(configured_accounts(lake)) or "none"
        raise OperationsError(
            f"the account {account} is not configured (configured: {known}):"
            " add it to Terraform's variable `accounts` and run `terraform apply`"
        ) from None
    return str(json.loads(value)["application"])


def configured_accounts(lake: Location) -> list[str]:
    """Return the names of the accounts in the configuration that Terraform wrote."""
    prefix = f"/{lake.prefix}/accounts/"
    pages = lake.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
    names = (parameter["Name"].removeprefix(prefix) for page in pages for parameter in page["Parameters"])
    return sorted(name for name in names if "/" not in name)


def _checked(secret: str, what: str) -> str:
    stripped = secret.strip()
    if not stripped:
        raise OperationsError(f"{what} is empty")
    if len(stripped.split()) > 1:
        raise OperationsError(f"{what} contains white space: pass the value alone")
    return stripped


def _explained(account: str, application: str, failure: FunctionFailedError) -> OperationsError:
    if failure.error == "AuthorizationRefused":
        remedy = next(
            (text for code, text in REMEDIES.items() if code in failure.message),
            "check the application's client id and secret and the account's refresh token",
        )
        return RegistrationRefusedError(
            f"Login with Amazon refused {account} (application {application}): {failure.message}; {remedy}"
        )
    if failure.error in ("ConfigurationMissing", "CredentialsMissing"):
        return OperationsError(
            f"{account} cannot be authorised: {failure.message}"
            " (an application's secret is passed with --client-id and --client-secret-file)"
        )
    if failure.error == "TokenEndpointUnavailable":
        return OperationsError(
            f"Login with Amazon did not answer: {failure.message}; nothing was lost, try again later"
        )
    return failure
