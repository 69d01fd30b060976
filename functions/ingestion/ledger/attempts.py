"""Attempts, and the right to create a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestion.identity import AttemptKey, LineKey, Window, WindowKey
from ingestion.ledger.item import Item
from ingestion.quotas.buckets import Bucket
from ingestion.reports_api.values import Question


class Outcome(StrEnum):
    """How an attempt ended."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    NO_DATA = "no_data"
    RETRY_LATER = "retry_later"
    REFUSED = "refused"
    NOT_ENTITLED = "not_entitled"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ContractTerms:
    """What an attempt's execution needs of the contract; its functions read no contract.

    `limits` are the buckets of the report type's own limits, before scaling.
    """

    restricted: bool
    snapshot: bool
    deadline_seconds: int
    poll_seconds: int
    cooldown_seconds: int
    limits: tuple[Bucket, ...]


@dataclass(frozen=True, kw_only=True)
class Attempt(Item):
    """One attempt at one request, with all that the functions of its execution need.

    `question_digest` is how the contract asked (windows.lines.Line). `as_of` is the planning clock when the attempt was
    dispatched at `dispatched_at`. `reserved_for` is when createReport may be called, `document_at` when
    getReportDocument may be, `watch_at` when the sweep looks after the attempt.
    """

    key: AttemptKey
    line: LineKey
    window: Window
    marketplace_id: str | None
    selling_partner_id: str
    region: str
    kind: str
    question: Question
    terms: ContractTerms
    polled: bool
    as_of: datetime
    dispatched_at: datetime
    execution_arn: str
    question_digest: str | None = None
    restatement_at: datetime | None = None
    reserved_for: datetime | None = None
    intent_at: datetime | None = None
    report_id: str | None = None
    document_at: datetime | None = None
    task_token: str | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    closed_at: datetime | None = None
    watch_at: datetime | None = None

    @property
    def account(self) -> str:
        """The account's name."""
        return self.line.account

    @property
    def window_key(self) -> WindowKey:
        """What names the attempt's window."""
        return WindowKey(line=self.line, window=self.window.key)

    @property
    def closed(self) -> bool:
        """Whether its outcome is recorded."""
        return self.outcome is not None

    @property
    def execution_input(self) -> dict[str, str | int | bool]:
        """Input of the report state machine: a pure function of this item, so that a second start is the same start."""
        return {
            "request": self.key.request,
            "revision": self.key.revision,
            "attempt": self.key.attempt,
            "account": self.line.account,
            "source": self.line.source,
            "polled": self.polled,
            "deadline_seconds": self.terms.deadline_seconds,
            "poll_seconds": self.terms.poll_seconds,
        }

    def planning_time(self, now: datetime) -> datetime:
        """`now` on the clock that planned this attempt; they differ when the past is replayed against a fixed clock."""
        return self.as_of + (now - self.dispatched_at)


@dataclass(frozen=True, kw_only=True)
class CreationRight(Item):
    """The right to create a report of this type, window and marketplaces, held by one attempt at a time.

    Variants go one after the other: a Report does not tell its options, so an unclaimed one could belong to any.
    """

    account: str
    report_type: str
    marketplace: str
    window: str
    holder: AttemptKey | None
    expires_at: datetime
