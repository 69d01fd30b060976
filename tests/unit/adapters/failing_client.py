"""A client of boto3 whose every call fails with one code."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


class FailingClient:
    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> None:
            raise ClientError({"Error": {"Code": self.code, "Message": "m"}}, name)

        return call
