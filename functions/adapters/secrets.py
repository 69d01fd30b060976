"""Secrets Manager: credentials that a person put there, and the cached tokens.

No value is ever part of an error's text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from ingestion.access.tokens import Token
from ingestion.errors import CredentialsMissing
from ingestion.instants import iso, parse_instant

from adapters.aws import error_code

_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


@dataclass(frozen=True)
class SecretTokens:
    """The secrets under `{prefix}/`."""

    secrets: Any
    prefix: str

    def client(self, application: str) -> tuple[str, str]:
        """Client id and secret of an application."""
        name = f"applications/{application}/lwa"
        return self._text(name, "client_id"), self._text(name, "client_secret")

    def refresh_token(self, account: str) -> str:
        """An account's refresh token."""
        return self._text(f"accounts/{account}/refresh-token", "refresh_token")

    def access_token(self, account: str) -> Token | None:
        """An account's cached access token."""
        return self._token(f"accounts/{account}/access-token")

    def grantless_token(self, application: str) -> Token | None:
        """An application's cached grantless token."""
        return self._token(f"applications/{application}/grantless")

    def save_access_token(self, account: str, token: Token) -> None:
        """Cache an access token."""
        self._save(f"accounts/{account}/access-token", token)

    def save_grantless_token(self, application: str, token: Token) -> None:
        """Cache a grantless token."""
        self._save(f"applications/{application}/grantless", token)

    def _text(self, name: str, part: str) -> str:
        value = (self._read(name) or {}).get(part)
        if not isinstance(value, str) or not value:
            raise CredentialsMissing(f"the secret {self.prefix}/{name} has no {part}: run lake account add")
        return value

    def _token(self, name: str) -> Token | None:
        data = self._read(name)
        try:
            return Token(str(data["access_token"]), parse_instant(str(data["expires_at"]))) if data else None
        except (KeyError, ValueError):
            return None  # not in our shape: authorise again, which overwrites it

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            text = self.secrets.get_secret_value(SecretId=f"{self.prefix}/{name}")["SecretString"]
        except ClientError as error:
            if error_code(error) in _ABSENT:
                return None
            raise
        try:
            data = json.loads(text)
        except ValueError:
            raise CredentialsMissing(f"the secret {self.prefix}/{name} is not JSON: run lake account add") from None
        return data if isinstance(data, dict) else None

    def _save(self, name: str, token: Token) -> None:
        body = json.dumps({"access_token": token.value, "expires_at": iso(token.expires_at)})
        self.secrets.put_secret_value(SecretId=f"{self.prefix}/{name}", SecretString=body)
