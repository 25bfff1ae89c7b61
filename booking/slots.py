"""Which times may be booked, and why another may not: values in, values out.

`_starts` alone decides. `find_slots` lists what it yields for some days, `free_chairs` asks it about one instant; so a
time is bookable if and only if it is listed. `why_not` puts into words what kept a time from being yielded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from math import ceil, floor

from booking.intervals import Interval, merge
from booking.policy import (
    DAY,
    MIDNIGHT,
    NO_CLOSURES,
    BusinessPolicy,
    Closures,
    Hours,
    Opening,
    Window,
    first_instant_from,
    openings,
    weekday,
    windows_on,
)

# Contract section 4, in its order: of several reasons the first one is told.
CODES = (
    "invalid_time",
    "unknown_service",
    "need_name",
    "need_phone",
    "invalid_phone",
    "past",
    "too_soon",
    "beyond_window",
    "closed_day",
    "outside_hours",
    "off_grid",
    "slot_taken",
)
MAX_SUGGESTIONS = 2
NO_DAYS: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Need:
    """How much time an appointment takes, and how far apart it keeps from others."""

    length: timedelta
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)

    def blocked(self, start: datetime) -> Interval:
        """What an appointment starting then keeps others out of."""
        return Interval(start - self.before, start + self.length + self.after)


Block = tuple[int, int]  # [start, end) in seconds since 1970; see `_starts`


@dataclass(frozen=True)
class Chair:
    """A resource that could serve: its own hours and special days, if it has some, and when it is blocked.

    What blocks it is given as intervals or, where they come by the thousand, as disjoint blocks in order.
    """

    key: int = 0
    hours: Hours | None = None
    closures: Closures = field(default_factory=lambda: NO_CLOSURES)
    busy: Sequence[Interval] = ()
    full_days: frozenset[date] = NO_DAYS  # local dates on which it takes no further appointment
    blocks: InitVar[Sequence[Block]] = ()
    _blocks: Sequence[Block] = field(init=False, repr=False, compare=False)
    _ends: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self, blocks: Sequence[Block]) -> None:
        given = blocks or [(floor(start.timestamp()), _second(end)) for start, end in merge(self.busy)]
        object.__setattr__(self, "_blocks", given)
        object.__setattr__(self, "_ends", [end for _, end in given])

    def blocks_after(self, second: int) -> Iterator[Block]:
        """What blocks it after this second, soonest first; the first may have begun before."""
        return islice(self._blocks, bisect_right(self._ends, second), None)

    def is_free(self, span: Interval) -> bool:
        start, end = floor(span.start.timestamp()), _second(span.end)
        return all(block_start >= end for block_start, _ in islice(self.blocks_after(start), 1))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What is against a time: the code of contract section 4, and the rule of the business behind it.

    Rules: past min_notice booking_window weekday closure time_off hours special_hours too_long grid taken buffer
    daily_limit. `windows` are those of the day in question, where hours are what it is about; `of_resource` says that
    the rule is one resource's own.
    """

    code: str
    rule: str
    windows: tuple[Window, ...] = ()
    of_resource: bool = False

    @property
    def name(self) -> str:
        """What an owner who goes against it goes against: the code, except that a full day is not a taken time."""
        return self.rule if self.code == "slot_taken" else self.code


def days_at_limit(booked: Iterable[tuple[date, int]], limit: int | None) -> frozenset[date]:
    """The dates on which so many appointments start that no further one may."""
    return frozenset(day for day, count in booked if limit is not None and count >= limit)


