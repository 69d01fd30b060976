"""Who asks: one selling partner's business in the seeded world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from local_cloud.world.marketplaces import Marketplace, marketplace

OPENED = date(2020, 1, 1)
"""The first day on which a business of this world sells anything."""


@dataclass(frozen=True)
class Business:
    """A selling partner account; with the seed it fixes everything that ever happens in it."""

    seed: int
    account: str
    kind: str
    selling_partner_id: str


@dataclass(frozen=True)
class Question:
    """What a report asks for, and the moment at which it is processed; all instants in UTC."""

    business: Business
    report_type: str
    marketplace_ids: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    asked_at: datetime = field(kw_only=True)

    @property
    def marketplace(self) -> Marketplace:
        """The first marketplace asked for (most reports answer for one only)."""
        return marketplace(self.marketplace_ids[0])

    def instants(self) -> tuple[datetime, datetime]:
        """The asked range as instants; both must have been given or set by the report's rules."""
        if self.start is None or self.end is None:
            raise ValueError(f"{self.report_type} needs dataStartTime and dataEndTime")
        return self.start, self.end

    def dates(self) -> tuple[date, date]:
        """The asked range as dates, both inclusive: analytics reports ignore the time part of what is sent."""
        start, end = self.instants()
        return start.date(), end.date()


@dataclass(frozen=True)
class Document:
    """A report's content before compression, and the Content-Type under which it is served."""

    content: bytes
    content_type: str


Producer = Callable[[Question], Document | None]
"""Answers a question; None means that there is no data (Amazon cancels such a report)."""
