"""The booking desk of a call: the core's questions to the calendar and the calendar's answers to the core.

Runs in the calls' threads. Whatever goes wrong here becomes an answer; a call never ends over it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db.models import Q
from django.utils import timezone

from booking.models import Appointment
from booking.policy import instant_of
from booking.results import Available, Booked, Cancelled, Refused, Rescheduled, Slot
from booking.services import (
    cancel_appointment,
    create_appointment,
    hold_new_time,
    hold_time,
    reschedule_appointment,
)
from booking.services import find_slots as list_free_times
from calls.conversation.actions import (
    BookAppointment,
    CancelAppointment,
    CheckSlot,
    FindAppointments,
    FindSlots,
    MoveAppointment,
)
from calls.conversation.events import AppointmentsFound, KnownAppointment, SlotAnswer, SlotsFound
from calls.services import CallSetup
from crm.limits import WINDOW_DAYS
from crm.models import Business, Medium
from crm.phones import normalize_phone
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

FAILURE = SlotAnswer(ok=False, error="failure")
UNKNOWN_APPOINTMENT = SlotAnswer(ok=False, error="unknown_appointment")
MOST_APPOINTMENTS = 10  # asked about one by one
DAYS_AT_ONCE = (7, WINDOW_DAYS[-1])  # looked through for free times: the next days, then all of them

Answer = TypeVar("Answer")


def check_slot(setup: CallSetup, question: CheckSlot) -> SlotAnswer:
    """May this time be booked, or may the appointment `moving` go there? If so it is held for this call a while."""
    return at_the_desk(setup, lambda: answer_of(_hold(setup, question)), FAILURE)


def book(setup: CallSetup, wish: BookAppointment) -> SlotAnswer:
    """Book it. A positive answer is committed; asked twice in one call, it books once.

    An earlier stream of the call may have booked something else, unknown to this one. That answers no further wish:
    as things stand nothing was booked now, and a person must look at it.
    """
    answer = at_the_desk(setup, lambda: _book(setup, wish), None)
    if isinstance(answer, Booked) and not _is_wished(setup, answer, wish):
        logger.warning("A call wished for a second appointment", extra={"call_sid": setup.call_sid})
        return FAILURE
    return FAILURE if answer is None else answer_of(answer)


def find_appointments(setup: CallSetup, question: FindAppointments) -> AppointmentsFound:
    """What stands ahead under this number. Names are told only of the number that calls."""
    unknown = AppointmentsFound(0, question.request_id, ok=False)
    return at_the_desk(
        setup, lambda: AppointmentsFound(0, question.request_id, _standing(setup, question.phone)), unknown
    )


def move(setup: CallSetup, wish: MoveAppointment) -> SlotAnswer:
    """Move it, if it is this person's. A positive answer is committed."""
    return at_the_desk(setup, lambda: _move(setup, wish), FAILURE)


def cancel(setup: CallSetup, wish: CancelAppointment) -> SlotAnswer:
    """Cancel it, if it is this person's. A positive answer is committed."""
    return at_the_desk(setup, lambda: _cancel(setup, wish), FAILURE)


def find_slots(setup: CallSetup, question: FindSlots) -> SlotsFound:
    """The next free times after the given one, soonest first."""
    unknown = SlotsFound(0, question.request_id, ok=False)
    return at_the_desk(setup, lambda: _next_free(setup, question), unknown)


def at_the_desk(setup: CallSetup, work: Callable[[], Answer], otherwise: Answer) -> Answer:
    """What the work answers, or `otherwise` where it failed."""
    try:
        return work()
    except Exception:  # a worker's outermost door: the caller hears an answer whatever happens here
        logger.exception("The calendar could not be asked", extra={"call_sid": setup.call_sid})
        return otherwise


# --- a time ----------------------------------------------------------------------------------------------
def _hold(setup: CallSetup, question: CheckSlot) -> Available | Refused:
    business, start, now = setup.business, instant(setup.business, question.start), timezone.now()
    if question.moving is None:
        call_sid = setup.call_sid
        answer = hold_time(business=business, start=start, service_id=question.service, call_sid=call_sid, now=now)
        own = _theirs_at(setup, start) if isinstance(answer, Refused) and answer.code == "slot_taken" else None
        return own or answer
    return hold_new_time(
        business=business, appointment_id=question.moving, start_iso=start, call_sid=setup.call_sid, now=now
    )


def _theirs_at(setup: CallSetup, start: datetime | str) -> Available | None:
    """The time is taken by the caller: they asked for it in writing a moment ago. Booking it tells them of it."""
    phone = normalize_phone(setup.facts.caller_phone)
    if not phone or not isinstance(start, datetime):
        return None
    with for_business(setup.business):
        rows = Appointment.objects.filter(starts_at=start, customer_phone=phone, status=Appointment.Status.CONFIRMED)
        row = rows.exclude(medium=Medium.PHONE).order_by("pk").first()
    return Available(Slot(_local(setup, row.starts_at), _local(setup, row.ends_at))) if row else None


