"""Messages whose time has come: is there still a reason, a way, and the person's leave? Then they go to the outbox."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from booking.creation import BY_CUSTOMERS as CUSTOMERS
from booking.models import Appointment, AppointmentChange
from crm.models import Business
from crm.tenancy import for_business, for_everyone
from whatsapp.flows import links, planning, words
from whatsapp.flows.reach import way_to
from whatsapp.models import AgentTrace, Conversation, FlowMessage, FlowRule, FlowSettings, Message
from whatsapp.outgoing import send

logger = logging.getLogger(__name__)

_Purpose = FlowRule.Purpose
_Outcome = FlowMessage.Outcome
_DIRECT = (_Purpose.CONFIRMATION, _Purpose.CHANGED)  # of what was done just now: told at any hour
_PUNCTUAL = timedelta(minutes=15)
_TRIED_FOR = timedelta(hours=2)  # a message that could not leave for so long is not wanted any more
_DAYS = ("שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת", "ראשון")


def send_due(now: datetime, limit: int = 100) -> int:
    """Hand over what is due, oldest first; how many rows were settled. Any number of sweeps may run at once."""
    settled = 0
    while settled < limit and _settle_next(now):
        settled += 1
    return settled


def _settle_next(now: datetime) -> bool:
    """The oldest due row is sent, skipped or put off. One that cannot be settled is put aside: others wait behind."""
    pk: int | None = None
    with for_everyone("messages of all businesses fall due in one sweep"):
        try:
            with transaction.atomic():
                rows = FlowMessage.objects.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "pk")
                row = rows.filter(outcome=_Outcome.WAITING, due_at__lte=now).first()
                if row is None:
                    return False
                pk = row.pk
                with for_business(row.business_id):
                    _settle(row, now)
        except Exception:  # an outermost door: one message's trouble must not keep the others waiting
            if pk is None:
                raise
            logger.exception("An automatic message could not be settled.", extra={"flow_message_id": pk})
            FlowMessage.objects.filter(pk=pk).update(outcome=_Outcome.SKIPPED, reason="failed")
    return True


def _settle(row: FlowMessage, now: datetime) -> None:
    # A sweep that was held up, perhaps until the night: planned for an hour that suits, it waits for the next one.
    held_up = row.purpose not in _DIRECT and now - row.due_at > _PUNCTUAL
    opens = planning.first_from(row.business, now) if held_up else now
    if now < opens < row.expires_at:
        row.due_at = opens
    else:
        row.reason = _send(row, now) if opens <= now else "late"
        row.outcome = _Outcome.SKIPPED if row.reason else _Outcome.SENT
    row.save(update_fields=["due_at", "outcome", "reason", "message", "token"])


def _send(row: FlowMessage, now: datetime) -> str:
    """Send it; or why not."""
    rule = planning.rule_for(row.business, row.purpose)
    if rule is None:
        return "off"
    if now >= row.expires_at:
        return "late"
    appointment = _appointment(row)
    if appointment is not None and not _stands(row, appointment):
        return "changed"
    if Conversation.objects.filter(lead=row.lead, opted_out_at__isnull=False).exists():
        return "opted_out"
    if row.purpose == _Purpose.CONFIRMATION and appointment and _told(appointment):
        return "told"
    token = links.new_token()
    values = _values(row, appointment, token)
    way = way_to(lead=row.lead, rule=rule, values=values, now=now)
    if way is None:
        return "unreachable"
    if row.purpose == _Purpose.FOLLOW_UP and not _is_silent(way.conversation):
        return "answered"
    message = send(
        conversation=way.conversation,
        text=words.fill(rule.text, values),
        author=Message.Author.FLOW,
        now=now,
        purpose=row.key,
        template=way.template,
        expires_at=min(row.expires_at, now + _TRIED_FOR),
    )
    row.message, row.token = message, links.digest(token)
    return "" if message else "told"


def _appointment(row: FlowMessage) -> Appointment | None:
    """As it is now."""
    if row.appointment_id is None:
        return None
    return Appointment.objects.select_related("service").get(pk=row.appointment_id)


def _stands(row: FlowMessage, appointment: Appointment) -> bool:
    """Still where it stood when the message was planned; a notice of a change tells of what is new."""
    if row.purpose == _Purpose.CHANGED:
        return _is_news(row, appointment)
    done = Appointment.Status.COMPLETED
    wanted = (Appointment.Status.CONFIRMED, done) if row.purpose == _Purpose.REVIEW else (Appointment.Status.CONFIRMED,)
    return appointment.status in wanted and planning.key_of(row.purpose, appointment) == row.key


def _is_news(row: FlowMessage, appointment: Appointment) -> bool:
    """It is not as its customer was last told. Of several changes the last tells; of one taken back nothing is told."""
    others = FlowMessage.objects.filter(purpose=_Purpose.CHANGED, appointment=appointment)
    if others.filter(outcome=_Outcome.WAITING, pk__gt=row.pk).exists():
        return False
    changes = AppointmentChange.objects.filter(
        appointment=appointment, kind__in=(AppointmentChange.Kind.RESCHEDULED, AppointmentChange.Kind.CANCELLED)
    )
    sent = others.filter(outcome=_Outcome.SENT).select_related("message").order_by("pk").last()
    if sent is not None:
        changes = changes.filter(at__gt=sent.message.created_at if sent.message else sent.due_at)
    known: datetime | None = None  # the start that the customer knows of
    for change in changes.order_by("at", "pk"):
        if change.medium in CUSTOMERS:
            known = change.new_starts_at
        elif known is None:
            known = change.old_starts_at or appointment.starts_at
    stands = appointment.status == Appointment.Status.CONFIRMED
    return known is not None and not (stands and known == appointment.starts_at)


def _told(appointment: Appointment) -> bool:
    """The assistant made it in a conversation, and its answer there was the confirmation."""
    made = AgentTrace.objects.filter(name="calendar.create", result__appointment_id=appointment.pk, result__ok=True)
    return made.exists()


def _is_silent(conversation: Conversation) -> bool:
    """The last word is ours, and the assistant's."""
    last = Message.objects.filter(conversation=conversation).exclude(direction=Message.Direction.NOTE).last()
    return last is not None and last.author == Message.Author.ASSISTANT


