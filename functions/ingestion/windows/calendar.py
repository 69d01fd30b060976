"""The calendar: which windows a source has, when each is due, and the dates that createReport is given.

A window is identified by local dates (both inclusive) or, below a day, by UTC instants (half-open). Boundaries of
windows longer than the grain are fixed by the calendar, not by an account's start date: the same day always belongs to
the same window, for every account and at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from ingestion.configuration.contracts import Bounds, Grain, WindowRule
from ingestion.configuration.durations import add_months
from ingestion.identity import Window
from ingestion.instants import from_epoch, iso

_FAR_FUTURE = date(9999, 12, 31)


def zone_of(rule: WindowRule, time_zone: str) -> ZoneInfo:
    """The time zone that the rule's dates are local to."""
    return ZoneInfo(time_zone if rule.marketplace_time else "UTC")


def due_at(rule: WindowRule, window: Window) -> datetime:
    """When Amazon can be expected to have the window.

    A snapshot shows the day on which it is requested: it is due from that day's beginning.
    """
    return rule.available_after.after(window.starts_at if rule.grain is Grain.SNAPSHOT else window.ends_at)


def next_restatement(rule: WindowRule, window_ends_at: datetime, asked_at: datetime) -> datetime | None:
    """When a window that was requested at `asked_at` is requested again, because Amazon restates; None when settled."""
    later = sorted(delay.after(window_ends_at) for delay in rule.restatement_delays)
    return next((at for at in later if at > asked_at), None)


def due_windows(
    rule: WindowRule, time_zone: str, first: date, last: date | None, *, after: datetime | None, now: datetime
) -> Iterator[Window]:
    """Windows due by `now`, in order, within the account's dates `first` and `last` (both inclusive).

    The first is the one that starts at or after `after` (None: `history` back).
    """
    for window in _windows_from(rule, time_zone, first, last, after=after, now=now):
        if due_at(rule, window) > now:
            return
        yield window


def earlier_windows(
    rule: WindowRule, time_zone: str, first: date, last: date | None, *, before: datetime, now: datetime
) -> list[Window]:
    """Windows due by `now` that start before `before`, where the account's dates began until now.

    None of them overlaps one that was planned since.
    """
    if rule.grain is Grain.DAY:
        # The period in which the dates began was cut there: what is left of it is a window of its own.
        day_before = before.astimezone(zone_of(rule, time_zone)).date() - timedelta(days=1)
        end = min(last or day_before, day_before)
        return list(due_windows(rule, time_zone, first, end, after=None, now=now))
    due = due_windows(rule, time_zone, first, last, after=None, now=now)
    return list(takewhile(lambda window: window.starts_at < before, due))


def next_window(
    rule: WindowRule, time_zone: str, first: date, last: date | None, *, after: datetime | None, now: datetime
) -> Window | None:
    """The first window that starts at or after `after`, due or not; None when there will be none."""
    return next(_windows_from(rule, time_zone, first, last, after=after, now=now), None)


def _windows_from(
    rule: WindowRule, time_zone: str, first: date, last: date | None, *, after: datetime | None, now: datetime
) -> Iterator[Window]:
    if rule.grain is Grain.DISCOVERED:
        return
    zone = zone_of(rule, time_zone)
    if rule.grain is Grain.INSTANT:
        yield from _instants(rule, zone, first, last, after=after, now=now)
        return
    today = now.astimezone(zone).date()
    earliest = max(first, after.astimezone(zone).date() if after is not None else rule.history.before(today))
    if rule.grain is Grain.SNAPSHOT:
        earliest = max(earliest, today)  # no snapshot can be taken of a day that has passed
    limit = last or _FAR_FUTURE
    start = _period_start(rule, earliest)
    while max(start, earliest) <= limit:
        following = _next_period(rule, start)
        if rule.grain is Grain.DAY:
            # Days can be requested one by one: a period cut by the account's dates is requested in part.
            yield _local_window(max(start, earliest), min(following - timedelta(days=1), limit), zone)
        elif start >= earliest and following - timedelta(days=1) <= limit:
            yield _local_window(start, start if rule.grain is Grain.SNAPSHOT else following - timedelta(days=1), zone)
        start = following