def find_slots(
    policy: BusinessPolicy,
    chairs: Sequence[Chair],
    need: Need,
    *,
    first: date,
    last: date,
    now: datetime,
    full_days: frozenset[date] = NO_DAYS,
) -> list[Interval]:
    """The bookable times whose local start date lies in `first`..`last`, soonest first, each once.

    `full_days` are the dates on which the whole business takes no further appointment.
    """
    bounds = _bounds(policy, first, last, now)
    if bounds is None:
        return []
    starts: set[int] = set()
    opened: dict[tuple[int, int], list[Opening]] = {}  # resources mostly share the business's hours
    for chair in chairs:
        shared = (id(chair.hours), id(chair.closures))
        if shared not in opened:
            # A window of the evening before may reach into the first date.
            dated = openings(policy, first - DAY, last, chair.hours, chair.closures)
            opened[shared] = [opening for _, opening in dated]
        full = full_days | chair.full_days
        for opening in opened[shared]:
            found = _starts(policy.slot_size, chair, need, opening, bounds)
            starts.update(found if not full else (at for at in found if _date(policy, at) not in full))
    length = int(need.length.total_seconds())
    return [Interval(_instant(start), _instant(start + length)) for start in sorted(starts)]


def free_chairs(
    policy: BusinessPolicy,
    chairs: Iterable[Chair],
    need: Need,
    *,
    start: datetime,
    now: datetime,
    full_days: frozenset[date] = NO_DAYS,
) -> list[Chair]:
    """The chairs that could take an appointment starting then: those for which `find_slots` would list it."""
    day = policy.local(start).date()
    bounds = _bounds(policy, day, day, now)
    if bounds is None or not bounds.holds(start) or day in full_days:
        return []
    only = Interval(start, start + datetime.resolution)
    return [
        chair
        for chair in chairs
        if day not in chair.full_days
        and any(
            start.timestamp() in _starts(policy.slot_size, chair, need, opening, only)
            for _, opening in openings(policy, day - DAY, day, chair.hours, chair.closures)
        )
    ]


def out_of_reach(policy: BusinessPolicy, *, start: datetime, now: datetime) -> Obstacle | None:
    """What is against a time whatever stands in the calendar: it is over, too soon or too far ahead."""
    if start < now:
        return Obstacle("past", "past")
    if start < policy.earliest(now):
        return Obstacle("too_soon", "min_notice")
    if policy.local(start).date() > policy.last_date(now):
        return Obstacle("beyond_window", "booking_window")
    return None


def roomy_chairs(chairs: Iterable[Chair], need: Need, start: datetime) -> list[Chair]:
    """The chairs that nothing blocks for all that would be needed, whatever the rules say."""
    return [chair for chair in chairs if chair.is_free(need.blocked(start))]


def why_not(
    policy: BusinessPolicy,
    chairs: Sequence[Chair],
    need: Need,
    *,
    start: datetime,
    now: datetime,
    full_days: frozenset[date] = NO_DAYS,
) -> Obstacle | None:
    """What speaks against starting then, or None if the time may be booked."""
    if free_chairs(policy, chairs, need, start=start, now=now, full_days=full_days):
        return None
    if far := out_of_reach(policy, start=start, now=now):
        return far
    # With several chairs, what stands against the one that comes closest.
    obstacles = (_obstacle(policy, chair, need, start, full_days) for chair in chairs)
    return max(obstacles, key=lambda found: CODES.index(found.code), default=Obstacle("closed_day", "weekday"))


def nearest(slots: Iterable[Interval], start: datetime) -> list[Interval]:
    """At most two slots, nearest to `start` first, the earlier of two equally near ones first."""
    return sorted(slots, key=lambda slot: (abs(slot.start - start), slot.start))[:MAX_SUGGESTIONS]


def _bounds(policy: BusinessPolicy, first: date, last: date, now: datetime) -> Interval | None:
    """When appointments may start on these local dates, the notice and the booking window kept."""
    first = max(first, policy.local(now).date())
    last = min(last, policy.last_date(now))
    if last < first:
        return None
    not_before, before = max(_midnight(policy, first), policy.earliest(now)), _midnight(policy, last + DAY)
    return Interval(not_before, before) if not_before < before else None