def _values(row: FlowMessage, appointment: Appointment | None, token: str) -> dict[str, str]:
    values = dict.fromkeys(words.FIELDS[row.purpose], "")
    values |= {"name": row.lead.name.split(" ")[0] if row.lead.name else "", "business": row.business.name}
    if appointment is not None:
        values |= {
            "when": when(appointment, row.business),
            "service": appointment.service.name if appointment.service else "",
            "link": links.address(token),
            "news": _news(appointment, row.business),
        }
    if "review" in values:
        own = FlowSettings.objects.filter(business=row.business).first()
        values["review"] = own.review_link if own else ""
    if "summary" in values:
        values["summary"] = _booked_in_call(row)
    return {name: values.get(name, "") for name in words.FIELDS[row.purpose]}


def when(appointment: Appointment, business: Business) -> str:
    """The day and hour in writing: ביום שלישי 24/11 בשעה 18:00."""
    local = appointment.starts_at.astimezone(business.timezone)
    return f"ביום {_DAYS[local.weekday()]} {local.day}/{local.month} בשעה {local:%H:%M}"


def _news(appointment: Appointment, business: Business) -> str:
    if appointment.status == Appointment.Status.CANCELLED:
        return f"התור {when(appointment, business)} בוטל."
    return f"התור הועבר, והוא עכשיו {when(appointment, business)}."


def _booked_in_call(row: FlowMessage) -> str:
    """What was agreed in the call, from the row of the appointment and from nothing else."""
    sid = row.key.removeprefix(f"{_Purpose.CALL_SUMMARY}:")
    booked = Appointment.objects.filter(call_sid=sid, status=Appointment.Status.CONFIRMED).order_by("pk").last()
    return f"נקבע תור {when(booked, row.business)}." if booked else ""