def _period_start(rule: WindowRule, day: date) -> date:
    """The beginning of the calendar-fixed period that `day` lies in."""
    count = _count(rule)
    if rule.grain in (Grain.DAY, Grain.SNAPSHOT):
        return day - timedelta(days=day.toordinal() % count)
    if rule.grain is Grain.WEEK:  # Amazon's weeks run from Sunday to Saturday; ordinal 0 modulo 7 is a Sunday
        return day - timedelta(days=day.toordinal() % (7 * count))
    months = count * _MONTHS[rule.grain]
    index = day.year * 12 + day.month - 1
    return date((index - index % months) // 12, (index - index % months) % 12 + 1, 1)


def _next_period(rule: WindowRule, start: date) -> date:
    count = _count(rule)
    if rule.grain in (Grain.DAY, Grain.SNAPSHOT):
        return start + timedelta(days=count)
    if rule.grain is Grain.WEEK:
        return start + timedelta(days=7 * count)
    return add_months(start, count * _MONTHS[rule.grain])


_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def _count(rule: WindowRule) -> int:
    """How many grains a request covers."""
    if rule.grain in (Grain.DAY, Grain.SNAPSHOT):
        return max(1, rule.per_request.days)
    if rule.grain is Grain.WEEK:
        return max(1, rule.per_request.days // 7)
    return max(1, rule.per_request.months // _MONTHS[rule.grain])


def _local_window(start: date, end: date, zone: ZoneInfo) -> Window:
    key = start.isoformat() if start == end else f"{start}--{end}"
    return Window(
        key,
        start.isoformat(),
        end.isoformat(),
        local_midnight(start, zone),
        local_midnight(end + timedelta(days=1), zone),
    )


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a local day begins. Where clocks jump over midnight, the first instant of the day."""
    midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
    # A gap at midnight (Cairo, Sao Paulo): 00:00 does not exist, the day begins later.
    while midnight.astimezone(zone).date() < day:
        midnight += timedelta(minutes=30)
    return midnight


def _instants(
    rule: WindowRule, zone: ZoneInfo, first: date, last: date | None, *, after: datetime | None, now: datetime
) -> Iterator[Window]:
    step = rule.per_request.seconds
    earliest = max(
        local_midnight(first, zone),
        now - rule.history.time if not rule.history.months else local_midnight(rule.history.before(now.date()), zone),
    )
    if after is not None:
        earliest = max(earliest, after)
    epoch = int(-(-earliest.timestamp() // step)) * step  # the next whole step: boundaries are fixed in UTC
    limit = local_midnight(last + timedelta(days=1), zone) if last else None
    while limit is None or from_epoch(epoch + step) <= limit:
        start, end = from_epoch(epoch), from_epoch(epoch + step)
        key = f"{start:%Y%m%dT%H%M%SZ}--{end:%Y%m%dT%H%M%SZ}"
        yield Window(key, iso(start), iso(end), start, end)
        epoch += step


def question_dates(rule: WindowRule, window: Window, asked_at: datetime) -> tuple[str | None, str | None]:
    """Return dataStartTime and dataEndTime of createReport.

    Amazon reads the bounds of day reports as dates, whatever the zone: local dates at T00:00:00Z, the last one
    inclusive. Reports by instants get the UTC instants of the local midnights. Trailing ones look back from `asked_at`;
    others carry no dates.
    """
    if rule.bounds is Bounds.DATES_INCLUSIVE:
        return f"{window.start}T00:00:00Z", f"{window.end}T00:00:00Z"
    if rule.bounds is Bounds.INSTANTS:
        return iso(window.starts_at), iso(window.ends_at)
    if rule.bounds is Bounds.TRAILING and rule.trailing is not None:
        moment = asked_at.replace(microsecond=0)
        return iso(rule.trailing_start(moment)), iso(moment)
    return None, None
