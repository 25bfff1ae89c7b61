"""After the call: a summary, the person who called, and what the staff must do about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from booking.models import Appointment
from booking.services import release_hold
from calls.asked import note_questions
from calls.corrections import follow_ups_belong_to
from calls.models import CallSession, Turn
from calls.numbers import number_of
from calls.outcome_appointment import changed_in
from calls.outcomes import better
from calls.owed import NOT_TAKEN, PROMISED, belongs_to_caller, due_at, owe
from calls.text_model import options_for
from crm import outbox
from crm.models import Lead, Medium
from crm.services import add_follow_up, record_activity, set_lead_status, upsert_lead
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

QUOTED_SENTENCES = 2
QUOTE_LENGTH = 120
MODEL_SECONDS = 20.0
INSTRUCTIONS = (
    "Summarise this phone call for the business's staff in Hebrew, two or three short sentences: what the caller "
    "wanted, what was agreed, what is left to do. Facts only, no names of products, no advice, no gendered guesses."
)
_KEYED = "[SERVER] phone_captured:"
_BEGUN = ("[SERVER] slot_", "[SERVER] need_name", "[SERVER] need_phone")  # told while an appointment is made or moved
_NOT_FINISHED = "התחילה קביעה או שינוי של תור, ולא הושלמו."
_BY_A_KEYED_NUMBER = "לוודא מול הלקוח: תור שונה או בוטל בטלפון, לפי מספר שהוקש בשיחה ולא המספר שממנו התקשרו"
_NOBODY_SPOKE = "לא נשמע קול מהצד השני, והשיחה הסתיימה."
_OUTCOMES = {
    CallSession.Outcome.BOOKED: "נקבע תור.",
    CallSession.Outcome.RESCHEDULED: "התור הועבר.",
    CallSession.Outcome.CANCELLED: "התור בוטל.",
    CallSession.Outcome.MESSAGE: "נשארה הודעה לצוות.",
    CallSession.Outcome.TRANSFERRED: "השיחה הועברה לצוות.",
    CallSession.Outcome.ANSWERED: "נמסר מידע.",
    CallSession.Outcome.ABANDONED: "השיחה נותקה מיד.",
    CallSession.Outcome.FAILED: "השיחה נקטעה בגלל תקלה.",
}


def wrap_up(business_id: int, call_id: int, *, now: datetime) -> None:
    """Summary, lead, timeline and follow-up of one call. A later run replaces the summary and adds nothing twice."""
    with for_business(business_id):
        call = CallSession.objects.select_related("business").get(pk=call_id)
        appointment = booked_in(call)
        turns = list(call.turns.order_by("index"))
        text = summarise(call, appointment, turns)  # may ask a model: outside the transaction
        with transaction.atomic():
            rows = CallSession.objects.select_for_update(of=("self",)).select_related("business", "lead")
            call = rows.get(pk=call_id)
            is_news = call.wrapped_up_at is None and not call.from_browser
            call.outcome = _outcome(call, appointment, turns)
            call.summary = text
            call.appointment = appointment or changed_in(call)
            if not call.from_browser:  # whoever practises is no customer
                call.lead = call.lead or lead_of(call, appointment, now)
            call.wrapped_up_at = now
            call.save(update_fields=["outcome", "summary", "appointment", "lead", "wrapped_up_at"])
            if not call.from_browser:
                _tell_staff(call, appointment, now)
            if is_news:
                _publish(call)
            release_hold(business=call.business, call_sid=call.call_sid)  # of a call that could not say it was over
        if is_news:
            note_questions(call, turns, now=now)


def _publish(call: CallSession) -> None:
    """Tell the house, once, that a call is over; and that nobody could help the caller, if so."""
    payload = {"call_sid": call.call_sid, "lead_id": call.lead_id, "outcome": call.outcome}
    outbox.publish(business=call.business, name="call.ended", payload=payload)
    if call.outcome in (CallSession.Outcome.ABANDONED, CallSession.Outcome.FAILED):
        outbox.publish(business=call.business, name="call.missed", payload=payload)


def booked_in(call: CallSession) -> Appointment | None:
    """What was booked in the call and stands; a time that it only held is nobody's, and it may have cancelled again."""
    none = (Appointment.Status.HELD, Appointment.Status.CANCELLED)
    rows = Appointment.objects.filter(call_sid=call.call_sid).exclude(status__in=none)
    return rows.select_related("lead", "service").order_by("-pk").first()


