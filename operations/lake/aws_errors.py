"""Errors that boto3 raises, in one line each, with the remedy."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}
DENIED = {"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


def explanation(error: Exception) -> str | None:
    """Return one line about an error of boto3's or one that it caused, None for any other."""
    if isinstance(error, EndpointConnectionError):
        endpoint = error.kwargs.get("endpoint_url")
        return f"nothing answers at {endpoint}: is the cloud up? (locally: `make demo` or `make up`)"
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return (
            "no AWS credentials: log in (`aws sso login`) or set AWS_PROFILE;"
            " for the local cloud use the configuration that `make demo` wrote"
        )
    if isinstance(error, NoRegionError):
        return "no AWS region: write the configuration again with `terraform output -json`"
    if isinstance(error, ClientError):
        return _client_error(error)
    if isinstance(error, BotoCoreError | HTTPClientError):
        return f"AWS did not answer: {error}"
    cause = error.__cause__
    return explanation(cause) if isinstance(cause, Exception) else None


def _client_error(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message, operation = details.get("Code", ""), details.get("Message", ""), error.operation_name
    if code in EXPIRED:
        return f"the AWS credentials are not valid (any more): log in again ({operation}: {code})"
    if code in DENIED:
        return f"these credentials may not call {operation}: {message}"
    return f"{operation}: {code}: {message}"
