"""Making a booked appointment longer or shorter, by the rules that its end must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from booking import slots, wording
from booking.availability import Wish, refused, room_at
from booking.changes import against_move, as_moved, locked_row, slot_of
from booking.diary import Overlooked
from booking.facts import Facts, ServiceFacts, load
from booking.history import Author, Override, Place, record_change
from booking.holds import TAKEN, in_line, place
from booking.life import Move, after
from booking.models import Appointment, AppointmentChange
from booking.results import Refused, Rescheduled
from booking.slots import Chair, Need, Obstacle
from booking.transactions import in_one_transaction
from crm.models import Business, Medium
from crm.tenancy import for_business

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
_OF_HOURS = ("closed_day", "outside_hours")


def resize_appointment(
    *,
    business: Business,
    appointment_id: int,
    length: timedelta,
    now: datetime,
    medium: Medium | str,
    by: User | None = None,
    override: Override | None = None,
) -> Rescheduled | Refused:
    """Keeps the start and moves the end: within opening hours, and never into another appointment.

    The rules of when one may book (notice, window, grid) were answered when it was booked; shorter is always allowed.
    """
    asked = _Wanted(business, appointment_id, length, Author(medium, by, override), now)
    with for_business(business):
        return in_one_transaction(lambda: _resize(asked), otherwise=lambda: _occupied(asked))


@dataclass(frozen=True)
class _Wanted:
    business: Business
    appointment_id: int
    length: timedelta
    author: Author
    now: datetime


def _resize(asked: _Wanted) -> Rescheduled | Refused:
    facts = load(asked.business, now=asked.now)
    row = locked_row(asked.appointment_id)
    if row is None:
        return refused("unknown_appointment")
    if no := against_move(row, Move.RESIZE, asked.author, facts, asked.now):
        return no
    if not SHORTEST <= asked.length <= LONGEST or asked.length % timedelta(minutes=1):
        return Refused("not_allowed", wording.NO_SUCH_LENGTH)
    present = row.ends_at - row.starts_at
    if asked.length == present:
        return as_moved(row, facts, asked.now)
    read = in_line(lambda: _read(row, asked))
    if isinstance(read, Refused):
        return read
    wished, start = read
    obstacle = _against_hours(wished, start) if asked.length > present else None
    if obstacle and not asked.author.may_override(asked.business):
        return _refusal(obstacle, wished.facts, row, asked.now)
    free = room_at(wished, start)
    if not free:
        return _refusal(TAKEN, wished.facts, row, asked.now)
    before = Place.of(row)
    place(row, wished, start, free)
    row.status = after(Move.RESIZE, row.status)
    row.save(update_fields=["status", "ends_at", "during"])
    record_change(
        row,
        AppointmentChange.Kind.RESIZED,
        author=asked.author,
        slot=slot_of(row, wished.facts),
        now=asked.now,
        before=before,
        overrode=obstacle.name if obstacle else "",
    )
    return as_moved(row, wished.facts, asked.now)


def _read(row: Appointment, asked: _Wanted) -> tuple[Wish, datetime] | Refused:
    """The same time with the same resource, for another length."""
    facts = load(asked.business, now=asked.now)
    need = Need(asked.length, row.starts_at - row.during.lower, row.during.upper - row.ends_at)
    service = ServiceFacts(row.service_id or 0, "", "", need, frozenset({row.resource_id}))
    wished = Wish(facts, service, facts.candidates(service, None), asked.now, Overlooked(row.pk))
    return (wished, row.starts_at) if wished.resources else refused("unknown_service")


def _against_hours(wished: Wish, start: datetime) -> Obstacle | None:
    """Whether it would begin or end while nobody serves; asked as if it were booked at its own start."""
    one = wished.resources[0]
    chair = Chair(one.id, one.hours, one.closures)
    policy = replace(wished.policy, min_notice_min=0)
    found = slots.why_not(policy, [chair], wished.need, start=start, now=start)
    return found if found and found.code in _OF_HOURS else None


def _refusal(found: Obstacle, facts: Facts, row: Appointment, now: datetime) -> Refused:
    """Without other times to choose from: the start is not what was asked about."""
    return Refused(found.code, wording.obstacle(found, policy=facts.policy, start=row.starts_at, now=now))


def _occupied(asked: _Wanted) -> Refused:
    """The answer to whoever lost every race."""
    row = Appointment.objects.filter(pk=asked.appointment_id).first()
    return _refusal(TAKEN, load(asked.business, now=asked.now), row, asked.now) if row else refused("not_allowed")
