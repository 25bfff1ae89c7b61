"""Which times may be booked, worked out the slow way from the words of contract section 4.

Every minute is looked at on its own: what does the wall clock show, which window is open, does the minute lie on its
grid, does the appointment end in time, is the chair free? Nothing is shared with `booking.slots` but the plain values
that state the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.policy import BusinessPolicy, Window
from booking.slots import Chair, Need

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FRIDAY = 5
# Of two chairs that refuse a time, the one that refuses it for the later of these reasons has more to offer.
CHAIR_CODES = ("closed_day", "outside_hours", "off_grid", "slot_taken")


@lru_cache(16)
def walk(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Minute by minute in UTC, with what the wall clock shows; begins before the local date and ends after it."""
    midnight = datetime.combine(day, time(0), UTC)
    minutes = (midnight + number * MINUTE for number in range(-15 * 60, 40 * 60))
    return tuple((minute, minute.astimezone(zone).replace(tzinfo=None)) for minute in minutes)


@lru_cache(256)
def minutes_of(zone: ZoneInfo, day: date, step: int) -> tuple[datetime, ...]:
    """Every `step`-th minute at which the wall clock shows this date."""
    return tuple(minute for minute, wall in walk(zone, day) if wall.date() == day and minute.minute % step == 0)


@lru_cache(256)
def first_shown(zone: ZoneInfo, day: date) -> dict[time, datetime]:
    """For each minute of the date: when the clock first shows it or, where it jumps past it, a later one."""
    shown: dict[time, datetime] = {}
    due = datetime.combine(day, time(0))
    for minute, wall in walk(zone, day):
        while due <= wall and due.date() == day:
            shown[due.time()] = minute
            due += MINUTE
    return shown


def week_day(day: date) -> int:
    return day.isoweekday() % 7  # Sunday is 0


@dataclass(frozen=True)
class Stretch:
    """A window on the date on which it opens: starts from `opens` until before `closes`, ends up to `last_end`."""

    day: date
    opens: datetime
    closes: datetime
    last_end: datetime


class BruteCalendar:
    """The rules of one business, asked on the local dates `first`..`last`."""

    def __init__(
        self, policy: BusinessPolicy, chairs: Sequence[Chair], need: Need, now: datetime, full_days: frozenset[date]
    ) -> None:
        self.policy, self.chairs, self.need, self.now, self.full_days = policy, chairs, need, now, full_days
        self.slot_size = timedelta(minutes=policy.slot_size_min)
        self.earliest = now + timedelta(minutes=policy.min_notice_min)
        self.last_day = self.local_date(now) + timedelta(days=policy.booking_window_days)
        self._stretches: dict[tuple[int, date], list[Stretch]] = {}

    def listed(self, first: date, last: date, step: int) -> list[datetime]:
        """The bookable starts; `step` divides, in minutes, everything that a start can depend on."""
        days = [first + number * DAY for number in range((last - first).days + 1)]
        minutes = [(minute, day) for day in days for minute in minutes_of(self.policy.timezone, day, step)]
        return sorted(minute for minute, day in minutes if self._verdict(minute, day) is None)

    def verdict(self, start: datetime) -> str | None:
        """The first code of the contract that applies to this start, None if it may be booked."""
        return self._verdict(start, self.local_date(start))

    def free(self, start: datetime) -> list[Chair]:
        day = self.local_date(start)
        if self.too_early_or_late(start, day):
            return []
        return [chair for number, chair in enumerate(self.chairs) if self.refused_by(number, start, day) is None]

    def _verdict(self, start: datetime, day: date) -> str | None:
        return self.too_early_or_late(start, day) or self.refused_by_all(start, day)

    def too_early_or_late(self, start: datetime, day: date) -> str | None:
        if start < self.now:
            return "past"
        if start < self.earliest:
            return "too_soon"
        if day > self.last_day:
            return "beyond_window"
        return None

    def refused_by_all(self, start: datetime, day: date) -> str | None:
        least = -1
        for number in range(len(self.chairs)):
            code = self.refused_by(number, start, day)
            if code is None:
                return None
            least = max(least, CHAIR_CODES.index(code))
        return CHAIR_CODES[least]

    def refused_by(self, number: int, start: datetime, day: date) -> str | None:
        today, yesterday = self.stretches(number, day), self.stretches(number, day - DAY)
        around = [stretch for stretch in yesterday + today if stretch.opens <= start < stretch.closes]
        if not around:
            return "outside_hours" if today else "closed_day"
        roomy = [stretch for stretch in around if start + self.need.length <= stretch.last_end]
        if not roomy:
            return "outside_hours"
        if all((start - stretch.opens) % self.slot_size for stretch in roomy):
            return "off_grid"
        chair = self.chairs[number]
        if day in self.full_days or day in chair.full_days or self.is_busy(chair, start):
            return "slot_taken"
        return None

    def is_busy(self, chair: Chair, start: datetime) -> bool:
        blocked_from, blocked_until = start - self.need.before, start + self.need.length + self.need.after
        return any(busy.start < blocked_until and blocked_from < busy.end for busy in chair.busy)

    def stretches(self, number: int, day: date) -> list[Stretch]:
        """What opens on this date; memory only spares working it out for each minute again."""
        if (number, day) not in self._stretches:
            self._stretches[number, day] = list(self._work_out(self.chairs[number], day))
        return self._stretches[number, day]

    def _work_out(self, chair: Chair, day: date) -> Iterator[Stretch]:
        if self.never_closes(chair, day):
            last_day = day
            while self.never_closes(chair, last_day + DAY) and last_day - day < self.need.length + DAY:
                last_day += DAY
            opens, closes = self.midnight(day), self.midnight(day + DAY)
            if opens < closes:
                yield Stretch(day, opens, closes, self.midnight(last_day + DAY))
            return
        shown = first_shown(self.policy.timezone, day)
        next_shown = first_shown(self.policy.timezone, day + DAY)
        for window in self.windows(chair, day):
            opens = shown[window.opens]
            closes = shown[window.closes] if window.closes > window.opens else next_shown[window.closes]
            if opens < closes:
                yield Stretch(day, opens, closes, closes)

    def never_closes(self, chair: Chair, day: date) -> bool:
        is_special = day in chair.closures or day in self.policy.closures
        return self.policy.allow_24_7 and chair.hours is None and not is_special

    def windows(self, chair: Chair, day: date) -> tuple[Window, ...]:
        for special in (chair.closures, self.policy.closures):
            if day in special:
                return special[day]
        week = self.policy.hours if chair.hours is None else chair.hours
        usual = week.get(week_day(day), ())
        if usual and day in self.policy.like_friday:
            return week.get(FRIDAY, ())
        return usual

    def midnight(self, day: date) -> datetime:
        return first_shown(self.policy.timezone, day)[time(0)]

    def local_date(self, instant: datetime) -> date:
        return instant.astimezone(self.policy.timezone).date()
