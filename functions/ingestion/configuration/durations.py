"""ISO 8601 durations as contracts write them: P1D, PT15M, P2Y, P1M, P1W, PT48H."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_PATTERN = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


@dataclass(frozen=True)
class Duration:
    """Calendar months and exact time apart, because a month has no fixed length."""

    months: int = 0
    time: timedelta = timedelta(0)

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read an ISO duration; ValueError names what cannot be read."""
        match = _PATTERN.fullmatch(text)
        if match is None or text.endswith(("P", "T")):
            raise ValueError(f"{text!r} is not an ISO 8601 duration such as P1D or PT15M")
        part = {name: int(value or 0) for name, value in match.groupdict().items()}
        time = timedelta(
            days=part["days"] + 7 * part["weeks"], hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"]
        )
        return cls(part["years"] * 12 + part["months"], time)

    @property
    def days(self) -> int:
        """Whole days of the exact part."""
        return self.time.days

    @property
    def seconds(self) -> int:
        """The exact part in seconds; ValueError for calendar durations, which have no fixed length."""
        if self.months:
            raise ValueError("a duration with months or years has no fixed number of seconds")
        return int(self.time.total_seconds())

    def after(self, instant: datetime) -> datetime:
        """The instant this much later (months first, day of month clipped)."""
        moved = add_months(instant.date(), self.months)
        return instant.replace(year=moved.year, month=moved.month, day=moved.day) + self.time

    def before(self, day: date) -> date:
        """The date this much earlier (whole days)."""
        return add_months(day, -self.months) - timedelta(days=self.time.days)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the last of the month where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))
