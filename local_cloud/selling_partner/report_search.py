"""getReports: which reports fit its filters, and the token of the next page."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from local_cloud.selling_partner.errors import invalid_input
from local_cloud.selling_partner.models import parameter_violations
from local_cloud.selling_partner.report import RETENTION, Report


@dataclass(frozen=True)
class Search:
    """The filters of a search (instants as sent), and the last report of the page before: its creation and its id."""

    types: list[str]
    statuses: list[str]
    marketplaces: list[str]
    since: str | None
    until: str | None
    size: int
    after: list[str] | None = None

    def page(self, reports: list[Report], now: datetime) -> tuple[list[Report], str | None]:
        """Return the reports of this page, newest first, and the token of the next one; None after the last."""
        fitting = [report for report in reports if self._fits(report, now)]
        fitting.sort(key=lambda report: (report.created, report.id), reverse=True)
        page = fitting[: self.size]
        if len(fitting) == len(page):
            return page, None
        following = replace(self, after=[page[-1].created.isoformat(), page[-1].id])
        return page, base64.b64encode(json.dumps(asdict(following)).encode()).decode()

    def _fits(self, report: Report, now: datetime) -> bool:
        return (
            report.created >= now - RETENTION
            and report.report_type in self.types
            and (not self.statuses or report.status in self.statuses)
            and (not self.marketplaces or not set(self.marketplaces).isdisjoint(report.marketplace_ids))
            and (not self.since or report.created >= datetime.fromisoformat(self.since))
            and (not self.until or report.created <= datetime.fromisoformat(self.until))
            and (self.after is None or (report.created, report.id) < _position(self.after))
        )


def search(model: str, parameters: dict[str, list[str]]) -> Search:
    """Read the query parameters of getReports; an ApiError (errors.py) says what is wrong with them."""
    wrong = parameter_violations(model, "/reports/2021-06-30/reports", "get", parameters)
    if wrong:
        raise invalid_input("Invalid input", "; ".join(wrong))
    if "nextToken" in parameters and len(parameters) > 1:
        raise invalid_input("Invalid input", "nextToken must be the only parameter.")
    if "nextToken" not in parameters and "reportTypes" not in parameters:
        raise invalid_input("Invalid input", "Either reportTypes or nextToken is required.")
    return _opened(parameters["nextToken"][0]) if "nextToken" in parameters else _filters(parameters)


def _filters(parameters: dict[str, list[str]]) -> Search:
    def several(name: str) -> list[str]:
        return [part for text in parameters.get(name, []) for part in text.split(",")]

    def single(name: str) -> str | None:
        return parameters[name][-1] if name in parameters else None

    return Search(
        types=several("reportTypes"),
        statuses=several("processingStatuses"),
        marketplaces=several("marketplaceIds"),
        since=single("createdSince"),
        until=single("createdUntil"),
        size=int(single("pageSize") or 10),
    )


def _opened(token: str) -> Search:
    try:
        return Search(**json.loads(base64.b64decode(token, validate=True)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise invalid_input("Invalid input", "nextToken is invalid.") from error


def _position(after: list[str]) -> tuple[datetime, str]:
    return datetime.fromisoformat(after[0]), after[1]
