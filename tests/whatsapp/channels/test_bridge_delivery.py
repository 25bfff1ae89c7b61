"""Messages leave through the linked phone: once each, in order, in time or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from crm.tenancy import for_business, for_everyone
from tests.support.bridge import FakeBridge, event, post, served
from tests.support.factories import NOW, ChannelFactory, ConversationFactory, LeadIdentityFactory, OutgoingFactory
from whatsapp import delivery
from whatsapp.models import Channel, Conversation, Message

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bridge(settings: Settings) -> Iterator[FakeBridge]:
    fake = FakeBridge()
    with served(fake) as settings.BAILEYS_BASE_URL:
        yield fake


@pytest.fixture
def talk(phone: Channel) -> Conversation:
    row: Conversation = ConversationFactory(business=phone.business, channel=phone, chat_id="111@lid")
    return row


def outgoing(talk: Conversation, **fields: Any) -> Message:
    row: Message = OutgoingFactory(business=talk.business, conversation=talk, **fields)
    return row


def delivered(message: Message, now: datetime = NOW) -> Message:
    delivery.deliver(message.business_id, message.pk, now=now)
    with for_business(message.business_id):
        return Message.objects.get(pk=message.pk)


def test_a_message_leaves_once(talk: Conversation, bridge: FakeBridge) -> None:
    row = delivered(outgoing(talk, text="מחר ב-12:00 פנוי."))
    assert (row.status, row.attempts) == ("sending", 1)  # the bridge has it; WhatsApp is yet to take it
    for _ in range(3):
        delivered(row)
    assert bridge.texts() == ["מחר ב-12:00 פנוי."]
    [(key, sent)] = bridge.sent.items()
    assert (key, sent["order"]["to"], sent["id"]) == (str(row.key), {"chat_id": "111@lid"}, row.provider_id)
    post(event(talk.channel, "message.ack", {"message_id": row.provider_id, "ack": 2}))
    with for_business(talk.business_id):
        row.refresh_from_db()
    assert (row.status, row.due_at) == ("delivered", None)


def test_a_status_may_come_before_the_answer(talk: Conversation, bridge: FakeBridge) -> None:
    post(event(talk.channel, "message.ack", {"message_id": "3EB0BRIDGE000000000001", "ack": 3}))
    row = delivered(outgoing(talk))
    assert (row.status, row.due_at) == ("read", None)


def test_without_a_status_the_bridge_is_asked(talk: Conversation, bridge: FakeBridge) -> None:
    row = delivered(outgoing(talk))
    assert delivered(row, NOW + 2 * MINUTE).status == "sent"
    assert [method for method, *_ in bridge.requests] == ["POST", "GET"]


def test_what_nobody_confirms_is_neither_sent_again_nor_called_failed(talk: Conversation, bridge: FakeBridge) -> None:
    bridge.status = "sending"
    row = delivered(outgoing(talk))
    for minutes in range(2, 60, 2):
        row = delivered(row, NOW + minutes * MINUTE)
    assert (row.status, row.due_at, row.error, len(bridge.sent)) == ("sending", None, "unconfirmed", 1)


@pytest.mark.parametrize("trouble", ["hang up", (502, {"error": "x"}), (504, {"error": "x"})])
def test_after_a_doubt_the_same_is_asked_again(talk: Conversation, bridge: FakeBridge, trouble: Any) -> None:
    bridge.answers.append(trouble)
    row = delivered(outgoing(talk))
    assert (row.status, row.provider_id, row.due_at) == ("sending", "", NOW + timedelta(seconds=1))
    assert delivered(row, NOW + MINUTE).provider_id == "3EB0BRIDGE000000000001"
    assert len(bridge.sent) == 1


def test_a_chat_that_moved_meanwhile_changes_no_repeated_order(talk: Conversation, bridge: FakeBridge) -> None:
    bridge.answers.append("hang up")
    row = delivered(outgoing(talk))
    with for_business(talk.business_id):
        Conversation.objects.update(chat_id="972520000147@s.whatsapp.net")
    assert delivered(row, NOW + MINUTE).provider_id
    assert len(bridge.sent) == 1


def test_attempts_are_ever_further_apart_and_end_after_a_quarter_of_an_hour(
    talk: Conversation, settings: Settings
) -> None:
    settings.BAILEYS_BASE_URL = "http://127.0.0.1:9"  # nobody there
    row, now, waits = outgoing(talk), NOW, []
    while row.due_at is not None:
        now = row.due_at
        row = delivered(row, now)
        if row.due_at is not None:
            waits.append((row.due_at - now).total_seconds())
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (row.status, row.error) == ("failed", "bridge_unreachable")
    assert now - NOW < timedelta(minutes=15)


def test_no_reply_leaves_late(talk: Conversation, bridge: FakeBridge) -> None:
    row = delivered(outgoing(talk), NOW + timedelta(minutes=15))
    assert (row.status, row.error, bridge.requests) == ("failed", "expired", [])


def test_what_was_taken_before_its_time_ended_is_found_out_after_it(talk: Conversation, bridge: FakeBridge) -> None:
    """The worker died, and its successor comes late: the bridge knows the key, and tells."""
    bridge.answers.append("hang up")
    row = outgoing(talk)
    delivered(row)  # the order arrived nowhere, the worker cannot know
    bridge.status = "expired"
    bridge.sent[str(row.key)] = {"order": {**bridge.requests[0][2]}, "id": "3EB0TAKEN"}
    row = delivered(row, NOW + timedelta(minutes=17))
    assert (row.provider_id, row.status, row.error) == ("3EB0TAKEN", "failed", "expired")


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ((409, {"error": "session_not_working", "status": "FAILED"}), "queued", "session_not_working"),
        ((404, {"error": "not_found"}), "queued", "session_not_working"),
        ((429, {"error": "pacing", "retry_after": 40}), "queued", "busy"),
        ((503, {"error": "busy"}), "queued", "busy"),
        ((409, {"error": "idempotency_conflict"}), "failed", "conflict"),
        ((422, {"error": "no_chat"}), "failed", "no_chat"),
        ((422, {"error": "not_on_whatsapp"}), "failed", "not_on_whatsapp"),
        ((423, {"error": "restricted"}), "failed", "restricted"),
        ((401, {"error": "bad_signature"}), "failed", "credentials"),
        ((400, {"error": "invalid"}), "failed", "invalid"),
    ],
)
def test_each_refusal_is_heeded(
    talk: Conversation, bridge: FakeBridge, answer: tuple[int, dict[str, Any]], status: str, error: str
) -> None:
    bridge.answers.append(answer)
    row = delivered(outgoing(talk))
    assert (row.status, row.error) == (status, error)
    assert (row.due_at is None) == (status == "failed")
    if error == "busy" and answer[0] == 429:
        assert row.due_at == NOW + timedelta(seconds=40)


def test_a_restriction_that_ends_in_time_is_waited_for(talk: Conversation, bridge: FakeBridge) -> None:
    until = NOW + timedelta(minutes=5)
    with for_business(talk.business_id):
        Channel.objects.update(restriction={"kind": "reachout_timelock", "expires_at": until.isoformat()})
    bridge.answers.append((423, {"error": "restricted"}))
    row = delivered(outgoing(talk))
    assert (row.status, row.due_at) == ("queued", until)


# --- order --------------------------------------------------------------------------------------------
def test_a_conversations_messages_leave_in_their_order(talk: Conversation, bridge: FakeBridge) -> None:
    first, second = outgoing(talk, text="א"), outgoing(talk, text="ב")
    later = outgoing(talk, text="ג", due_at=NOW + timedelta(hours=5))
    other = outgoing(ConversationFactory(business=talk.business, channel=talk.channel, chat_id="2@lid"), text="אחר")
    bridge.answers.append((503, {"error": "busy"}))
    assert delivered(second).attempts == 0  # the first one goes first
    delivered(first)
    assert delivered(second).attempts == 0  # which waits for its second attempt
    assert delivered(other).provider_id
    delivered(first, NOW + MINUTE)
    delivered(second, NOW + MINUTE)
    delivered(later, NOW + timedelta(hours=5))
    assert bridge.texts() == ["אחר", "א", "ב", "ג"]


def test_what_was_planned_for_tomorrow_holds_up_nothing(talk: Conversation, bridge: FakeBridge) -> None:
    outgoing(talk, text="תזכורת", due_at=NOW + timedelta(days=1))
    delivered(outgoing(talk, text="עכשיו"))
    assert bridge.texts() == ["עכשיו"]


def test_the_sweep_finds_what_is_due(talk: Conversation) -> None:
    due, _planned = outgoing(talk), outgoing(talk, due_at=NOW + MINUTE)
    assert delivery.claim_due(NOW) == [(talk.business_id, due.pk)]


# --- routes -------------------------------------------------------------------------------------------
def test_a_linked_phone_writes_only_where_it_was_written_to(phone: Channel, bridge: FakeBridge) -> None:
    twilio = ChannelFactory(business=phone.business, provider="twilio", is_current=False)
    talk = ConversationFactory(business=phone.business, channel=twilio, chat_id="whatsapp:+972520000147")
    row = delivered(outgoing(talk))
    assert (row.status, row.error) == ("failed", "no_chat")
    LeadIdentityFactory(business=phone.business, lead=talk.lead, channel="baileys", external_id="111@lid")
    row = delivered(outgoing(talk, provider="twilio"))
    assert (row.provider, bridge.texts()) == ("baileys", [row.text])


def test_with_no_channel_in_use_nothing_leaves(talk: Conversation, bridge: FakeBridge) -> None:
    with for_business(talk.business_id):
        Channel.objects.update(is_current=False)
    row = delivered(outgoing(talk))
    assert (row.status, row.error, bridge.requests) == ("failed", "channel_off", [])


def test_an_automatic_message_does_not_reach_who_wants_none(talk: Conversation, bridge: FakeBridge) -> None:
    with for_business(talk.business_id):
        Conversation.objects.update(opted_out_at=NOW)
    assert delivered(outgoing(talk, author="flow")).error == "opted_out"
    assert delivered(outgoing(talk)).provider_id  # an answer they asked for does


def test_a_chat_on_the_website_asks_for_its_messages_itself(phone: Channel) -> None:
    web = ChannelFactory(business=phone.business, provider="web", number="")
    talk = ConversationFactory(business=phone.business, channel=web, medium="web", chat_id="")
    assert delivered(outgoing(talk)).status == "sent"


def test_another_businesss_message_is_not_touched(talk: Conversation, bridge: FakeBridge) -> None:
    row = outgoing(talk)
    delivery.deliver(talk.business_id + 1, row.pk, now=NOW)
    with for_everyone("a look"):
        row.refresh_from_db()
    assert (row.status, bridge.requests) == ("queued", [])
