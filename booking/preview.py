"""What a change of the rules does: looked at before and after, in a transaction that need not be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking import slots
from booking.diary import open_diary
from booking.facts import Facts, load
from booking.life import CONFIRMED
from booking.models import Appointment
from booking.reasons import reason, resource_away
from booking.slots import Chair, Need, Obstacle
from crm.limits import WINDOW_DAYS
from crm.models import Business
from crm.tenancy import for_business

DAYS = 14


@dataclass(frozen=True, slots=True)
class Standing:
    """A booked appointment to come. `code` and `message` say which rule it would break if it were booked now."""

    appointment_id: int
    starts_at: datetime  # local
    customer_name: str
    service: str
    code: str
    message: str


@dataclass(frozen=True)
class View:
    """The starts that can be booked for any service, by local date, and the appointments to come."""

    starts: Mapping[date, frozenset[time]]
    standing: Mapping[int, Standing]


@dataclass(frozen=True, slots=True)
class DayTimes:
    day: date
    times: tuple[time, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change brings: appointments that now break a rule, and starts that come or go."""

    touched: tuple[Standing, ...]
    appear: tuple[DayTimes, ...]
    vanish: tuple[DayTimes, ...]

    def __bool__(self) -> bool:
        return bool(self.touched or self.appear or self.vanish)


def look(business: Business, *, now: datetime) -> View:
    """The next 14 days as the rules have them at this moment, in or out of a transaction."""
    with for_business(business):
        facts = load(business, now=now)
        rows = Appointment.objects.filter(status=CONFIRMED, starts_at__gt=now).select_related("service")
        standing = {one.appointment_id: one for one in _standing(facts, rows.order_by("starts_at"), now)}
        return View(_starts(facts, now), standing)


def broken_rules(business: Business, rows: Iterable[Appointment], *, now: datetime) -> dict[int, Standing]:
    """Those of these booked appointments to come that a rule would refuse by now, by id; one query."""
    with for_business(business):
        facts = load(business, now=now)
        return {one.appointment_id: one for one in _standing(facts, rows, now) if one.code}


def compare(before: View, after: View) -> Difference:
    """An appointment is touched if it breaks a rule now that it did not break before."""
    touched = [
        one
        for key, one in after.standing.items()
        if one.code and (key not in before.standing or before.standing[key].code != one.code)
    ]
    days = sorted({*before.starts, *after.starts})
    return Difference(
        tuple(sorted(touched, key=lambda one: one.starts_at)),
        tuple(_gained(before.starts, after.starts, days)),
        tuple(_gained(after.starts, before.starts, days)),
    )


def _gained(
    one: Mapping[date, frozenset[time]], other: Mapping[date, frozenset[time]], days: list[date]
) -> Iterator[DayTimes]:
    for day in days:
        if times := sorted(other.get(day, frozenset()) - one.get(day, frozenset())):
            yield DayTimes(day, tuple(times))


def _starts(facts: Facts, now: datetime) -> dict[date, frozenset[time]]:
    policy = facts.policy
    first = policy.local(now).date()
    last = first + timedelta(days=DAYS - 1)
    book = open_diary(facts, facts.resources, first=first, last=last, now=now)
    chairs = {chair.key: chair for chair in book.chairs}
    found: dict[date, set[time]] = {}
    for service in facts.services or (None,):
        need = service.need if service else Need(policy.slot_size)
        able = [chairs[resource.id] for resource in facts.candidates(service, None)]
        for slot in slots.find_slots(policy, able, need, first=first, last=last, now=now, full_days=book.full_days):
            start = policy.local(slot.start)
            found.setdefault(start.date(), set()).add(start.time())
    return {day: frozenset(times) for day, times in found.items()}


def _standing(facts: Facts, rows: Iterable[Appointment], now: datetime) -> Iterator[Standing]:
    """Each appointment to come, held against the rules as if its time were asked for now, without the rules of when."""
    policy = replace(facts.policy, min_notice_min=0, booking_window_days=WINDOW_DAYS[-1])
    chairs = {one.id: Chair(one.id, one.hours, one.closures) for one in facts.resources}
    for row in rows:
        found: Obstacle | None = None
        if row.resource_id in chairs:
            need = Need(row.ends_at - row.starts_at)
            found = slots.why_not(policy, [chairs[row.resource_id]], need, start=row.starts_at, now=now)
            message = reason(found, policy=policy, start=row.starts_at, now=now) if found else ""
        else:
            found, message = Obstacle("unknown_service", "resource"), resource_away()
        yield Standing(
            row.pk,
            policy.local(row.starts_at),
            row.customer_name,
            row.service.name if row.service else "",
            found.code if found else "",
            message,
        )
