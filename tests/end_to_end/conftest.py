"""One local cloud and one `terraform apply` for all end-to-end tests."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from adapters.ledger import DynamoLedger
from ingestion.ledger.curation import CurationRun

from local_cloud.cloud import Endpoints
from operations.contracts import bundle
from operations.deployment import package
from operations.deployment.local_lake import LocalLake
from operations.lake.athena import run_query
from operations.lake.coverage import Coverage
from operations.lake.invocation import invoke
from operations.lake.ledger import read_coverage
from operations.lake.location import Location
from tests.end_to_end import served, world

PATIENCE = 240.0


@dataclass
class LakeUnderTest:
    """A deployed lake and the world around it.

    `command` acts as the operator. What tests look at and set up, they do as the account's root (`location`): it is
    more than any role may.
    """

    local: LocalLake
    endpoints: Endpoints
    location: Location
    simulator: str
    accounts: dict[str, world.PartnerAccount]
    documents: world.Documents

    def command(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run the `lake` command as a user does, with nothing exported."""
        command = [
            sys.executable,
            "-c",
            "from operations.command import app; app()",
            *arguments,
            "--config",
            str(self.local.config),
        ]
        return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120, check=False)

    def register(self, account: str) -> subprocess.CompletedProcess[str]:
        """`lake account add`, with the account's refresh token on standard input."""
        secret = self.local.state_dir / "client-secret"
        secret.write_text(world.CLIENT_SECRET)
        options = ["--client-id", world.CLIENT_ID, "--client-secret-file", str(secret), "--json"]
        return self.command("account", "add", account, *options, typed=self.accounts[account].refresh_token)

    def query(self, sql: str, database: str | None = None) -> list[dict[str, Any]]:
        """Rows of a query through Athena."""
        return run_query(self.location, sql, database=database).records()

    def operations(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on the operations database."""
        return self.query(sql, self.location.operations_database)

    def dispatch(self, now: str) -> dict[str, Any]:
        """Call the dispatcher as the scheduler does, at an instant of the tests' world."""
        return invoke(self.location, "dispatch_reports", {"scheduled_time": now})

    def discover(self, now: str) -> dict[str, Any]:
        """Look for the reports that Amazon makes by itself, as of an instant of the tests' world."""
        return invoke(self.location, "discover_reports", {"scheduled_time": now})

    def advance(self, seconds: int) -> None:
        """Push the simulator's clock forward."""
        request = urllib.request.Request(
            f"{self.simulator}/_simulator/clock", data=f'{{"advance_seconds": {seconds}}}'.encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=10):
            pass

    def coverage(self, now: str, *accounts: str) -> list[Coverage]:
        """Coverage of some accounts as of an instant."""
        rows = read_coverage(self.location, datetime.fromisoformat(now))
        return [row for row in rows if row.account in accounts]

    def ingest(self, now: str, *accounts: str, patience: float = PATIENCE) -> None:
        """Dispatch until all windows of the accounts that are due are in the tables."""

        def complete() -> bool:
            self.dispatch(now)
            return all(
                row.expected and row.complete == row.expected and not row.asked_again
                for row in self.coverage(now, *accounts)
            )

        wait_until(
            complete,
            lambda: f"{self._open(now, accounts)}; the job's logs end with {self._job_says()}",
            patience=patience,
            pause=2.0,
        )

    def _open(self, now: str, accounts: tuple[str, ...]) -> list[str]:
        rows = self.coverage(now, *accounts)
        found = [
            f"{row.account} {row.source} {entry.window}: {entry.why}"
            for row in rows
            for entry in (*row.missing, *row.in_progress)
        ]
        found += [f"{row.account} {row.source}: nothing is expected" for row in rows if not row.expected]
        return found + [f"{row.account} {row.source}: {row.asked_again} asked again" for row in rows if row.asked_again]

    def _job_says(self) -> list[str]:
        return [
            (path.read_text().splitlines() or [""])[-1][:300]
            for path in sorted((self.local.logs / "glue").glob("*.log"))
        ]

    def units(self, account: str) -> dict[str, dict[str, int]]:
        """Units ordered by day and child ASIN, by Athena."""
        found: dict[str, dict[str, int]] = {}
        for row in self.query(
            "SELECT report_date, child_asin, units_ordered FROM sales_and_traffic_by_asin"
            f" WHERE account_id = '{account}'"
        ):
            found.setdefault(str(row["report_date"]), {})[row["child_asin"]] = row["units_ordered"]
        return found

    def runs(self, limit: int) -> list[CurationRun]:
        """The latest curation runs as the ledger knows them, newest first."""
        return DynamoLedger(self.location.client("dynamodb"), self.location.named("ledger")).runs(limit)

    def executions(self, machine: str) -> list[dict[str, Any]]:
        """All executions of a state machine, newest first."""
        arn = self.location.state_machine(machine)
        pages = self.location.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=arn)
        return [execution for page in pages for execution in page["executions"]]

    def quiet(self) -> None:
        """Wait until nothing runs any more."""
        wait_until(
            lambda: (
                not [
                    entry
                    for machine in ("report", "curation")
                    for entry in self.executions(machine)
                    if entry["status"] == "RUNNING"
                ]
            ),
            lambda: "executions still run",
        )


