"""Creating an appointment: every check, one transaction, and the same answer for a repeated request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start, refusal, refused, wish
from booking.diary import Overlooked
from booking.facts import load
from booking.history import Author, Override, record_change
from booking.holds import TAKEN, held_by, lock_calendar, place
from booking.intervals import Interval
from booking.models import Appointment, AppointmentChange, KeptAnswer
from booking.results import Booked, Refused, Slot
from booking.slots import Chair, roomy_chairs
from booking.transactions import in_one_transaction
from crm.models import Business, Lead, Medium
from crm.phones import normalize_phone
from crm.services import set_lead_status, upsert_lead
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
    author: Author
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
    by: User | None = None,
    override: Override | None = None,
) -> Booked | Refused:
    """Books the time, or says why not. A returned `Booked` is committed.

    One call books once: the same `call_sid` is told of its booking again. A repeated `idempotency_key` gets the
    first answer, whatever it was. With `override` an owner books against the business's own rules, never against
    another appointment.
    """
    request = _Request(
        business=business,
        start=start_iso,
        name=_clean(customer_name)[:MAX_NAME],
        phone=_clean(customer_phone),
        service_id=service_id or None,
        resource_id=resource_id or None,
        author=Author(str(medium), by, override),
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


def _read(request: _Request) -> tuple[Wish, datetime] | Refused:
    """What is wished for, and when."""
    facts = load(request.business, now=request.now)
    start = read_wished_start(request.start, facts)
    if isinstance(start, Refused):
        return start
    wished = wish(
        facts,
        service_id=request.service_id,
        resource_id=request.resource_id,
        now=request.now,
        overlooked=Overlooked(call_sid=request.call_sid),
    )
    return wished if isinstance(wished, Refused) else (wished, start)


def _book(request: _Request) -> Booked | Refused:
    """Each check in the order of contract section 4, then the rows."""
    read = _read(request)
    if isinstance(read, Refused):
        return read
    wished, start = read
    if not request.name:
        return refused("need_name")
    if not request.phone and wished.policy.require_phone:
        return refused("need_phone")
    phone = normalize_phone(request.phone) if request.phone else ""
    if phone is None:
        return refused("invalid_phone")
    lock_calendar(wished)
    verdict = judge(wished, start)
    if verdict.obstacle is None:
        return _write(request, wished, start, phone, verdict.free)
    if request.author.may_override(request.business):
        day = wished.policy.local(start).date()
        if roomy := roomy_chairs(wished.diary(day, day).chairs, wished.need, start):
            return _write(request, wished, start, phone, tuple(roomy), overrode=verdict.obstacle.code)
    return refusal(wished, start, verdict.obstacle)


def _write(
    request: _Request, wished: Wish, start: datetime, phone: str, free: tuple[Chair, ...], *, overrode: str = ""
) -> Booked:
    now, medium = request.now, request.author.medium
    lead = upsert_lead(business=request.business, phone=phone, name=request.name, source=medium, now=now)
    set_lead_status(lead=lead, status=Lead.Status.BOOKED)
    row = held_by(request.call_sid) or Appointment(business=request.business, call_sid=request.call_sid)
    row.status, row.held_until = Appointment.Status.CONFIRMED, None
    row.service_id = wished.service.id if wished.service else None
    row.lead, row.customer_name, row.customer_phone = lead, request.name, phone
    row.medium, row.created_at = medium, now
    place(row, wished, start, free)
    row.save()
    slot = local_slot(wished.policy, Interval(row.starts_at, row.ends_at))
    created = AppointmentChange.Kind.CREATED
    record_change(row, created, author=request.author, slot=slot, now=now, overrode=overrode)
    say = wording.appointment_say(slot.start, name=request.name, today=wished.policy.local(now).date())
    return Booked(row.pk, slot, request.name, say)


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
    """The answer to whoever lost every race."""
    read = _read(request)
    return read if isinstance(read, Refused) else refusal(*read, TAKEN)


def _clean(text: str | None) -> str:
    """One line without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())


def _key(call_sid: str, idempotency_key: str) -> str:
    if call_sid:
        return f"call:{call_sid}"
    return f"key:{hashlib.sha256(idempotency_key.encode()).hexdigest()}" if idempotency_key else ""
