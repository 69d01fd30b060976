"""The ports to the secrets, Login with Amazon and the Notifications API."""

from __future__ import annotations

from typing import Protocol

from ingestion.access.tokens import Token


class Tokens(Protocol):
    """The secrets. ConfigurationMissing when a secret has no value yet."""

    def client(self, application: str) -> tuple[str, str]:
        """Login with Amazon's client id and secret of an application."""

    def refresh_token(self, account: str) -> str:
        """The account's refresh token."""

    def access_token(self, account: str) -> Token | None:
        """The cached access token of an account."""

    def grantless_token(self, application: str) -> Token | None:
        """The cached grantless token of an application."""

    def save_access_token(self, account: str, token: Token) -> None:
        """Cache an access token. Only `authorize` does this."""

    def save_grantless_token(self, application: str, token: Token) -> None:
        """Cache a grantless token. Only `authorize` does this."""


class TokenEndpoint(Protocol):
    """Login with Amazon."""

    def refresh(self, client: tuple[str, str], refresh_token: str) -> Token:
        """A new access token for a refresh token."""

    def grantless(self, client: tuple[str, str], scope: str) -> Token:
        """A token for operations that no selling partner has to grant."""


class Destinations(Protocol):
    """The Notifications API for one application and region (grantless) and one account."""

    def ensure_destination(self, name: str, queue_arn: str) -> str:
        """The destination id of the queue; created if it does not exist."""

    def subscribe(self, destination_id: str) -> str | None:
        """Subscribe the account to finished reports.

        When there is a subscription already, the destination that it goes to; else None.
        """
