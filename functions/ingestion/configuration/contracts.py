"""The `request` part of a contract, from Parameter Store; it was validated when the contracts were bundled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ingestion.configuration.durations import Duration
from ingestion.configuration.values import text, texts, truth, whole
from ingestion.errors import ConfigurationMissing


class Grain(StrEnum):
    """What one window is made of."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    INSTANT = "instant"
    SNAPSHOT = "snapshot"
    DISCOVERED = "discovered"


class Bounds(StrEnum):
    """How the bounds of a window are written in createReport."""

    DATES_INCLUSIVE = "dates_inclusive"
    INSTANTS = "instants"
    NONE = "none"
    TRAILING = "trailing"


@dataclass(frozen=True)
class WindowRule:
    """Which windows there are, and when they are due."""

    grain: Grain
    bounds: Bounds
    per_request: Duration
    marketplace_time: bool
    available_after: Duration
    restatement_delays: tuple[Duration, ...]
    history: Duration
    trailing: Duration | None

    def trailing_start(self, moment: datetime) -> datetime:
        """Where the data of a trailing report begins when it is requested at `moment`."""
        if self.trailing is None:
            raise ValueError("the window has no trailing duration")
        return datetime.combine(self.trailing.before(moment.date()), moment.timetz()) - (
            self.trailing.time - timedelta(days=self.trailing.days)
        )


@dataclass(frozen=True)
class RequestLimit:
    """A quota of the report type beyond the usage plan, for one account or for the whole application.

    At most one call every `every_seconds`, at most `per_day` in a day.
    """

    scope: str
    every_seconds: int | None
    per_day: int | None


@dataclass(frozen=True)
class RequestContract:
    """How one source is requested."""

    source: str
    report_type: str
    accounts: tuple[str, ...]
    per_marketplace: bool
    variants: Mapping[str, Mapping[str, str]]
    restricted: bool
    window: WindowRule
    limits: tuple[RequestLimit, ...]
    cooldown_after_fatal: Duration
    deadline: Duration
    poll_every: Duration

    @classmethod
    def parse(cls, source: str, data: Mapping[str, Any]) -> RequestContract:
        """Read `/{prefix}/reports/{source}`; ConfigurationMissing names the source and what is wrong."""
        try:
            return cls(
                source=source,
                report_type=text(data, "report_type"),
                accounts=texts(data, "accounts"),
                per_marketplace=text(data, "scope") == "marketplace",
                variants=_variants(data.get("variants")),
                restricted=truth(data, "restricted", default=False),
                window=_window_rule(data["window"]),
                limits=tuple(_limit(entry) for entry in data.get("limits") or ()),
                cooldown_after_fatal=Duration.parse(data.get("cooldown_after_fatal") or "PT30M"),
                deadline=Duration.parse(data.get("deadline") or "PT4H"),
                poll_every=Duration.parse(data.get("poll_every") or "PT2M"),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationMissing(
                f"the request part of the contract {source!r} cannot be read: {error!r}; "
                "run make contracts and terraform apply"
            ) from error


def _variants(data: Mapping[str, Mapping[str, str | None] | None] | None) -> dict[str, dict[str, str]]:
    """Drop options that a contract sets to null: they are deliberately not sent."""
    variants = data or {"default": {}}
    return {
        name: {option: str(value) for option, value in (options or {}).items() if value is not None}
        for name, options in variants.items()
    }


def _window_rule(data: Mapping[str, Any]) -> WindowRule:
    trailing = data.get("trailing")
    return WindowRule(
        grain=Grain(data["grain"]),
        bounds=Bounds(data.get("bounds", "none")),
        per_request=Duration.parse(data.get("per_request") or "P1D"),
        marketplace_time=data.get("time_zone", "marketplace") == "marketplace",
        available_after=Duration.parse(data.get("available_after") or "PT0S"),
        restatement_delays=tuple(Duration.parse(delay) for delay in data.get("restatement_delays") or ()),
        history=Duration.parse(data.get("history") or "P30D"),
        trailing=Duration.parse(trailing) if trailing else None,
    )


def _limit(data: Mapping[str, Any]) -> RequestLimit:
    every = data.get("every")
    return RequestLimit(text(data, "scope"), Duration.parse(every).seconds if every else None, whole(data, "per_day"))
