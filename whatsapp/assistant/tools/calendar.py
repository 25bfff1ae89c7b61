"""Free times, and this customer's appointments. Whoever asks, `booking.services` decides."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from pydantic import Field

from booking.models import Appointment
from booking.policy import instant_of
from booking.results import Refused, Slot
from booking.services import (
    cancel_appointment,
    check_new_time,
    check_time,
    create_appointment,
    find_slots,
    reschedule_appointment,
)
from crm.models import Business
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work, refused
from whatsapp.models import AgentTrace

LISTED = 8  # times, of a day or of several
MOST_DAYS = 14
MOST_APPOINTMENTS = 10
_START = "Local start, YYYY-MM-DDTHH:MM."


class FindSlots(Arguments):
    start_iso: str | None = Field(description=f"{_START} Null to list a day's free times.")
    date: str | None = Field(description="YYYY-MM-DD, first day to list. Null with start_iso.")
    days: int | None = Field(description="How many days to list, 1 if null.")
    earliest: str | None = Field(description="HH:MM, to list only starts from then on.")
    latest: str | None = Field(description="HH:MM, to list only starts before then.")
    service: str | None = Field(description="Service id from the facts, null if none was named.")
    appointment_id: int | None = Field(description="The customer's appointment that would move there, else null.")


class Create(Arguments):
    start_iso: str = Field(description=_START)
    name: str | None = Field(description="Full name if the customer gave one here; null uses the known name.")
    phone: str | None = Field(description="Number if the customer gave one here; null uses the number they write from.")
    service: str | None = Field(description="Service id from the facts, null if none was named.")


class Reschedule(Arguments):
    appointment_id: int | None = Field(description="Null if the customer has only one.")
    start_iso: str = Field(description=f"New start. {_START}")


class Cancel(Arguments):
    appointment_id: int | None = Field(description="Null if the customer has only one.")


# --- free times ----------------------------------------------------------------------------------------
def _find(work: Work, asked: FindSlots) -> Json:
    business, now = work.actor.business, work.now
    if asked.start_iso is not None:
        return _check(work, asked, asked.start_iso)
    today = now.astimezone(business.timezone).date()
    day = _day(asked.date) if asked.date else today
    if day is None:
        return refused("invalid_time")
    days = max(1, min(asked.days or 1, MOST_DAYS))
    found = find_slots(business=business, date=day, days=days, service_id=asked.service, now=now)
    if isinstance(found, Refused):
        return _refusal(found)
    first, last = asked.earliest or "00:00", asked.latest or "24:00"
    slots = [slot for slot in found.slots if first <= f"{slot.start:%H:%M}" < last]
    step = max(1, len(slots) // LISTED)  # the first ones alone would all be in the morning
    return {"ok": True, "slots": [_slot(slot) for slot in slots[::step][:LISTED]], "free": len(slots)}


def _check(work: Work, asked: FindSlots, wished: str) -> Json:
    start = instant(work.actor.business, wished)
    own = standing(work).filter(starts_at=start).first() if isinstance(start, datetime) else None
    if own is not None and own.pk != asked.appointment_id:
        return refused("already_yours", appointment=described(own))
    if asked.appointment_id is not None:
        if not standing(work).filter(pk=asked.appointment_id).exists():
            return refused("unknown_appointment")
        answer = check_new_time(
            business=work.actor.business, appointment_id=asked.appointment_id, start_iso=start, now=work.now
        )
    else:
        answer = check_time(business=work.actor.business, start=start, service_id=asked.service, now=work.now)
    return _refusal(answer) if isinstance(answer, Refused) else {"ok": True, "slots": [_slot(answer.slot)]}


# --- this customer's appointments ----------------------------------------------------------------------
def standing(work: Work) -> QuerySet[Appointment]:
    """Their appointments that are ahead: of their card, and those that were made in this conversation.

    A number that is merely typed proves nothing, so it opens nobody's appointments.
    """
    made = AgentTrace.objects.filter(
        run__conversation=work.actor.conversation, run__replay_of=None, name="calendar.create", result__ok=True
    ).values_list("result__appointment_id", flat=True)
    mine = Q(lead=work.lead) | Q(pk__in=[pk for pk in made if isinstance(pk, int)])
    rows = Appointment.objects.filter(mine, status=Appointment.Status.CONFIRMED, starts_at__gt=work.now)
    return rows.select_related("service", "business").order_by("starts_at", "pk")


def described(row: Appointment) -> Json:
    starts = row.starts_at.astimezone(row.business.timezone)
    service = row.service.name if row.service else ""
    return {"id": row.pk, "start_iso": starts.isoformat(), "service": service, "name": row.customer_name}


def _create(work: Work, asked: Create) -> Json:
    business = work.actor.business
    start = instant(business, asked.start_iso)
    own = standing(work).filter(starts_at=start).first() if isinstance(start, datetime) else None
    if own is not None and (asked.name is None or set(asked.name.split()) & set(own.customer_name.split())):
        return refused("already_yours", appointment=described(own))
    answer = create_appointment(
        business=business,
        start_iso=start,
        customer_name=asked.name or work.lead.name,
        customer_phone=asked.phone or work.lead.phone,
        service_id=asked.service,
        medium=work.actor.conversation.medium,
        now=work.now,
        idempotency_key=work.key,
        lead_id=work.lead.pk,
    )
    if isinstance(answer, Refused):
        return _refusal(answer)
    return answer.as_dict() | {"customer_name": answer.customer_name, "service": _service_of(answer.appointment_id)}


def _reschedule(work: Work, asked: Reschedule) -> Json:
    row = _one(work, asked.appointment_id)
    if isinstance(row, dict):
        return row
    was = described(row)["start_iso"]
    answer = reschedule_appointment(
        business=work.actor.business,
        appointment_id=row.pk,
        start_iso=instant(work.actor.business, asked.start_iso),
        now=work.now,
        medium=work.actor.conversation.medium,
    )
    if isinstance(answer, Refused):
        return _refusal(answer)
    return answer.as_dict() | {"was_iso": was, "customer_name": answer.customer_name}


def _cancel(work: Work, asked: Cancel) -> Json:
    row = _one(work, asked.appointment_id)
    if isinstance(row, dict):
        return row
    answer = cancel_appointment(
        business=work.actor.business, appointment_id=row.pk, now=work.now, medium=work.actor.conversation.medium
    )
    if isinstance(answer, Refused):
        return _refusal(answer)
    return answer.as_dict() | {"customer_name": answer.customer_name}


def _one(work: Work, appointment_id: int | None) -> Appointment | Json:
    """The one that is meant, or the answer that none or several could be."""
    rows = standing(work)
    if appointment_id is not None:
        row: Appointment | None = rows.filter(pk=appointment_id).first()
        if row is None and work.actor.may(Permission.OTHERS_WRITE):
            row = Appointment.objects.select_related("service", "business").filter(pk=appointment_id).first()
        return row if row is not None else refused("unknown_appointment")
    found = list(rows[:MOST_APPOINTMENTS])
    if len(found) == 1:
        return found[0]
    if not found:
        return refused("no_appointment")
    return refused("which_appointment", appointments=[described(row) for row in found])


def _anothers(work: Work, asked: Reschedule | Cancel) -> str:
    """Staff may touch anybody's appointment, but not through the assistant alone."""
    if asked.appointment_id is None or standing(work).filter(pk=asked.appointment_id).exists():
        return ""
    return "another customer's appointment" if work.actor.may(Permission.OTHERS_WRITE) else ""


