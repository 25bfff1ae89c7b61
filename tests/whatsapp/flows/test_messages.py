"""Messages that go out by themselves: once, at a decent hour, to people who want them, while they are still true."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from booking.models import Appointment
from booking.results import Booked
from booking.services import cancel_appointment, create_appointment, reschedule_appointment
from calls.models import CallSession
from calls.summary import wrap_up
from crm import outbox
from crm.models import Business, Lead, Medium
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    AgentRunFactory,
    AgentTraceFactory,
    BusinessFactory,
    CallSessionFactory,
    ChannelFactory,
    ConversationFactory,
    FlowMessageFactory,
    FlowRuleFactory,
    FlowSettingsFactory,
    LeadFactory,
    MessageFactory,
)
from whatsapp.arrivals import receive
from whatsapp.flows import words
from whatsapp.flows.due import send_due
from whatsapp.flows.idle import notice_idle
from whatsapp.incoming import Incoming
from whatsapp.models import Channel, Conversation, FlowMessage, FlowRule, Message

pytestmark = pytest.mark.django_db

HOUR, DAY, UNDONE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(seconds=31)
FRIDAY_NOON = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
Purpose = FlowRule.Purpose


@pytest.fixture
def shop() -> Business:
    return BusinessFactory(name="המספרה של דנה")


@pytest.fixture
def yossi(shop: Business) -> Lead:
    """He has written on WhatsApp before."""
    lead = LeadFactory(business=shop, name="יוסי כהן", phone="+972521234567")
    ConversationFactory(business=shop, lead=lead)
    return lead


def switched_on(shop: Business, purpose: str, **values: Any) -> FlowRule:
    values = {"text": words.DEFAULTS[purpose], "minutes": words.MINUTES.get(purpose, 0)} | values
    return FlowRuleFactory(business=shop, purpose=purpose, **values)


def book(shop: Business, start: dt.datetime, *, medium: str = Medium.WEB, now: dt.datetime = NOW, sid: str = "") -> int:
    answer = create_appointment(
        business=shop,
        start_iso=start,
        customer_name="יוסי כהן",
        customer_phone="+972521234567",
        medium=medium,
        now=now,
        call_sid=sid,
    )
    assert isinstance(answer, Booked), answer
    return answer.appointment_id


def news(now: dt.datetime) -> None:
    """The sweeps of one beat."""
    with time_machine.travel(now, tick=False):
        outbox.deliver_pending(now)
        send_due(now)


def sent(shop: Business) -> list[str]:
    with for_business(shop):
        return list(Message.objects.filter(author=Message.Author.FLOW).order_by("pk").values_list("text", flat=True))


def planned(shop: Business) -> list[tuple[str, str, str]]:
    with for_business(shop):
        rows = FlowMessage.objects.order_by("pk").values_list("purpose", "outcome", "reason")
        return list(rows)


@time_machine.travel(NOW, tick=False)
def test_a_booking_on_the_website_is_confirmed_once(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CONFIRMATION)
    book(shop, NOW + DAY)
    news(NOW)
    news(NOW + HOUR)
    [text] = sent(shop)
    assert text.startswith("שלום יוסי, נקבע תור בהמספרה של דנה ביום רביעי 25/11 בשעה 10:00.")


@time_machine.travel(NOW, tick=False)
def test_a_booking_by_phone_is_not_confirmed_in_writing(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CONFIRMATION)
    book(shop, NOW + DAY, medium=Medium.PHONE, sid="CA1")
    news(NOW + HOUR)
    assert sent(shop) == []


@time_machine.travel(NOW, tick=False)
def test_what_the_assistant_confirmed_itself_is_not_confirmed_again(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CONFIRMATION)
    appointment = book(shop, NOW + DAY, medium=Medium.WHATSAPP)
    run = AgentRunFactory(business=shop)
    AgentTraceFactory(
        run=run, business=shop, name="calendar.create", result={"ok": True, "appointment_id": appointment}
    )
    news(NOW)
    assert sent(shop) == []
    assert planned(shop) == [("confirmation", "skipped", "told")]


@time_machine.travel(NOW, tick=False)
def test_a_reminder_comes_a_day_before(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    start = NOW + 2 * DAY
    book(shop, start)
    news(NOW)
    news(start - DAY - dt.timedelta(minutes=1))
    assert sent(shop) == []
    news(start - DAY)
    news(start - DAY + HOUR)
    assert len(sent(shop)) == 1
    assert "ביום חמישי 26/11 בשעה 10:00" in sent(shop)[0]


@time_machine.travel(NOW, tick=False)
def test_a_moved_appointment_is_reminded_of_at_its_new_time_only(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    appointment = book(shop, NOW + 2 * DAY)
    reschedule_appointment(
        business=shop, appointment_id=appointment, start_iso=NOW + 5 * DAY, now=NOW, medium=Medium.WEB
    )
    for moment in (NOW, NOW + DAY, FRIDAY_NOON + 3 * HOUR, NOW + 4 * DAY):
        news(moment)
    [text] = sent(shop)
    assert "29/11" in text


@time_machine.travel(NOW, tick=False)
def test_a_cancelled_appointment_is_not_reminded_of(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    appointment = book(shop, NOW + 2 * DAY)
    news(NOW)
    cancel_appointment(business=shop, appointment_id=appointment, now=NOW, medium=Medium.WEB)
    news(NOW + DAY)
    assert sent(shop) == []
    assert planned(shop) == [("reminder", "skipped", "changed")]


@time_machine.travel(NOW, tick=False)
def test_the_reminder_of_a_sunday_comes_before_shabbat(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    book(shop, dt.datetime(2026, 11, 29, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    news(NOW)
    news(FRIDAY_NOON)
    assert sent(shop) == []
    news(FRIDAY_NOON + 3 * HOUR)
    assert len(sent(shop)) == 1


@time_machine.travel(NOW, tick=False)
def test_who_books_too_late_for_a_reminder_gets_none(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    book(shop, NOW + 5 * HOUR)
    news(NOW + 4 * HOUR)
    assert planned(shop) == []


@time_machine.travel(NOW, tick=False)
def test_who_asked_for_no_messages_gets_none(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    book(shop, NOW + 2 * DAY)
    news(NOW)
    write(shop, yossi, "הסר")
    news(NOW + DAY)
    assert sent(shop) == []
    assert planned(shop) == [("reminder", "skipped", "opted_out")]


def write(shop: Business, lead: Lead, text: str) -> Message | None:
    with for_business(shop):
        conversation = Conversation.objects.select_related("channel").get(lead=lead)
        incoming = Incoming(
            provider_id=f"M{Message.objects.count()}",
            chat_id=conversation.chat_id,
            written_at=timezone.now(),
            text=text,
            phone=lead.phone,
        )
        return receive(channel=conversation.channel, incoming=incoming, now=timezone.now())


@time_machine.travel(NOW, tick=False)
def test_a_refusal_is_answered_once_and_holds_back_what_waits(shop: Business, yossi: Lead) -> None:
    with for_business(shop):
        conversation = Conversation.objects.get(lead=yossi)
        waiting = MessageFactory(
            business=shop,
            conversation=conversation,
            direction="out",
            author="flow",
            status="queued",
            due_at=NOW,
            provider_id="",
        )
    write(shop, yossi, "תפסיקו לשלוח לי הודעות")
    with for_business(shop):
        waiting.refresh_from_db()
        conversation.refresh_from_db()
        assert (waiting.status, waiting.error) == ("failed", "opted_out")
        assert (conversation.opted_out_at, conversation.pending_since) == (NOW, None)
        answers = Message.objects.filter(direction="out", author="assistant")
        assert [row.text for row in answers] == [
            "הבקשה התקבלה. לא יישלחו יותר הודעות יזומות. כדי לחדש אותן אפשר לכתוב ״התחל״."
        ]
    write(shop, yossi, "התחל")
    with for_business(shop):
        conversation.refresh_from_db()
        assert conversation.opted_out_at is None


@time_machine.travel(NOW, tick=False)
def test_a_stranger_to_a_linked_phone_is_not_written_to(shop: Business) -> None:
    ChannelFactory(business=shop)
    switched_on(shop, Purpose.REMINDER)
    book(shop, NOW + 2 * DAY)
    news(NOW)
    news(NOW + DAY)
    assert planned(shop) == [("reminder", "skipped", "unreachable")]


@time_machine.travel(NOW, tick=False)
def test_twilio_gets_the_approved_template_outside_the_24_hours(shop: Business) -> None:
    ChannelFactory(business=shop, provider=Channel.Provider.TWILIO)
    switched_on(shop, Purpose.REMINDER, content_sid="HX0123")
    book(shop, NOW + 2 * DAY)
    news(NOW)
    news(NOW + DAY)
    with for_business(shop):
        [message] = Message.objects.filter(author=Message.Author.FLOW)
    assert message.conversation.chat_id == "whatsapp:+972521234567"
    assert message.template["content_sid"] == "HX0123"
    assert message.template["variables"]["1"] == "יוסי"
    assert message.template["variables"]["3"] == "ביום חמישי 26/11 בשעה 10:00"


@time_machine.travel(NOW, tick=False)
def test_a_missed_call_is_followed_by_one_message(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.MISSED_CALL)
    call = CallSessionFactory(
        business=shop, from_number=yossi.phone, status="completed", started_at=NOW, ended_at=NOW, outcome=""
    )
    wrap_up(shop.pk, call.pk, now=NOW)
    wrap_up(shop.pk, call.pk, now=NOW)
    with for_business(shop):
        assert CallSession.objects.get().outcome == "abandoned"
    news(NOW)
    news(NOW + HOUR)
    assert sent(shop) == ["שלום, התקשרת אל המספרה של דנה ולא הספקנו לענות. אפשר לכתוב כאן ונשמח לעזור."]


@time_machine.travel(NOW, tick=False)
def test_a_question_left_open_is_asked_after_once(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.FOLLOW_UP, minutes=60)
    with for_business(shop):
        conversation = Conversation.objects.get(lead=yossi)
    MessageFactory(
        business=shop,
        conversation=conversation,
        direction="out",
        author="assistant",
        text="באיזו שעה נוח?",
        status="sent",
    )
    assert notice_idle(NOW + dt.timedelta(minutes=30)) == 0
    assert notice_idle(NOW + 2 * HOUR) == 1
    assert notice_idle(NOW + 3 * HOUR) == 0
    for hour in range(2, 6):
        news(NOW + hour * HOUR)
    assert sent(shop) == ["שלום יוסי, אפשר עוד לעזור בקביעת התור?"]


@time_machine.travel(NOW, tick=False)
def test_a_cancellation_by_the_staff_is_told_after_half_a_minute(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CHANGED)
    appointment = book(shop, NOW + 2 * DAY)
    cancel_appointment(business=shop, appointment_id=appointment, now=NOW, medium=Medium.STAFF)
    news(NOW)
    assert sent(shop) == []
    news(NOW + UNDONE)
    assert sent(shop) == ["שלום יוסי, עדכון מהמספרה של דנה: התור ביום חמישי 26/11 בשעה 10:00 בוטל."]


def moved(shop: Business, appointment: int, start: dt.datetime, now: dt.datetime) -> None:
    with time_machine.travel(now, tick=False):
        answer = reschedule_appointment(
            business=shop, appointment_id=appointment, start_iso=start, now=now, medium=Medium.STAFF
        )
    assert answer.ok, answer


@time_machine.travel(NOW, tick=False)
def test_a_move_is_told_and_the_cancellation_after_it_too(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CHANGED)
    appointment = book(shop, NOW + 2 * DAY)
    moved(shop, appointment, NOW + 5 * DAY, NOW)
    news(NOW + UNDONE)
    with time_machine.travel(NOW + HOUR, tick=False):
        cancel_appointment(business=shop, appointment_id=appointment, now=NOW + HOUR, medium=Medium.STAFF)
    news(NOW + HOUR + UNDONE)
    assert [text.partition("דנה: ")[2] for text in sent(shop)] == [
        "התור הועבר, והוא עכשיו ביום ראשון 29/11 בשעה 10:00.",
        "התור ביום ראשון 29/11 בשעה 10:00 בוטל.",
    ]


@time_machine.travel(NOW, tick=False)
def test_a_move_that_is_taken_back_at_once_is_not_told(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CHANGED)
    start = NOW + 2 * DAY
    appointment = book(shop, start)
    moved(shop, appointment, NOW + 5 * DAY, NOW)
    moved(shop, appointment, start, NOW + dt.timedelta(seconds=10))
    news(NOW + HOUR)
    assert sent(shop) == []


@time_machine.travel(NOW, tick=False)
def test_of_moves_there_and_back_and_there_the_last_is_told(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CHANGED)
    appointment = book(shop, NOW + 2 * DAY)
    for n, days in enumerate((5, 2, 5)):
        moved(shop, appointment, NOW + days * DAY, NOW + n * HOUR)
        news(NOW + n * HOUR + UNDONE)
    assert [text.partition("עכשיו ")[2] for text in sent(shop)] == [
        "ביום ראשון 29/11 בשעה 10:00.",
        "ביום חמישי 26/11 בשעה 10:00.",
        "ביום ראשון 29/11 בשעה 10:00.",
    ]


@time_machine.travel(NOW, tick=False)
def test_a_sweep_that_was_held_up_writes_nobody_on_shabbat(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.REMINDER)
    book(shop, dt.datetime(2026, 11, 29, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    news(NOW)
    saturday = FRIDAY_NOON + 15 * HOUR
    news(saturday)
    assert sent(shop) == []
    news(saturday + 29 * HOUR)  # Sunday at eight
    assert len(sent(shop)) == 1


@time_machine.travel(NOW, tick=False)
def test_one_message_that_cannot_be_settled_holds_up_no_other(shop: Business, yossi: Lead) -> None:
    switched_on(shop, Purpose.CONFIRMATION)
    neighbour = BusinessFactory()
    FlowSettingsFactory(business=neighbour)
    lost = FlowMessageFactory(business=neighbour, due_at=NOW - HOUR)
    switched_on(neighbour, Purpose.REMINDER)
    with connection.cursor() as cursor:  # a business whose clock nobody can read
        cursor.execute("UPDATE crm_business SET timezone = 'Nowhere/Land' WHERE id = %s", [neighbour.pk])
    book(shop, NOW + DAY)
    news(NOW)
    assert len(sent(shop)) == 1
    with for_business(neighbour):
        lost.refresh_from_db()
    assert (lost.outcome, lost.reason) == ("skipped", "failed")


@time_machine.travel(NOW, tick=False)
def test_what_is_switched_off_meanwhile_is_not_sent(shop: Business, yossi: Lead) -> None:
    rule = switched_on(shop, Purpose.REMINDER)
    book(shop, NOW + 2 * DAY)
    news(NOW)
    with for_business(shop):
        FlowRule.objects.filter(pk=rule.pk).update(is_on=False)
    news(NOW + DAY)
    assert planned(shop) == [("reminder", "skipped", "off")]


@time_machine.travel(NOW, tick=False)
def test_the_owner_who_keeps_no_shabbat_is_taken_at_their_word(shop: Business, yossi: Lead) -> None:
    FlowSettingsFactory(business=shop, on_shabbat=True)
    switched_on(shop, Purpose.REMINDER)
    start = dt.datetime(2026, 11, 29, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    book(shop, start)
    news(NOW)
    news(FRIDAY_NOON + 6 * HOUR)
    assert sent(shop) == []
    news(start - DAY)
    assert len(sent(shop)) == 1


def test_one_business_sends_nothing_for_another(shop: Business, yossi: Lead) -> None:
    neighbour = BusinessFactory()
    switched_on(neighbour, Purpose.CONFIRMATION)
    with time_machine.travel(NOW, tick=False):
        book(shop, NOW + DAY)
    news(NOW)
    assert planned(shop) == planned(neighbour) == []
    with for_business(shop):
        assert Appointment.objects.count() == 1
