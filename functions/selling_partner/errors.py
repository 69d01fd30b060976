"""Amazon's answers turned into named errors.

Messages carry Amazon's code and text, never a header or a request body.
"""

from __future__ import annotations

import json
from typing import Any

from ingestion.errors import (
    AccessDenied,
    AccessTokenExpired,
    AuthorizationRefused,
    Conflict,
    IngestionError,
    NotFound,
    RequestRefused,
    SellingPartnerUnavailable,
    Throttled,
    TokenEndpointUnavailable,
)

_RETRYABLE_OAUTH = frozenset({"server_error", "temporarily_unavailable", "slow_down"})


def api_error(operation: str, status: int, body: str, request_id: str | None) -> IngestionError:
    """The error that an answer of the Selling Partner API means.

    403 is two things: a token that has expired or was revoked (authorise again) and a permission that is missing
    (permanent). Only the details tell (recorded answers: "The access token you provided has expired.", "... is revoked,
    malformed or invalid.").
    """
    code, text = _first_error(body)
    message = f"{operation}: HTTP {status} {code}: {text} (x-amzn-RequestId {request_id})"
    if status == 429:
        return Throttled(message)
    if status >= 500 or status == 408:
        return SellingPartnerUnavailable(message)
    if status in (401, 403):
        return AccessTokenExpired(message) if "access token you provided" in text.lower() else AccessDenied(message)
    if status == 404:
        return NotFound(message)
    if status == 409:
        return Conflict(message)
    return RequestRefused(message)


def _first_error(body: str) -> tuple[str, str]:
    """Code and text of an error envelope `{"errors": [{"code", "message", "details"}]}`; other bodies are cut short."""
    try:
        errors: Any = json.loads(body)["errors"]
        first = errors[0]
        parts = (str(first.get("message") or ""), str(first.get("details") or ""))
        return str(first.get("code") or "?"), " ".join(part for part in parts if part)[:600]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "?", " ".join(body.split())[:200]


def token_error(status: int, body: str) -> IngestionError:
    """The error that an answer of Login with Amazon means: outages and throttling pass, the rest needs a person."""
    try:
        data: Any = json.loads(body)
        code, text = str(data.get("error") or "?"), str(data.get("error_description") or "")
    except (ValueError, AttributeError):
        code, text = "?", ""
    message = f"Login with Amazon: HTTP {status} {code}: {text}"[:600]
    if status >= 500 or status in (408, 429) or code in _RETRYABLE_OAUTH:
        return TokenEndpointUnavailable(message)
    return AuthorizationRefused(message)
