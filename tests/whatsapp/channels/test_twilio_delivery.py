"""Messages leave through Twilio, which knows no key: after a doubt they are looked for before they are sent again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from calls.models import TwilioAccount
from crm.models import Business
from crm.tenancy import for_business
from simulator.carrier_messages import MessageOptions
from simulator.carrier_rest import CarrierRest
from tests.support.factories import ChannelFactory, ConversationFactory, LeadFactory, MessageFactory, OutgoingFactory
from tests.support.in_thread import served_in_thread
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, PUBLIC_URL
from whatsapp import delivery
from whatsapp.models import Conversation, Message
from whatsapp.twilio import sending

CUSTOMER = "+972521234567"
MINUTE = timedelta(minutes=1)
NOW = datetime.now(UTC).replace(microsecond=0)  # the carrier's stand-in dates its rows by the wall's clock


@pytest.fixture
def carrier(settings: Settings) -> Iterator[CarrierRest]:
    rest = CarrierRest(AUTH_TOKEN)
    rest.messages.options.reports = ()  # reports are sent by tests that want some
    with served_in_thread(rest) as settings.TWILIO_API_BASE_URL:
        yield rest


@pytest.fixture
def talk(salon: Business) -> Conversation:
    """Dana's customer wrote an hour ago."""
    with for_business(salon):
        TwilioAccount.objects.create(business=salon, account_sid=ACCOUNT, auth_token=AUTH_TOKEN)
    channel = ChannelFactory(business=salon, provider="twilio", number="+97233334444")
    row: Conversation = ConversationFactory(
        business=salon,
        channel=channel,
        chat_id=f"whatsapp:{CUSTOMER}",
        last_inbound_at=NOW - timedelta(hours=1),
    )
    MessageFactory(business=salon, conversation=row, written_at=NOW - timedelta(hours=1))
    return row


def outgoing(talk: Conversation, **fields: Any) -> Message:
    given = {"due_at": NOW, "created_at": NOW} | fields
    row: Message = OutgoingFactory(business=talk.business, conversation=talk, **given)
    return row


def delivered(message: Message, now: datetime = NOW) -> Message:
    delivery.deliver(message.business_id, message.pk, now=now)
    with for_business(message.business_id):
        return Message.objects.get(pk=message.pk)


def got(carrier: CarrierRest) -> list[str]:
    return [row["body"] for row in carrier.messages.sent_to(CUSTOMER)]


def form_of(carrier: CarrierRest) -> dict[str, str]:
    return [form for method, _, form in carrier.requests if method == "POST"][-1]


def test_a_message_leaves_once(talk: Conversation, carrier: CarrierRest) -> None:
    row = delivered(outgoing(talk, text="מחר ב-12:00 פנוי."))
    delivered(row)
    assert got(carrier) == ["מחר ב-12:00 פנוי."]
    assert (row.status, row.provider_id) == ("sending", carrier.messages.rows[0]["sid"])
    form = form_of(carrier)
    assert (form["From"], form["To"]) == ("whatsapp:+97233334444", f"whatsapp:{CUSTOMER}")
    assert form["StatusCallback"] == f"{PUBLIC_URL}/webhook/twilio/whatsapp/status?m={row.key}"
    assert form["ValidityPeriod"] == "900"  # nothing arrives hours later


def test_without_a_report_the_carrier_is_asked(talk: Conversation, carrier: CarrierRest) -> None:
    row = delivered(outgoing(talk))
    carrier.messages.rows[0]["status"] = "delivered"
    assert delivered(row, NOW + 2 * MINUTE).status == "delivered"


# --- doubts -------------------------------------------------------------------------------------------
def test_an_answer_that_was_lost_is_found_in_the_list(talk: Conversation, carrier: CarrierRest) -> None:
    carrier.messages.options.lose_answers = 1
    row = delivered(outgoing(talk, text="נקבע"))
    assert (row.status, row.provider_id, row.due_at) == ("sending", "", NOW + timedelta(seconds=15))
    assert delivered(row, NOW + MINUTE).provider_id == carrier.messages.rows[0]["sid"]
    assert got(carrier) == ["נקבע"]


