"""AWS in this process, by moto, with no settings of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from moto import mock_aws

_KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-1"}


@contextmanager
def emulated_aws(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """Emulate AWS with these environment variables beside the keys."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**(environment or {}), **_KEYS}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield
