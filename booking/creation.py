"""Creating an appointment: every check, one transaction, and the same answer for a repeated request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start, refusal, refused, room_at, wish
from booking.diary import Overlooked
from booking.facts import load
from booking.history import Author, Override, record_change
from booking.holds import TAKEN, held_by, in_line, place, taken
from booking.intervals import Interval
from booking.life import Move, after
from booking.models import Appointment, AppointmentChange, KeptAnswer
from booking.results import Booked, Refused, Slot
from booking.slots import Chair
from booking.transactions import in_one_transaction
from crm.lead_services import owner_of_phone
from crm.models import Business, Lead, Medium
from crm.phones import normalize_phone
from crm.services import set_lead_status, upsert_lead
from crm.tenancy import for_business, for_everyone
from crm.words import one_line

MAX_NAME, MAX_NOTE = 120, 300
REPEATABLE_FOR = timedelta(days=30)
BY_CUSTOMERS = (Medium.PHONE, Medium.WHATSAPP, Medium.WEB)
SAME_WISH_WITHIN = timedelta(minutes=2)


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
    lead_id: int | None
    note: str


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
    lead_id: int | None = None,
    note: str = "",
) -> Booked | Refused:
    """Books the time, or says why not. A returned `Booked` is committed.

    Staff may name the person (`lead_id`), whom the number alone would not find, and leave a note for each other.

    Who asks for one time by phone and in writing has one appointment, and is told of it.

    One call has one appointment: the same `call_sid` is told of it again, as long as it stands. A repeated
    `idempotency_key` gets the first answer, whatever it was. With `override` an owner books against the business's own
    rules, never against another appointment.
    """
    request = _Request(
        business=business,
        start=start_iso,
        name=one_line(customer_name or "")[:MAX_NAME],
        phone=one_line(customer_phone or ""),
        service_id=service_id or None,
        resource_id=resource_id or None,
        author=Author(str(medium), by, override),
        call_sid=call_sid,
        key=_key(call_sid, idempotency_key),
        now=now,
        lead_id=lead_id,
        note=one_line(note or "")[:MAX_NOTE],
    )
    with for_business(business):
        return in_one_transaction(lambda: _answer(request), otherwise=lambda: taken(lambda: _read(request)))


def forget_answers(*, now: datetime) -> int:
    """Removes what was kept for repeated requests, once it is too old to be asked for; how many."""
    with for_everyone("answers grow old in every business"):
        return KeptAnswer.objects.filter(created_at__lt=now - REPEATABLE_FOR).delete()[0]


def _answer(request: _Request) -> Booked | Refused:
    if not request.key:
        return _book(request)
    # A second request under the same key waits here until the first one is committed.
    kept, is_first = KeptAnswer.objects.get_or_create(
        business=request.business, key=request.key, defaults={"created_at": request.now}
    )
    if not is_first and (told := _again(kept.answer, request)) is not None:
        return told
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
    read = in_line(lambda: _read(request))
    if isinstance(read, Refused):
        return read
    wished, start = read
    phone = _phone(request, wished)
    if isinstance(phone, Refused):
        return phone
    if (there := _asked_before(request, wished, start, phone)) is not None:
        return _told_again(request, wished, there)
    verdict = judge(wished, start)
    if verdict.obstacle is None:
        return _write(request, wished, start, phone, verdict.free)
    if not request.author.may_override(request.business):
        return refusal(wished, start, verdict.obstacle)
    if roomy := room_at(wished, start):
        return _write(request, wished, start, phone, roomy, overrode=verdict.obstacle.name)
    return refusal(wished, start, TAKEN)


def _asked_before(request: _Request, wished: Wish, start: datetime, phone: str) -> Appointment | None:
    """The customer's own appointment at this very time, if they asked for it in another way: by phone and in writing.

    Under another name it counts where both were asked for at about the same time.
    """
    medium = request.author.medium
    if not phone or medium not in BY_CUSTOMERS:
        return None
    rows = Appointment.objects.filter(starts_at=start, customer_phone=phone, status=Appointment.Status.CONFIRMED)
    same_service = Q(service_id=wished.service.id) if wished.service else Q(service=None)
    rows = rows.filter(same_service, medium__in=BY_CUSTOMERS)
    for row in rows.exclude(medium=medium).order_by("pk"):
        known, told = set(row.customer_name.split()), set(request.name.split())
        same_name = known <= told or told <= known  # דנה, דנה כהן; a family shares its number and half of its names
        if same_name or abs(request.now - row.created_at) < SAME_WISH_WITHIN:
            return row
    return None


def _told_again(request: _Request, wished: Wish, row: Appointment) -> Booked:
    """Of the appointment that stands; a call that heard of it is one that came to an appointment."""
    if request.call_sid and not row.call_sid:
        row.call_sid = request.call_sid
        row.save(update_fields=["call_sid"])
    slot = local_slot(wished.policy, Interval(row.starts_at, row.ends_at))
    service, today = wished.facts.named(wished.service), wished.policy.local(request.now).date()
    say = wording.appointment_say(slot.start, name=row.customer_name, today=today, service=service)
    return Booked(row.pk, slot, row.customer_name, say)


def _phone(request: _Request, wished: Wish) -> str | Refused:
    """The customer's number, once name and number are what the business asks for."""
    if not request.name:
        return refused("need_name")
    if not request.phone and wished.policy.require_phone:
        return refused("need_phone")
    phone = normalize_phone(request.phone) if request.phone else ""
    return refused("invalid_phone") if phone is None else phone


