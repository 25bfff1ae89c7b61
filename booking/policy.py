"""The rules of one business as plain values, and the one place where wall-clock times become instants.

A window belongs to the date on which it opens, also past midnight. Weekdays count from Sunday = 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.intervals import Interval

MIDNIGHT = time(0)
DAY = timedelta(days=1)
_SMALL_HOURS_END = time(6)
_LONGEST_NIGHT = timedelta(hours=12)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Open from `opens` to `closes`, local wall time; `closes` at or before `opens` is on the next day."""

    opens: time
    closes: time

    @property
    def passes_midnight(self) -> bool:
        return self.closes <= self.opens

    @property
    def runs_backwards(self) -> bool:
        """Its two times are in the wrong order: no night both ends after 06:00 and lasts longer than half a day."""
        hours = timedelta(hours=self.closes.hour - self.opens.hour, minutes=self.closes.minute - self.opens.minute)
        return self.passes_midnight and self.closes > _SMALL_HOURS_END and hours + DAY > _LONGEST_NIGHT


ALL_DAY = Window(MIDNIGHT, MIDNIGHT)
DAY_KEYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # of weekdays, in files and answers
FRIDAY = 5

Hours = Mapping[int, tuple[Window, ...]]  # weekday (Sunday = 0) -> windows that open on it
Closures = Mapping[date, tuple[Window, ...]]  # date -> the windows that open instead; none: closed all day
NO_CLOSURES: Closures = {}

WORKING_WEEK: Hours = dict.fromkeys(range(5), (Window(time(9), time(22)),))


@dataclass(frozen=True)
class BusinessPolicy:
    """What decides whether a time may be booked. `sources` names where each value came from."""

    timezone: ZoneInfo
    slot_size_min: int = 60
    allow_24_7: bool = False
    hours: Hours = field(default_factory=lambda: WORKING_WEEK)
    closures: Closures = field(default_factory=lambda: NO_CLOSURES)
    like_friday: frozenset[date] = frozenset()  # eves: where the day is open at all, it has Friday's hours
    day_names: Mapping[date, str] = field(default_factory=dict)  # why a date is special, in the owner's words
    booking_window_days: int = 30
    min_notice_min: int = 0
    cancel_notice_min: int = 0
    daily_limit: int | None = None  # appointments of the whole business
    require_phone: bool = True
    phone_source: str = "keypad"  # or caller_id
    sources: Mapping[str, str] = field(default_factory=dict)  # field -> settings | prompt | default

    @property
    def slot_size(self) -> timedelta:
        return timedelta(minutes=self.slot_size_min)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.timezone)

    def earliest(self, now: datetime) -> datetime:
        """The first instant that keeps the minimum notice."""
        return now + timedelta(minutes=self.min_notice_min)

    def cut_off(self, now: datetime) -> datetime:
        """Customers may still cancel or move what starts at this instant or later."""
        return now + timedelta(minutes=self.cancel_notice_min)

    def last_date(self, now: datetime) -> date:
        """The last local date on which an appointment may start."""
        return self.local(now).date() + timedelta(days=self.booking_window_days)


def weekday(day: date) -> int:
    return day.isoweekday() % 7


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant of a naive local time, of a repeated one as its `fold` says; None if the clock skips it."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall.replace(fold=0) else None


class Unreadable(Enum):
    """Why a start is no instant."""

    NOT_A_TIME = "not_a_time"
    NO_SUCH_LOCAL_TIME = "no_such_local_time"  # without an offset, or skipped by the clock


def read_start(start: str | datetime, zone: ZoneInfo) -> datetime | Unreadable:
    """The instant in UTC that a caller named, as ISO text with an offset or as an aware datetime."""
    try:
        given = datetime.fromisoformat(start) if isinstance(start, str) else start
        if given.tzinfo is None:
            return Unreadable.NO_SUCH_LOCAL_TIME
        instant = given.astimezone(UTC)
        skipped = instant_of(given.replace(tzinfo=None, fold=0), zone) is None
        instant.astimezone(zone)
    except (ValueError, OverflowError):
        return Unreadable.NOT_A_TIME
    # A skipped wall time with one of the zone's own offsets around the jump means that wall time; with any other
    # offset (and `Z` is always meant) it names an instant.
    offsets = {given.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)} - {timedelta(0)}
    return Unreadable.NO_SUCH_LOCAL_TIME if skipped and given.utcoffset() in offsets else instant


def first_instant_from(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the local clock first shows this time or, where it skips it, the moment it jumps past it."""
    instant = instant_of(wall, zone)
    if instant is not None:
        return instant
    # Read with the offset before the jump, a skipped time lies after the jump; with the one after, before it.
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Opening:
    """A window on its date. Starts lie in `span`, whose start begins the grid; appointments end by `until`."""

    span: Interval
    until: datetime


def openings(
    policy: BusinessPolicy, first: date, last: date, hours: Hours | None = None, closures: Closures = NO_CLOSURES
) -> Iterator[tuple[date, Opening]]:
    """Every window that opens on `first`..`last`, with that date. `hours` and `closures` are a resource's own.

    A day around the clock runs on into the next one, if that is one too: who never closes may book across midnight.
    """
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        if _around_the_clock(policy, day, hours, closures):
            # Two days further are enough: a service lasts a day at most, and the day after may be an hour short.
            last_day = day
            while last_day < day + 2 * DAY and _around_the_clock(policy, last_day + DAY, hours, closures):
                last_day += DAY
            span, until = span_of(policy, day, ALL_DAY), span_of(policy, last_day, ALL_DAY)
            if span and until:
                yield day, Opening(span, until.end)
            continue
        for window in windows_on(policy, day, hours, closures):
            if span := span_of(policy, day, window):
                yield day, Opening(span, span.end)


def windows_on(
    policy: BusinessPolicy, day: date, hours: Hours | None = None, closures: Closures = NO_CLOSURES
) -> tuple[Window, ...]:
    """What opens on a date: a resource's own special day goes before the business's, and both before the week."""
    for special in (closures, policy.closures):
        if day in special:
            return special[day]
    if policy.allow_24_7 and hours is None:
        return (ALL_DAY,)
    week = policy.hours if hours is None else hours
    ordinary = week.get(weekday(day), ())
    return week.get(FRIDAY, ()) if ordinary and day in policy.like_friday else ordinary


def _around_the_clock(policy: BusinessPolicy, day: date, hours: Hours | None, closures: Closures) -> bool:
    return policy.allow_24_7 and hours is None and day not in closures and day not in policy.closures


def span_of(policy: BusinessPolicy, day: date, window: Window) -> Interval | None:
    """The window in UTC; None if the clock skips all of it."""
    return _span(policy.timezone, day, window)


@lru_cache(maxsize=4096)  # a week of appointments asks for the same few windows a thousand times
def _span(zone: ZoneInfo, day: date, window: Window) -> Interval | None:
    end_day = day + DAY if window.passes_midnight else day
    start = first_instant_from(datetime.combine(day, window.opens), zone)
    end = first_instant_from(datetime.combine(end_day, window.closes), zone)
    return Interval(start, end) if start < end else None
