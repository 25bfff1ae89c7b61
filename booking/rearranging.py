"""What a person does with an appointment on the calendar they look at: move it, stretch it, take that back.

Two people may look at the same appointment. `version_of` says what one of them saw; whoever comes second is told where
it stands by now, and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import transaction

from booking import wording
from booking.availability import refused, room_at
from booking.changes import against_move, as_moved, locked_row, reschedule_appointment, same_again, slot_of
from booking.facts import Facts, load
from booking.history import Author, Override, Place, record_change
from booking.holds import TAKEN, in_line, place
from booking.lengths import resize_appointment
from booking.life import Move
from booking.models import Appointment, AppointmentChange, Resource
from booking.results import Refused, Rescheduled
from booking.transactions import in_one_transaction
from crm.models import Business, Medium
from crm.tenancy import for_business

Kind = AppointmentChange.Kind
TAKEN_BACK_WITHIN = timedelta(minutes=10)
_OF_PLACE = (Kind.RESCHEDULED, Kind.RESIZED)


@dataclass(frozen=True)
class Overtaken:
    """Somebody was faster: the appointment as it stands now, and the last thing that happened to it."""

    row: Appointment
    last: AppointmentChange | None
    ok: ClassVar[bool] = False


def version_of(row: Appointment) -> str:
    """What somebody sees of an appointment on a calendar; it differs as soon as any of it does."""
    return f"{row.starts_at.timestamp():.0f}-{row.ends_at.timestamp():.0f}-{row.resource_id}-{row.status}"


def rearrange_appointment(
    *,
    business: Business,
    appointment_id: int,
    version: str,
    start: datetime,
    length: timedelta | None = None,
    resource_id: str | None = None,
    now: datetime,
    by: User,
    override: Override | None = None,
) -> Rescheduled | Refused | Overtaken:
    """Moves the appointment, or changes its length at the place it has, if it still is what `version` saw."""
    with for_business(business), transaction.atomic():
        row = locked_row(appointment_id)
        if row is None:
            return refused("unknown_appointment")
        if version_of(row) != version:
            return overtaken(row)
        if length is not None and start == row.starts_at and length != row.ends_at - row.starts_at:
            return resize_appointment(
                business=business,
                appointment_id=appointment_id,
                length=length,
                now=now,
                medium=Medium.STAFF,
                by=by,
                override=override,
            )
        return reschedule_appointment(
            business=business,
            appointment_id=appointment_id,
            start_iso=start,
            resource_id=resource_id,
            now=now,
            medium=Medium.STAFF,
            by=by,
            override=override,
        )


def take_back(*, business: Business, appointment_id: int, now: datetime, by: User) -> Rescheduled | Refused | Overtaken:
    """Puts the appointment back to where this person moved it from a moment ago, if nobody else has that time by now.

    The rules are not asked again: it stood there.
    """
    with for_business(business):
        return in_one_transaction(
            lambda: _take_back(business, appointment_id, now, by), otherwise=lambda: _gone(business, now)
        )


def last_move(row: Appointment) -> AppointmentChange | None:
    """The last time it changed its place or length."""
    moves = row.changes.filter(kind__in=_OF_PLACE, old_ends_at__isnull=False)
    return moves.select_related("by").order_by("-at", "-pk").first()


def _take_back(business: Business, appointment_id: int, now: datetime, by: User) -> Rescheduled | Refused | Overtaken:
    facts = load(business, now=now)
    row = locked_row(appointment_id)
    if row is None:
        return refused("unknown_appointment")
    move = last_move(row)
    if move is None or move.by_id != by.pk or move.at < now - TAKEN_BACK_WITHIN:
        return overtaken(row)
    if Place.of(row) != Place(move.new_starts_at or now, move.new_ends_at or now, move.new_resource_id or 0):
        return overtaken(row)
    author = Author(Medium.STAFF, by)
    if no := against_move(row, Move.RESCHEDULE, author, facts, now):
        return no
    return _put_back(row, move, author, facts, now)


def _put_back(
    row: Appointment, move: AppointmentChange, author: Author, facts: Facts, now: datetime
) -> Rescheduled | Refused:
    assert move.old_starts_at is not None  # `last_move` looks for nothing else
    assert move.old_ends_at is not None
    before, start = Place.of(row), move.old_starts_at
    buffers = (row.starts_at - row.during.lower, row.during.upper - row.ends_at)
    chair = Resource.objects.filter(pk=move.old_resource_id or 0, is_active=True).first()
    if chair is None:
        return Refused("unknown_service", wording.RESOURCE_AWAY)
    row.ends_at = row.starts_at + (move.old_ends_at - start)
    row.during = type(row.during)(row.starts_at - buffers[0], row.ends_at + buffers[1])
    wished = same_again(row, facts, resource_id=chair.slug, now=now)
    if not wished.resources:
        return Refused("unknown_service", wording.RESOURCE_AWAY)
    in_line(lambda: (wished, start))
    free = room_at(wished, start)
    if not free:
        return Refused("slot_taken", wording.obstacle(TAKEN, policy=facts.policy, start=start, now=now))
    place(row, wished, start, free)
    row.attendance_confirmed_at = _confirmed_before(row, move)
    row.save(update_fields=["resource", "starts_at", "ends_at", "during", "attendance_confirmed_at"])
    kind = Kind.RESCHEDULED if move.kind == Kind.RESCHEDULED else Kind.RESIZED
    record_change(row, kind, author=author, slot=slot_of(row, facts), now=now, before=before)
    return as_moved(row, facts, now)


def _confirmed_before(row: Appointment, move: AppointmentChange) -> datetime | None:
    """Since when the customer had said they would come, at the place it goes back to."""
    if move.kind == Kind.RESIZED:
        return row.attendance_confirmed_at
    said = (Kind.ATTENDANCE, Kind.RESCHEDULED, Kind.CREATED)
    last = row.changes.filter(kind__in=said, pk__lt=move.pk).order_by("-pk").first()
    return last.at if last and last.kind == Kind.ATTENDANCE else None


def overtaken(row: Appointment) -> Overtaken:
    """What somebody who was slower is told."""
    return Overtaken(row, row.changes.select_related("by").order_by("-at", "-pk").first())


def _gone(business: Business, now: datetime) -> Refused:
    """The answer to whoever lost every race."""
    policy = load(business, now=now).policy
    return Refused(TAKEN.code, wording.obstacle(TAKEN, policy=policy, start=now, now=now))