def _write(
    request: _Request, wished: Wish, start: datetime, phone: str, free: tuple[Chair, ...], *, overrode: str = ""
) -> Booked:
    now, medium = request.now, request.author.medium
    lead = _person(request, phone)
    set_lead_status(lead=lead, status=Lead.Status.BOOKED)
    held = held_by(request.call_sid)
    row = held or Appointment(business=request.business, call_sid=request.call_sid)
    row.status, row.held_until = after(Move.CREATE, held.status if held else None), None
    row.service_id = wished.service.id if wished.service else None
    row.lead, row.customer_name, row.customer_phone = lead, request.name, phone
    row.medium, row.created_at, row.note = medium, now, request.note
    place(row, wished, start, free)
    row.save()
    slot = local_slot(wished.policy, Interval(row.starts_at, row.ends_at))
    created = AppointmentChange.Kind.CREATED
    record_change(row, created, author=request.author, slot=slot, now=now, overrode=overrode)
    service, today = wished.facts.named(wished.service), wished.policy.local(now).date()
    say = wording.appointment_say(slot.start, name=request.name, today=today, service=service)
    return Booked(row.pk, slot, request.name, say)


def _person(request: _Request, phone: str) -> Lead:
    """Whom it is for: who has the number, else who was named, whose number this is from now on if none was known."""
    lead = Lead.objects.select_for_update().filter(pk=request.lead_id).first() if request.lead_id else None
    owner = owner_of_phone(phone) if lead is not None else None
    if lead is None or (owner is not None and owner != lead) or (lead.phone and phone and lead.phone != phone):
        medium = request.author.medium
        return upsert_lead(business=request.business, phone=phone, name=request.name, source=medium, now=request.now)
    if owner is None:
        lead.phone = lead.phone or phone
    lead.name = lead.name or request.name
    lead.last_contact_at = max(lead.last_contact_at or request.now, request.now)
    lead.save(update_fields=["phone", "name", "last_contact_at"])
    return lead


def _again(answer: dict[str, Any], request: _Request) -> Booked | Refused | None:
    """The kept answer as a value; the sentence to speak is worded anew, for today.

    A call is told of its appointment as it stands now, and of none (None) once that is not booked any more.
    """
    slots = tuple(_slot(found) for found in answer.get("suggestions", ()))
    if not answer["ok"]:
        return Refused(answer["error"], answer["message"], slots)
    row = Appointment.objects.filter(pk=answer["appointment_id"]).first()
    slot, name = _slot(answer), row.customer_name if row else request.name
    facts = load(request.business, now=request.now)
    policy = facts.policy
    if request.call_sid:
        if row is None or row.status != Appointment.Status.CONFIRMED:
            return None
        slot = local_slot(policy, Interval(row.starts_at, row.ends_at))
    kept = next((each for each in facts.services if row is not None and each.id == row.service_id), None)
    today = policy.local(request.now).date()
    say = wording.appointment_say(slot.start, name=name, today=today, service=facts.named(kept))
    return Booked(answer["appointment_id"], slot, name, say)


def _slot(found: dict[str, str]) -> Slot:
    return Slot(datetime.fromisoformat(found["start_iso"]), datetime.fromisoformat(found["end_iso"]))


def _key(call_sid: str, idempotency_key: str) -> str:
    if call_sid:
        return f"call:{call_sid}"
    return f"key:{hashlib.sha256(idempotency_key.encode()).hexdigest()}" if idempotency_key else ""