def wait_until(
    reached: Callable[[], Any], otherwise: Callable[[], str], *, patience: float = PATIENCE, pause: float = 1.0
) -> Any:
    """Wait for a true value and return it."""
    end = time.monotonic() + patience
    while not (value := reached()):
        if time.monotonic() > end:
            pytest.fail(f"not within {patience:.0f} s: {otherwise()}")
        time.sleep(pause)
    return value


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeUnderTest]:
    folder = tmp_path_factory.mktemp("lake")
    known = world.accounts()
    contracts, build = folder / "contracts", folder / "build"
    world.write_contracts(contracts)
    bundle.write(bundle.load(contracts), build / "contracts.json")
    package.build(build, wheels=False)
    documents = world.Documents(folder / "documents")
    world.write_simulator_accounts(folder / "accounts.json", known)
    local = LocalLake(folder / "cloud", contracts=contracts, build=build)
    options = [
        "--clock",
        world.CLOCK,
        "--time-scale",
        "60",
        "--quota-scale",
        "3000",
        "--accounts",
        str(folder / "accounts.json"),
        "--documents",
        str(documents.folder),
    ]
    endpoints, _ = local.start(options)
    try:
        local.provision(
            endpoints, _variables(known), variable_files=[world.ROOT / "terraform" / "environments" / "local.tfvars"]
        )
        assert endpoints.selling_partner
        yield LakeUnderTest(local, endpoints, local.observed(endpoints), endpoints.selling_partner, known, documents)
    finally:
        local.stop()


def _variables(known: dict[str, world.PartnerAccount]) -> dict[str, Any]:
    return {
        "quota_scale": 3000,
        "applications": [world.APPLICATION],
        "accounts": {name: account.for_terraform() for name, account in known.items()},
        # The dispatcher is called with an instant of 2021; the scheduler would call it with the real one.
        "schedules": {"enabled": False},
        "curation_batching_window_seconds": 3,
    }


@pytest.fixture(scope="session")
def registered(lake: LakeUnderTest) -> LakeUnderTest:
    """All accounts but the one whose token is wrong are registered."""
    for name in lake.accounts:
        if name != "refused":
            done = lake.register(name)
            assert done.returncode == 0, done.stderr
    return lake


@pytest.fixture(scope="session")
def first_documents(registered: LakeUnderTest) -> LakeUnderTest:
    """What Amazon had on the first day is in the tables."""
    served.serve_first_documents(registered.documents)
    registered.ingest(
        world.CLOCK,
        *(name for name in registered.accounts if name.startswith("example-")),
        "orders",
        "restated",
        patience=2 * PATIENCE,
    )
    return registered


@dataclass
class Interruption:
    """What was broken off, and the tables before it."""

    lake: LakeUnderTest
    before: dict[str, dict[str, int]]
    execution: str
    job_run: str


@pytest.fixture(scope="session")
def interrupted(first_documents: LakeUnderTest) -> Interruption:
    """Six days later Amazon restates; while the job curates that, it is killed and its execution aborted.

    Nothing else is done: the lake has to recover by itself.
    """
    lake = first_documents
    before = lake.units("restated")
    served.serve_restatements(lake.documents)
    lake.advance(6 * 86400)
    known = {entry["executionArn"] for entry in lake.executions("curation")}
    lake.dispatch(world.LATER)
    execution = wait_until(lambda: _new_execution(lake, known), lambda: "no curation run started", pause=0.5)
    run = wait_until(lambda: _running_job(lake), lambda: "no Glue job runs", pause=0.5)
    time.sleep(5)
    _kill_job(lake, run)
    lake.location.client("stepfunctions").stop_execution(
        executionArn=execution, error="Test", cause="aborted in the middle"
    )
    lake.ingest(world.LATER, "restated", "interrupted")
    lake.quiet()
    return Interruption(lake, before, execution, run)


@pytest.fixture(scope="session")
def every_report(interrupted: Interruption) -> LakeUnderTest:
    """Three weeks later, one window and a little more of every source is in the tables.

    After the interruption, because the clock only goes forward.
    """
    lake = interrupted.lake
    assert not any(row.expected for row in lake.coverage(world.LATER, "every-seller", "every-vendor")), (
        "due too early: it would disturb the other tests"
    )
    lake.advance(23 * 86400 + 5400)
    found = lake.discover(world.EVERYTHING)
    assert (found["looked"], found["failed"]) == (1, 0)
    lake.ingest(world.EVERYTHING, "every-seller", "every-vendor", patience=2 * PATIENCE)
    lake.quiet()
    return lake


def _new_execution(lake: LakeUnderTest, known: set[str]) -> str | None:
    running = (entry["executionArn"] for entry in lake.executions("curation") if entry["status"] == "RUNNING")
    return next((arn for arn in running if arn not in known), None)


def _running_job(lake: LakeUnderTest) -> str | None:
    runs = lake.location.client("glue").get_job_runs(JobName=lake.location.named("curate"))["JobRuns"]
    return next((run["Id"] for run in runs if run["JobRunState"] == "RUNNING"), None)


def _kill_job(lake: LakeUnderTest, run: str) -> None:
    """Kill the job's processes without warning, as a lost machine would end them."""
    for file in (lake.local.state_dir / "processes").glob("*.json"):
        noted = json.loads(file.read_text())
        if run in noted["what"]:
            os.killpg(noted["pid"], signal.SIGKILL)
