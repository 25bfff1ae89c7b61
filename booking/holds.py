"""A time that a call in progress was offered is kept for it, for a short while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from psycopg.types.range import TimestamptzRange

from booking.availability import Wish, judge, local_slot, read_wished_start, refusal, wish
from booking.diary import Overlooked
from booking.facts import load
from booking.intervals import Interval
from booking.life import HELD, Move, after
from booking.models import Appointment, Resource
from booking.results import Available, Refused
from booking.slots import Chair, Obstacle
from booking.transactions import in_one_transaction
from crm.models import Business, BusinessSettings, Medium
from crm.tenancy import for_business

HOLD_FOR = timedelta(seconds=90)
TAKEN = Obstacle("slot_taken", "taken")

# Single statements: a hold that is renewed or converted meanwhile is looked at again and stays.
_LEAVE = """
DELETE FROM booking_appointment
WHERE resource_id = %s AND status = 'held' AND held_until <= %s AND id <> %s AND during && %s
"""
_RELEASE = "DELETE FROM booking_appointment WHERE business_id = %s AND status = 'held' AND call_sid = %s"
_EXPIRE = "DELETE FROM booking_appointment WHERE status = 'held' AND held_until <= %s"


def hold_time(
    *,
    business: Business,
    start: str | datetime,
    service_id: str | None = None,
    resource_id: str | None = None,
    call_sid: str,
    now: datetime,
) -> Available | Refused:
    """Whether this time may be booked; if so, nobody but this call can have it for 90 seconds.

    A call holds one time: a second one takes the place of the first, and a refusal leaves it.
    """
    with for_business(business):

        def read() -> tuple[Wish, datetime] | Refused:
            facts = load(business, now=now)
            instant = read_wished_start(start, facts)
            if isinstance(instant, Refused):
                return instant
            overlooked = Overlooked(call_sid=call_sid)
            wished = wish(facts, service_id=service_id, resource_id=resource_id, now=now, overlooked=overlooked)
            return wished if isinstance(wished, Refused) else (wished, instant)

        return in_one_transaction(lambda: _hold(business, read, call_sid), otherwise=lambda: taken(read))


Read = Callable[[], tuple[Wish, datetime] | Refused]


def _hold(business: Business, read: Read, call_sid: str) -> Available | Refused:
    found = in_line(read)
    if isinstance(found, Refused):
        return found
    wished, start = found
    verdict = judge(wished, start)
    if verdict.obstacle:
        return refusal(wished, start, verdict.obstacle)
    keep(business, wished, start, verdict.free, call_sid)
    return Available(local_slot(wished.policy, Interval(start, start + wished.need.length)))


def keep(business: Business, wished: Wish, start: datetime, free: tuple[Chair, ...], call_sid: str) -> None:
    """Nobody but this call can have the time for a while; what the call held before is free again."""
    held = held_by(call_sid)
    row = held or Appointment(business=business, call_sid=call_sid, created_at=wished.now)
    row.status = after(Move.HOLD, held.status if held else None)
    row.held_until, row.medium = wished.now + HOLD_FOR, Medium.PHONE
    row.service_id = (wished.service.id or None) if wished.service else None
    place(row, wished, start, free)
    row.save()


def in_line(read: Read) -> tuple[Wish, datetime] | Refused:
    """What is wished for, read again once it is our turn: the rules may have changed while we stood in line."""
    found = read()
    if isinstance(found, Refused):
        return found
    _lock_calendar(found[0])
    return read()


def taken(read: Read) -> Refused:
    """The answer to whoever lost every race."""
    found = read()
    return found if isinstance(found, Refused) else refusal(*found, TAKEN)


def _lock_calendar(wished: Wish) -> None:
    """Bookings of the same resources stand in line here, so that the constraint seldom has to refuse one.

    A limit of the whole business needs one line for all of its resources, and a call stands in that of what it holds,
    too. Always in this order.
    """
    if wished.policy.daily_limit is not None:
        list(BusinessSettings.objects.select_for_update(no_key=True).values_list("pk"))
    wanted = Q(pk__in=[one.id for one in wished.resources])
    if call_sid := wished.overlooked.call_sid:
        wanted |= Q(pk__in=Appointment.objects.filter(status=HELD, call_sid=call_sid).values("resource_id"))
    list(Resource.objects.select_for_update(no_key=True).filter(wanted).order_by("pk").values_list("pk"))


def held_by(call_sid: str) -> Appointment | None:
    """The time this call holds, expired or not, locked."""
    if not call_sid:
        return None
    return Appointment.objects.select_for_update().filter(call_sid=call_sid, status=HELD).first()


def place(row: Appointment, wished: Wish, start: datetime, free: tuple[Chair, ...]) -> None:
    """Give the row this time, with its own resource if that one is free; expired holds leave the place."""
    keys = [chair.key for chair in free]
    if row.resource_id not in keys:
        row.resource_id = keys[0]
    blocked = wished.need.blocked(start)
    row.starts_at, row.ends_at = start, start + wished.need.length
    row.during = TimestamptzRange(blocked.start, blocked.end)
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [row.resource_id, wished.now, row.pk or 0, row.during])


def release_hold(*, business: Business, call_sid: str) -> None:
    """The call is over: what it held and did not book is free for others."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [business.pk, call_sid])


def release_expired_holds(*, now: datetime) -> int:
    """Removes what nobody claimed in time; how many. The rules overlook them before that already."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [now])
        return int(cursor.rowcount)
