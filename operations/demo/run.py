"""The steps of the demo, from the tools to the answers."""

import subprocess
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
from operations.demo.steps import Steps
from operations.demo.summary import Answers, ask, print_summary
from operations.demo.waiting import count_open, wait_until
from operations.deployment import package
from operations.deployment.local_lake import LocalLake, partner_secrets
from operations.deployment.registration import register
from operations.deployment.terraform import ROOT
from operations.errors import OperationsError
from operations.lake.coverage import Coverage
from operations.lake.invocation import invoke
from operations.lake.location import Location

# The simulator is as generous as the lake believes it to be: reports take a second or two instead of a minute or two.
QUOTA_SCALE = 3000
TIME_SCALE = 60
LOCAL_VARIABLES = ROOT / "terraform" / "environments" / "local.tfvars"
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
                raise OperationsError(f"{len(error.problems)} problems, the first: {error.problems[0]}") from None
            bundle.write(loaded, self.lake.build / "contracts.json")
            step.say(f"{len(loaded['sources'])} contracts are valid")

    def _packages(self) -> None:
        with self.steps.run("Packages") as step:
            written = package.build(self.lake.build, wheels=False)
            size = written[0].stat().st_size / 1e6
            step.say(f"functions {size:.1f} MB, the Glue job; the wheels for Glue are not needed here")

    def _infrastructure(self) -> Location:
        with self.steps.run("Local cloud", self.lake.logs) as step:
            endpoints, was_running = self.lake.start(
                ["--time-scale", str(TIME_SCALE), "--quota-scale", str(QUOTA_SCALE)]
            )
            how = "the one that runs is used again" if was_running else "started"
            step.say(f"{how}: AWS at {endpoints.aws}, Amazon at {endpoints.selling_partner}")
        with self.steps.run("Terraform", self.lake.logs / "terraform.log") as step:
            now = datetime.now(UTC)
            start = now.date() - timedelta(days=self.days)
            variables: dict[str, Any] = {"quota_scale": QUOTA_SCALE, "default_start_date": start.isoformat()}
            if self.reports is Reports.ALL:
                variables["accounts"] = demo_accounts(bundle.load(self.lake.contracts), start, now)
            changed = 0

            def progress(done: int, planned: int) -> None:
                nonlocal changed
                changed = planned
                step.say(f"{done} of {planned} resources")

            step.say("initialising")
            lake = self.lake.provision(endpoints, variables, variable_files=[LOCAL_VARIABLES], progress=progress)
            step.say(f"{changed} resources changed" if was_running else f"{changed} resources")
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
            asking = {"planned", "requested", "not_planned"}
            wait_until(lambda rows: count_open(rows, asking) == 0, location, step, dispatch=True, sleep=self.sleep)

    def _tables(self, location: Location) -> list[Coverage]:
        with self.steps.run("Tables", self.lake.logs / "glue") as step:
            rows = wait_until(
                lambda rows: count_open(rows, OPEN_STATES) == 0, location, step, dispatch=False, sleep=self.sleep
            )
            held_back = [
                window for row in rows for window in (*row.missing, *row.in_progress) if window.state not in OPEN_STATES
            ]
            if held_back:
                first = held_back[0]
                raise OperationsError(
                    f"{len(held_back)} windows did not reach the tables, the first: {first.window}: {first.why}"
                )
            return rows

    def _questions(self, location: Location) -> Answers:
        with self.steps.run("Questions", self.lake.logs) as step:
            answers = ask(location.acting_as("analyst"))
            step.say(f"{len(answers.questions)} questions answered by Athena")
            return answers
