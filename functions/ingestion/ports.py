"""What the rules need from outside.

Real ones: packages `adapters` and `selling_partner`; the tests' fakes pass the same suites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ingestion.configuration.accounts import Account, Enablement, Region
from ingestion.configuration.contracts import RequestContract
from ingestion.ledger.items import (
    Alert,
    Asking,
    Attempt,
    CurationRun,
    Cursor,
    Item,
    Lease,
    LedgerAccount,
    LedgerDocument,
    LedgerWindow,
    Look,
    ParkedMessage,
    Pointer,
    WindowKey,
)
from ingestion.quotas.buckets import Bucket
from ingestion.reports_api import Question, Report, ReportDocument, ReportPage


class Ledger(Protocol):
    """The memory of the ingestion.

    All reads by key are strongly consistent; the `due` lists may lag a moment behind.
    """

    def save(self, *items: Item) -> None:
        """Write all items (at most 100) in one transaction, each on condition that it is still as it was read (`lock`).
        LedgerConflict: nothing was written.

        Nothing is ever deleted here: what may go carries `expires_at`.
        """

    def window(self, key: WindowKey) -> LedgerWindow | None:
        """One window."""

    def windows(self, account: str, source: str | None = None) -> Iterator[LedgerWindow]:
        """All windows of an account, or of one source of it, in the order of their keys."""

    def due_windows(self, until: datetime, limit: int) -> list[LedgerWindow]:
        """Windows whose next action is due: per shard the `limit` latest and the `limit` earliest."""

    def attempt(self, request: str, revision: int, attempt: int) -> Attempt | None:
        """One attempt."""

    def overdue_attempts(self, until: datetime, limit: int) -> list[Attempt]:
        """Attempts in flight that were to be looked at by `until`, the earliest first."""

    def asking(self, account: str, report_type: str, marketplace: str, window: str) -> Asking | None:
        """Who may create reports of this type and window now."""

    def pointer(self, selling_partner_id: str, report_id: str) -> Pointer | None:
        """Whose report it is."""

    def message(self, selling_partner_id: str, report_id: str) -> ParkedMessage | None:
        """What Amazon already said about a report."""

    def park(self, message: ParkedMessage) -> None:
        """Keep a message, whether or not there was one before."""

    def cursors(self, account: str) -> list[Cursor]:
        """All cursors of an account."""

    def looks(self, account: str) -> list[Look]:
        """When Amazon's lists of reports were read for an account's discovered sources."""

    def account(self, account: str) -> LedgerAccount | None:
        """One account."""

    def accounts(self) -> list[LedgerAccount]:
        """All accounts that were ever seen."""

    def document(self, account: str, report_id: str) -> LedgerDocument | None:
        """One stored document."""

    def waiting_documents(self, until: datetime, limit: int) -> list[LedgerDocument]:
        """Documents that wait for curation by `until`; those that wait longest first."""

    def lease(self) -> Lease:
        """The curation lease, held or not."""

    def alert(self, subject: str) -> Alert | None:
        """What people were told about a subject."""

    def runs(self, limit: int) -> list[CurationRun]:
        """The latest curation runs, newest first."""


class Quotas(Protocol):
    """Token buckets shared by all functions."""

    def reserve(self, buckets: Sequence[Bucket], now: datetime, horizon_seconds: float = 0.0) -> datetime:
        """Take one call from every bucket, or from none; when it may be made: now, or within the horizon.
        QuotaExhausted: it would be later.
        """

    def refund(self, buckets: Sequence[Bucket]) -> None:
        """Give back one call to every bucket: it was not made."""

    def exhaust(self, buckets: Sequence[Bucket], now: datetime) -> datetime:
        """Amazon said 429: empty the buckets; when the next call may be made."""

    def observe(self, bucket: Bucket, rate: float) -> None:
        """Amazon told the rate (requests per second) that really applies."""


class Configuration(Protocol):
    """What Terraform wrote into Parameter Store. ConfigurationMissing names what is absent."""

    def accounts(self) -> dict[str, Account]:
        """All accounts by name."""

    def account(self, name: str) -> Account:
        """One account."""

    def enablements(self) -> list[Enablement]:
        """Which sources are switched on for which accounts."""

    def contracts(self) -> dict[str, RequestContract]:
        """The request part of every contract, by source."""

    def region(self, name: str) -> Region:
        """One of Amazon's regions."""


