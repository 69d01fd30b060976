"""All use cases wired to fakes, with steps as the state machines take them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.access.authorizing import Authorizing
from ingestion.access.registering import registered
from ingestion.attempts.checking import Checking
from ingestion.attempts.fetching import Fetched, Fetching
from ingestion.attempts.notifying import Notifying
from ingestion.attempts.requesting import Requesting
from ingestion.attempts.sweeping import ExecutionFailure, Sweeping
from ingestion.configuration.accounts import Account
from ingestion.curation.admitting import Admitting
from ingestion.curation.batching import Batching
from ingestion.curation.claiming import Claiming
from ingestion.curation.concluding import Concluding
from ingestion.curation.failing import CurationFailure
from ingestion.failures import Failures
from ingestion.ledger.attempts import Attempt
from ingestion.ledger.windows import LedgerWindow
from ingestion.queue.dispatching import Dispatching
from ingestion.quotas.allowances import Allowances
from ingestion.quotas.buckets import UsagePlan
from ingestion.windows.discovering import Discovering
from ingestion.windows.reopening import Reopening

from tests.unit.fakes.access import FakeLogin, FakeTokens
from tests.unit.fakes.amazon import FakeAmazon
from tests.unit.fakes.artifacts import FakeArtifacts
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.configuration import DAILY, FakeConfiguration, seller
from tests.unit.fakes.ledger import FakeLedger
from tests.unit.fakes.quotas import FakeQuotas
from tests.unit.fakes.raw_store import FakeRawStore
from tests.unit.fakes.state_machines import FakeStateMachines
from tests.unit.fakes.telling import FakeAlarms, FakeMetrics

REPORT_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-report"
CURATION_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-curation"
PLANS = {
    "createReport": UsagePlan(0.0167, 15),
    "getReport": UsagePlan(2.0, 15),
    "getReports": UsagePlan(0.0222, 10),
    "getReportDocument": UsagePlan(0.0167, 15),
}


class FakeLake:
    """All use cases of one account, whose credentials were stored unless told otherwise."""

    def __init__(
        self,
        account: Account | None = None,
        contracts: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        scale: float = 1.0,
        credentials: bool = True,
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
        self.admitting = Admitting(self.ledger, self.raw, self.clock)
        self.claiming = self.claiming_by(Batching(1, timedelta(0)))
        self.concluding = Concluding(self.ledger, self.artifacts, self.alarms, self.metrics, self.clock)
        self.sweeping = Sweeping(
            self.ledger,
            self.machines,
            self.alarms,
            CurationFailure(self.ledger, self.alarms, self.clock),
            self.clock,
        )
        if credentials:
            self.store_credentials(self.account)
        self.authorized: list[tuple[str, bool]] = []
        self.discovering = Discovering(
            self.ledger, self.configuration, self._authorize, self._reports, self.allowances, self.clock
        )
        self.authorizing = Authorizing(self.tokens, self.configuration, lambda _: self.login, self.clock)

    def claiming_by(self, batching: Batching) -> Claiming:
        """Claiming with a rule of its own; the usual one starts a run at once."""
        return Claiming(self.ledger, self.artifacts, self.machines, CURATION_MACHINE, batching, self.clock)

    def store_credentials(self, account: Account) -> None:
        """What `subscribe` records of an account that can be authorised."""
        known = registered(self.ledger.account(account.name), account)
        self.ledger.save(replace(known, credentials_missing=None))

    def _authorize(self, account: str, force: bool) -> None:
        self.authorized.append((account, force))

    def _reports(self, account: str, region: str) -> FakeAmazon:
        return self.amazon

    def windows(self) -> list[LedgerWindow]:
        return list(self.ledger.windows(self.account.name))

    def window(self, key: str) -> LedgerWindow:
        return next(window for window in self.windows() if window.window.key == key)

    def attempts(self) -> list[Attempt]:
        return [item for item in self.ledger.items.values() if isinstance(item, Attempt)]

    def in_flight(self, window: str) -> Attempt:
        return next(attempt for attempt in self.attempts() if attempt.window.key == window and not attempt.closed)

    def one(self, day: str = "2026-11-20") -> Attempt:
        """Dispatch; the attempt at a day."""
        self.dispatching.tick()
        return self.in_flight(day)

    def ask(self, attempt: Attempt, token: str | None = None) -> str:
        return self.requesting.request(attempt.key, token)

    def fetch(self, attempt: Attempt) -> Fetched:
        return self.fetching.fetch(attempt.key)

    def collect(self, attempt: Attempt, content: bytes) -> Fetched:
        """Ask, let Amazon finish, fetch."""
        report_id = self.ask(attempt)
        self.amazon.finish(report_id, "DONE", content)
        return self.fetch(attempt)

    def fail(self, attempt: Attempt, status: str = "FAILED", error: str | None = None, cause: str | None = None) -> str:
        """The attempt's execution fails; what the sweep answers to the event."""
        return self.sweeping.execution_ended(attempt.key.execution_name, ExecutionFailure(status, error, cause))

    def sweep(self) -> dict[str, int | bool]:
        """A regular round; what cannot be checked raises at its end."""
        failures = Failures("sweep", self.ledger, self.clock)
        figures = self.sweeping.sweep(failures)
        failures.raise_news()
        return figures

    def reopen(self, account: str, source: str) -> int:
        """As an operator requests it."""
        return Reopening(self.ledger).on_operator_request(self.configuration, account, source, self.clock())

    def manifest(self, run_id: str) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.artifacts.objects[f"s3://artifacts/curation/{run_id}/manifest.json"])
        return manifest

    def curate(self, outcomes: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Run what waits; documents are curated (or superseded) unless told otherwise by report id."""
        run_id = self.claiming.start()
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
        return self.concluding.finish(run_id, uri)
