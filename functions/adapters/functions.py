"""Calling other Lambda functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingestion import errors
from ingestion.errors import IngestionError, TokenEndpointUnavailable


@dataclass(frozen=True)
class Functions:
    """AWS Lambda."""

    lambda_client: Any

    def invoke(self, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call and wait; the answer. A failure is raised as the named error that the other function raised."""
        answer = self.lambda_client.invoke(
            FunctionName=name, InvocationType="RequestResponse", Payload=json.dumps(event).encode()
        )
        payload: Any = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise _raised(name, payload if isinstance(payload, dict) else {})
        return payload if isinstance(payload, dict) else {}

    def invoke_later(self, name: str, event: Mapping[str, Any]) -> None:
        """Call without waiting for the answer."""
        self.lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())


def _raised(name: str, payload: Mapping[str, Any]) -> IngestionError:
    kind = getattr(errors, str(payload.get("errorType")), None)
    message = f"{name}: {payload.get('errorType')}: {payload.get('errorMessage')}"
    if isinstance(kind, type) and issubclass(kind, IngestionError) and kind is not errors.QuotaExhausted:
        return kind(message)
    return TokenEndpointUnavailable(message)