@dataclass(frozen=True)
class Token:
    """An access token and when it dies. Its text never appears in a repr."""

    value: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the value."""
        return f"Token(expires_at={self.expires_at.isoformat()})"


class Tokens(Protocol):
    """The secrets. ConfigurationMissing when a secret has no value yet."""

    def client(self, application: str) -> tuple[str, str]:
        """Login with Amazon's client id and secret of an application."""

    def refresh_token(self, account: str) -> str:
        """The account's refresh token."""

    def access_token(self, account: str) -> Token | None:
        """The cached access token of an account."""

    def grantless_token(self, application: str) -> Token | None:
        """The cached grantless token of an application."""

    def save_access_token(self, account: str, token: Token) -> None:
        """Cache an access token. Only `authorize` does this."""

    def save_grantless_token(self, application: str, token: Token) -> None:
        """Cache a grantless token. Only `authorize` does this."""


class TokenEndpoint(Protocol):
    """Login with Amazon."""

    def refresh(self, client: tuple[str, str], refresh_token: str) -> Token:
        """A new access token for a refresh token."""

    def grantless(self, client: tuple[str, str], scope: str) -> Token:
        """A token for operations that no selling partner has to grant."""


class Reports(Protocol):
    """The Reports API for one account.

    Every call may raise Throttled, AccessTokenExpired, AccessDenied, RequestRefused, SellingPartnerUnavailable.
    """

    def create(self, question: Question) -> str:
        """Ask for a report; its id. Not idempotent."""

    def get(self, report_id: str) -> Report:
        """A report's state."""

    def list(self, report_type: str, marketplace_ids: Sequence[str], created_since: datetime) -> Iterator[ReportPage]:
        """Reports of a type, newest first as Amazon lists them, page by page; each page is a call, and there is at
        least one.
        """

    def document(self, report_document_id: str, *, restricted: bool) -> ReportDocument:
        """A fresh signed URL of a document."""

    def download(self, document: ReportDocument) -> AbstractContextManager[Download]:
        """The document's bytes as they come over the wire. DocumentUrlExpired when the URL is dead."""


@dataclass(frozen=True)
class Download:
    """An open download: the headers that matter and the bytes, never decoded by the HTTP library."""

    content_type: str | None
    chunks: Iterable[bytes]


@dataclass(frozen=True)
class StoredObject:
    """A document in the raw store."""

    bucket: str
    key: str
    stored_bytes: int
    content_bytes: int
    content_sha256: str
    content_type: str | None
    charset: str | None


class Upload(Protocol):
    """An upload that nobody can see until it is completed."""

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def complete(self) -> None:
        """Make the object appear, whole."""

    def abort(self) -> None:
        """Forget it."""


class RawStore(Protocol):
    """The bucket of raw documents."""

    @property
    def bucket(self) -> str:
        """Its name."""

    def upload(self, key: str) -> Upload:
        """Begin an object."""

    def put_sidecar(self, key: str, body: bytes) -> None:
        """Write a document's record. Its arrival is the event that curation follows."""

    def sidecar(self, key: str) -> bytes:
        """Read a document's record; NotFound when there is none."""


class StateMachines(Protocol):
    """Step Functions."""

    def start(self, state_machine_arn: str, name: str, data: Mapping[str, Any]) -> bool:
        """Start an execution; False when one of this name exists or existed."""

    def status(self, execution_arn: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED; None when there is no such execution."""

    def complete_task(self, token: str) -> bool:
        """Tell the waiting state that its report is ready; False when nobody waits with this token any more."""


class Alarms(Protocol):
    """What a person must act on."""

    def publish(self, subject: str, message: str) -> None:
        """Send to the alarm topic."""


class Metrics(Protocol):
    """Figures for dashboards and alarms (namespace SellingPartnerLake)."""

    def count(self, figures: Mapping[str, float]) -> None:
        """Add to counters."""


class Artifacts(Protocol):
    """Manifests and results of curation runs."""

    def put_manifest(self, run_id: str, body: bytes) -> str:
        """Write a manifest; its s3 URI."""

    def results_uri(self, run_id: str) -> str:
        """Where the job is to write its results."""

    def read(self, uri: str) -> bytes:
        """Read an artefact; NotFound when there is none."""


class Destinations(Protocol):
    """The Notifications API for one application and region (grantless) and one account."""

    def ensure_destination(self, name: str, queue_arn: str) -> str:
        """The destination id of the queue, made if need be."""

    def subscribe(self, destination_id: str) -> str | None:
        """Subscribe the account to finished reports; the destination that the existing subscription goes to when there
        is one already, else None.
        """


ReportsFor = Callable[[str, str], Reports]
"""The Reports API of (account, region), ready to call: its access token read, AccessTokenExpired when there is none
that is alive.
"""
