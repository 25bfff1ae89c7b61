"""The bridge's events: who may send them, what each changes, and that telling it again changes nothing."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from crm.models import Business, FollowUp, Lead, LeadIdentity, OutboxEvent
from crm.tenancy import for_business, for_everyone
from tests.support.bridge import HOOK, event, post, said
from tests.support.factories import BusinessFactory, ChannelFactory, LeadFactory, MessageFactory
from whatsapp.baileys import qr, signing
from whatsapp.models import Channel, Conversation, Message, MessageMedia


def told(channel: Channel, name: str, payload: dict[str, Any], **changes: Any) -> bool:
    """Whether an event was news; it was taken in any case."""
    answer = post(event(channel, name, payload, **changes))
    assert answer.status_code == 200, answer.content
    assert answer.json()["ok"] is True
    return not answer.json()["duplicate"]


def messages() -> list[Message]:
    with for_everyone("a look at all messages"):
        return list(Message.objects.order_by("pk"))


def conversation() -> Conversation:
    with for_everyone("a look at the conversation"):
        return Conversation.objects.get()


# --- signatures ---------------------------------------------------------------------------------------
VECTORS = [
    (
        "POST",
        "/hooks/wa-bridge/",
        '{"event":"message","text":"שלום"}',
        "v1=4138e2486f2daddfe45591b852aa40a5091b54ba2bd4684643025fa0e997d4e9",
    ),
    (
        "GET",
        "/api/sessions/biz_42/auth/qr?format=raw",
        "",
        "v1=981bbe4a2bb71372db9bed37e1746027d5d7177e2730ca8a8b22c8cce8c3b704",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), VECTORS)
def test_signatures_are_those_of_the_contract(method: str, path: str, body: str, expected: str) -> None:
    values = {"timestamp": "1790000000", "request_id": "evt_01J000000000000000000000000"}
    found = signing.signature("test-secret-0123456789abcdef", method=method, path=path, body=body.encode(), **values)
    assert found == expected


def test_only_the_bridge_is_believed(phone: Channel, settings: Settings) -> None:
    good = event(phone, "message", said())
    refused = [
        post(good, key="another key, as long as this one is"),
        post(good, key_id="api"),
        post(good, key_id="hook_next", key=""),
        post(good, at=time.time() - 301),
        post(good, at=time.time() + 301),
        post(good, mac="v1=00"),
        post(good, mac=""),
        post(good, request_id="short"),
    ]
    assert [answer.status_code for answer in refused] == [401] * 8
    assert refused[0].json()["error"] == "bad_signature"
    assert messages() == []
    settings.BAILEYS_HOOK_KEY_NEXT = "the next hook key 0123456789abcdef"
    assert post(good, key_id="hook_next", key=settings.BAILEYS_HOOK_KEY_NEXT).status_code == 200
    assert len(messages()) == 1


def test_without_keys_nobody_is_believed(phone: Channel, settings: Settings) -> None:
    settings.BAILEYS_HOOK_KEY = ""
    assert post(event(phone, "message", said()), key="").status_code == 401


def test_a_request_is_not_taken_twice(phone: Channel) -> None:
    envelope = event(phone, "message", said())
    assert post(envelope, request_id="req_once_0123456789").status_code == 200
    assert post(envelope, request_id="req_once_0123456789").status_code == 401
    assert post(envelope).json() == {"ok": True, "duplicate": True}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"session": "biz_999999999"}, 404),
        ({"session": "../biz_1"}, 422),
        ({"payload": None}, 422),
        ({"payload": "x"}, 422),
        ({"epoch": "3"}, 422),
        ({"seq": -1}, 422),
        ({"timestamp": 2**61}, 422),
        ({"epoch": 2}, 422),
    ],
)
def test_what_is_no_event_of_ours_is_put_aside(phone: Channel, change: dict[str, Any], status: int) -> None:
    assert post(event(phone, "message", said()) | change).status_code == status
    assert messages() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_no_json_is_put_aside(phone: Channel, body: bytes) -> None:
    assert post(body).status_code == 422


def test_a_giant_body_is_not_even_read(phone: Channel) -> None:
    answer = post(b" " * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["error"]) == (422, "too_large")


def test_a_phone_that_was_removed_is_gone(salon: Business) -> None:
    stranger = Channel(business=salon, provider="baileys")
    assert post(event(stranger, "message", said())).status_code == 410


def test_a_message_of_one_business_is_none_of_the_others(phone: Channel) -> None:
    garage = ChannelFactory(business=BusinessFactory(slug="garage"))
    payload = said()
    assert told(phone, "message", payload)
    assert told(garage, "message", payload)
    assert [message.business_id for message in messages()] == [phone.business_id, garage.business_id]


# --- messages -----------------------------------------------------------------------------------------
def test_a_customer_writes(phone: Channel) -> None:
    assert told(phone, "message", said("שלום\nאפשר תור?"))
    [message] = messages()
    assert (message.text, message.direction, message.status, message.kind) == (
        "שלום\nאפשר תור?",
        "in",
        "received",
        "text",
    )
    talk = conversation()
    assert (talk.chat_id, talk.unread, talk.pending_since is not None) == ("111@lid", 1, True)
    with for_business(phone.business_id):
        lead = Lead.objects.get()
        assert (lead.name, lead.phone, lead.source) == ("דנה לוי", "+972520000147", "whatsapp")
        ids = sorted(LeadIdentity.objects.values_list("external_id", flat=True))
    assert ids == ["111@lid", "972520000147@s.whatsapp.net"]


def test_ten_shuffled_deliveries_are_stored_once_each(phone: Channel) -> None:
    payloads = [said(f"הודעה {number}") for number in range(3)]
    envelopes = [event(phone, "message", payload) for payload in payloads] * 10
    random.Random(6).shuffle(envelopes)
    news = [not post(envelope).json()["duplicate"] for envelope in envelopes]
    assert news.count(True) == 3
    assert sorted(message.text for message in messages()) == sorted(payload["text"] for payload in payloads)
    assert conversation().unread == 3


def test_a_week_old_backlog_is_stored_and_not_answered(phone: Channel) -> None:
    told(phone, "message", said(timestamp=int(time.time()) - 7 * 86400, backlog=True))
    [message] = messages()
    assert message.is_backlog
    assert datetime.now(UTC) - message.written_at > timedelta(days=6)
    assert conversation().pending_since is None


@pytest.mark.parametrize("chat", ["120363@g.us", "status@broadcast", "123@newsletter"])
def test_groups_and_lists_are_nobodys_conversation(phone: Channel, chat: str) -> None:
    assert not told(phone, "message", said(chat_id=chat))
    assert messages() == []
    with for_business(phone.business_id):
        assert not Lead.objects.exists()


def test_an_unknown_event_is_taken_and_ignored(phone: Channel) -> None:
    assert not told(phone, "message.reaction", {"emoji": "x"})
    assert not told(phone, "", {})


def test_what_no_page_or_database_could_bear_is_left_out(phone: Channel) -> None:
    payload = said("א\x00ב\u202eג\r\nד\x1b", push_name="דנה\x00\u202e\nלוי\ud800")
    body = json.dumps(event(phone, "message", payload)).encode()  # a lone surrogate as an escape
    assert post(body).status_code == 200
    [message] = messages()
    assert message.text == "אבג\nד"
    with for_business(phone.business_id):
        assert Lead.objects.get().name == "דנה לוי"


def test_a_wall_of_text_is_kept_whole(phone: Channel) -> None:
    wall = "תור בבקשה " * 410
    told(phone, "message", said(wall))
    assert [message.text for message in messages()] == [wall]
    assert len(wall) > 4096
    assert len(conversation().preview) == 120


def test_each_kind_of_message_is_kept_as_what_it_is(phone: Channel) -> None:
    place = {"latitude": 32.08, "longitude": 34.78, "name": "הסטודיו", "address": "דיזנגוף 1"}
    cards = [{"name": "רועי", "phones": ["+972540000111", "javascript:alert(1)"]}, "x"]
    for changes in (
        {"text": "😀👍"},
        {"type": "sticker", "text": None},
        {"type": "location", "text": "הסטודיו", "location": place},
        {"type": "location", "text": "", "location": {"latitude": "north", "longitude": 999}},
        {"type": "contact", "text": "רועי", "contacts": cards},
        {"type": "button_reply", "text": "אישור", "button_id": "confirm:17"},
        {"type": "poll", "text": None},
    ):
        assert told(phone, "message", said() | changes)
    kinds = ["text", "sticker", "location", "location", "contact", "button", "unsupported"]
    found = messages()
    assert [message.kind for message in found] == kinds
    assert [message.text for message in found][:2] == ["😀👍", ""]
    assert found[2].data == place
    assert found[3].data == {}
    assert found[4].data == {"contacts": [{"name": "רועי", "phones": ["+972540000111"]}]}
    assert found[5].data == {"button_id": "confirm:17"}


def test_a_film_of_thirty_megabytes_is_noted_and_not_fetched(phone: Channel) -> None:
    media = {"id": None, "mimetype": "video/mp4", "filename": None, "bytes": 30 << 20, "seconds": 90}
    told(phone, "message", said(type="video", text=None, media=media))
    with for_business(phone.business_id):
        row = MessageMedia.objects.get()
    assert (row.refused, row.due_at, row.bytes) == ("too_large", None, 30 << 20)
    assert conversation().pending_since is not None  # and answered: it cannot be taken


def test_what_could_not_be_read_is_filled_in_when_it_can(phone: Channel) -> None:
    payload = said(None, type="undecryptable")
    told(phone, "message", payload)
    assert conversation().pending_since is None
    assert not told(phone, "message", payload)
    assert told(phone, "message", payload | {"type": "text", "text": "עכשיו אפשר לקרוא"})
    assert [(message.kind, message.text) for message in messages()] == [("text", "עכשיו אפשר לקרוא")]
    assert conversation().pending_since is not None


# --- the business's own phone -------------------------------------------------------------------------
def test_the_owner_who_types_takes_over(phone: Channel) -> None:
    told(phone, "message", said())
    own = said("אני מטפלת בזה", from_me=True, sent_by="phone", push_name="המספרה")
    assert told(phone, "message.any", own)
    talk = conversation()
    assert (talk.state, talk.pending_since) == ("staff", None)
    assert [(row.author, row.status) for row in messages()] == [("contact", "received"), ("phone", "sent")]
    with for_business(phone.business_id):
        assert Lead.objects.get().name == "דנה לוי"


def test_what_the_owner_typed_a_week_ago_takes_nothing_over(phone: Channel) -> None:
    told(phone, "message.any", said(from_me=True, sent_by="phone", timestamp=int(time.time()) - 7 * 86400))
    assert conversation().state == "assistant"


def test_our_own_sends_that_come_back_are_no_news(phone: Channel) -> None:
    assert not told(phone, "message.any", said(from_me=True, sent_by="bridge"))
    ours = MessageFactory(business=phone.business, direction="out", author="assistant", status="sent")
    assert not told(phone, "message.any", said(ours.text, from_me=True, sent_by="phone", message_id=ours.provider_id))
    assert len(messages()) == 1


# --- later news of a message --------------------------------------------------------------------------
def test_an_edit_before_the_answer_is_what_is_answered(phone: Channel) -> None:
    payload = said("תור ב-12")
    told(phone, "message", payload)
    assert told(
        phone, "message.edited", {"message_id": payload["message_id"], "chat_id": "111@lid", "text": "תור ב-13"}
    )
    [message] = messages()
    assert (message.text, message.data["before"], message.edited_at is not None) == ("תור ב-13", "תור ב-12", True)
    assert conversation().preview == "תור ב-13"
    with for_business(phone.business_id):
        assert not FollowUp.objects.exists()


def test_an_edit_after_the_answer_is_for_a_person_to_see(phone: Channel) -> None:
    payload = said("תור ב-12")
    told(phone, "message", payload)
    [message] = messages()
    with for_business(phone.business_id):
        Conversation.objects.update(answered_to=message.pk, pending_since=None, unread=0)
    for _ in range(2):
        told(phone, "message.edited", {"message_id": payload["message_id"], "text": "תור ב-13"})
    assert conversation().unread == 1
    with for_business(phone.business_id):
        assert "שינה הודעה" in FollowUp.objects.get().reason


def test_a_message_that_was_taken_back_is_not_answered(phone: Channel) -> None:
    payload = said("בעצם לא")
    told(phone, "message", payload)
    assert told(phone, "message.revoked", {"message_id": payload["message_id"]})
    assert not told(phone, "message.revoked", {"message_id": payload["message_id"]})
    [message] = messages()
    assert (message.text, message.revoked_at is not None) == ("", True)
    assert (conversation().pending_since, conversation().preview) == (None, "")


def test_an_edit_or_removal_may_come_before_its_message(phone: Channel) -> None:
    edited, gone = said("א"), said("ב")
    assert not told(phone, "message.edited", {"message_id": edited["message_id"], "text": "אא"})
    assert not told(phone, "message.revoked", {"message_id": gone["message_id"]})
    told(phone, "message", edited)
    told(phone, "message", gone)
    assert [message.text for message in messages()] == ["אא", ""]


@pytest.mark.parametrize(
    ("acks", "status"), [((1, 2, 3), "read"), ((3, 2, 1), "read"), ((4, -1), "read"), ((0,), "sent")]
)
def test_statuses_only_move_up(phone: Channel, acks: tuple[int, ...], status: str) -> None:
    ours = MessageFactory(business=phone.business, direction="out", author="assistant", status="sent")
    for ack in acks:
        told(phone, "message.ack", {"message_id": ours.provider_id, "chat_id": "x", "ack": ack, "error": "463"})
    assert [message.status for message in messages()] == [status]


def test_a_failure_names_its_code(phone: Channel) -> None:
    ours = MessageFactory(business=phone.business, direction="out", author="assistant", status="sending")
    told(phone, "message.ack", {"message_id": ours.provider_id, "ack": -1, "error": "463"})
    [message] = messages()
    assert (message.status, message.error) == ("failed", "463")


# --- who it is ----------------------------------------------------------------------------------------
def test_a_number_learned_later_is_the_persons(phone: Channel) -> None:
    told(phone, "message", said(phone=None))
    assert told(phone, "contact.mapping", {"lid": "111@lid", "phone": "+972520000147"})
    assert not told(phone, "contact.mapping", {"lid": "111@lid", "phone": "+972520000147"})
    with for_business(phone.business_id):
        assert Lead.objects.get().phone == "+972520000147"
    told(phone, "message", said(chat_id="972520000147@s.whatsapp.net", lid=None))
    with for_business(phone.business_id):
        assert Lead.objects.count() == 1


def test_two_cards_of_one_person_are_told_to_be_one(phone: Channel) -> None:
    known = LeadFactory(business=phone.business, phone="+972520000147")
    told(phone, "message", said(phone=None))
    told(phone, "contact.mapping", {"lid": "111@lid", "phone": "+972520000147"})
    with for_business(phone.business_id):
        news = OutboxEvent.objects.get(name="lead.same_person")
        other = Lead.objects.exclude(pk=known.pk).get()
    assert news.payload == {"keep": known.pk, "merge": other.pk}


def test_a_mapping_of_nobody_changes_nothing(phone: Channel) -> None:
    assert not told(phone, "contact.mapping", {"lid": "999@lid", "phone": "+972520000147"})
    assert post(event(phone, "contact.mapping", {"lid": "999@lid", "phone": "052"})).status_code == 422
    with for_business(phone.business_id):
        assert not Lead.objects.exists()


# --- the session --------------------------------------------------------------------------------------
def now_channel(channel: Channel) -> Channel:
    with for_everyone("a look at the channel"):
        return Channel.objects.get(pk=channel.pk)


def test_the_code_goes_to_the_cache_and_nowhere_else(phone: Channel, caplog: pytest.LogCaptureFixture) -> None:
    until = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
    code = {"value": "2@secret-code", "expires_at": until, "n": 1}
    assert told(phone, "session.status", {"status": "SCAN_QR_CODE", "reason": None, "qr": code})
    row = now_channel(phone)
    found = qr.current(row)
    assert (row.state, found.value if found else "") == ("SCAN_QR_CODE", "2@secret-code")
    assert "secret-code" not in caplog.text
    assert "secret-code" not in str(vars(row))
    assert "<svg" in qr.drawn(found)
    told(phone, "session.status", {"status": "WORKING", "reason": None})
    assert qr.current(row) is None


def test_a_code_that_is_over_is_not_shown(phone: Channel) -> None:
    for until in ("2020-01-01T00:00:00Z", "tomorrow", None, "2026-99-99T00:00:00Z"):
        told(phone, "session.status", {"status": "SCAN_QR_CODE", "qr": {"value": "2@x", "expires_at": until}})
        assert qr.current(phone) is None


def test_an_old_state_does_not_undo_a_newer_one(phone: Channel) -> None:
    older = event(phone, "session.status", {"status": "STARTING", "reason": None}, timestamp=1_700_000_000_000)
    told(phone, "session.status", {"status": "FAILED", "reason": "logged_out"})
    assert post(older).json()["duplicate"] is True
    assert (now_channel(phone).state, now_channel(phone).reason) == ("FAILED", "logged_out")


def test_a_heartbeat_tells_how_the_phone_is(phone: Channel) -> None:
    me = {"id": "1@s.whatsapp.net", "lid": None, "phone": "+972541112244", "push_name": "המספרה"}
    lock = {"kind": "reachout_timelock", "code": "463", "expires_at": "2027-01-01T00:00:00Z"}
    beat = {"status": "WORKING", "reason": None, "me": me, "restriction": lock, "deaf_suspected": False}
    told(phone, "session.heartbeat", beat, epoch=4)
    row = now_channel(phone)
    assert (row.number, row.profile_name, row.epoch) == ("+972541112244", "המספרה", 4)
    assert row.restriction == lock
    assert post(event(phone, "message", said(), epoch=3)).status_code == 422  # of the pairing before


def test_one_phone_answers_for_one_business(phone: Channel) -> None:
    garage = ChannelFactory(business=BusinessFactory(slug="garage"), number="")
    beat = {"status": "WORKING", "me": {"phone": phone.number, "push_name": "x"}}
    told(garage, "session.heartbeat", beat)
    row = now_channel(garage)
    assert (row.state, row.reason, row.number) == ("FAILED", "number_taken", "")


def test_a_state_nobody_knows_is_put_aside(phone: Channel) -> None:
    assert post(event(phone, "session.status", {"status": "DANCING"})).status_code == 422
    assert now_channel(phone).state == "WORKING"


def test_the_hook_is_a_post(phone: Channel, client: Any) -> None:
    assert client.get(HOOK).status_code == 405
