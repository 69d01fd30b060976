"""In-memory stand-ins for the ports.

The ledger, the quotas and the raw store pass the same suites as the real adapters (test_adapters.py).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.ledger_codec import (
    WAITING,
    WATCHED,
    asking_key,
    attempt_key,
    document_key,
    due_of,
    key_of,
    report_key,
    window_key,
)
from ingestion.access.authorizing import Authorizing
from ingestion.attempts.checking import Checking
from ingestion.attempts.fetching import Fetching
from ingestion.attempts.notifying import Notifying
from ingestion.attempts.requesting import Requesting
from ingestion.attempts.sweeping import Sweeping
from ingestion.configuration.accounts import Account, Enablement, Marketplace, Region
from ingestion.configuration.contracts import RequestContract
from ingestion.curation.claiming import CurationStart
from ingestion.curation.closing import CurationEnd
from ingestion.curation.concluding import CurationFinish
from ingestion.errors import ConfigurationMissing, DocumentUrlExpired, LedgerConflict, NotFound, QuotaExhausted
from ingestion.instants import from_epoch
from ingestion.ledger.items import (
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
    WindowKey,
)
from ingestion.ports import Download, Token
from ingestion.queue.dispatching import Dispatching
from ingestion.quotas.allowances import Allowances
from ingestion.quotas.buckets import TOLERANCE, Bucket, UsagePlan, after_call, after_refund, after_refusal, available_at
from ingestion.reports_api import Question, Report, ReportDocument, ReportPage
from ingestion.windows.discovering import Discovering

REPORT_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-report"
CURATION_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-curation"
PLANS = {
    "createReport": UsagePlan(0.0167, 15),
    "getReport": UsagePlan(2.0, 15),
    "getReports": UsagePlan(0.0222, 10),
    "getReportDocument": UsagePlan(0.0167, 15),
}
DAILY = {
    "report_type": "GET_DAILY_REPORT",
    "accounts": ["seller"],
    "scope": "marketplace",
    "variants": {"child": {"granularity": "DAY", "unset": None}},
    "restricted": False,
    "window": {
        "grain": "day",
        "bounds": "dates_inclusive",
        "per_request": "P1D",
        "time_zone": "marketplace",
        "available_after": "PT48H",
        "restatement_delays": ["P3D", "P5D"],
        "history": "P2Y",
    },
    "limits": [],
    "cooldown_after_fatal": "PT30M",
    "deadline": "PT4H",
    "poll_every": "PT2M",
}
BERLIN = Marketplace("A1PA6795UKMFR9", "DE", "Europe/Berlin", "EUR")
LONDON = Marketplace("A1F83G8C2ARO7P", "UK", "Europe/London", "GBP")


def daily(**window: Any) -> dict[str, Any]:
    """The usual contract with another window."""
    return DAILY | {"window": DAILY["window"] | window}  # type: ignore[operator]


class FakeClock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class FakeLedger:
    """Fault mode: `conflicts` makes so many saves fail, `before_save` runs once in front of the next save (another
    writer).
    """

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.conflicts = 0
        self.saves = 0
        self.before_save: list[Any] = []

    def save(self, *items: Item) -> None:
        if self.before_save:
            self.before_save.pop(0)()
        if self.conflicts:
            self.conflicts -= 1
            raise LedgerConflict("injected")
        assert len(items) <= 100
        assert len({key_of(item) for item in items}) == len(items)
        for item in items:
            stored = self.items.get(key_of(item))
            if (stored.lock if stored else 0) != item.lock:
                raise LedgerConflict(type(item).__name__)
        self.saves += 1
        for item in items:
            self.items[key_of(item)] = replace(item, lock=item.lock + 1)

    def park(self, message: ParkedMessage) -> None:
        self.items[key_of(message)] = replace(message, lock=1)

    def _get(self, key: tuple[str, str]) -> Any:
        return self.items.get(key)

    def _of(self, kind: type, pk: str, prefix: str = "") -> list[Any]:
        return [
            item
            for key, item in sorted(self.items.items())
            if key[0] == pk and key[1].startswith(prefix) and isinstance(item, kind)
        ]

    def _due(self, kind: type, until: datetime) -> list[tuple[datetime, str, Any]]:
        found = [
            (due[1], due[0], item)
            for item in self.items.values()
            if isinstance(item, kind) and (due := due_of(item)) and due[1] <= until
        ]
        return sorted(found, key=lambda entry: entry[0])

    def window(self, key: WindowKey) -> LedgerWindow | None:
        return self._get(window_key(key))

    def windows(self, account: str, source: str | None = None) -> Iterator[LedgerWindow]:
        yield from self._of(LedgerWindow, f"window#{account}", f"{source}#" if source else "")

    def due_windows(self, until: datetime, limit: int) -> list[LedgerWindow]:
        found: dict[tuple[str, str], LedgerWindow] = {}
        due = self._due(LedgerWindow, until)
        for shard in {entry[1] for entry in due}:
            mine = [entry[2] for entry in due if entry[1] == shard]
            for window in (*mine[-limit:], *(mine[:limit] if len(mine) >= limit else [])):
                found[window_key(window.key)] = window
        return list(found.values())

    def attempt(self, request: str, revision: int, attempt: int) -> Attempt | None:
        return self._get(attempt_key(request, revision, attempt))

    def overdue_attempts(self, until: datetime, limit: int) -> list[Attempt]:
        return [item for _, shard, item in self._due(Attempt, until) if shard == WATCHED][:limit]

    def asking(self, account: str, report_type: str, marketplace: str, window: str) -> Any:
        return self._get(asking_key(account, report_type, marketplace, window))

    def pointer(self, selling_partner_id: str, report_id: str) -> Any:
        return self._get(report_key(selling_partner_id, report_id, "pointer"))

    def message(self, selling_partner_id: str, report_id: str) -> Any:
        return self._get(report_key(selling_partner_id, report_id, "message"))

    def cursors(self, account: str) -> list[Cursor]:
        return self._of(Cursor, f"cursor#{account}")

    def looks(self, account: str) -> list[Look]:
        return self._of(Look, f"look#{account}")

    def account(self, account: str) -> LedgerAccount | None:
        return self._get(("account", account))

    def accounts(self) -> list[LedgerAccount]:
        return self._of(LedgerAccount, "account")

    def document(self, account: str, report_id: str) -> LedgerDocument | None:
        return self._get(document_key(account, report_id))

    def waiting_documents(self, until: datetime, limit: int) -> list[LedgerDocument]:
        return [item for _, shard, item in self._due(LedgerDocument, until) if shard == WAITING][:limit]

    def lease(self) -> Lease:
        return self._get(("lease", "curation")) or Lease()

    def runs(self, limit: int) -> list[CurationRun]:
        return list(reversed(self._of(CurationRun, "run")))[:limit]

    def alert(self, subject: str) -> Any:
        return self._get(("alert", subject))


class FakeQuotas:
    def __init__(self) -> None:
        self.arrivals: dict[str, float] = {}
        self.rates: dict[str, float] = {}

    def _plan(self, bucket: Bucket) -> UsagePlan:
        return UsagePlan(self.rates.get(bucket.key, bucket.plan.rate), bucket.plan.burst)

    def reserve(self, buckets: Sequence[Bucket], now: datetime, horizon_seconds: float = 0.0) -> datetime:
        moment = now.timestamp()
        allowed = max([moment, *(available_at(self.arrivals.get(b.key), self._plan(b)) for b in buckets)])
        if allowed > moment + horizon_seconds + TOLERANCE:
            raise QuotaExhausted(from_epoch(allowed))
        for b in buckets:
            self.arrivals[b.key] = after_call(self.arrivals.get(b.key), self._plan(b), allowed)
        return from_epoch(allowed)

    def refund(self, buckets: Sequence[Bucket]) -> None:
        for b in buckets:
            if b.key in self.arrivals:
                self.arrivals[b.key] = after_refund(self.arrivals[b.key], self._plan(b))

    def exhaust(self, buckets: Sequence[Bucket], now: datetime) -> datetime:
        for b in buckets:
            self.arrivals[b.key] = after_refusal(self.arrivals.get(b.key), self._plan(b), now.timestamp())
        return from_epoch(max(available_at(self.arrivals[b.key], self._plan(b)) for b in buckets))

    def observe(self, bucket: Bucket, rate: float) -> None:
        self.rates[bucket.key] = rate


@dataclass
class FakeUpload:
    store: FakeRawStore
    key: str
    data: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        self.data += data

    def complete(self) -> None:
        self.store.objects[self.key] = bytes(self.data)

    def abort(self) -> None:
        self.store.aborted.append(self.key)


class FakeRawStore:
    bucket = "raw"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.aborted: list[str] = []
        self.fail_sidecar = 0

    def upload(self, key: str) -> FakeUpload:
        return FakeUpload(self, key)

    def put_sidecar(self, key: str, body: bytes) -> None:
        if self.fail_sidecar:
            self.fail_sidecar -= 1
            raise OSError("injected")
        self.objects[key] = body

    def sidecar(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound(key)
        return self.objects[key]


class FakeAmazon:
    """The Reports API. `faults[operation]` are raised before the call has an effect; `lost_answers` after createReport
    has had one.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.reports: dict[str, Report] = {}
        self.documents: dict[str, bytes] = {}
        self.questions: list[Question] = []
        self.calls: list[str] = []
        self.faults: dict[str, list[Exception]] = {}
        self.lost_answers: list[Exception] = []
        self.dead_urls = 0

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)

    def create(self, question: Question) -> str:
        self._called("createReport")
        self.questions.append(question)
        report_id = str(50_000 + len(self.reports))
        parse = lambda text: datetime.fromisoformat(text) if text else None  # noqa: E731
        self.reports[report_id] = Report(
            report_id,
            question.report_type,
            "IN_QUEUE",
            self.clock().replace(microsecond=0),
            question.marketplace_ids,
            parse(question.data_start_time),
            parse(question.data_end_time),
        )
        if self.lost_answers:
            raise self.lost_answers.pop(0)
        return report_id

    def finish(
        self, report_id: str, status: str = "DONE", content: bytes | None = None, *, wire: bytes | None = None
    ) -> None:
        document = f"doc-{report_id}" if content is not None or wire is not None else None
        if document:
            self.documents[document] = wire if wire is not None else gzip.compress(content or b"")
        self.reports[report_id] = replace(
            self.reports[report_id],
            processing_status=status,
            report_document_id=document,
            processing_start_time=self.clock().replace(microsecond=0),
        )

    def get(self, report_id: str) -> Report:
        self._called("getReport")
        return self.reports[report_id]

    def list(self, report_type: str, marketplace_ids: Sequence[str], created_since: datetime) -> Iterator[ReportPage]:
        """Pages of three, newest first, as the Reports API lists them."""
        listed = [r for r in self.reports.values() if r.report_type == report_type and r.created_time >= created_since]
        listed.sort(key=lambda report: report.created_time, reverse=True)
        for begin in range(0, max(len(listed), 1), 3):
            self._called("getReports")
            yield ReportPage(tuple(listed[begin : begin + 3]), last=begin + 3 >= len(listed))

    def document(self, report_document_id: str, *, restricted: bool) -> ReportDocument:
        self._called("getReportDocument")
        return ReportDocument(
            report_document_id, f"https://documents.example/{report_document_id}?X-Amz-Signature=canary", "GZIP"
        )

    @contextmanager
    def download(self, document: ReportDocument) -> Iterator[Download]:
        self._called("download")
        if self.dead_urls:
            self.dead_urls -= 1
            raise DocumentUrlExpired(document.report_document_id)
        wire = self.documents[document.report_document_id]
        yield Download("text/plain; charset=Cp1252", (wire[i : i + 100] for i in range(0, len(wire), 100)))


