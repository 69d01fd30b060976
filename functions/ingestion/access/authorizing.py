"""Keeping access tokens valid: reused while they are good, renewed by Login with Amazon, and written here only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ingestion.access.port import TokenEndpoint, Tokens
from ingestion.access.tokens import Token, is_good
from ingestion.configuration.port import Configuration
from ingestion.instants import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Authorizing:
    """Keeps the cached tokens good.

    Returns expiries only, never a token. `endpoint_for` takes a token endpoint's URL.
    """

    tokens: Tokens
    configuration: Configuration
    endpoint_for: Callable[[str], TokenEndpoint]
    clock: Clock

    def account(self, name: str, *, force: bool = False) -> Token:
        """A good access token for an account; `force` when Amazon rejected the cached one."""
        cached = self.tokens.access_token(name)
        if cached is not None and is_good(cached, self.clock) and not force:
            return cached
        account = self.configuration.account(name)
        client = self.tokens.client(account.application)
        endpoint = self.endpoint_for(self.configuration.region(account.region).token_endpoint)
        fresh = endpoint.refresh(client, self.tokens.refresh_token(name))
        self.tokens.save_access_token(name, fresh)
        log.info(
            "renewed an access token",
            extra={"account": name, "forced": force, "expires_at": fresh.expires_at.isoformat()},
        )
        return fresh

    def application(self, name: str, scope: str) -> Token:
        """A good grantless token for an application.

        All regions share Login with Amazon's answer, so any region of the application's accounts will do.
        """
        cached = self.tokens.grantless_token(name)
        if cached is not None and is_good(cached, self.clock):
            return cached
        region = next(
            account.region for account in self.configuration.accounts().values() if account.application == name
        )
        fresh = self.endpoint_for(self.configuration.region(region).token_endpoint).grantless(
            self.tokens.client(name), scope
        )
        self.tokens.save_grantless_token(name, fresh)
        log.info("renewed a grantless token", extra={"application": name, "expires_at": fresh.expires_at.isoformat()})
        return fresh