def test_of_two_that_say_the_same_the_other_ones_id_is_not_taken(talk: Conversation, carrier: CarrierRest) -> None:
    first = delivered(outgoing(talk, text="תודה"))
    carrier.messages.options.lose_answers = 1
    second = delivered(outgoing(talk, text="תודה"))
    second = delivered(second, NOW + MINUTE)
    assert {first.provider_id, second.provider_id} == {row["sid"] for row in carrier.messages.rows}
    assert got(carrier) == ["תודה", "תודה"]


def test_what_never_arrived_is_sent_again(talk: Conversation, carrier: CarrierRest) -> None:
    carrier.messages.options.refuse.append((500, 20500))
    row = delivered(outgoing(talk, text="נקבע"))
    assert (row.status, got(carrier)) == ("sending", [])
    assert delivered(row, NOW + MINUTE).provider_id
    assert got(carrier) == ["נקבע"]


def test_while_the_list_cannot_be_read_nothing_is_repeated(
    talk: Conversation, carrier: CarrierRest, settings: Settings
) -> None:
    carrier.messages.options.lose_answers = 1
    row = delivered(outgoing(talk))
    there, settings.TWILIO_API_BASE_URL = settings.TWILIO_API_BASE_URL, "http://127.0.0.1:9"
    row = delivered(row, NOW + MINUTE)
    assert row.status == "sending"
    settings.TWILIO_API_BASE_URL = there
    assert delivered(row, NOW + 2 * MINUTE).provider_id
    assert len(got(carrier)) == 1


def test_a_worker_that_died_in_mid_send_has_sent_once(talk: Conversation, carrier: CarrierRest) -> None:
    """As its death leaves the row: claimed, the order taken by the carrier, the answer stored nowhere."""
    carrier.messages.options.lose_answers = 1
    row = outgoing(talk, text="נקבע")
    delivered(row)
    with for_business(talk.business_id):
        Message.objects.filter(pk=row.pk).update(error="", due_at=NOW + delivery.LEASE)
    assert delivered(row, NOW + timedelta(seconds=30)).provider_id == ""  # its lease is not over
    assert delivered(row, NOW + delivery.LEASE).provider_id
    assert got(carrier) == ["נקבע"]


def test_one_that_may_have_left_is_not_sent_late(talk: Conversation, carrier: CarrierRest) -> None:
    carrier.messages.options.refuse.append((500, 20500))
    row = delivered(outgoing(talk))
    row = delivered(row, NOW + timedelta(minutes=16))
    assert (row.status, row.error, got(carrier)) == ("failed", "carrier_unreachable", [])


# --- refusals -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (63016, "outside_window"),
        (63024, "not_on_whatsapp"),
        (63049, "63049"),
        (21610, "opted_out"),
        (63033, "opted_out"),
        (21211, "21211"),
    ],
)
def test_what_no_attempt_will_help_is_not_tried_again(
    talk: Conversation, carrier: CarrierRest, code: int, error: str
) -> None:
    carrier.messages.options.refuse.append((400, code))
    row = delivered(outgoing(talk))
    assert (row.status, row.error, row.due_at) == ("failed", error, None)
    with for_business(talk.business_id):
        assert (Conversation.objects.get().opted_out_at is not None) == (error == "opted_out")


@pytest.mark.parametrize("refusal", [(429, 20429), (400, 63018)])
def test_whoever_sends_too_much_waits(talk: Conversation, carrier: CarrierRest, refusal: tuple[int, int]) -> None:
    carrier.messages.options.refuse.append(refusal)
    row = delivered(outgoing(talk))
    assert (row.status, row.error, row.due_at) == ("queued", "busy", NOW + timedelta(seconds=1))
    assert delivered(row, NOW + MINUTE).provider_id


def test_a_wrong_token_is_told(talk: Conversation, carrier: CarrierRest) -> None:
    with for_business(talk.business_id):
        for account in TwilioAccount.objects.all():
            account.auth_token = "old"
            account.save()
    assert delivered(outgoing(talk)).error == "credentials"


def test_a_number_that_nobody_confirmed_sends_nothing(talk: Conversation, carrier: CarrierRest) -> None:
    with for_business(talk.business_id):
        TwilioAccount.objects.all().delete()
    assert delivered(outgoing(talk)).error == "credentials"
    assert carrier.messages.rows == []


