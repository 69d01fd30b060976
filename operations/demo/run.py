"""The steps of the demo."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console

from operations.contracts import bundle
from operations.contracts.problems import InvalidContractsError
from operations.demo.accounts import demo_accounts
from operations.demo.steps import Step, Steps
from operations.demo.summary import Answers, ask, print_summary
from operations.deployment import package
from operations.deployment.local_lake import LocalLake, partner_secrets
from operations.deployment.registration import register
from operations.deployment.terraform import ROOT
from operations.errors import OperationsError
from operations.lake.coverage import Coverage, OpenWindow
from operations.lake.invocation import invoke
from operations.lake.ledger import read_coverage
from operations.lake.location import Location

# The simulator is as generous as the lake believes it to be: reports take a second or two instead of a minute or two.
QUOTA_SCALE = 3000
TIME_SCALE = 60
LOCAL_VARIABLES = ROOT / "terraform" / "environments" / "local.tfvars"
# A window that nothing will happen to for so long is not waited for; the summary lists it.
PATIENCE = timedelta(minutes=5)
# Seconds without a change after which something is wrong; a curation run may take its time on a busy machine.
STALLED_AFTER = 120.0
LONGEST_RUN = 600.0
PAUSE = 2.0
OPEN_STATES = {"planned", "requested", "stored", "not_planned"}
TITLES = ["Tools", "Contracts", "Packages", "Local cloud", "Terraform", "Accounts", "Reports", "Tables", "Questions"]


class Reports(StrEnum):
    """Which reports are ingested."""

    ALL = "all"
    MAIN = "main"


class Demo:
    """One run of the demo in a state folder."""

    def __init__(
        self,
        state_dir: Path,
        days: int,
        console: Console,
        reports: Reports = Reports.ALL,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.lake = LocalLake(state_dir)
        self.days = days
        self.reports = reports
        self.console = console
        self.sleep = sleep
        self.steps = Steps(TITLES, console)

    def run(self) -> None:
        """Run all steps, then print the summary. Raises StepFailedError."""
        with self.steps:
            self._tools()
            self._contracts()
            self._packages()
            location = self._infrastructure()
            self._accounts(location)
            self._reports(location)
            rows = self._tables(location)
            answers = self._questions(location)
        print_summary(self.console, rows, answers, self.steps, self.lake)

    def _tools(self) -> None:
        with self.steps.run("Tools") as step:
            finished = subprocess.run(
                [str(ROOT / "tools" / "check")], cwd=ROOT, capture_output=True, text=True, check=False
            )
            if finished.returncode:
                raise OperationsError(finished.stderr.strip().replace("\n", "; "))
            step.say("Terraform and Java 17 are there")

    def _contracts(self) -> None:
        with self.steps.run("Contracts") as step:
            try:
                loaded = bundle.load(self.lake.contracts)
            except InvalidContractsError as error:
                raise OperationsError(f"{len(error.problems)} to mend, the first: {error.problems[0]}") from None
            bundle.write(loaded, self.lake.build / "contracts.json")
            step.say(f"{len(loaded['sources'])} contracts are valid")

    def _packages(self) -> None:
        with self.steps.run("Packages") as step:
            written = package.build(self.lake.build, wheels=False)
            step.say(
                f"functions {written[0].stat().st_size / 1e6:.1f} MB, the Glue job; the wheels for Glue are not needed here"
            )

    def _infrastructure(self) -> Location:
        with self.steps.run("Local cloud", self.lake.logs) as step:
            endpoints, was_running = self.lake.start(
                ["--time-scale", str(TIME_SCALE), "--quota-scale", str(QUOTA_SCALE)]
            )
            step.say(
                f"{'the one that runs is used again' if was_running else 'started'}: AWS at {endpoints.aws}, Amazon at {endpoints.selling_partner}"
            )
        with self.steps.run("Terraform", self.lake.logs / "terraform.log") as step:
            now = datetime.now(UTC)
            start = now.date() - timedelta(days=self.days)
            variables: dict[str, Any] = {"quota_scale": QUOTA_SCALE, "default_start_date": start.isoformat()}
            if self.reports is Reports.ALL:
                variables["accounts"] = demo_accounts(bundle.load(self.lake.contracts), start, now)
            counted = [0, 0]

            def progress(done: int, planned: int) -> None:
                counted[:] = done, planned
                step.say(f"{done} of {planned} resources")

            step.say("initialising")
            lake = self.lake.provision(endpoints, variables, variable_files=[LOCAL_VARIABLES], progress=progress)
            step.say(f"{counted[1]} resources changed" if was_running else f"{counted[1]} resources")
            return lake

    def _accounts(self, location: Location) -> None:
        with self.steps.run("Accounts", self.lake.logs) as step:
            outcomes = []
            for account, secrets in partner_secrets().items():
                registration = register(
                    location, account, secrets.refresh_token, (secrets.client_id, secrets.client_secret)
                )
                outcomes.append(f"{account} {registration.notifications}")
                step.say(", ".join(outcomes))

    def _reports(self, location: Location) -> None:
        with self.steps.run("Reports", self.lake.logs) as step:
            invoke(location, "discover_reports", {})  # its schedule calls it every five minutes
            self._wait(
                location, step, lambda rows: _count(rows, {"planned", "requested", "not_planned"}) == 0, dispatch=True
            )

    def _tables(self, location: Location) -> list[Coverage]:
        with self.steps.run("Tables", self.lake.logs / "glue") as step:
            rows = self._wait(location, step, lambda rows: _count(rows, OPEN_STATES) == 0, dispatch=False)
            held_back = [
                window for row in rows for window in (*row.missing, *row.in_progress) if window.state not in OPEN_STATES
            ]
            if held_back:
                raise OperationsError(
                    f"{len(held_back)} windows did not reach the tables, the first: {held_back[0].window}: {held_back[0].why}"
                )
            return rows

    def _questions(self, location: Location) -> Answers:
        with self.steps.run("Questions", self.lake.logs) as step:
            answers = ask(location)
            step.say(f"{len(answers.questions)} questions answered by Athena")
            return answers

    def _wait(
        self, location: Location, step: Step, done: Callable[[list[Coverage]], bool], *, dispatch: bool
    ) -> list[Coverage]:
        """Wait until `done` with the coverage; the dispatcher is called instead of waiting for its minute.
        OperationsError when nothing moves any more.
        """
        last, moved = "", time.monotonic()
        while True:
            if dispatch:
                invoke(location, "dispatch_reports", {})
            rows = read_coverage(location, datetime.now(UTC))
            expected = sum(row.expected for row in rows)
            complete = sum(row.complete for row in rows)
            detail = f"{complete + _count(rows, {'stored'})} of {expected} documents stored, {complete} windows in the tables"
            curating = _curating(location)
            step.say(detail + (f"; curating since {time.monotonic() - moved:.0f} s" if curating else ""))
            if expected and done(rows):
                step.say(detail)
                return rows
            if detail != last:
                last, moved = detail, time.monotonic()
            if time.monotonic() - moved > (LONGEST_RUN if curating else STALLED_AFTER):
                raise OperationsError(
                    f"nothing has moved for {time.monotonic() - moved:.0f} s: {detail}; {_first_open(rows)}"
                )
            self.sleep(PAUSE)


def _curating(location: Location) -> bool:
    """Whether a curation run is under way."""
    machine = location.state_machine("curation")
    return bool(
        location.client("stepfunctions").list_executions(stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)[
            "executions"
        ]
    )


def _open(rows: list[Coverage]) -> list[OpenWindow]:
    """Windows that something will still happen to soon."""
    soon = datetime.now(UTC) + PATIENCE
    return [
        window
        for row in rows
        for window in (*row.in_progress, *row.missing)
        if window.comes_at is None or window.comes_at < soon
    ]


def _count(rows: list[Coverage], states: set[str]) -> int:
    return sum(window.state in states for window in _open(rows))


def _first_open(rows: list[Coverage]) -> str:
    return next((f"{window.window} is {window.state}: {window.why}" for window in _open(rows)), "no window is open")


def say_failure(reason: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"demo: {reason}\n")
