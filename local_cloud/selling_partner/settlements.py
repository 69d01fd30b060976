"""Settlement reports, which Amazon makes every fourteen days and nobody can request.

They appear in getReports and by notification. Source: SP-API docs, Settlement reports.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from local_cloud.selling_partner.accounts import Account, Directory
from local_cloud.selling_partner.clock import Clock
from local_cloud.selling_partner.report import RETENTION, Report
from local_cloud.selling_partner.reports import ReportService
from local_cloud.selling_partner.timetable import Timetable
from local_cloud.world.documents.settlement_reports import LENGTH, REPORT_TYPE, Settlement, document, settlements
from local_cloud.world.marketplaces import marketplace


class SettlementCalendar:
    """Publishes the settlements of all sellers: the last 90 days' at once, each later one when it is due."""

    def __init__(
        self, directory: Directory, clock: Clock, timetable: Timetable, reports: ReportService, seed: int
    ) -> None:
        self._timetable = timetable
        self._reports = reports
        self._seed = seed
        now = clock.now()
        for account in directory.accounts.values():
            for position, marketplace_id in enumerate(account.marketplaces if account.kind == "seller" else ()):
                for settlement in self._settlements(account, marketplace_id, now - RETENTION, now):
                    self._publish(account, settlement, position, announce=False)
                self._await_next(account, marketplace_id, position, now)

    def _settlements(self, account: Account, marketplace_id: str, start: datetime, end: datetime) -> list[Settlement]:
        return list(settlements(account.business(self._seed), marketplace(marketplace_id), start, end))

    def _await_next(self, account: Account, marketplace_id: str, position: int, now: datetime) -> None:
        following = self._settlements(account, marketplace_id, now, now + LENGTH + timedelta(days=1))[0]

        def come() -> None:
            self._publish(account, following, position, announce=True)
            self._await_next(account, marketplace_id, position, following.available_at + timedelta(seconds=1))

        self._timetable.at(following.available_at, come)

    def _publish(self, account: Account, settlement: Settlement, position: int, *, announce: bool) -> None:
        moment = settlement.available_at
        report = Report(
            # The id follows from the time, so that a report found again after a restart is the same report.
            id=str(int(moment.timestamp()) * 100 + position),
            account=account,
            report_type=REPORT_TYPE,
            marketplace_ids=(settlement.marketplace.id,),
            options={},
            start=settlement.start,
            end=settlement.end,
            created=moment,
            processing_start=moment + timedelta(seconds=20),
            processing_end=moment + timedelta(seconds=80),
        )
        self._reports.publish(report, lambda: document(settlement), announce=announce)
