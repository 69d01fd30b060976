"""The account and region that requests are judged in."""

import pytest
from ministack.core.responses import set_request_account_id, set_request_region


@pytest.fixture(autouse=True)
def account(monkeypatch):
    """Requests of the cloud's account."""
    monkeypatch.setenv("MINISTACK_ACCOUNT_ID", "123456789012")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAROOT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret of the cloud")
    set_request_account_id("")
    set_request_region("eu-west-1")
