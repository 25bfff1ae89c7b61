"""Changing an appointment that exists, by the moves of `booking.life`. Nobody else assigns `status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start, refusal, refused
from booking.diary import Overlooked
from booking.facts import Facts, ServiceFacts, load
from booking.history import Author, Override, record_change
from booking.holds import TAKEN, lock_calendar, place
from booking.intervals import Interval
from booking.life import MOVES, Move, after, may
from booking.models import Appointment, AppointmentChange
from booking.results import AttendanceConfirmed, Cancelled, Refused, Rescheduled, Slot
from booking.slots import Need, roomy_chairs
from booking.transactions import in_one_transaction
from crm.models import Business, Medium
from crm.tenancy import for_business

Kind = AppointmentChange.Kind
Status = Appointment.Status

_KIND_OF_MOVE = {
    Move.CONFIRM_ATTENDANCE: Kind.ATTENDANCE,
    Move.CANCEL: Kind.CANCELLED,
    Move.COMPLETE: Kind.COMPLETED,
    Move.MISS: Kind.NO_SHOW,
}
_AFTER_THE_START = (Move.COMPLETE, Move.MISS)
_NOT_WITHIN_THE_CUT_OFF = (Move.CANCEL, Move.RESCHEDULE)


def cancel_appointment(
    *, business: Business, appointment_id: int, now: datetime, medium: Medium | str, by: User | None = None
) -> Cancelled | Refused:
    """Frees the time. Cancelling again changes nothing and answers the same; customers must come before the cut-off."""
    with for_business(business):
        answer = _move(business, appointment_id, Move.CANCEL, Author(medium, by), now)
        if isinstance(answer, Refused):
            return answer
        row, facts = answer
        slot = _slot_of(row, facts)
        say = wording.cancelled_say(slot.start, today=facts.policy.local(now).date())
        return Cancelled(row.pk, slot, row.customer_name, say)


def confirm_attendance(
    *, business: Business, appointment_id: int, now: datetime, medium: Medium | str, by: User | None = None
) -> AttendanceConfirmed | Refused:
    """The customer says they will come. Said twice, the first time counts."""
    with for_business(business):
        answer = _move(business, appointment_id, Move.CONFIRM_ATTENDANCE, Author(medium, by), now)
        if isinstance(answer, Refused):
            return answer
        row, facts = answer
        slot = _slot_of(row, facts)
        say = wording.attendance_say(slot.start, today=facts.policy.local(now).date())
        return AttendanceConfirmed(row.pk, slot, row.customer_name, say)


def complete_appointment(
    *, business: Business, appointment_id: int, now: datetime, medium: Medium | str, by: User | None = None
) -> Refused | None:
    """Notes that the customer came; None says it is noted."""
    with for_business(business):
        answer = _move(business, appointment_id, Move.COMPLETE, Author(medium, by), now)
        return answer if isinstance(answer, Refused) else None


def record_no_show(
    *, business: Business, appointment_id: int, now: datetime, medium: Medium | str, by: User | None = None
) -> Refused | None:
    """Notes that the customer did not come; None says it is noted."""
    with for_business(business):
        answer = _move(business, appointment_id, Move.MISS, Author(medium, by), now)
        return answer if isinstance(answer, Refused) else None


def _move(
    business: Business, appointment_id: int, move: Move, author: Author, now: datetime
) -> tuple[Appointment, Facts] | Refused:
    return in_one_transaction(
        lambda: _moved(business, appointment_id, move, author, now), otherwise=lambda: refused("not_allowed")
    )


def _moved(
    business: Business, appointment_id: int, move: Move, author: Author, now: datetime
) -> tuple[Appointment, Facts] | Refused:
    facts = load(business, now=now)
    row = _locked(appointment_id)
    if row is None:
        return refused("unknown_appointment")
    if _is_done_already(row, move):
        return row, facts
    if no := _refused(row, move, author, facts, now):
        return no
    row.status = after(move, row.status)
    if move is Move.CONFIRM_ATTENDANCE:
        row.attendance_confirmed_at = now
    row.save(update_fields=["status", "attendance_confirmed_at"])
    record_change(row, _KIND_OF_MOVE[move], author=author, slot=_slot_of(row, facts), now=now)
    return row, facts


def _is_done_already(row: Appointment, move: Move) -> bool:
    if move is Move.CONFIRM_ATTENDANCE:
        return row.status == Status.CONFIRMED and row.attendance_confirmed_at is not None
    return row.status in MOVES[move].values()


def _refused(row: Appointment, move: Move, author: Author, facts: Facts, now: datetime) -> Refused | None:
    """What is against this move now."""
    if not may(move, row.status):
        return refused("not_allowed")
    if move in _AFTER_THE_START and now < row.starts_at:
        return Refused("not_allowed", wording.NOT_BEGUN)
    cuts_off = move in _NOT_WITHIN_THE_CUT_OFF and not author.is_staff
    if cuts_off and row.starts_at < facts.policy.cut_off(now):
        return Refused("too_late", wording.too_late(facts.policy))
    return None


def reschedule_appointment(
    *,
    business: Business,
    appointment_id: int,
    start_iso: str | datetime,
    now: datetime,
    medium: Medium | str,
    resource_id: str | None = None,
    by: User | None = None,
    override: Override | None = None,
) -> Rescheduled | Refused:
    """Moves the appointment to another bookable time, with the same resource if that one is free then.

    `resource_id` asks for another resource; `override` is as in `create_appointment`.
    """
    asked = _Wanted(business, appointment_id, start_iso, resource_id, Author(medium, by, override), now)
    with for_business(business):
        return in_one_transaction(lambda: _reschedule(asked), otherwise=lambda: _taken(asked))


@dataclass(frozen=True)
class _Wanted:
    business: Business
    appointment_id: int
    start: str | datetime
    resource_id: str | None
    author: Author
    now: datetime


def _reschedule(asked: _Wanted) -> Rescheduled | Refused:
    facts, now = load(asked.business, now=asked.now), asked.now
    row = _locked(asked.appointment_id)
    if row is None:
        return refused("unknown_appointment")
    if no := _refused(row, Move.RESCHEDULE, asked.author, facts, now):
        return no
    start = read_wished_start(asked.start, facts)
    if isinstance(start, Refused):
        return start
    wished = _same_again(row, facts, asked)
    if not wished.resources:
        return refused("unknown_service")
    if start == row.starts_at and row.resource_id in [resource.id for resource in wished.resources]:
        return _rescheduled(row, facts, now)  # it is there already
    lock_calendar(wished)
    verdict, overrode = judge(wished, start), ""
    free = verdict.free
    if verdict.obstacle:
        if asked.author.may_override(asked.business):
            day = facts.policy.local(start).date()
            free = tuple(roomy_chairs(wished.diary(day, day).chairs, wished.need, start))
            overrode = verdict.obstacle.code
        if not free:
            stays = None if asked.resource_id else row.starts_at
            return refusal(wished, start, verdict.obstacle, no_news=stays)
    old_starts_at = row.starts_at
    place(row, wished, start, free)
    row.attendance_confirmed_at = None  # it was given for the other time
    row.save()
    slot = _slot_of(row, facts)
    record_change(
        row, Kind.RESCHEDULED, author=asked.author, slot=slot, now=now, old_starts_at=old_starts_at, overrode=overrode
    )
    return _rescheduled(row, facts, now)


def _rescheduled(row: Appointment, facts: Facts, now: datetime) -> Rescheduled:
    slot = _slot_of(row, facts)
    say = wording.rescheduled_say(slot.start, today=facts.policy.local(now).date())
    return Rescheduled(row.pk, slot, row.customer_name, say)


def _taken(asked: _Wanted) -> Refused:
    """The answer to whoever lost every race."""
    facts = load(asked.business, now=asked.now)
    row = Appointment.objects.filter(pk=asked.appointment_id).first()
    start = read_wished_start(asked.start, facts)
    if row is None or isinstance(start, Refused):
        return refused("not_allowed")
    return refusal(_same_again(row, facts, asked), start, TAKEN)


def _same_again(row: Appointment, facts: Facts, asked: _Wanted) -> Wish:
    """The appointment as a wish: it keeps its length and buffers even if the service has changed meanwhile."""
    booked = Need(row.ends_at - row.starts_at, row.starts_at - row.during.lower, row.during.upper - row.ends_at)
    offered = next((service for service in facts.services if service.id == row.service_id), None)
    if offered or not row.service_id:
        given_by = offered.resource_ids if offered else frozenset()
    else:
        given_by = frozenset({row.resource_id})  # who else could give what is no longer offered?
    service = ServiceFacts(id=row.service_id or 0, slug="", name="", need=booked, resource_ids=given_by)
    candidates = facts.candidates(service, asked.resource_id)
    return Wish(facts, service, candidates, asked.now, Overlooked(appointment=row.pk))


def _locked(appointment_id: int) -> Appointment | None:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("lead", "service", "business")
    return rows.filter(pk=appointment_id).first()


def _slot_of(row: Appointment, facts: Facts) -> Slot:
    return local_slot(facts.policy, Interval(row.starts_at, row.ends_at))
