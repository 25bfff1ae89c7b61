"""Creating an appointment: every check, one transaction, and the same answer for a repeated request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.range import TimestamptzRange

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start, wish
from booking.facts import load
from booking.intervals import Interval
from booking.models import Appointment, KeptAnswer, Resource
from booking.results import Booked, Refused, Slot
from booking.transactions import in_one_transaction
from crm import outbox
from crm.models import Business, Lead, Medium
from crm.phones import normalize_phone
from crm.services import record_activity, set_lead_status, upsert_lead
from crm.tenancy import for_business

MAX_NAME = 120


@dataclass(frozen=True)
class _Request:
    business: Business
    start: str | datetime
    name: str
    phone: str
    service_id: str | None
    resource_id: str | None
    medium: str
    call_sid: str
    key: str
    now: datetime


def create_appointment(
    *,
    business: Business,
    start_iso: str | datetime,
    customer_name: str | None,
    customer_phone: str | None,
    service_id: str | None = None,
    resource_id: str | None = None,
    medium: Medium | str,
    now: datetime,
    call_sid: str = "",
    idempotency_key: str = "",
) -> Booked | Refused:
    """Books the time, or says why not. A returned `Booked` is committed.

    One call books once: the same `call_sid` is told of its booking again. A repeated `idempotency_key` gets the
    first answer, whatever it was.
    """
    request = _Request(
        business=business,
        start=start_iso,
        name=_clean(customer_name)[:MAX_NAME],
        phone=_clean(customer_phone),
        service_id=service_id or None,
        resource_id=resource_id or None,
        medium=str(medium),
        call_sid=call_sid,
        key=_key(call_sid, idempotency_key),
        now=now,
    )
    with for_business(business):
        return in_one_transaction(lambda: _answer(request), otherwise=lambda: _taken(request))


def _answer(request: _Request) -> Booked | Refused:
    if not request.key:
        return _book(request)
    # A second request under the same key waits here until the first one is committed.
    kept, is_first = KeptAnswer.objects.get_or_create(
        business=request.business, key=request.key, defaults={"created_at": request.now}
    )
    if not is_first:
        return _again(kept.answer, request)
    answer = _book(request)
    if isinstance(answer, Booked) or not (request.call_sid or answer.unparseable):
        kept.answer = answer.as_dict()
        kept.save(update_fields=["answer"])
    else:
        kept.delete()  # a caller may well ask for another time
    return answer


def _book(request: _Request) -> Booked | Refused:
    """Each check in the order of contract section 4, then the rows."""
    facts = load(request.business, now=request.now)
    start = read_wished_start(request.start, facts=facts, now=request.now)
    if isinstance(start, Refused):
        return start
    wished = wish(facts, service_id=request.service_id, resource_id=request.resource_id, now=request.now)
    if isinstance(wished, Refused):
        return wished
    if not request.name:
        return wished.refused("need_name")
    if not request.phone and facts.policy.require_phone:
        return wished.refused("need_phone")
    phone = normalize_phone(request.phone) if request.phone else ""
    if phone is None:
        return wished.refused("invalid_phone")
    lock_resources(wished)
    free = judge(wished, start)
    return free if isinstance(free, Refused) else _write(request, wished, start, phone, free[0].key)


def lock_resources(wished: Wish) -> None:
    """Bookings of the same resources stand in line here, so that the constraint seldom has to refuse one."""
    rows = Resource.objects.select_for_update(no_key=True).filter(pk__in=[chair.id for chair in wished.resources])
    list(rows.order_by("pk").values_list("pk"))


def _write(request: _Request, wished: Wish, start: datetime, phone: str, resource_id: int) -> Booked:
    now, blocked = request.now, wished.need.blocked(start)
    lead = upsert_lead(business=request.business, phone=phone, name=request.name, source=request.medium, now=now)
    set_lead_status(lead=lead, status=Lead.Status.BOOKED)
    appointment = Appointment.objects.create(
        business=request.business,
        resource_id=resource_id,
        service_id=wished.service.id if wished.service else None,
        lead=lead,
        starts_at=start,
        ends_at=start + wished.need.length,
        during=TimestamptzRange(blocked.start, blocked.end),
        medium=request.medium,
        customer_name=request.name,
        customer_phone=phone,
        call_sid=request.call_sid,
        created_at=now,
    )
    slot = local_slot(wished.policy, Interval(start, start + wished.need.length))
    announce(appointment, "created", slot, service=wished.service.name if wished.service else "", now=now)
    say = wording.appointment_say(slot.start, name=request.name, today=wished.policy.local(now).date())
    return Booked(appointment.pk, slot, request.name, say)


def announce(appointment: Appointment, change: str, slot: Slot, *, service: str, now: datetime) -> None:
    """The customer's timeline and the news for the apps above, in the transaction of the change."""
    name = f"appointment.{change}"
    record_activity(
        lead=appointment.lead,
        kind=name,
        medium=appointment.medium,
        text=wording.timeline(change, slot.start, service=service),
        occurred_at=now,
        key=f"{name}:{appointment.pk}:{slot.start.isoformat()}",
    )
    outbox.publish(
        business=appointment.business,
        name=name,
        payload={"appointment_id": appointment.pk, "medium": appointment.medium, "call_sid": appointment.call_sid}
        | slot.as_dict(),
    )


def _again(answer: dict[str, Any], request: _Request) -> Booked | Refused:
    """The kept answer as a value; the sentence to speak is worded anew, for today."""
    slots = tuple(_slot(found) for found in answer.get("suggestions", ()))
    if not answer["ok"]:
        return Refused(answer["error"], answer["message"], slots)
    row = Appointment.objects.filter(pk=answer["appointment_id"]).first()
    slot, name = _slot(answer), row.customer_name if row else request.name
    policy = load(request.business, now=request.now).policy
    say = wording.appointment_say(slot.start, name=name, today=policy.local(request.now).date())
    return Booked(answer["appointment_id"], slot, name, say)


def _slot(found: dict[str, str]) -> Slot:
    return Slot(datetime.fromisoformat(found["start_iso"]), datetime.fromisoformat(found["end_iso"]))


def _taken(request: _Request) -> Refused:
    facts = load(request.business, now=request.now)
    return Refused("slot_taken", wording.refusal("slot_taken", policy=facts.policy, now=request.now))


def _clean(text: str | None) -> str:
    """One line without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())


def _key(call_sid: str, idempotency_key: str) -> str:
    if call_sid:
        return f"call:{call_sid}"
    return f"key:{hashlib.sha256(idempotency_key.encode()).hexdigest()}" if idempotency_key else ""
