"""AWS clients, made once per environment, and the errors of their calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from ingestion.errors import AwsCallFailed

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 4})


@cache
def client(service: str) -> Any:
    """The client of a service, with timeouts that fit a function.

    Region, credentials and endpoint come from the default chain.
    """
    return boto3.client(service, config=_CONFIG)


def error_code(error: ClientError) -> str:
    """The code of an AWS error: errors are distinguished by it, never by their text."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def named_errors() -> Iterator[None]:
    """Raise AwsCallFailed in place of what boto3 raises, for callers that know nothing of AWS."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise AwsCallFailed(str(error)) from error
