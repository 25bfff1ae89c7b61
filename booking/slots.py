"""Which times may be booked, and why another may not: values in, values out.

`_obstacle` alone decides about a time. `find_slots` lists the starts it has nothing against, `why_not` says what it
has against one; so a time is bookable if and only if it is listed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from booking.intervals import Interval, merge
from booking.policy import DAY, MIDNIGHT, BusinessPolicy, Hours, Opening, first_instant_from, openings

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


@dataclass(frozen=True, slots=True)
class Need:
    """How much time an appointment takes, and how far apart it keeps from others."""

    length: timedelta
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)

    def blocked(self, start: datetime) -> Interval:
        """What an appointment starting then keeps others out of."""
        return Interval(start - self.before, start + self.length + self.after)

    def finds_room(self, chair: Chair, start: datetime) -> bool:
        """Whether the chair is free for all that would be blocked."""
        return chair.is_free(start - self.before, start + self.length + self.after)


@dataclass(frozen=True)
class Chair:
    """A resource that could serve: its own hours, if it has some, and when it is blocked."""

    key: int = 0
    hours: Hours | None = None
    busy: Sequence[Interval] = ()
    _starts: list[datetime] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        disjoint = merge(self.busy)
        object.__setattr__(self, "busy", disjoint)
        object.__setattr__(self, "_starts", [span.start for span in disjoint])

    def is_free(self, start: datetime, end: datetime) -> bool:
        last_before = bisect_left(self._starts, end) - 1
        return last_before < 0 or self.busy[last_before].end <= start


def find_slots(
    policy: BusinessPolicy, chairs: Iterable[Chair], need: Need, *, first: date, last: date, now: datetime
) -> list[Interval]:
    """The bookable times whose local start date lies in `first`..`last`, soonest first, each once."""
    first = max(first, policy.local(now).date())
    last = min(last, policy.last_date(now))
    if last < first:
        return []
    step = policy.slot_size
    not_before = max(_midnight(policy, first), policy.earliest(now))
    before = _midnight(policy, last + DAY)
    starts = {
        start
        for chair in chairs
        # A window of the evening before may reach into the first date.
        for _, opening in openings(policy, first - DAY, last, chair.hours)
        for start in opening.span.every(step)
        if not_before <= start < before and not _obstacle(step, chair, need, opening, start)
    }
    return [Interval(start, start + need.length) for start in sorted(starts)]


def why_not(
    policy: BusinessPolicy, chairs: Iterable[Chair], need: Need, *, start: datetime, now: datetime
) -> str | None:
    """The code that speaks against starting then, or None if the time may be booked."""
    if start < now:
        return "past"
    if start < policy.earliest(now):
        return "too_soon"
    if policy.local(start).date() > policy.last_date(now):
        return "beyond_window"
    verdicts = [_chair_obstacle(policy, chair, need, start) for chair in chairs]
    if None in verdicts:
        return None
    # With several chairs, what stands against the one that comes closest.
    return max((verdict for verdict in verdicts if verdict), key=CODES.index, default="closed_day")


def free_chairs(policy: BusinessPolicy, chairs: Iterable[Chair], need: Need, *, start: datetime) -> list[Chair]:
    """The chairs that could take an appointment starting then."""
    return [chair for chair in chairs if _chair_obstacle(policy, chair, need, start) is None]


def nearest(slots: Iterable[Interval], start: datetime) -> list[Interval]:
    """At most two slots, nearest to `start` first, the earlier of two equally near ones first."""
    return sorted(slots, key=lambda slot: (abs(slot.start - start), slot.start))[:MAX_SUGGESTIONS]


def _obstacle(step: timedelta, chair: Chair, need: Need, opening: Opening, start: datetime) -> str | None:
    """What is against starting at this moment of an opening whose grid has this step."""
    if start + need.length > opening.until:
        return "outside_hours"
    if (start - opening.span.start) % step:
        return "off_grid"
    if not need.finds_room(chair, start):
        return "slot_taken"
    return None


def _chair_obstacle(policy: BusinessPolicy, chair: Chair, need: Need, start: datetime) -> str | None:
    day = policy.local(start).date()
    around = list(openings(policy, day - DAY, day, chair.hours))
    step, holding = policy.slot_size, [opening for _, opening in around if opening.span.holds(start)]
    verdicts = [_obstacle(step, chair, need, opening, start) for opening in holding]
    if None in verdicts:
        return None
    if told := [verdict for verdict in verdicts if verdict]:
        return max(told, key=CODES.index)
    return "outside_hours" if any(opens_on == day for opens_on, _ in around) else "closed_day"


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
