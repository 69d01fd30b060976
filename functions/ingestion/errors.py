"""The failures that have a name: state machines retry and catch by these class names, so they are part of the
interface.
"""

from __future__ import annotations

import json
from datetime import datetime

from ingestion.instants import iso


class IngestionError(Exception):
    """Everything below: a failure that the system understands."""


class QuotaExhausted(IngestionError):
    """A quota has nothing left.

    The message is JSON `{"wait_until": ISO instant}`, which a Wait state reads: nobody sleeps in a function.
    """

    def __init__(self, wait_until: datetime) -> None:
        self.wait_until = wait_until
        super().__init__(json.dumps({"wait_until": iso(wait_until)}))


class Throttled(IngestionError):
    """Amazon answered 429. Never leaves a function: the bucket is emptied and QuotaExhausted is raised in its place."""


class AccessTokenExpired(IngestionError):
    """The access token is missing, expired or revoked: authorise again, forced, once."""


class AuthorizationRefused(IngestionError):
    """Login with Amazon refuses for good (invalid_grant, invalid_client, ...): a person must act."""


class TokenEndpointUnavailable(IngestionError):
    """Login with Amazon cannot be reached, throttles or answers 5xx: try again."""


class SellingPartnerUnavailable(IngestionError):
    """The Selling Partner API or its document store cannot be reached or answers 5xx: try again."""


class RequestRefused(IngestionError):
    """Amazon says that the request is wrong (400 and the like): the same request will never work."""


class AccessDenied(IngestionError):
    """Amazon says that the application or the account may not do this (403 other than an expired token)."""


class NotFound(IngestionError):
    """Amazon does not know the resource (404)."""


class Conflict(IngestionError):
    """Amazon has this resource already (409)."""


class DocumentUrlExpired(IngestionError):
    """The signed URL of a document (it lives five minutes) is dead: ask for another."""


class DocumentDamaged(IngestionError):
    """The bytes of a document are not what they claim to be: cut short, failing its checksum, or followed by garbage."""


class UnknownRequest(IngestionError):
    """The ledger has no such attempt."""


class ConfigurationMissing(IngestionError):
    """A parameter or a secret is absent or unreadable; the message names it and the remedy."""


class LedgerConflict(IngestionError):
    """Another writer changed an item since it was read: nothing of the transaction was written. Read again and decide
    again.
    """
