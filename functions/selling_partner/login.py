"""Login with Amazon (LWA): access tokens for refresh tokens and for client credentials."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

import requests
from ingestion.access.tokens import Token
from ingestion.errors import TokenEndpointUnavailable
from ingestion.instants import Clock

from selling_partner.errors import token_error
from selling_partner.http import TIMEOUT

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoginWithAmazon:
    """The token endpoint."""

    session: requests.Session
    url: str
    clock: Clock

    def refresh(self, client: tuple[str, str], refresh_token: str) -> Token:
        """An access token of the selling partner who granted the refresh token."""
        return self._ask(client, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def grantless(self, client: tuple[str, str], scope: str) -> Token:
        """A token of the application itself, for one scope such as sellingpartnerapi::notifications."""
        return self._ask(client, {"grant_type": "client_credentials", "scope": scope})

    def _ask(self, client: tuple[str, str], form: dict[str, str]) -> Token:
        asked_at = self.clock()
        try:
            answer = self.session.post(
                self.url,
                data=form | {"client_id": client[0], "client_secret": client[1]},
                headers={
                    "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
                    "accept": "application/json",
                },
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise TokenEndpointUnavailable(f"Login with Amazon: {type(error).__name__}") from None
        log.info(
            "called Login with Amazon",
            extra={"status": answer.status_code, "x-amzn-RequestId": answer.headers.get("x-amzn-RequestId")},
        )
        if answer.status_code != 200:
            raise token_error(answer.status_code, answer.text)
        try:
            data = answer.json()
            return Token(str(data["access_token"]), asked_at + timedelta(seconds=int(data["expires_in"])))
        except (ValueError, KeyError, TypeError):
            raise TokenEndpointUnavailable("Login with Amazon: an answer without a token") from None