class FakeStateMachines:
    def __init__(self) -> None:
        self.executions: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        self.completed: list[str] = []
        self.dead_tokens: set[str] = set()

    def start(self, state_machine_arn: str, name: str, data: Mapping[str, Any]) -> bool:
        new = name not in self.executions
        self.executions.setdefault(name, dict(data))
        self.statuses.setdefault(f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}", "RUNNING")
        return new

    def status(self, execution_arn: str) -> str | None:
        return self.statuses.get(execution_arn)

    def complete_task(self, token: str) -> bool:
        if token in self.dead_tokens:
            return False
        self.completed.append(token)
        self.dead_tokens.add(token)
        return True


class FakeAlarms:
    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []

    def publish(self, subject: str, message: str) -> None:
        self.published.append((subject, message))


class FakeMetrics:
    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def count(self, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            self.figures[name] = self.figures.get(name, 0) + value


class FakeArtifacts:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_manifest(self, run_id: str, body: bytes) -> str:
        uri = f"s3://artifacts/curation/{run_id}/manifest.json"
        self.objects[uri] = body
        return uri

    def results_uri(self, run_id: str) -> str:
        return f"s3://artifacts/curation/{run_id}/results.json"

    def read(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise NotFound(uri)
        return self.objects[uri]


class FakeConfiguration:
    def __init__(self, account: Account, contracts: Mapping[str, Mapping[str, Any]]) -> None:
        self._accounts = {account.name: account}
        self.raw = dict(contracts)
        self.switched_on = [Enablement(account.name, source, None) for source in contracts]

    def accounts(self) -> dict[str, Account]:
        return dict(self._accounts)

    def add(self, account: Account) -> None:
        self._accounts[account.name] = account

    def account(self, name: str) -> Account:
        if name not in self._accounts:
            raise ConfigurationMissing(name)
        return self._accounts[name]

    def enablements(self) -> list[Enablement]:
        return self.switched_on

    def contracts(self) -> dict[str, RequestContract]:
        return {source: RequestContract.parse(source, data) for source, data in self.raw.items()}

    def region(self, name: str) -> Region:
        return Region(name, "https://api.example", "https://token.example")


class FakeTokens:
    def __init__(self) -> None:
        self.access: dict[str, Token] = {}
        self.grantless: dict[str, Token] = {}

    def client(self, application: str) -> tuple[str, str]:
        return "client-id", "client-secret"

    def refresh_token(self, account: str) -> str:
        return "Atzr|canary-refresh"

    def access_token(self, account: str) -> Token | None:
        return self.access.get(account)

    def grantless_token(self, application: str) -> Token | None:
        return self.grantless.get(application)

    def save_access_token(self, account: str, token: Token) -> None:
        self.access[account] = token

    def save_grantless_token(self, application: str, token: Token) -> None:
        self.grantless[application] = token


class FakeLogin:
    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.asked = clock, 0

    def _token(self) -> Token:
        self.asked += 1
        return Token(f"Atza|canary-{self.asked}", self.clock() + timedelta(hours=1))

    def refresh(self, client: tuple[str, str], refresh_token: str) -> Token:
        return self._token()

    def grantless(self, client: tuple[str, str], scope: str) -> Token:
        return self._token()


def seller(**changes: Any) -> Account:
    usual = Account("northwind", "seller", "eu", "A3TH9S8BH6GOGM", "lake", date(2026, 11, 1), None, "auto", (BERLIN,))
    return replace(usual, **changes)


class FakeLake:
    """Everything wired to fakes, with steps as the state machines would take them."""

    def __init__(
        self,
        account: Account | None = None,
        contracts: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        scale: float = 1.0,
    ) -> None:
        self.clock = FakeClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
        self.account = account or seller()
        self.ledger, self.quotas, self.raw, self.artifacts = FakeLedger(), FakeQuotas(), FakeRawStore(), FakeArtifacts()
        self.amazon, self.machines, self.alarms, self.metrics = (
            FakeAmazon(self.clock),
            FakeStateMachines(),
            FakeAlarms(),
            FakeMetrics(),
        )
        self.configuration = FakeConfiguration(self.account, contracts or {"daily": DAILY})
        self.tokens, self.login = FakeTokens(), FakeLogin(self.clock)
        self.allowances = Allowances(self.quotas, PLANS, scale, self.clock)
        self.dispatching = Dispatching(
            self.ledger, self.configuration, self.allowances, self.machines, REPORT_MACHINE, self.clock, 100
        )
        self.requesting = Requesting(self.ledger, self._reports, self.allowances, self.machines, self.clock)
        self.checking = Checking(self.ledger, self._reports, self.allowances)
        self.fetching = Fetching(self.ledger, self._reports, self.allowances, self.raw, self.clock)
        self.notifying = Notifying(self.ledger, self.machines, self.clock)
        self.starting = CurationStart(
            self.ledger, self.raw, self.artifacts, self.machines, CURATION_MACHINE, self.clock
        )
        self.end = CurationEnd(self.ledger, self.alarms, self.clock)
        self.finishing = CurationFinish(self.ledger, self.artifacts, self.alarms, self.metrics, self.end)
        self.sweeping = Sweeping(self.ledger, self.machines, self.alarms, self.end, self.clock)
        self.authorized: list[tuple[str, bool]] = []
        self.discovering = Discovering(
            self.ledger, self.configuration, self._authorize, self._reports, self.allowances, self.clock
        )
        self.authorizing = Authorizing(self.tokens, self.configuration, lambda _: self.login, self.clock)

    def _authorize(self, account: str, force: bool) -> None:
        self.authorized.append((account, force))

    def _reports(self, account: str, region: str) -> FakeAmazon:
        return self.amazon

    def windows(self) -> list[LedgerWindow]:
        return list(self.ledger.windows(self.account.name))

    def window(self, key: str) -> LedgerWindow:
        return next(window for window in self.windows() if window.key.window == key)

    def attempts(self) -> list[Attempt]:
        return [item for item in self.ledger.items.values() if isinstance(item, Attempt)]

    def in_flight(self, window: str) -> Attempt:
        return next(attempt for attempt in self.attempts() if attempt.key.window == window and not attempt.closed)

    def one(self, day: str = "2026-11-20") -> Attempt:
        """Dispatch; the attempt at a day."""
        self.dispatching.tick()
        return self.in_flight(day)

    def ask(self, attempt: Attempt, token: str | None = None) -> str:
        return self.requesting.request(attempt.request, attempt.revision, attempt.attempt, token)

    def fetch(self, attempt: Attempt) -> Any:
        return self.fetching.fetch(attempt.request, attempt.revision, attempt.attempt)

    def collect(self, attempt: Attempt, content: bytes) -> Any:
        """Ask, let Amazon finish, fetch."""
        report_id = self.ask(attempt)
        self.amazon.finish(report_id, "DONE", content)
        return self.fetch(attempt)

    def manifest(self, run_id: str) -> dict[str, Any]:
        return json.loads(self.artifacts.objects[f"s3://artifacts/curation/{run_id}/manifest.json"])

    def curate(self, outcomes: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Run what waits; documents are curated (or superseded) unless told otherwise by report id."""
        run_id = self.starting.start()
        assert run_id is not None
        return self.end_run(run_id, outcomes)

    def end_run(self, run_id: str, outcomes: Mapping[str, str] | None = None) -> dict[str, Any]:
        entries = []
        for record in self.manifest(run_id)["documents"]:
            usual = "superseded" if record["superseded_by"] else "curated"
            outcome = (outcomes or {}).get(record["report_id"], usual)
            entries.append(
                {name: record[name] for name in ("account", "report_id", "source", "request")}
                | {"outcome": outcome, "code": "code", "message": "why"}
            )
        uri = self.artifacts.results_uri(run_id)
        self.artifacts.objects[uri] = json.dumps(
            {"run_id": run_id, "documents": entries, "tables": {"daily": 3}}
        ).encode()
        return self.finishing.finish(run_id, uri)


def notification(
    report_id: str,
    *,
    seller_id: str | None = "A3TH9S8BH6GOGM",
    account_id: str = "amzn1.merchant.o.A3TH9S8BH6GOGM",
    version: str = "1.0",
) -> str:
    told = {
        "accountId": account_id,
        "reportId": report_id,
        "reportType": "GET_DAILY_REPORT",
        "processingStatus": "DONE",
        "reportDocumentId": "doc",
    }
    if seller_id:
        told["sellerId"] = seller_id
    return json.dumps(
        {
            "notificationVersion": "2020-09-04",
            "notificationType": "REPORT_PROCESSING_FINISHED",
            "payloadVersion": version,
            "eventTime": "2026-11-23T12:00:00Z",
            "payload": {"reportProcessingFinishedNotification": told},
            "notificationMetadata": {
                "applicationId": "app",
                "subscriptionId": "s",
                "publishTime": "2026-11-23T12:00:00Z",
                "notificationId": "n",
            },
        }
    )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
