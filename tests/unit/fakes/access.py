"""Secrets and Login with Amazon in memory."""

from __future__ import annotations

from datetime import timedelta

from ingestion.access.tokens import Token

from tests.unit.fakes.clock import FakeClock


class FakeTokens:
    def __init__(self) -> None:
        self.access: dict[str, Token] = {}
        self.grantless: dict[str, Token] = {}

    def client(self, application: str) -> tuple[str, str]:
        return "client-id", "client-secret"

    def refresh_token(self, account: str) -> str:
        return "Atzr|canary-refresh"

    def access_token(self, account: str) -> Token | None:
        return self.access.get(account)

    def grantless_token(self, application: str) -> Token | None:
        return self.grantless.get(application)

    def save_access_token(self, account: str, token: Token) -> None:
        self.access[account] = token

    def save_grantless_token(self, application: str, token: Token) -> None:
        self.grantless[application] = token


class FakeLogin:
    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.asked = clock, 0

    def _token(self) -> Token:
        self.asked += 1
        return Token(f"Atza|canary-{self.asked}", self.clock() + timedelta(hours=1))

    def refresh(self, client: tuple[str, str], refresh_token: str) -> Token:
        return self._token()

    def grantless(self, client: tuple[str, str], scope: str) -> Token:
        return self._token()
