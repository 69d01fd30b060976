"""Login with Amazon: the token endpoint and the tokens themselves.

Access tokens carry their own content under a signature, so a token that a client has cached survives a restart of the
simulator. Source: SP-API docs, "Connect to the Selling Partner API" and "Grantless operations"; error bodies as
recorded from the real endpoint.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local_cloud.selling_partner.accounts import Account, Application, Directory
from local_cloud.selling_partner.clock import Clock
from local_cloud.selling_partner.errors import token_expired, token_invalid

LIFETIME = timedelta(seconds=3600)
SCOPES = ("sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation")


class LoginError(Exception):
    """A refusal by Login with Amazon: HTTP status and JSON body."""

    def __init__(self, status: int, error: str, description: str, **extra: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.body = {"error_description": description, "error": error, **extra}


@dataclass(frozen=True)
class Grant:
    """What a valid access token stands for: an account's authorisation, or (grantless) an application and a scope."""

    application: str
    account: str | None
    scope: str | None


class TokenService:
    """Issues access tokens and recognises them."""

    def __init__(self, directory: Directory, clock: Clock, key: bytes) -> None:
        self._directory = directory
        self._clock = clock
        self._key = key

    def issue(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request; a LoginError is the documented refusal."""
        grant_type = _needed(form, "grant_type")
        if grant_type == "refresh_token":
            return self._refresh(form)
        if grant_type == "client_credentials":
            return self._grantless(form)
        raise LoginError(
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server",
            error_index=secrets.token_hex(8),
            request_id=secrets.token_hex(8),
        )

    def recognise(self, token: str, region: str) -> Grant:
        """Return what a token stands for in a region; an ApiError (403) when it is foreign, revoked or expired."""
        content = self._open(token)
        if content is None:
            raise token_invalid()
        grant = Grant(content["application"], content.get("account"), content.get("scope"))
        account = self._directory.accounts.get(grant.account) if grant.account else None
        if grant.account and (account is None or account.region != region or grant.account in self._directory.revoked):
            raise token_invalid()
        if datetime.fromtimestamp(content["expires"], UTC) <= self._clock.now():
            raise token_expired()
        return grant

    def _refresh(self, form: Mapping[str, str]) -> dict[str, Any]:
        refresh_token = _needed(form, "refresh_token")
        application = self._client(form)
        account = self._account(refresh_token)
        if account is None or account.application != application.name or account.name in self._directory.revoked:
            raise LoginError(
                400,
                "invalid_grant",
                "The request has an invalid grant parameter : refresh_token. "
                "User may have revoked or didn't grant the permission.",
            )
        token = self._seal("Atza|", {"application": application.name, "account": account.name})
        return {
            "access_token": token,
            "refresh_token": refresh_token,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }

    def _grantless(self, form: Mapping[str, str]) -> dict[str, Any]:
        scope = _needed(form, "scope")
        application = self._client(form)
        if scope not in SCOPES:
            raise LoginError(400, "invalid_scope", "The request has an invalid parameter : scope")
        token = self._seal("Atc|", {"application": application.name, "scope": scope})
        return {
            "access_token": token,
            "scope": scope,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }

    def _client(self, form: Mapping[str, str]) -> Application:
        client_id, client_secret = _needed(form, "client_id"), _needed(form, "client_secret")
        for application in self._directory.applications.values():
            if application.client_id == client_id and hmac.compare_digest(
                application.client_secret.encode(), client_secret.encode()
            ):
                return application
        raise LoginError(401, "invalid_client", "Client authentication failed")

    def _account(self, refresh_token: str) -> Account | None:
        return next(
            (account for account in self._directory.accounts.values() if account.refresh_token == refresh_token), None
        )

    def _seal(self, prefix: str, content: dict[str, Any]) -> str:
        content = {**content, "expires": (self._clock.now() + LIFETIME).timestamp(), "salt": secrets.token_hex(8)}
        body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
        return f"{prefix}{body}.{self._signature(body)}"

    def _open(self, token: str) -> dict[str, Any] | None:
        body, _, signature = token.partition("|")[2].partition(".")
        if not body or not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
        return content

    def _signature(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()


def _needed(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise LoginError(400, "invalid_request", f"The request is missing a required parameter : {name}")
    return value
