"""Failures that have a name.

State machines retry and catch by these class names, so they are part of the interface.
"""

from __future__ import annotations

import json
from datetime import datetime

from ingestion.instants import iso


class IngestionError(Exception):
    """A failure that the system understands: the base of all below."""


class QuotaExhausted(IngestionError):
    """A quota has nothing left.

    The message is JSON `{"wait_until": ISO instant}`, which a Wait state reads: no function waits by sleeping.
    """

    def __init__(self, wait_until: datetime) -> None:
        self.wait_until = wait_until
        super().__init__(json.dumps({"wait_until": iso(wait_until)}))


class Throttled(IngestionError):
    """Amazon answered 429. Never leaves a function: the bucket is emptied and QuotaExhausted is raised in its place."""


class AccessTokenExpired(IngestionError):
    """The access token is missing, expired or revoked: force a new one, once."""


class AuthorizationRefused(IngestionError):
    """Login with Amazon refuses for good (invalid_grant, invalid_client, ...): a person must act."""


class TokenEndpointUnavailable(IngestionError):
    """Login with Amazon cannot be reached, throttles or answers 5xx: retry."""


class SellingPartnerUnavailable(IngestionError):
    """The Selling Partner API or its document store cannot be reached or answers 5xx: retry."""


class RequestRefused(IngestionError):
    """Amazon rejects the request itself (400 and the like): the same request will never work."""


class AccessDenied(IngestionError):
    """The application or the account may not do this (403 other than an expired token)."""


class NotFound(IngestionError):
    """The resource does not exist (404)."""


class Conflict(IngestionError):
    """The resource exists already (409)."""


class DocumentUrlExpired(IngestionError):
    """The signed URL of a document, valid for five minutes, has expired: request another."""


class DocumentDamaged(IngestionError):
    """A document's bytes are cut short, fail their checksum, or are followed by garbage."""


class AttemptNotFound(IngestionError):
    """The ledger has no such attempt."""


class AttemptClosed(IngestionError):
    """The attempt's outcome is recorded already: nothing more may be requested for it."""


class ReportNotCreated(IngestionError):
    """The attempt has no report that could be checked or fetched: request_report comes first."""


class WindowNotFound(IngestionError):
    """The ledger has no window for an attempt."""


class ConfigurationMissing(IngestionError):
    """A parameter or a secret is absent or unreadable; the message names it and the remedy."""


class CredentialsMissing(ConfigurationMissing):
    """A secret of an account or of its application has no value yet, or no longer; the message names it."""


class AwsCallFailed(IngestionError):
    """A call of an AWS service failed in a way that no rule expects; the message names the operation and the code."""


class LedgerItemIncomplete(IngestionError):
    """An item of the ledger lacks a required field, or one is not of its type; the message names item and field."""


class LedgerConflict(IngestionError):
    """Another writer changed an item since it was read, so nothing of the transaction was written.

    Read again and decide again.
    """