# --- values --------------------------------------------------------------------------------------------
def instant(business: Business, local: str) -> datetime | str:
    """The moment a local time means; what is none goes on as text, for the booking service to refuse."""
    try:
        at = datetime.fromisoformat(local)
    except ValueError:
        return local
    return at if at.tzinfo else instant_of(at, business.timezone) or local


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if abs(day - date(2026, 1, 1)) < timedelta(days=36500) else None


def _slot(slot: Slot) -> Json:
    return dict(slot.as_dict())


def _refusal(answer: Refused) -> Json:
    return dict(answer.as_dict())


def _service_of(appointment_id: int) -> str:
    return Appointment.objects.filter(pk=appointment_id).values_list("service__name", flat=True).first() or ""


TOOLS = (
    Tool(
        "calendar.find_slots",
        "Is one exact time free, or which times are free on a day. Always call it before naming any time as free.",
        FindSlots,
        Permission.CALENDAR,
        _find,
    ),
    Tool(
        "calendar.create",
        "Book an appointment for this customer, once they asked for this very time or agreed to it.",
        Create,
        Permission.OWN_WRITE,
        _create,
        has_effects=True,
    ),
    Tool(
        "calendar.reschedule",
        "Move this customer's appointment to a time they asked for.",
        Reschedule,
        Permission.OWN_WRITE,
        _reschedule,
        has_effects=True,
        why_approve=_anothers,
    ),
    Tool(
        "calendar.cancel",
        "Cancel this customer's appointment, once they confirmed that they want it cancelled.",
        Cancel,
        Permission.OWN_WRITE,
        _cancel,
        has_effects=True,
        why_approve=_anothers,
    ),
)