def _book(setup: CallSetup, wish: BookAppointment) -> Booked | Refused:
    return create_appointment(
        business=setup.business,
        start_iso=instant(setup.business, wish.start),
        customer_name=wish.name,
        customer_phone=wish.phone,
        service_id=wish.service,
        medium=Medium.PHONE,
        now=timezone.now(),
        call_sid=setup.call_sid,
    )


def _is_wished(setup: CallSetup, booked: Booked, wish: BookAppointment) -> bool:
    """At that time, for somebody of that name: more of it may be known to one side than to the other."""
    start = f"{_local(setup, booked.slot.start):%Y-%m-%d %H:%M}"
    return start == wish.start and bool(set(booked.customer_name.split()) & set(wish.name.split()))


def _next_free(setup: CallSetup, question: FindSlots) -> SlotsFound:
    now = timezone.now()
    first = datetime.fromisoformat(question.after).date() if question.after else _local(setup, now).date()
    starts: list[str] = []
    for days in DAYS_AT_ONCE:
        found = list_free_times(business=setup.business, date=first, days=days, service_id=question.service, now=now)
        if isinstance(found, Refused):
            return SlotsFound(0, question.request_id, ok=False)
        starts = [start for slot in found.slots if (start := f"{slot.start:%Y-%m-%d %H:%M}") > question.after]
        if len(starts) >= question.count:
            break
    return SlotsFound(0, question.request_id, tuple(starts[: question.count]))


# --- an appointment that exists --------------------------------------------------------------------------
def _standing(setup: CallSetup, phone: str) -> tuple[KnownAppointment, ...]:
    is_own = phone == normalize_phone(setup.facts.caller_phone)
    with for_business(setup.business):
        rows = Appointment.objects.filter(
            _under(phone), status=Appointment.Status.CONFIRMED, starts_at__gt=timezone.now()
        )
        return tuple(
            KnownAppointment(
                row.pk,
                f"{_local(setup, row.starts_at):%Y-%m-%d %H:%M}",
                row.service.name if row.service else "",
                row.customer_name if is_own else "",
            )
            for row in rows.select_related("service").order_by("starts_at", "pk")[:MOST_APPOINTMENTS]
        )


def _move(setup: CallSetup, wish: MoveAppointment) -> SlotAnswer:
    if not _is_theirs(setup, wish.appointment_id, wish.phone):
        return UNKNOWN_APPOINTMENT
    return answer_of(
        reschedule_appointment(
            business=setup.business,
            appointment_id=wish.appointment_id,
            start_iso=instant(setup.business, wish.start),
            now=timezone.now(),
            medium=Medium.PHONE,
            call_sid=setup.call_sid,
        )
    )


def _cancel(setup: CallSetup, wish: CancelAppointment) -> SlotAnswer:
    if not _is_theirs(setup, wish.appointment_id, wish.phone):
        return UNKNOWN_APPOINTMENT
    return answer_of(
        cancel_appointment(
            business=setup.business, appointment_id=wish.appointment_id, now=timezone.now(), medium=Medium.PHONE
        )
    )


def _is_theirs(setup: CallSetup, appointment_id: int, phone: str) -> bool:
    """It stands under that number, or was made in this very call."""
    with for_business(setup.business):
        mine = _under(phone) | Q(call_sid=setup.call_sid)
        return Appointment.objects.filter(mine, pk=appointment_id).exclude(status=Appointment.Status.HELD).exists()


def _under(phone: str) -> Q:
    """Booked for this number; or, where the appointment names none, for the customer who has it."""
    if not phone:
        return Q(pk__in=())
    return Q(customer_phone=phone) | Q(customer_phone="", lead__phone=phone)


# --- words for the core ----------------------------------------------------------------------------------
def answer_of(result: Available | Booked | Rescheduled | Cancelled | Refused) -> SlotAnswer:
    """A booking result as the core reads it; suggestions as local "YYYY-MM-DD HH:MM"."""
    if isinstance(result, Refused):
        suggestions = tuple(f"{slot.start:%Y-%m-%d %H:%M}" for slot in result.suggestions)
        say = result.message if result.code == "too_late" else ""
        return SlotAnswer(ok=False, error=result.code, suggestions=suggestions, say=say)
    if isinstance(result, Available):
        return SlotAnswer(ok=True, start_iso=result.slot.start.isoformat())
    return SlotAnswer(
        ok=True,
        appointment_id=result.appointment_id,
        start_iso=result.slot.start.isoformat(),
        customer_name=result.customer_name,
        say=result.say,
    )


def _local(setup: CallSetup, moment: datetime) -> datetime:
    return moment.astimezone(setup.business.timezone)


def instant(business: Business, local: str) -> datetime | str:
    """The moment a local time means; a time the clock skips goes on as text, for the booking service to refuse."""
    return instant_of(datetime.fromisoformat(local), business.timezone) or local