# --- the window ---------------------------------------------------------------------------------------
def test_after_a_day_only_an_approved_template_leaves(talk: Conversation, carrier: CarrierRest) -> None:
    later = NOW + timedelta(hours=24)
    plain = delivered(outgoing(talk, due_at=later), later)
    assert (plain.status, plain.error, carrier.messages.rows) == ("failed", "outside_window", [])
    template = {"content_sid": "HX" + "1" * 32, "variables": {"1": "מחר ב-12:00"}}
    row = delivered(outgoing(talk, due_at=later, template=template), later)
    form = form_of(carrier)
    assert (row.provider_id != "", "Body" in form) == (True, False)
    assert (form["ContentSid"], form["ContentVariables"]) == (template["content_sid"], '{"1": "מחר ב-12:00"}')


def test_within_the_day_the_words_themselves_leave(talk: Conversation, carrier: CarrierRest) -> None:
    delivered(outgoing(talk, text="תזכורת", template={"content_sid": "HX" + "1" * 32, "variables": {}}))
    assert got(carrier) == ["תזכורת"]


def test_what_was_written_to_the_linked_phone_opens_no_window(talk: Conversation, carrier: CarrierRest) -> None:
    with for_business(talk.business_id):
        Message.objects.update(provider="baileys")
    assert delivered(outgoing(talk)).error == "outside_window"


def test_a_template_that_may_have_left_is_looked_for_by_its_time(talk: Conversation, carrier: CarrierRest) -> None:
    carrier.messages.options.lose_answers = 1
    later, template = NOW + timedelta(hours=24), {"content_sid": "HX" + "1" * 32, "variables": {}}
    row = delivered(outgoing(talk, due_at=later, template=template), later)
    assert delivered(row, later + MINUTE).provider_id
    assert len(carrier.messages.rows) == 1


# --- long texts ---------------------------------------------------------------------------------------
def test_a_long_text_leaves_in_parts_in_order(talk: Conversation, carrier: CarrierRest) -> None:
    text = " ".join(f"משפט מספר {number} של ההסבר הארוך." for number in range(120))
    row = delivered(outgoing(talk, text=text))
    with for_business(talk.business_id):
        parts = list(Message.objects.filter(direction="out").order_by("pk"))
    for part in parts[1:]:
        delivered(part)
    assert len(parts) == 3
    assert got(carrier) == [part.text for part in parts]
    assert " ".join(got(carrier)) == text
    assert row.text.endswith(".")


@pytest.mark.parametrize("text", ["א" * 5000, "", "מילה " * 1000, "שורה\n" * 900])
def test_parts_are_never_too_long_and_lose_no_letter(text: str) -> None:
    parts = sending.parts(text)
    assert all(len(part) <= sending.LONGEST for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


# --- another channel ----------------------------------------------------------------------------------
def test_a_conversation_of_the_linked_phone_goes_on_at_twilio(talk: Conversation, carrier: CarrierRest) -> None:
    phone = ChannelFactory(business=talk.business, provider="baileys", is_current=False)
    lead = LeadFactory(business=talk.business, phone="+972540000999")
    other = ConversationFactory(
        business=talk.business, channel=phone, lead=lead, chat_id="5@lid", last_inbound_at=NOW - MINUTE
    )
    row = delivered(outgoing(other, provider="baileys"))
    assert (row.provider, [each["to"] for each in carrier.messages.rows]) == ("twilio", ["whatsapp:+972540000999"])
    unknown = ConversationFactory(
        business=talk.business, channel=phone, lead=LeadFactory(business=talk.business, phone=""), chat_id="6@lid"
    )
    assert delivered(outgoing(unknown)).error == "no_number"


def test_the_stand_in_reports_what_becomes_of_a_message(talk: Conversation, carrier: CarrierRest) -> None:
    carrier.messages.options = MessageOptions(backwards=True, repeat_reports=2)
    delivered(outgoing(talk))
    row = carrier.messages.rows[0]
    assert (row["status"], row["error_code"]) == ("read", None)
