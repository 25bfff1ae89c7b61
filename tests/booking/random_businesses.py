"""Random businesses for the brute-force calendar: any zone, any rules, mostly in the days around a clock change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from booking.intervals import Interval
from booking.policy import BusinessPolicy, Closures, Hours, Window
from booking.slots import Chair, Need

ZONES = (
    "Asia/Jerusalem",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",  # winter time in Ramadan
    "Europe/London",
    "America/Santiago",  # midnight is skipped
    "America/Havana",  # midnight comes twice
    "UTC",
)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ORDINARY_DAYS = (date(2026, 6, 9), date(2026, 12, 30), date(2027, 2, 27), date(2028, 2, 28))


@dataclass(frozen=True)
class Case:
    """A question to the calendar. `step` divides, in minutes, all that a start can depend on."""

    policy: BusinessPolicy
    chairs: tuple[Chair, ...]
    need: Need
    first: date
    last: date
    now: datetime
    full_days: frozenset[date]
    step: int

    def __str__(self) -> str:
        """What is not as by default, a line each."""
        lines = [f"policy.{name} = {value}" for name, value in _told(self.policy)]
        for number, chair in enumerate(self.chairs):
            lines += [f"chair {number}: " + (", ".join(f"{n} = {v}" for n, v in _told(chair)) or "as the business")]
        need = [int(span / MINUTE) for span in (self.need.length, self.need.before, self.need.after)]
        lines.append("need: {} min, {} before, {} after".format(*need))
        lines.append(
            f"asked for {self.first}..{self.last} at {self.policy.local(self.now)}, full {_plain(self.full_days)}"
        )
        return "\n".join(lines)


def _told(value: BusinessPolicy | Chair) -> list[tuple[str, str]]:
    usual: Any = BusinessPolicy(value.timezone) if isinstance(value, BusinessPolicy) else Chair()
    shown = [f.name for f in fields(value) if f.compare and f.name != "key"]
    return [
        (name, _plain(getattr(value, name)))
        for name in shown
        if name == "timezone" or getattr(value, name) != getattr(usual, name)
    ]


def _plain(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_plain(key)}: {_plain(value[key])}" for key in sorted(value)) + "}"
        case tuple() | list():
            return "[" + ", ".join(_plain(item) for item in value) + "]"
        case frozenset():
            return _plain(sorted(value))
        case Window(opens, closes):
            return f"{opens:%H:%M}-{closes:%H:%M}"
        case Interval(start, end):
            return f"{start:%d.%m %H:%M}-{end:%d.%m %H:%M}Z"
    return str(value)


@cache
def clock_changes(zone: ZoneInfo) -> tuple[date, ...]:
    """The local dates of 2026 and 2027 on which the clock is moved."""
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + number * timedelta(hours=1) for number in range(2 * 365 * 24)]
    moves = ((a, b) for a, b in pairwise(hours) if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset())
    return tuple(a.astimezone(zone).date() for a, _ in moves)


def random_case(random: Random, zone: ZoneInfo, *, first: date | None = None, step: int = 0) -> Case:
    """A question about one to three days, from `first` on or near a clock change or some other day."""
    changes = clock_changes(zone)
    if first is None:
        is_change = bool(changes) and random.random() < 0.7
        first = random.choice(changes) + random.randint(-1, 1) * DAY if is_change else random.choice(ORDINARY_DAYS)
    last = first + random.choice((0, 0, 0, 1, 1, 2)) * DAY
    step = step or random.choice((1, *[5] * 24))
    pick = _Pick(random, step, first, zone)
    policy = BusinessPolicy(
        timezone=zone,
        slot_size_min=random.choice((5, 10, 15, 15, 20, 30, 30, 45, 50, 60, 60, 90, 120, 480)),
        allow_24_7=random.random() < 0.25,
        hours=pick.hours(),
        closures=pick.closures(0.3),
        like_friday=pick.dates(0.25),
        booking_window_days=random.choice((1, 2, 7, 30, 30, 60)),
        min_notice_min=random.choice((0, 0, 0, 10, 60, 180, 1440, 2000)),
    )
    length = random.choice((policy.slot_size_min, 5, 15, 15, 30, 30, 40, 60, 90, 150, 480, 1440))
    need = Need(length * MINUTE, *(random.choice((0, 0, 0, 5, 10, 30, 120)) * MINUTE for _ in range(2)))
    chairs = tuple(pick.chair(key) for key in range(random.choice((1, 1, 1, 2, 2, 3))))
    return Case(policy, chairs, need, first, last, pick.now(policy), pick.dates(0.15), step)


class _Pick:
    """Random facts near one date."""

    def __init__(self, random: Random, step: int, first: date, zone: ZoneInfo) -> None:
        self.random, self.step, self.first, self.zone = random, step, first, zone

    def dates(self, chance: float) -> frozenset[date]:
        near = [self.first + number * DAY for number in range(-1, 4)]
        return frozenset(day for day in near if self.random.random() < chance / 2)

    def minute(self) -> int:
        """Minutes after midnight; the small hours, in which clocks are changed, come more often than others."""
        latest = self.random.choice((180, 1440, 1440))
        return self.random.randrange(0, latest, self.random.choice((self.step, 30, 60)))

    def windows(self) -> tuple[Window, ...]:
        """Up to three windows that do not overlap; the last may run past midnight."""
        edges = sorted({self.minute() for _ in range(2 * self.random.choice((1, 1, 1, 2, 2, 3)))})
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        if len(edges) % 2 or self.random.random() < 0.3:
            opens = edges[-1] if len(edges) % 2 else max(edges[-1], 18 * 60)
            pairs.append((opens, self.random.randrange(0, min(pairs[0][0] if pairs else opens, 600) + 1, self.step)))
        return tuple(Window(_clock(opens), _clock(closes)) for opens, closes in pairs if opens != closes)

    def hours(self) -> Hours:
        usual = self.windows()
        week: dict[int, tuple[Window, ...]] = {}
        for weekday in reversed(range(7)):  # the day after is known: a night ends before it opens
            kind = self.random.random()
            windows = usual if kind < 0.45 else self.windows()
            if kind < 0.85:
                week[weekday] = tuple(w for w in windows if _ends_before(w, week.get((weekday + 1) % 7, ())))
        week[6] = tuple(w for w in week.get(6, ()) if _ends_before(w, week.get(0, ())))
        return week

    def closures(self, chance: float) -> Closures:
        return {day: self.windows() if self.random.random() < 0.5 else () for day in sorted(self.dates(chance))}

    def chair(self, key: int) -> Chair:
        """As the business, or with hours of its own; with something booked or nothing."""
        return Chair(
            key=key,
            hours=self.hours() if self.random.random() < 0.3 else None,
            closures=self.closures(0.15),
            busy=tuple(self.busy()) if self.random.random() < 0.6 else (),
            full_days=self.dates(0.1),
        )

    def busy(self) -> Iterator[Interval]:
        start = datetime.combine(self.first - DAY, time(0), UTC)
        while start.date() <= self.first + 2 * DAY:
            start += self.random.randrange(5, 900, 5) * MINUTE
            end = start + self.random.choice((5, 15, 30, 60, 60, 240, 600)) * MINUTE
            yield Interval(start, end)
            start = end

    def now(self, policy: BusinessPolicy) -> datetime:
        """Some time before the days in question, or on the first of them."""
        window = policy.booking_window_days
        days_before = (
            self.random.choice((window, window + 1))
            if self.random.random() < 0.1
            else self.random.choice((0, 1, 1, 1, 2))
        )
        wall = datetime.combine(self.first - days_before * DAY, time(0)) + self.random.randrange(1440) * MINUTE
        seconds = timedelta(seconds=self.random.choice((0, 0, 1, 59)))
        return wall.replace(tzinfo=self.zone).astimezone(UTC) + seconds


def _ends_before(window: Window, next_day: tuple[Window, ...]) -> bool:
    is_night = window.closes <= window.opens
    return not is_night or all(window.closes <= other.opens for other in next_day)


def _clock(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def simplest(case: Case, still_wrong: Callable[[Case], bool]) -> Case:
    """The same disagreement with as little around it as can be."""
    while smaller := next((other for other in _simpler(case) if still_wrong(other)), None):
        case = smaller
    return case


def _simpler(case: Case) -> Iterator[Case]:
    policy, usual = case.policy, BusinessPolicy(case.policy.timezone)
    for number in range(len(case.chairs)):
        if len(case.chairs) > 1:
            yield replace(case, chairs=_without(case.chairs, number))
    if case.first < case.last:
        yield replace(case, last=case.first)
        yield replace(case, first=case.first + DAY)
    if case.need != (bare := Need(case.need.length)):
        yield replace(case, need=bare)
    if case.full_days:
        yield replace(case, full_days=frozenset())
    for name in ("closures", "like_friday", "booking_window_days", "min_notice_min", "allow_24_7", "slot_size_min"):
        if getattr(policy, name) != getattr(usual, name):
            yield replace(case, policy=replace(policy, **{name: getattr(usual, name)}))
    for hours in _fewer(policy.hours):
        yield replace(case, policy=replace(policy, hours=hours))
    for closures in _fewer(policy.closures):
        yield replace(case, policy=replace(policy, closures=closures))
    for number, chair in enumerate(case.chairs):
        for simpler in _simpler_chairs(chair):
            yield replace(case, chairs=(*case.chairs[:number], simpler, *case.chairs[number + 1 :]))


def _simpler_chairs(chair: Chair) -> Iterator[Chair]:
    for name in ("hours", "closures", "busy", "full_days"):
        if getattr(chair, name) != (usual := getattr(Chair(), name)):
            yield replace(chair, **{name: usual})
    for number in range(len(chair.busy)):
        yield replace(chair, busy=_without(chair.busy, number))
    for hours in _fewer(chair.hours or {}):
        yield replace(chair, hours=hours)


def _fewer(hours: Any) -> Iterator[dict[Any, tuple[Window, ...]]]:
    """Hours or closures with a day or a window less."""
    for day, windows in hours.items():
        yield {other: hours[other] for other in hours if other != day}
        if len(windows) > 1:
            for number in range(len(windows)):
                yield {**hours, day: _without(windows, number)}


def _without(items: Sequence[Any], number: int) -> tuple[Any, ...]:
    return (*items[:number], *items[number + 1 :])
