"""Changing an appointment that exists, by the moves of `booking.life`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start, refusal, refused, room_at
from booking.diary import Overlooked
from booking.facts import Facts, ServiceFacts, load
from booking.history import Author, Override, Place, record_change
from booking.holds import TAKEN, in_line, keep, place, release_hold, taken
from booking.intervals import Interval
from booking.life import MOVES, Move, after, may
from booking.models import Appointment, AppointmentChange
from booking.results import AttendanceConfirmed, Available, Cancelled, Refused, Rescheduled, Slot
from booking.slots import Chair, Need
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
        slot = slot_of(row, facts)
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
        slot = slot_of(row, facts)
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
    row = locked_row(appointment_id)
    if row is None:
        return refused("unknown_appointment")
    if _is_done_already(row, move):
        return row, facts
    if no := against_move(row, move, author, facts, now):
        return no
    row.status = after(move, row.status)
    if move is Move.CONFIRM_ATTENDANCE:
        row.attendance_confirmed_at = now
    row.save(update_fields=["status", "attendance_confirmed_at"])
    record_change(row, _KIND_OF_MOVE[move], author=author, slot=slot_of(row, facts), now=now)
    return row, facts


def _is_done_already(row: Appointment, move: Move) -> bool:
    if move is Move.CONFIRM_ATTENDANCE:
        return row.status == Status.CONFIRMED and row.attendance_confirmed_at is not None
    return row.status in MOVES[move].values()


def against_move(row: Appointment, move: Move, author: Author, facts: Facts, now: datetime) -> Refused | None:
    """What is against this move now."""
    if not may(move, row.status):
        return refused("not_allowed")
    if move in _AFTER_THE_START and now < row.starts_at:
        return Refused("not_allowed", wording.NOT_BEGUN)
    if move is Move.COMPLETE and _is_given_away(row):
        return Refused("not_allowed", wording.GIVEN_AWAY)
    cuts_off = move in _NOT_WITHIN_THE_CUT_OFF and not author.is_staff
    if cuts_off and row.starts_at < facts.policy.cut_off(now):
        return Refused("too_late", wording.too_late(facts.policy))
    return None


def _is_given_away(row: Appointment) -> bool:
    """Whether somebody else has the time of a customer who was noted as absent."""
    others = Appointment.objects.filter(resource_id=row.resource_id, during__overlap=row.during)
    return others.filter(status__in=Appointment.LIVE).exclude(pk=row.pk).exists()


def reschedule_appointment(
    *,
    business: Business,
    appointment_id: int,
    start_iso: str | datetime,
    now: datetime,
    medium: Medium | str,
    resource_id: str | None = None,
    call_sid: str = "",
    by: User | None = None,
    override: Override | None = None,
) -> Rescheduled | Refused:
    """Moves the appointment to another bookable time, with the same resource if that one is free then.

    `resource_id` asks for another resource, `call_sid` names a call that may hold the time; `override` is as in
    `create_appointment`.
    """
    asked = _Wanted(business, appointment_id, start_iso, resource_id, call_sid, Author(medium, by, override), now)
    with for_business(business):
        return in_one_transaction(lambda: _reschedule(asked), otherwise=lambda: _taken(asked))


def hold_new_time(
    *, business: Business, appointment_id: int, start_iso: str | datetime, now: datetime, call_sid: str
) -> Available | Refused:
    """Whether a caller may move the appointment there; if so, nobody but this call can have that time for a while.

    A time beside the present one, which only this appointment could take, needs no holding.
    """
    asked = _Wanted(business, appointment_id, start_iso, None, call_sid, Author(Medium.PHONE, None), now)
    with for_business(business):
        return in_one_transaction(lambda: _hold(asked), otherwise=lambda: _taken(asked))


def check_new_time(
    *, business: Business, appointment_id: int, start_iso: str | datetime, now: datetime
) -> Available | Refused:
    """Whether a customer may move the appointment there, as things stand; nothing is held for them."""
    asked = _Wanted(business, appointment_id, start_iso, None, "", Author(Medium.WEB, None), now)
    with for_business(business):
        row = Appointment.objects.select_related("service", "business").filter(pk=appointment_id).first()
        if row is None:
            return refused("unknown_appointment")
        if no := against_move(row, Move.RESCHEDULE, asked.author, load(business, now=now), now):
            return no
        read = _read(row, asked)
        if isinstance(read, Refused):
            return read
        wished, start = read
        if obstacle := judge(wished, start).obstacle:
            return refusal(wished, start, obstacle, no_news=row.starts_at)
        return Available(local_slot(wished.policy, Interval(start, start + wished.need.length)))


@dataclass(frozen=True)
class _Wanted:
    business: Business
    appointment_id: int
    start: str | datetime
    resource_id: str | None
    call_sid: str
    author: Author
    now: datetime


def _reschedule(asked: _Wanted) -> Rescheduled | Refused:
    facts, now = load(asked.business, now=asked.now), asked.now
    row = locked_row(asked.appointment_id)
    if row is None:
        return refused("unknown_appointment")
    if no := against_move(row, Move.RESCHEDULE, asked.author, facts, now):
        return no
    read = in_line(lambda: _read(row, asked))
    if isinstance(read, Refused):
        return read
    wished, start = read
    if start == row.starts_at and row.resource_id in [resource.id for resource in wished.resources]:
        return as_moved(row, facts, now)  # it is there already
    verdict, overrode = judge(wished, start), ""
    free = verdict.free
    if verdict.obstacle and asked.author.may_override(asked.business):
        free, overrode = room_at(wished, start), verdict.obstacle.name
        if not free:
            return refusal(wished, start, TAKEN)
    elif verdict.obstacle:
        stays = None if asked.resource_id else row.starts_at
        return refusal(wished, start, verdict.obstacle, no_news=stays)
    return _move_to(row, wished, start, free, asked, overrode)


def _hold(asked: _Wanted) -> Available | Refused:
    row = locked_row(asked.appointment_id)
    if row is None:
        return refused("unknown_appointment")
    if no := against_move(row, Move.RESCHEDULE, asked.author, load(asked.business, now=asked.now), asked.now):
        return no
    read = in_line(lambda: _read(row, asked))
    if isinstance(read, Refused):
        return read
    wished, start = read
    verdict = judge(wished, start)
    if verdict.obstacle:
        return refusal(wished, start, verdict.obstacle, no_news=row.starts_at)
    blocked = wished.need.blocked(start)
    is_beside = blocked.start < row.during.upper and row.during.lower < blocked.end
    others = [chair for chair in verdict.free if chair.key != row.resource_id or not is_beside]
    if others:
        others.sort(key=lambda chair: chair.key != row.resource_id)
        keep(asked.business, wished, start, tuple(others), asked.call_sid)
    return Available(local_slot(wished.policy, Interval(start, start + wished.need.length)))


def _move_to(
    row: Appointment, wished: Wish, start: datetime, free: tuple[Chair, ...], asked: _Wanted, overrode: str
) -> Rescheduled:
    now, before = asked.now, Place.of(row)
    if asked.call_sid:
        release_hold(business=asked.business, call_sid=asked.call_sid)
    place(row, wished, start, free)
    row.status = after(Move.RESCHEDULE, row.status)
    row.attendance_confirmed_at = None  # it was given for the other time
    row.save()
    record_change(
        row,
        Kind.RESCHEDULED,
        author=asked.author,
        slot=slot_of(row, wished.facts),
        now=now,
        before=before,
        overrode=overrode,
    )
    return as_moved(row, wished.facts, now)


def as_moved(row: Appointment, facts: Facts, now: datetime) -> Rescheduled:
    slot = slot_of(row, facts)
    say = wording.rescheduled_say(slot.start, today=facts.policy.local(now).date())
    return Rescheduled(row.pk, slot, row.customer_name, say)


def _read(row: Appointment, asked: _Wanted) -> tuple[Wish, datetime] | Refused:
    """Where the appointment is to go, by the rules of this moment."""
    facts = load(asked.business, now=asked.now)
    start = read_wished_start(asked.start, facts)
    if isinstance(start, Refused):
        return start
    wished = same_again(row, facts, resource_id=asked.resource_id, now=asked.now, call_sid=asked.call_sid)
    return (wished, start) if wished.resources else refused("unknown_service")


def _taken(asked: _Wanted) -> Refused:
    """The answer to whoever lost every race."""
    row = Appointment.objects.filter(pk=asked.appointment_id).first()
    return taken(lambda: _read(row, asked)) if row else refused("unknown_appointment")


def same_again(
    row: Appointment, facts: Facts, *, resource_id: str | None = None, now: datetime, call_sid: str = ""
) -> Wish:
    """The appointment as a wish: it keeps its length and buffers even if the service has changed meanwhile."""
    booked = Need(row.ends_at - row.starts_at, row.starts_at - row.during.lower, row.during.upper - row.ends_at)
    offered = next((service for service in facts.services if service.id == row.service_id), None)
    if offered or not row.service_id:
        given_by = offered.resource_ids if offered else frozenset()
    else:
        given_by = frozenset({row.resource_id})  # who else could give what is no longer offered?
    service = ServiceFacts(id=row.service_id or 0, slug="", name="", need=booked, resource_ids=given_by)
    return Wish(facts, service, facts.candidates(service, resource_id), now, Overlooked(row.pk, call_sid))


def locked_row(appointment_id: int) -> Appointment | None:
    """The appointment as it is, and nobody else's to change until the transaction ends."""
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("lead", "service", "business")
    return rows.filter(pk=appointment_id).first()


def slot_of(row: Appointment, facts: Facts) -> Slot:
    return local_slot(facts.policy, Interval(row.starts_at, row.ends_at))
