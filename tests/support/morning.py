"""A salon in the middle of a morning: people, calls, appointments and things to do, for whoever looks at its pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone

from booking.models import Appointment, AppointmentChange
from calls.models import CallSession, PracticeCall, PromptVersion, Recording
from crm.models import Business, FollowUp, Lead, Medium, Role, SalesDocument
from crm.tenancy import for_business
from tests.support.factories import (
    ActivityFactory,
    AppointmentChangeFactory,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    ClosureFactory,
    FaqEntryFactory,
    FollowUpFactory,
    InvitationFactory,
    LeadFactory,
    LeadTagFactory,
    MembershipFactory,
    OpeningHoursFactory,
    PhoneLineFactory,
    PracticeCallFactory,
    PromptVersionFactory,
    RecordingFactory,
    ResourceFactory,
    SalesDocumentFactory,
    ServiceFactory,
    TagFactory,
    TurnFactory,
    UserFactory,
)
from tests.support.written import Written, written_of

METRICS = {
    "STT_FINAL_MS": 420,
    "AI_FIRST_AUDIO_MS": 1220,
    "FIRST_AUDIO_SENT_MS": 1240,
    "TOTAL_LATENCY_MS": 1600,
    "EOU_REASON": "vad",
}
BOOKING = (
    ("assistant", "שלום, הגעתם למספרה של דנה. איך אפשר לעזור?"),
    ("caller", "אני רוצה תור לתספורת מחר בשש ורבע בערב"),
    (
        "server",
        "[SERVER] slot_unavailable: 2026-11-25 18:15; reason=off_grid; alternatives=2026-11-25 18:00,2026-11-25 19:00",
    ),
    ("assistant", "שש ורבע לא אפשרי. יש מקום בשש או בשבע, מה מתאים?"),
    ("caller", "שש מצוין"),
    ("server", "[SERVER] need_name"),
    ("assistant", "מה השם המלא, בבקשה?"),
    ("caller", "נועם שגב"),
    (
        "server",
        '[SERVER] appointment_created: {"appointment_id": 1, "start_iso": "2026-11-25T18:00:00+02:00", '
        '"customer_name": "נועם שגב", "say": "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם נועם שגב."}',
    ),
    ("assistant", "התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם נועם שגב."),
)


@dataclass(frozen=True)
class Morning:
    business: Business
    dana: User  # owns it
    noa: User  # works there
    lead: Lead
    twin: Lead  # the same person, without a number
    call: CallSession
    live_call: CallSession
    practice: PracticeCall
    appointment: Appointment
    follow_up: FollowUp
    recording: Recording
    draft: PromptVersion
    written: Written
    document: SalesDocument  # a quote that waits for approval


def morning_of(slug: str = "dana", name: str = "המספרה של דנה", line: str = "+97233334444") -> Morning:
    """Everything happened today, or will."""
    now = timezone.now().replace(second=0, microsecond=0)
    business = BusinessFactory(slug=slug, name=name, with_settings=True)
    dana = UserFactory(first_name="דנה", last_name="מזרחי", is_staff=True)
    noa = UserFactory(first_name="נועה", last_name="כהן", is_staff=True)
    MembershipFactory(user=dana, business=business, role=Role.OWNER, phone="+972500000801")
    MembershipFactory(user=noa, business=business, role=Role.STAFF)
    with for_business(business):
        return _filled(business, dana, noa, now, line)


def _filled(business: Business, dana: User, noa: User, now: dt.datetime, line: str) -> Morning:
    PhoneLineFactory(business=business, number=line)
    for weekday in range(7):
        OpeningHoursFactory(business=business, weekday=weekday, opens=dt.time(0), closes=dt.time(23, 45))
    chairs = [ResourceFactory(business=business, slug=key, name=word) for key, word in (("d", "דנה"), ("n", "נועה"))]
    cut = ServiceFactory(business=business, slug="cut", name="תספורת", duration_min=30, price=80)
    ServiceFactory(business=business, slug="color", name="צבע שורש", duration_min=90, price=320)
    FaqEntryFactory(business=business)
    ClosureFactory(business=business, on_date=(now + dt.timedelta(days=9)).date(), reason="חופשה")
    InvitationFactory(business=business, expires_at=now + dt.timedelta(days=5))
    draft = PromptVersionFactory(business=business, number=2)
    people = ("נועם שגב", "רונית לוי", "סבטלנה Petrov", "מיכל אברהם", "יוסי כהן", "איתי גבע")
    leads = [
        LeadFactory(business=business, name=word, phone=f"+97252000{at:04d}", status=stage, source=Medium.PHONE)
        for at, (word, stage) in enumerate(zip(people, [*Lead.Status.values, "new"], strict=True), start=1)
    ]
    twin = LeadFactory(business=business, name="נועם שגב", phone="", source=Medium.WHATSAPP)
    LeadTagFactory(business=business, lead=leads[0], tag=TagFactory(business=business, name="צבע"))
    appointments = [
        AppointmentFactory(
            business=business,
            lead=lead,
            service=cut,
            resource=chairs[at % 2],
            starts_at=now + dt.timedelta(minutes=45 * at - 90),
            ends_at=now + dt.timedelta(minutes=45 * at - 60),
            customer_name=lead.name,
            customer_phone=lead.phone,
        )
        for at, lead in enumerate(leads)
    ]
    AppointmentChangeFactory(
        business=business, appointment=appointments[3], kind=AppointmentChange.Kind.CREATED, at=now
    )
    outcomes = ("booked", "answered", "message", "abandoned", "rescheduled", "failed")
    calls = [
        CallSessionFactory(
            business=business,
            lead=lead,
            from_number=lead.phone,
            started_at=now - dt.timedelta(minutes=20 * at + 5),
            ended_at=now - dt.timedelta(minutes=20 * at + 3),
            duration_s=127,
            outcome=outcome,
            summary="נקבע תור לתספורת, מחר בשש בערב" if outcome == "booked" else "שאלה על מחיר צבע שורש",
            wrapped_up_at=now,
            appointment=appointments[0] if outcome == "booked" else None,
            false_claims=1 if outcome == "message" else 0,
            cost_microusd=190_000,
        )
        for at, (lead, outcome) in enumerate(zip(leads, outcomes, strict=True))
    ]
    for call in calls[:2]:
        for index, (speaker, text) in enumerate(BOOKING):
            TurnFactory(
                business=business,
                call=call,
                index=index,
                speaker=speaker,
                text=text,
                at_ms=index * 4000,
                metrics=METRICS if speaker == "caller" else {},
                heard_fraction=0.6 if index == 3 else 1.0,
            )
        ActivityFactory(
            business=business,
            lead=call.lead,
            kind="call",
            text=call.summary,
            occurred_at=call.started_at,
            key=f"call:{call.call_sid}",
        )
    live_call = CallSessionFactory(
        business=business, status="in-progress", from_number="+972530000226", started_at=now - dt.timedelta(minutes=1)
    )
    TurnFactory(business=business, call=live_call, index=0, speaker="assistant", text="שלום, איך אפשר לעזור?")
    follow_up = FollowUpFactory(
        business=business,
        lead=leads[2],
        reason="לחזור ללקוחה בעניין צבע",
        due_at=now - dt.timedelta(minutes=20),
        call_sid=calls[2].call_sid,
    )
    FollowUpFactory(business=business, lead=leads[4], reason="לאשר הצעת מחיר", due_at=now + dt.timedelta(hours=3))
    recording = RecordingFactory(business=business, call=calls[0], kind="call", status="stored", duration_s=40)
    practice = PracticeCallFactory(business=business, by=dana)
    written = written_of(business, noa, leads[3], leads[4], appointments[3], now)
    return Morning(
        business,
        dana,
        noa,
        leads[0],
        twin,
        calls[0],
        live_call,
        practice,
        appointments[3],
        follow_up,
        recording,
        draft,
        written,
        SalesDocumentFactory(business=business, lead=leads[0], customer_name=leads[0].name, created_at=now),
    )