def _starts(step: timedelta, chair: Chair, need: Need, opening: Opening, bounds: Interval) -> list[int]:
    """The starts on this opening's grid, within bounds, at which the chair has room for all that is needed.

    In seconds since 1970: a month of slots passes through here for each resource, and whole numbers are added and
    compared three times as fast as datetimes. All that is laid on the grid falls on whole seconds.
    """
    pace, before = int(step.total_seconds()), int(need.before.total_seconds())
    length = int(need.length.total_seconds())
    from_then_on = length + int(need.after.total_seconds())
    grid = _second(opening.span.start)
    latest = min(_second(opening.until) - length, _second(min(opening.span.end, bounds.end)) - 1)
    start = grid + max(0, -((grid - _second(bounds.start)) // pace)) * pace
    found: list[int] = []
    for block_start, block_end in chair.blocks_after(start - before):
        last_before = block_start - from_then_on
        if last_before > latest:
            break
        while start <= last_before:
            found.append(start)
            start += pace
        if start < block_end + before:
            start = grid - (grid - block_end - before) // pace * pace  # the first one on the grid that is not earlier
    while start <= latest:
        found.append(start)
        start += pace
    return found


def _second(instant: datetime) -> int:
    """The first whole second that is not before this instant."""
    return ceil(instant.timestamp())


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _date(policy: BusinessPolicy, second: int) -> date:
    return policy.local(_instant(second)).date()


def _obstacle(
    policy: BusinessPolicy, chair: Chair, need: Need, start: datetime, full_days: frozenset[date]
) -> Obstacle:
    """What is against starting then with this chair, apart from notice and booking window."""
    day = policy.local(start).date()
    around = openings(policy, day - DAY, day, chair.hours, chair.closures)
    holding = [(opens_on, opening) for opens_on, opening in around if opening.span.holds(start)]
    if not holding:
        return _closed(policy, chair, day)
    found = []
    for opens_on, opening in holding:
        if start + need.length > opening.until:
            windows = windows_on(policy, opens_on, chair.hours, chair.closures)
            found.append(Obstacle("outside_hours", "too_long", windows, of_resource=chair.hours is not None))
        elif (start - opening.span.start) % policy.slot_size:
            found.append(Obstacle("off_grid", "grid"))
        elif day in full_days or day in chair.full_days:
            found.append(Obstacle("slot_taken", "daily_limit", of_resource=day not in full_days))
        else:
            has_room = chair.is_free(Interval(start, start + need.length))
            found.append(Obstacle("slot_taken", "buffer" if has_room else "taken"))
    return max(found, key=lambda one: CODES.index(one.code))


def _closed(policy: BusinessPolicy, chair: Chair, day: date) -> Obstacle:
    """Nothing is open at that hour of the day, or on the whole of it."""
    time_off, own_hours = day in chair.closures, chair.hours is not None
    week = chair.hours if chair.hours is not None else policy.hours
    is_eve = day in policy.like_friday and bool(week.get(weekday(day))) and not (policy.allow_24_7 and not own_hours)
    is_special = time_off or day in policy.closures or is_eve
    if any(opens_on == day for opens_on, _ in openings(policy, day, day, chair.hours, chair.closures)):
        windows = windows_on(policy, day, chair.hours, chair.closures)
        rule = "special_hours" if is_special else "hours"
        return Obstacle("outside_hours", rule, windows, of_resource=time_off if is_special else own_hours)
    if is_special:
        return Obstacle("closed_day", "time_off" if time_off else "closure", of_resource=time_off)
    return Obstacle("closed_day", "weekday", of_resource=own_hours)


def _midnight(policy: BusinessPolicy, day: date) -> datetime:
    return first_instant_from(datetime.combine(day, MIDNIGHT), policy.timezone)


def days_around(policy: BusinessPolicy, start: datetime, now: datetime) -> Iterator[tuple[date, date, timedelta]]:
    """Ranges of local dates around a time, ever wider, up to the whole booking window.

    Each with the distance within which no slot can be missing from it.
    """
    today, end = policy.local(now).date(), policy.last_date(now)
    centre = min(max(policy.local(start).date(), today), end)
    for radius in (1, 7, 31, 366):
        first, last = max(centre - radius * DAY, today), min(centre + radius * DAY, end)
        if (first, last) == (today, end):
            break
        yield first, last, radius * DAY - timedelta(hours=2)  # a changed clock makes a day shorter
    yield today, end, timedelta.max
