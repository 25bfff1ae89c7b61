"""The booking desk of a call: the core's questions to the calendar and the calendar's answers to the core.

Runs in the calls' threads. Whatever goes wrong here becomes an answer; a call never ends over it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from booking.policy import instant_of
from booking.results import Available, Booked, Refused
from booking.services import create_appointment, hold_time
from calls.conversation.actions import BookAppointment, CheckSlot
from calls.conversation.events import SlotAnswer
from calls.services import CallSetup
from crm.models import Business, Medium

logger = logging.getLogger(__name__)

FAILURE = SlotAnswer(ok=False, error="failure")


def check_slot(setup: CallSetup, question: CheckSlot) -> SlotAnswer:
    """May this time be booked? If so it is held for this call a while. Name and phone are not looked at."""
    try:
        start = _instant(setup.business, question.start)
        return answer_of(
            hold_time(
                business=setup.business,
                start=start,
                service_id=question.service,
                call_sid=setup.call_sid,
                now=timezone.now(),
            )
        )
    except Exception:  # a worker's outermost door: the caller hears an answer whatever happens here
        logger.exception("A time could not be checked", extra={"call_sid": setup.call_sid})
        return FAILURE


def book(setup: CallSetup, wish: BookAppointment) -> SlotAnswer:
    """Book it. A positive answer is committed; asked twice in one call, it books once."""
    try:
        return answer_of(
            create_appointment(
                business=setup.business,
                start_iso=_instant(setup.business, wish.start),
                customer_name=wish.name,
                customer_phone=wish.phone,
                service_id=wish.service,
                medium=Medium.PHONE,
                now=timezone.now(),
                call_sid=setup.call_sid,
            )
        )
    except Exception:  # a worker's outermost door: the caller hears an answer whatever happens here
        logger.exception("An appointment could not be booked", extra={"call_sid": setup.call_sid})
        return FAILURE


def answer_of(result: Available | Booked | Refused) -> SlotAnswer:
    """A booking result as the core reads it; suggestions as local "YYYY-MM-DD HH:MM"."""
    if isinstance(result, Booked):
        return SlotAnswer(
            ok=True,
            appointment_id=result.appointment_id,
            start_iso=result.slot.start.isoformat(),
            customer_name=result.customer_name,
            say=result.say,
        )
    if isinstance(result, Available):
        return SlotAnswer(ok=True, start_iso=result.slot.start.isoformat())
    suggestions = tuple(f"{slot.start:%Y-%m-%d %H:%M}" for slot in result.suggestions)
    return SlotAnswer(ok=False, error=result.code, suggestions=suggestions)


def _instant(business: Business, local: str) -> datetime | str:
    """The moment a local time means; a time the clock skips goes on as text, for the booking service to refuse."""
    return instant_of(datetime.fromisoformat(local), business.timezone) or local
