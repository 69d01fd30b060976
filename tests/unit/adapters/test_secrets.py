from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from adapters.secrets import SecretTokens
from ingestion.access.tokens import Token
from ingestion.errors import (
    ConfigurationMissing,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_secrets(aws: None) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="lake/accounts/northwind/refresh-token", SecretString='{"refresh_token": "Atzr|r"}')
    secrets.create_secret(Name="lake/applications/lake/lwa", SecretString='{"client_id": "id"}')
    for name in ("accounts/northwind/access-token", "applications/lake/grantless"):
        secrets.create_secret(Name=f"lake/{name}")  # a container without a value, as Terraform makes it
    tokens = SecretTokens(secrets, "lake")

    assert tokens.refresh_token("northwind") == "Atzr|r"
    assert tokens.access_token("northwind") is None
    assert tokens.access_token("nobody") is None
    with pytest.raises(ConfigurationMissing, match="client_secret"):
        tokens.client("lake")
    with pytest.raises(ConfigurationMissing, match="lake account add"):
        tokens.refresh_token("nobody")
    token = Token("Atza|secret", NOW)
    tokens.save_access_token("northwind", token)
    tokens.save_grantless_token("lake", token)
    assert tokens.access_token("northwind") == tokens.grantless_token("lake") == token
    assert "secret" not in repr(token)
