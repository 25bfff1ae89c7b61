"""Changing an appointment that exists. Nobody else assigns `status`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from psycopg.types.range import TimestamptzRange

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start
from booking.creation import announce, lock_resources
from booking.facts import Facts, ServiceFacts, load
from booking.intervals import Interval
from booking.models import Appointment
from booking.results import Cancelled, Refused, Rescheduled, Slot
from booking.slots import Need
from booking.transactions import in_one_transaction
from crm.models import Business
from crm.tenancy import for_business

Status = Appointment.Status

# From -> to. What is cancelled stays cancelled: its time may be somebody else's by now.
MOVES: Mapping[str, frozenset[str]] = {
    Status.HELD: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW}),
    Status.COMPLETED: frozenset({Status.NO_SHOW}),
    Status.NO_SHOW: frozenset({Status.COMPLETED}),
    Status.CANCELLED: frozenset(),
}


def change_status(*, business: Business, appointment_id: int, to: str, now: datetime) -> Refused | None:
    """Moves the appointment to this status if the table allows it; None says it is there now."""
    with for_business(business):
        return in_one_transaction(
            lambda: _change_status(business, appointment_id, to, now),
            otherwise=lambda: _refused("not_allowed", load(business, now=now), now),
        )


def _change_status(business: Business, appointment_id: int, to: str, now: datetime) -> Refused | None:
    facts = load(business, now=now)
    appointment = _locked(appointment_id)
    if appointment is None:
        return _refused("unknown_appointment", facts, now)
    if appointment.status == to:
        return None
    if to not in MOVES[appointment.status]:
        return _refused("not_allowed", facts, now)
    appointment.status = to
    appointment.save(update_fields=["status"])
    if to == Status.CANCELLED:
        announce(appointment, "cancelled", _slot_of(appointment, facts), service=_service_name(appointment), now=now)
    return None


def cancel_appointment(*, business: Business, appointment_id: int, now: datetime) -> Cancelled | Refused:
    """Frees the time. Cancelling again changes nothing and answers the same."""
    refused = change_status(business=business, appointment_id=appointment_id, to=Status.CANCELLED, now=now)
    if refused:
        return refused
    with for_business(business):
        facts = load(business, now=now)
        appointment = Appointment.objects.get(pk=appointment_id)
        slot = _slot_of(appointment, facts)
        say = wording.cancelled_say(slot.start, today=facts.policy.local(now).date())
        return Cancelled(appointment.pk, slot, appointment.customer_name, say)


def reschedule_appointment(
    *, business: Business, appointment_id: int, start_iso: str | datetime, now: datetime
) -> Rescheduled | Refused:
    """Moves the appointment to another bookable time, with the same resource if that one is free then."""
    with for_business(business):
        return in_one_transaction(
            lambda: _reschedule(business, appointment_id, start_iso, now),
            otherwise=lambda: _refused("slot_taken", load(business, now=now), now),
        )


def _reschedule(
    business: Business, appointment_id: int, start_iso: str | datetime, now: datetime
) -> Rescheduled | Refused:
    facts = load(business, now=now)
    appointment = _locked(appointment_id)
    if appointment is None:
        return _refused("unknown_appointment", facts, now)
    if appointment.status not in Appointment.LIVE:
        return _refused("not_allowed", facts, now)
    start = read_wished_start(start_iso, facts=facts, now=now)
    if isinstance(start, Refused):
        return start
    wished = _same_again(appointment, facts, now)
    lock_resources(wished)
    free = judge(wished, start)
    if isinstance(free, Refused):
        return free
    keys = [chair.key for chair in free]
    if appointment.resource_id not in keys:
        appointment.resource_id = keys[0]
    blocked = wished.need.blocked(start)
    appointment.starts_at, appointment.ends_at = start, start + wished.need.length
    appointment.during = TimestamptzRange(blocked.start, blocked.end)
    appointment.attendance_confirmed_at = None  # it was given for the other time
    appointment.save()
    slot = _slot_of(appointment, facts)
    announce(appointment, "rescheduled", slot, service=_service_name(appointment), now=now)
    say = wording.rescheduled_say(slot.start, today=facts.policy.local(now).date())
    return Rescheduled(appointment.pk, slot, appointment.customer_name, say)


def _same_again(appointment: Appointment, facts: Facts, now: datetime) -> Wish:
    """The appointment as a wish: it keeps its length and buffers even if the service has changed meanwhile."""
    booked = Need(
        appointment.ends_at - appointment.starts_at,
        appointment.starts_at - appointment.during.lower,
        appointment.during.upper - appointment.ends_at,
    )
    offered = next((service for service in facts.services if service.id == appointment.service_id), None)
    if offered or not appointment.service_id:
        given_by = offered.resource_ids if offered else frozenset()
    else:
        given_by = frozenset({appointment.resource_id})  # who else could give what is no longer offered?
    service = ServiceFacts(id=appointment.service_id or 0, slug="", name="", need=booked, resource_ids=given_by)
    return Wish(facts, service, facts.candidates(service, None), now, moving=appointment.pk)


def _locked(appointment_id: int) -> Appointment | None:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("lead", "service", "business")
    return rows.filter(pk=appointment_id).first()


def _slot_of(appointment: Appointment, facts: Facts) -> Slot:
    return local_slot(facts.policy, Interval(appointment.starts_at, appointment.ends_at))


def _service_name(appointment: Appointment) -> str:
    return appointment.service.name if appointment.service else ""


def _refused(code: str, facts: Facts, now: datetime) -> Refused:
    return Refused(code, wording.refusal(code, policy=facts.policy, now=now))
