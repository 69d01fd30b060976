"""The simulator put together, without HTTP: what it consists of and how it is configured."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local_cloud.selling_partner.accounts import DEFAULT_FILE, load
from local_cloud.selling_partner.clock import Clock
from local_cloud.selling_partner.delivery import Courier, SqsCourier
from local_cloud.selling_partner.documents import DocumentStore
from local_cloud.selling_partner.given_documents import GivenDocuments
from local_cloud.selling_partner.notifications import NotificationService
from local_cloud.selling_partner.report_answers import ReportAnswers
from local_cloud.selling_partner.reports import ReportService
from local_cloud.selling_partner.settlements import SettlementCalendar
from local_cloud.selling_partner.timetable import Timetable
from local_cloud.selling_partner.tokens import TokenService
from local_cloud.selling_partner.usage_plans import UsagePlans


@dataclass(frozen=True)
class Options:
    """How a simulator is set up; see the command's help for each."""

    accounts: Path = DEFAULT_FILE
    state_dir: Path | None = None
    documents: Path | None = None
    seed: int = 7
    time_scale: float = 1.0
    quota_scale: float = 1.0
    clock_start: datetime | None = None


class Simulator:
    """The services behind the HTTP server. It starts working when made and ends with `stop`."""

    def __init__(self, options: Options, courier: Courier | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="selling-partner-") if options.state_dir is None else None
        folder = options.state_dir or Path(self._temporary.name if self._temporary else ".")
        key = hashlib.sha256(f"selling-partner-simulator {options.seed}".encode()).digest()
        self.directory = load(options.accounts)
        self.clock = Clock(options.clock_start)
        self.plans = UsagePlans(self.clock, options.quota_scale)
        self.tokens = TokenService(self.directory, self.clock, key)
        self.documents = DocumentStore(folder / "documents", self.clock, key)
        self._courier = courier or SqsCourier()
        self.notifications = NotificationService(self.directory, self.clock, self._courier, options.seed)
        self._timetable = Timetable(self.clock)
        self.reports = ReportService(
            self.clock,
            self._timetable,
            self.documents,
            ReportAnswers(GivenDocuments(options.documents), seed=options.seed, quota_scale=options.quota_scale),
            self.plans,
            seed=options.seed,
            time_scale=options.time_scale,
            finished=self.notifications.report_finished,
        )
        SettlementCalendar(self.directory, self.clock, self._timetable, self.reports, options.seed)
        self._timetable.start()

    def stop(self) -> None:
        """End the background threads and remove what was temporary."""
        self._timetable.stop()
        if isinstance(self._courier, SqsCourier):
            self._courier.stop()
        if self._temporary:
            self._temporary.cleanup()
