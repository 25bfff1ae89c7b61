"""A business with years behind it, to see that pages stay quick: customers, calls with their words, appointments.

Everything is made up and the same every time. Rows go in by batches; a million transcript lines take about a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import TypeVar

from booking.models import Appointment, Resource, Service
from calls.models import CallSession, Turn
from crm.models import Activity, Business, BusinessSettings, FollowUp, Lead, LeadTag, Medium, Tag
from crm.tenancy import TenantModel, for_business

BATCH = 4000
YEARS = 4
A_DAY = 16  # appointments of one chair
FIRST_NAMES = (
    "דנה",
    "נועה",
    "רונית",
    "מיכל",
    "יוסי",
    "אורי",
    "תמר",
    "איתי",
    "ליאת",
    "עומר",
    "שירה",
    "משה",
    "אסתר",
    "גיל",
)
LAST_NAMES = ("לוי", "כהן", "מזרחי", "פרץ", "ביטון", "דהן", "אברהם", "פרידמן", "שגב", "חזן", "נוי", "כץ", "גבע", "מור")
ASKED = (
    "שלום, אני רוצה לקבוע תור לתספורת",
    "אפשר מחר בארבע וחצי?",
    "כמה עולה צבע שורש?",
    "יש לכם חניה ליד?",
    "אני צריך להזיז את התור של יום שלישי",
    "כן, בבקשה",
    "לא תודה, להתראות",
)
SAID = (
    "שלום, הגעתם למספרה. איך אפשר לעזור?",
    "הזמן הזה פנוי. לקבוע אותו?",
    "מה השם המלא, בבקשה?",
    "אפשר להקיש מספר טלפון, ובסוף סולמית.",
    "התור נקבע בהצלחה. אפשר לעזור בעוד משהו?",
    "תודה על השיחה, יום נעים!",
)
DONE = ("[SERVER] slot_available: 2026-11-24 16:00", "[SERVER] need_name", "[SERVER] need_phone")
RARE = "החלקה אורגנית"  # one call in a thousand speaks of it: something to search for
OUTCOMES = (
    *[CallSession.Outcome.BOOKED] * 9,
    *[CallSession.Outcome.ANSWERED] * 5,
    *[CallSession.Outcome.MESSAGE] * 2,
    *[CallSession.Outcome.ABANDONED] * 2,
    CallSession.Outcome.RESCHEDULED,
    CallSession.Outcome.TRANSFERRED,
)
_Row = TypeVar("_Row", bound=TenantModel)


@dataclass(frozen=True)
class Amounts:
    leads: int = 200_000
    calls: int = 200_000
    turns: int = 2_000_000
    appointments: int = 20_000


def seed_large(*, slug: str, amounts: Amounts, now: datetime, tell: Callable[[str], None]) -> Business:
    """Makes the business and its rows. Raises ValueError if the slug is taken: nothing of it is touched."""
    if Business.objects.filter(slug=slug).exists():
        raise ValueError(f"there is a business {slug!r} already")
    business = Business.objects.create(slug=slug, name="המספרה הגדולה")
    chance = Random(2026)  # noqa: S311 -- made-up rows, not secrets
    with for_business(business):
        BusinessSettings.objects.create(business=business)
        leads = _kept(_leads(business, amounts.leads, now, chance), Lead, tell)
        tags = Tag.objects.bulk_create(Tag(business=business, name=name) for name in ("קבועים", "צבע", "ילדים"))
        _kept((LeadTag(business=business, lead_id=pk, tag=tags[pk % 3]) for pk in leads[::7]), LeadTag, tell)
        _appointments(business, leads, amounts.appointments, now, tell)
        calls = _kept(_calls(business, leads, amounts.calls, now, chance), CallSession, tell)
        _kept(_turns(business, calls, amounts.turns), Turn, tell)
        _kept(_activities(business, leads, amounts.calls, now), Activity, tell)
        _kept(_follow_ups(business, leads, now), FollowUp, tell)
    return business


def _kept(rows: Iterable[_Row], model: type[_Row], tell: Callable[[str], None]) -> list[int]:
    """Writes the rows; their keys in order."""
    keys: list[int] = []
    coming = iter(rows)
    while batch := list(islice(coming, BATCH)):
        keys += [row.pk for row in model.objects.bulk_create(batch)]
    tell(f"{len(keys):>9,}  {model.__name__}")
    return keys


def _leads(business: Business, count: int, now: datetime, chance: Random) -> Iterable[Lead]:
    for number in range(count):
        born = now - timedelta(days=365 * YEARS * (1 - number / count))
        yield Lead(
            business=business,
            name=f"{FIRST_NAMES[number % 14]} {LAST_NAMES[number // 14 % 14]}" if number % 20 else "",
            phone=f"+9725{number:08d}",
            status=chance.choice(Lead.Status.values),
            source=chance.choice((Medium.PHONE, Medium.PHONE, Medium.WHATSAPP, Medium.STAFF)),
            created_at=born,
            last_contact_at=born,
        )


def _appointments(business: Business, leads: list[int], count: int, now: datetime, tell: Callable[[str], None]) -> None:
    chairs = Resource.objects.bulk_create(
        Resource(business=business, slug=f"chair-{number}", name=f"כיסא {number + 1}") for number in range(5)
    )
    cut = Service.objects.create(business=business, slug="haircut", name="תספורת", duration_min=30)
    days = -(-count // (len(chairs) * A_DAY))
    first = (now - timedelta(days=days - 14)).replace(hour=7, minute=0, second=0, microsecond=0)

    def rows() -> Iterable[Appointment]:
        for number in range(count):
            day, half_hour = divmod(number // len(chairs), A_DAY)
            starts_at = first + timedelta(days=day, minutes=30 * half_hour)
            ends_at = starts_at + timedelta(minutes=30)
            yield Appointment(
                business=business,
                resource=chairs[number % len(chairs)],
                service=cut,
                lead_id=leads[-1 - number % len(leads)],
                starts_at=starts_at,
                ends_at=ends_at,
                during=(starts_at, ends_at),
                status=Appointment.Status.CONFIRMED if ends_at > now else Appointment.Status.COMPLETED,
                medium=Medium.PHONE,
                customer_name=f"{FIRST_NAMES[number % 14]} {LAST_NAMES[number // 14 % 14]}",
                created_at=starts_at - timedelta(days=3),
            )

    _kept(rows(), Appointment, tell)


def _calls(business: Business, leads: list[int], count: int, now: datetime, chance: Random) -> Iterable[CallSession]:
    for number in range(count):
        started = now - timedelta(days=365 * YEARS * (1 - number / count), seconds=60)
        person = number * 7 % len(leads)
        outcome = chance.choice(OUTCOMES)
        yield CallSession(
            business=business,
            call_sid=f"CAlarge{business.pk:04d}{number:08d}",
            from_number=f"+9725{person:08d}",
            to_number="+97233330000",
            status=CallSession.Status.COMPLETED,
            outcome=outcome,
            started_at=started,
            ended_at=started + timedelta(seconds=30 + number % 200),
            duration_s=30 + number % 200,
            lead_id=leads[person],
            summary="נקבע תור לתספורת" if outcome == CallSession.Outcome.BOOKED else "שאלה על מחיר",
            false_claims=1 if number % 90 == 0 else 0,
            cost_microusd=40_000 + number % 90_000,
            dead_air_ms=900 + number % 2400,
            wrapped_up_at=started + timedelta(minutes=5),
        )


def _turns(business: Business, calls: list[int], count: int) -> Iterable[Turn]:
    each = max(1, count // len(calls)) if calls else 0
    for at, call in enumerate(calls):
        for index in range(each):
            kind = index % 4
            speaker = (Turn.Speaker.ASSISTANT, Turn.Speaker.CALLER, Turn.Speaker.SERVER, Turn.Speaker.ASSISTANT)[kind]
            words = (SAID, ASKED, DONE, SAID)[kind]
            text = words[(at + index) % len(words)]
            if kind == 1 and at % 1000 == 500:
                text = f"{text} {RARE}"
            timings = {"STT_FINAL_MS": 400, "AI_FIRST_AUDIO_MS": 900, "TOTAL_LATENCY_MS": 1300 + (at + index) % 1200}
            yield Turn(
                business=business,
                call_id=call,
                index=index,
                speaker=speaker,
                text=text,
                at_ms=index * 4000,
                metrics=timings if kind == 1 else {},
            )


def _activities(business: Business, leads: list[int], count: int, now: datetime) -> Iterable[Activity]:
    for number in range(count):
        yield Activity(
            business=business,
            lead_id=leads[number * 7 % len(leads)],
            kind="call",
            medium=Medium.PHONE,
            text="שיחה",
            occurred_at=now - timedelta(days=365 * YEARS * (1 - number / count)),
            key=f"large:{number}",
        )


def _follow_ups(business: Business, leads: list[int], now: datetime) -> Iterable[FollowUp]:
    for number, pk in enumerate(leads[::20]):
        done = number % 10 != 0
        due = now - timedelta(hours=number % 2000 - 24)
        yield FollowUp(business=business, lead_id=pk, reason="לחזור ללקוח", due_at=due, done_at=due if done else None)
