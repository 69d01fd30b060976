"""AWS clients: made once per environment, with timeouts that fit a function."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 4})


@cache
def client(service: str) -> Any:
    """The client of a service; region, credentials and endpoint come from the default chain."""
    return boto3.client(service, config=_CONFIG)


def error_code(error: ClientError) -> str:
    """The code of an AWS error: errors are told apart by it, never by their text."""
    return str(error.response.get("Error", {}).get("Code", ""))
