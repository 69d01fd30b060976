from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ingestion.errors import (
    AuthorizationRefused,
    IngestionError,
    TokenEndpointUnavailable,
)
from selling_partner.http import new_session
from selling_partner.login import LoginWithAmazon

from tests.unit.selling_partner.server import TOKEN, Amazon

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_login(amazon: Amazon) -> None:
    login = LoginWithAmazon(new_session(), f"{amazon.url}/auth/o2/token", lambda: NOW)
    amazon.will(200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "bearer"})
    token = login.refresh(("id", "secret"), "Atzr|r")
    assert (token.value, token.expires_at) == (TOKEN, NOW + timedelta(hours=1))
    assert amazon.requests[0][3] == b"grant_type=refresh_token&refresh_token=Atzr%7Cr&client_id=id&client_secret=secret"
    assert amazon.requests[0][2]["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (400, {"error": "invalid_grant", "error_description": "revoked"}, AuthorizationRefused),
        (401, {"error": "invalid_client", "error_description": "Client authentication failed"}, AuthorizationRefused),
        (400, {"error": "temporarily_unavailable"}, TokenEndpointUnavailable),
        (429, {}, TokenEndpointUnavailable),
        (500, b"", TokenEndpointUnavailable),
        (200, {}, TokenEndpointUnavailable),
    ],
)
def test_login_refused_or_unavailable(amazon: Amazon, status: int, answer: Any, error: type[IngestionError]) -> None:
    login = LoginWithAmazon(new_session(), amazon.url, lambda: NOW)
    amazon.will(status, answer)
    with pytest.raises(error) as raised:
        login.refresh(("id", "canary-secret"), "Atzr|canary")
    assert "canary" not in str(raised.value)
