"""What the ledger remembers.

Each class is one kind of item; `lock` counts its writes (0: not stored yet) and is the condition of the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ingestion.identity import request_id


class WindowState(StrEnum):
    """The best that is known of a window: a window that is curated and asked again stays curated."""

    PLANNED = "planned"
    REQUESTED = "requested"
    STORED = "stored"
    CURATED = "curated"
    NO_DATA = "no_data"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    NOT_ENTITLED = "not_entitled"
    QUARANTINED = "quarantined"
    LOST = "lost"


class Outcome(StrEnum):
    """How an attempt ended."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    NO_DATA = "no_data"
    RETRY_LATER = "retry_later"
    REFUSED = "refused"
    NOT_ENTITLED = "not_entitled"
    FAILED = "failed"


class DocumentState(StrEnum):
    """Where a stored document is on its way to the tables."""

    STORED = "stored"
    CURATED = "curated"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, kw_only=True)
class Item:
    """Anything in the ledger."""

    lock: int = 0


@dataclass(frozen=True, kw_only=True)
class WindowKey:
    """Which window: `marketplace` is a code such as DE, or `all`."""

    account: str
    source: str
    variant: str
    marketplace: str
    window: str


@dataclass(frozen=True, kw_only=True)
class NewestDocument:
    """The newest report of a window, in the total order (report time, report id).

    `stored_as` is the report whose bytes are kept: a report with unchanged content stores nothing itself.
    """

    report_id: str
    report_time: datetime
    content_sha256: str
    stored_as: str
    state: DocumentState = DocumentState.STORED

    @property
    def order(self) -> tuple[datetime, str]:
        """Comparable: later reports are greater."""
        return self.report_time, self.report_id


@dataclass(frozen=True, kw_only=True)
class AdoptedReport:
    """A report that Amazon made by itself: the only one that its window can ever have, so that none is created for it."""

    report_id: str
    marketplace_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LedgerWindow(Item):
    """One window of one source: its best state, why, and when something will happen next. `adopted` is set for windows
    that were not planned, but found.

    `request` and `question` are those of the latest attempt (`question`: how the contract asked, see planning.Subject).
    """

    key: WindowKey
    marketplace_id: str | None
    window_start: str
    window_end: str
    starts_at: datetime
    ends_at: datetime
    state: WindowState = WindowState.PLANNED
    reason: str | None = None
    request: str | None = None
    question: str | None = None
    revision: int = 1
    attempt: int = 1
    in_flight: bool = False
    failures: int = 0
    empty_answers: int = 0
    newest: NewestDocument | None = None
    open_intent_at: datetime | None = None
    open_report_id: str | None = None
    adopted: AdoptedReport | None = None
    asked_at: datetime | None = None
    updated_at: datetime | None = None
    next_action_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A bucket of a contract's limit, as an attempt carries it: key, calls per second before scaling, burst."""

    key: str
    rate: float
    burst: int


@dataclass(frozen=True, kw_only=True)
class Attempt(Item):
    """One attempt at one request, with all that the functions of its execution need: they read no contract."""

    request: str
    revision: int
    attempt: int
    key: WindowKey
    selling_partner_id: str
    application: str
    region: str
    kind: str
    report_type: str
    options: dict[str, str]
    marketplace_id: str | None
    marketplace_ids: tuple[str, ...]
    window_start: str
    window_end: str
    data_start_time: str | None
    data_end_time: str | None
    restricted: bool
    polled: bool
    deadline_seconds: int
    poll_seconds: int
    cooldown_seconds: int
    limits: tuple[Limit, ...]
    snapshot: bool
    as_of: datetime
    dispatched_at: datetime
    execution_arn: str
    question: str | None = None
    restatement_at: datetime | None = None
    reserved_for: datetime | None = None
    intent_at: datetime | None = None
    report_id: str | None = None
    document_at: datetime | None = None
    task_token: str | None = None
    processing_status: str | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    closed_at: datetime | None = None
    watch_at: datetime | None = None

    @property
    def account(self) -> str:
        """The account's name."""
        return self.key.account

    @property
    def closed(self) -> bool:
        """Whether its outcome is recorded."""
        return self.outcome is not None

    @property
    def execution_input(self) -> dict[str, str | int | bool]:
        """Input of the report state machine: a pure function of this item, so that a second start is the same start."""
        return {
            "request": self.request,
            "revision": self.revision,
            "attempt": self.attempt,
            "account": self.account,
            "source": self.key.source,
            "polled": self.polled,
            "deadline_seconds": self.deadline_seconds,
            "poll_seconds": self.poll_seconds,
        }

    def planning_time(self, now: datetime) -> datetime:
        """`now` on the clock that planned this attempt (they differ when the past is replayed against a fixed clock)."""
        return self.as_of + (now - self.dispatched_at)


