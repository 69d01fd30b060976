"""The errors that the Selling Partner API answers, in its envelope.

Messages and types of 403 (revoked, expired), 404 and 429 are those of recorded real responses; the others follow the
models and the documentation.
"""

from __future__ import annotations

from typing import Any

DENIED = "Access to requested resource is denied."


class ApiError(Exception):
    """An answer other than success: HTTP status, code, message, details, and the x-amzn-ErrorType header."""

    def __init__(self, status: int, code: str, message: str, details: str = "", error_type: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.error_type = error_type or _TYPES[status]

    def envelope(self) -> dict[str, Any]:
        """Return the response body."""
        return {"errors": [{"code": self.code, "message": self.message, "details": self.details}]}


_TYPES = {
    400: "InvalidInputException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ConflictException",
    413: "RequestTooLargeException",
    415: "UnsupportedMediaTypeException",
    429: "TooManyRequestsException",
    500: "InternalFailureException",
}


def invalid_input(message: str, details: str = "") -> ApiError:
    """Return a 400."""
    return ApiError(400, "InvalidInput", message, details)


def unauthorized(details: str) -> ApiError:
    """Return a 403; its details distinguish an expired token from a refusal."""
    return ApiError(403, "Unauthorized", DENIED, details)


def token_invalid() -> ApiError:
    """Return the 403 for a token of another region, or of an account that has revoked its authorisation."""
    return unauthorized("The access token you provided is revoked, malformed or invalid.")


def token_expired() -> ApiError:
    """Return the 403 for a token whose hour is over."""
    return unauthorized("The access token you provided has expired.")


def not_found(message: str) -> ApiError:
    """Return a 404."""
    return ApiError(404, "NotFound", message)


def quota_exceeded() -> ApiError:
    """Return the 429."""
    return ApiError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def state_conflict(details: str) -> ApiError:
    """Return the 409 of the Notifications API."""
    return ApiError(409, "StateConflict", "The resource specified conflicts with the current state.", details)
