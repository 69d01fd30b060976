"""What is assumed of a lake, in one place: change it here, and the table follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.contracts import bundle
from operations.errors import OperationsError

ROOT = Path(__file__).resolve().parents[2]
DAYS = 365 / 12
"""Days in a month."""
DAY_SECONDS = 86_400
_DAYS_OF = {"D": 1.0, "W": 7.0, "M": DAYS, "Y": 365.0}


@dataclass(frozen=True)
class Workload:
    """One lake in its daily life; its history is loaded."""

    accounts: int
    active: bool = True
    """Whether the accounts have credentials; without them they wait."""
    sources: int = 1
    contracts: int = 23
    reports_a_day: float = 1.0
    """Of one account."""

    # Terraform's defaults (terraform/variables.tf).
    dispatch_seconds: int = 60
    discover_seconds: int = 300
    sweep_seconds: int = 300
    subscribe_seconds: int = DAY_SECONDS
    curation_minimum_documents: int = 100
    curation_maximum_wait_minutes: int = 60
    job_workers: int = 2  # of G.1X: a DPU each

    # What is read of the configuration (functions/adapters/parameters.py).
    environment_hours: float = 3.0  # after which Lambda replaces an environment, which then reads everything
    changes_a_day: float = 1.0  # of the configuration: each is read anew once by each schedule
    parameters_a_report: float = 4.0  # the region, by request_report, check_report twice and fetch_document
    index: bool = True  # without it: everything is read with each tick, as before the index

    # Figures that only a live lake can replace.
    job_minutes: float = 4.0  # of a run, its start included
    gigabyte_seconds_an_invocation: float = 0.5
    log_kilobytes_an_invocation: float = 2.0
    megabytes_a_document: float = 0.2  # gzip, raw and curated together
    months_kept: float = 12.0
    write_units: float = 2.0  # of a write: the item, and the index `due` or a transaction
    pollers: int = 5  # of each of two queues: long polls of twenty seconds each

    # Counted in Terraform's plan and the functions' figures.
    applications: int = 1
    keys: int = 3
    alarms: int = 0
    metrics: int = 0

    @property
    def ticks_a_day(self) -> float:
        """Runs of all schedules."""
        intervals = (self.dispatch_seconds, self.discover_seconds, self.sweep_seconds, self.subscribe_seconds)
        return sum(DAY_SECONDS / seconds for seconds in intervals)

    @property
    def documents_a_day(self) -> float:
        """Reports that are requested, each with a document."""
        return self.accounts * self.reports_a_day if self.active else 0.0

    @property
    def runs_a_day(self) -> float:
        """Curation runs: when enough documents wait, or one has waited long enough."""
        by_number = self.documents_a_day / self.curation_minimum_documents
        by_time = 24 * 60 / max(self.curation_maximum_wait_minutes, 1)
        return min(self.documents_a_day, max(by_number, by_time))

    @property
    def decryptions_a_day(self) -> float:
        """Parameters that are read, all but the index encrypted: a decryption each."""
        everything = self.accounts * (1 + self.sources) + self.contracts
        readers = (self.dispatch_seconds, self.discover_seconds, self.subscribe_seconds)
        if self.index:
            # A new environment and a change make a reader read everything; no reader runs more often than its schedule.
            reads = sum(
                min(DAY_SECONDS / seconds, 24 / self.environment_hours + self.changes_a_day) for seconds in readers
            )
        else:
            reads = sum(DAY_SECONDS / seconds for seconds in readers)
        authorised = 24 * self.accounts * 2 if self.active else 0  # the account and its region, hourly
        return reads * everything + self.documents_a_day * self.parameters_a_report + authorised


def seller(contracts: Path = ROOT / "contracts") -> tuple[int, float]:
    """Of a seller in one marketplace with all reports for sellers: their number, and requests a day once up to date."""
    sources = [
        contract["request"]
        for contract in bundle.load(contracts)["sources"].values()
        if "request" in contract and "seller" in contract["request"]["accounts"]
    ]
    return len(sources), sum(requests_a_day(source) for source in sources)


def requests_a_day(request: Mapping[str, Any]) -> float:
    """How often a source is requested: each of its windows, and again for each restatement, in each variant."""
    window = request["window"]
    if window["grain"] == "discovered":  # Amazon makes it by itself; a settlement every two weeks
        return len(request["variants"]) / 14
    again = 1 + len(window.get("restatement_delays") or ())
    return again * len(request["variants"]) / days(window["per_request"])


def days(duration: str) -> float:
    """The days of an ISO 8601 duration of one unit, as contracts have them."""
    hours = re.fullmatch(r"PT(\d+)H", duration)
    if hours:
        return int(hours[1]) / 24
    whole = re.fullmatch(r"P(\d+)([DWMY])", duration)
    if whole is None:
        raise OperationsError(f"the duration {duration} is not one unit of hours, days, weeks, months or years")
    return int(whole[1]) * _DAYS_OF[whole[2]]