@dataclass(frozen=True, kw_only=True)
class Asking(Item):
    """The right to create a report of this type, window and marketplaces.

    Variants go one after the other: a Report does not tell its options, so an unclaimed one could be anybody's.
    """

    account: str
    report_type: str
    marketplace: str
    window: str
    holder: str | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Pointer(Item):
    """From Amazon's report id to our attempt. Report ids are unique for a selling partner only."""

    selling_partner_id: str
    report_id: str
    request: str
    revision: int
    attempt: int


@dataclass(frozen=True, kw_only=True)
class ParkedMessage(Item):
    """A notification that is waiting for (or met) its pointer."""

    selling_partner_id: str
    report_id: str
    report_type: str
    processing_status: str
    received_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Cursor(Item):
    """How far windows were planned: all that start from `planned_from` on and before `planned_until`. Nothing is due
    before `next_due_at`.

    `question` is how the contract asked when the windows that Amazon refused were last looked through: none of them is
    to be asked again because of it.
    """

    account: str
    source: str
    variant: str
    marketplace: str
    planned_until: datetime
    next_due_at: datetime | None
    planned_from: datetime | None = None
    question: str | None = None


@dataclass(frozen=True, kw_only=True)
class Look(Item):
    """When Amazon's list of reports was last read to its end for a source whose reports Amazon makes by itself, and
    when it will be read next.

    `reason` says why the last reading did not come to the end, `failures` how many in a row failed.
    """

    account: str
    source: str
    variant: str
    marketplace: str
    next_look_at: datetime
    looked_at: datetime | None = None
    reason: str | None = None
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class LedgerAccount(Item):
    """What the lake learnt about an account: whether Amazon notifies it, and whether Login with Amazon refused it."""

    account: str
    selling_partner_id: str
    kind: str
    region: str
    notified: bool = False
    notification_reason: str | None = None
    subscribed_at: datetime | None = None
    authorization_refused_at: datetime | None = None
    authorization_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class LedgerDocument(Item):
    """A stored document: its record (the sidecar's JSON text) and its way to the tables. It waits for curation from
    `waits_from` on; None: it does not wait.

    `failed_runs` counts the runs with it that failed, `failed_alone` those that had no other document, the last of them
    at `failed_alone_at` (but those between which no other run succeeded count once).
    """

    account: str
    report_id: str
    key: WindowKey
    report_time: datetime
    record: str
    state: DocumentState = DocumentState.STORED
    reason: str | None = None
    run_id: str | None = None
    failed_runs: int = 0
    failed_alone: int = 0
    failed_alone_at: datetime | None = None
    waits_from: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentName:
    """A document as a lease lists it; `superseded_by` is the newer report of its window, if there is one that speaks
    for it.
    """

    account: str
    report_id: str
    superseded_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lease(Item):
    """The right to write to the tables (one run at a time).

    `fence` counts the holders; documents are those the holder claimed.
    """

    name: str = "curation"
    fence: int = 0
    holder: str | None = None
    documents: tuple[DocumentName, ...] = field(default=())
    execution_arn: str | None = None
    taken_at: datetime | None = None
    held_until: datetime | None = None
    started: bool = False

    def released(self) -> Lease:
        """The lease with nobody holding it; the fence stays."""
        return replace(
            self, holder=None, documents=(), execution_arn=None, taken_at=None, held_until=None, started=False
        )


@dataclass(frozen=True, kw_only=True)
class CurationRun(Item):
    """A finished curation run, for people: goes after ninety days."""

    run_id: str
    status: str
    documents: int
    curated: int
    superseded: int
    refused: int
    quarantined: int
    reason: str | None
    finished_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Alert(Item):
    """Something that people were told; they are not told again before `expires_at`."""

    subject: str
    expires_at: datetime


def request_of(key: WindowKey, marketplace_id: str | None, options: dict[str, str]) -> str:
    """The id of the question that a window asks with these options."""
    return request_id(key.account, marketplace_id, key.source, key.variant, options, key.window)