def claim_forgotten(now: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """(business id, call id) of calls that ended, or went silent, without a wrap-up.

    Another sweep skips these rows for as long as the caller's transaction lasts.
    """
    quiet, stale = now - timedelta(minutes=2), now - timedelta(hours=2)
    over = Q(ended_at__lt=quiet) | Q(status__in=CallSession.ENDED, started_at__lt=quiet) | Q(started_at__lt=stale)
    with for_everyone("a sweep over all businesses"):
        rows = CallSession.objects.select_for_update(skip_locked=True).filter(over, wrapped_up_at=None).order_by("pk")
        return [(call.business_id, call.pk) for call in rows[:limit]]


# --- the summary -------------------------------------------------------------------------------------
def summarise(call: CallSession, appointment: Appointment | None, turns: Sequence[Turn]) -> str:
    """In the text model's words where there is a key, else an extract of what was said."""
    voices = (Turn.Speaker.CALLER, Turn.Speaker.ASSISTANT)
    spoken = [turn for turn in turns if turn.speaker in voices and turn.text]
    if settings.OPENAI_API_KEY and any(turn.speaker == Turn.Speaker.CALLER for turn in spoken):
        try:
            if text := _model_summary(spoken):
                return text
        except Exception as error:  # a provider's failure in any form; the extract stands in
            logger.warning(
                "The summary was not written by the model",
                extra={"call_sid": call.call_sid, "error": type(error).__name__},
            )
    if not spoken or all(turn.speaker == Turn.Speaker.ASSISTANT for turn in spoken):
        return _NOBODY_SPOKE if len(spoken) > 1 else _OUTCOMES[CallSession.Outcome.ABANDONED]
    return extract(_outcome(call, appointment, turns), appointment, turns)


def extract(outcome: str, appointment: Appointment | None, turns: Sequence[Turn]) -> str:
    """The outcome, and the caller's first real sentences as they were heard."""
    begun = any(turn.speaker == Turn.Speaker.SERVER and turn.text.startswith(_BEGUN) for turn in turns)
    unfinished = begun and outcome == CallSession.Outcome.ANSWERED
    parts = [_NOT_FINISHED if unfinished else _OUTCOMES.get(CallSession.Outcome(outcome), "")]
    if appointment is not None:
        starts = appointment.starts_at.astimezone(appointment.business.timezone)
        service = f", {appointment.service.name}" if appointment.service else ""
        parts = [f"נקבע תור ל־{starts.day}/{starts.month}/{starts.year} בשעה {starts:%H:%M}{service}."]
    said = [turn.text for turn in turns if turn.speaker == Turn.Speaker.CALLER and len(turn.text.split()) > 1]
    quotes = " ".join(f"״{_shortened(text)}״" for text in said[:QUOTED_SENTENCES])
    return " ".join(filter(None, [*parts, f"נאמר: {quotes}" if quotes else ""]))


def _shortened(text: str) -> str:
    return text if len(text) <= QUOTE_LENGTH else text[:QUOTE_LENGTH].rsplit(" ", 1)[0] + "…"


def _model_summary(turns: Sequence[Turn]) -> str:
    from openai import OpenAI  # noqa: PLC0415  # 58 MB that only a worker with a key needs

    script = "\n".join(f"{turn.speaker}: {turn.text}" for turn in turns)
    with OpenAI(api_key=settings.OPENAI_API_KEY, base_url=settings.OPENAI_BASE_URL, timeout=MODEL_SECONDS) as client:
        answer = client.responses.create(
            instructions=INSTRUCTIONS, input=script, max_output_tokens=300, **options_for(settings.OPENAI_TEXT_MODEL)
        )
    return str(answer.output_text).strip()


# --- the person --------------------------------------------------------------------------------------
def _outcome(call: CallSession, appointment: Appointment | None, turns: Sequence[Turn]) -> str:
    """What the conversation said of itself; a booked row has the last word."""
    if appointment is not None:
        return CallSession.Outcome.BOOKED
    if call.next_step == CallSession.NextStep.TRANSFER:  # the caller left while a person was being rung
        return better(call.outcome, CallSession.Outcome.MESSAGE)
    if call.outcome:
        return call.outcome
    spoke = any(turn.speaker == Turn.Speaker.CALLER for turn in turns)
    return CallSession.Outcome.FAILED if spoke else CallSession.Outcome.ABANDONED


def lead_of(call: CallSession, appointment: Appointment | None, now: datetime) -> Lead:
    """Who called: the person the appointment is for, unless somebody else is known by the number that called.

    Whoever calls from one telephone and keys another is one person; that the same call makes two of them helps nobody.
    Of a caller whose number is withheld, the keyed one is all there is to call back.
    """
    phone = number_of(call.from_number)
    if appointment is not None and appointment.lead:
        others = Lead.objects.filter(phone=phone).exclude(pk=appointment.lead.pk).exclude(name="")
        if not phone or not others.exists():
            return appointment.lead
    phone = phone or _keyed_number(call)
    return upsert_lead(business=call.business, phone=phone, name="", source=Medium.PHONE, now=now)


def _keyed_number(call: CallSession) -> str:
    """The number that the server last told it had taken down; empty if there was none."""
    told = call.turns.filter(speaker=Turn.Speaker.SERVER, text__startswith=_KEYED).order_by("index").last()
    return number_of(told.text.removeprefix(_KEYED)) if told else ""


def _changed_by_keys(call: CallSession) -> Appointment | None:
    """An appointment that was moved or cancelled in this call, of another number than the one that called."""
    changed, ours = call.appointment, call.call_sid
    if changed is None or changed.call_sid == ours or changed.customer_phone == number_of(call.from_number):
        return None
    return changed if call.outcome in (CallSession.Outcome.RESCHEDULED, CallSession.Outcome.CANCELLED) else None


def _tell_staff(call: CallSession, appointment: Appointment | None, now: datetime) -> None:
    assert call.lead is not None
    key = f"call:{call.call_sid}"
    record_activity(
        lead=call.lead, kind="call", medium=Medium.PHONE, text=call.summary, occurred_at=call.started_at, key=key
    )
    follow_ups_belong_to(call.call_sid, call.lead)
    if appointment is not None and appointment.lead:
        set_lead_status(lead=appointment.lead, status=Lead.Status.BOOKED)
    if (changed := _changed_by_keys(call)) is not None:
        add_follow_up(
            business=call.business,
            lead=changed.lead,
            reason=_BY_A_KEYED_NUMBER,
            due_at=due_at(call, now),
            key=f"keyed-number:{call.call_sid}",
            call_sid=call.call_sid,
        )
    if call.call_back_promised:
        owe(call, PROMISED, now)  # the assistant said that a person would call back; this is what keeps the promise
    if call.next_step == CallSession.NextStep.TRANSFER:
        owe(call, NOT_TAKEN, now)
    belongs_to_caller(call)
