"""The times of one day as a person chooses among them: those that can be booked, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking import slots
from booking.availability import Wish, wish
from booking.changes import same_again
from booking.facts import load
from booking.intervals import Interval
from booking.models import Appointment
from booking.policy import DAY, MIDNIGHT, first_instant_from, openings
from booking.reasons import reason
from booking.results import Refused
from crm.models import Business
from crm.tenancy import for_business

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Times:
    """Starts, local, that have the same answer; `reason` is empty where they can be booked."""

    reason: str
    starts: tuple[datetime, ...]


def times_of_day(
    *,
    business: Business,
    day: date,
    service_id: str | None = None,
    resource_id: str | None = None,
    moving: Appointment | None = None,
    everything: bool = False,
    now: datetime,
) -> list[Times] | Refused:
    """The bookable starts of a local date, and with `everything` the others of that day, by what is against them.

    `moving` is an appointment that is to move there: it keeps its length, and does not stand in its own way. Three
    queries at most, however many times.
    """
    with for_business(business):
        facts = load(business, now=now)
        if moving is not None:
            wished: Wish | Refused = same_again(moving, facts, resource_id=resource_id, now=now)
        else:
            wished = wish(facts, service_id=service_id, resource_id=resource_id, now=now)
        if isinstance(wished, Refused):
            return wished
        return list(_times(wished, day, everything=everything))


def _times(wished: Wish, day: date, *, everything: bool) -> Iterator[Times]:
    policy, now = wished.policy, wished.now
    book = wished.diary(day, day)
    listed = slots.find_slots(policy, book.chairs, wished.need, first=day, last=day, now=now, full_days=book.full_days)
    starts = tuple(policy.local(span.start) for span in listed)
    if starts or not everything:
        yield Times("", starts)
    if not everything:
        return
    others: dict[str, list[datetime]] = {}
    for start in sorted(set(_clock(wished, day)) - {span.start for span in listed}):
        found = slots.why_not(policy, book.chairs, wished.need, start=start, now=now, full_days=book.full_days)
        if found is not None:
            said = reason(found, policy=policy, start=start, now=now)
            others.setdefault(said, []).append(policy.local(start))
    for told, refused in others.items():
        yield Times(told, tuple(refused))


def _clock(wished: Wish, day: date) -> Iterator[datetime]:
    """The starts that somebody might think of: the grid of what opens, and every whole hour outside it."""
    policy = wished.policy
    midnight, next_midnight = (
        first_instant_from(datetime.combine(one, MIDNIGHT), policy.timezone) for one in (day, day + DAY)
    )
    spans: set[Interval] = set()
    for one in wished.resources:
        spans |= {opening.span for _, opening in openings(policy, day - DAY, day, one.hours, one.closures)}
    for span in spans:
        start = span.start
        while start < span.end:
            if midnight <= start < next_midnight:
                yield start
            start += policy.slot_size
    hour = midnight
    while hour < next_midnight:
        if not any(span.holds(hour) for span in spans):
            yield hour
        hour += _HOUR
