"""Files that customers send: what is kept, what is refused and with which words, and voices written down."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from calls.clock import Clock
from crm.tenancy import for_business
from simulator.carrier_rest import CarrierRest
from simulator.provider import Provider
from simulator.provider_options import ProviderOptions
from tests.support.bridge import FakeBridge, served
from tests.support.factories import (
    NOW,
    ChannelFactory,
    ConversationFactory,
    MessageFactory,
    MessageMediaFactory,
    OutgoingFactory,
)
from tests.support.in_thread import served_in_thread
from tests.support.telephone import AUTH_TOKEN
from whatsapp import arrivals, media, media_links, sniffing, wordless
from whatsapp.incoming import Incoming, IncomingMedia
from whatsapp.models import Channel, Conversation, Message, MessageMedia

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100
OGG = b"OggS" + b"voice" * 100
PDF = b"%PDF-1.7 " + b"page" * 100


def office(folder: str, *more: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", f"{folder}document.xml", *more):
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.fixture
def bridge(settings: Settings) -> Iterator[FakeBridge]:
    fake = FakeBridge()
    with served(fake) as settings.BAILEYS_BASE_URL:
        yield fake


@pytest.fixture
def talk(phone: Channel) -> Conversation:
    row: Conversation = ConversationFactory(business=phone.business, channel=phone)
    return row


def file_of(talk: Conversation, kind: str = "image", **fields: Any) -> MessageMedia:
    message = MessageFactory(business=talk.business, conversation=talk, kind=kind, text="")
    row: MessageMedia = MessageMediaFactory(business=talk.business, message=message, **fields)
    return row


def attended(row: MessageMedia, now: Any = NOW) -> MessageMedia:
    media.attend(row.business_id, row.pk, now=now)
    with for_business(row.business_id):
        return MessageMedia.objects.select_related("message__conversation").get(pk=row.pk)


def content_of(row: MessageMedia) -> bytes:
    with row.file.open("rb") as file:
        content: bytes = file.read()
        return content


def pending(row: MessageMedia) -> bool:
    return row.message.conversation.pending_since is not None


# --- fetching -----------------------------------------------------------------------------------------
def test_a_picture_is_fetched_and_kept(talk: Conversation, bridge: FakeBridge, settings: Settings) -> None:
    bridge.files["m1"] = ("application/x-evil", JPEG)
    row = attended(file_of(talk, source="m1", mimetype="text/html", filename="x.html"))
    assert (row.mimetype, row.bytes, row.source, row.due_at) == ("image/jpeg", len(JPEG), "", None)
    assert content_of(row) == JPEG
    assert Path(row.file.name).suffix == ".jpg"  # by its content, not by its name
    assert pending(row)
    attended(row, NOW + timedelta(hours=1))
    assert len(bridge.requests) == 1


def test_the_answer_waits_for_what_came_without_words(phone: Channel, bridge: FakeBridge) -> None:
    incoming = Incoming("3EB01", "1@lid", NOW, kind="image", media=IncomingMedia("m1"))
    with for_business(phone.business_id):
        from django.db import transaction

        with transaction.atomic():
            message = arrivals.receive(channel=phone, incoming=incoming, now=NOW)
        assert Conversation.objects.get().pending_since is None
        row = MessageMedia.objects.get(message=message)
    bridge.files["m1"] = ("image/jpeg", JPEG)
    assert pending(attended(row))


def test_a_file_that_does_not_come_keeps_nobody_waiting(talk: Conversation, settings: Settings) -> None:
    row, waits = file_of(talk), []
    for _ in range(media.MOST_ATTEMPTS):
        now = row.due_at
        row = attended(row, now)
        if row.due_at is not None:
            waits.append((row.due_at - now).total_seconds())
            assert pending(row) == (now - NOW >= timedelta(minutes=2))
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert (row.refused, row.due_at) == ("gone", None)


def test_what_is_too_large_is_not_kept(talk: Conversation, bridge: FakeBridge, settings: Settings) -> None:
    bridge.files["m1"] = ("image/jpeg", JPEG[:4] + b"0" * (16 * 1024 * 1024))
    row = attended(file_of(talk, source="m1", kind="video"))
    assert (row.refused, row.file.name, row.source) == ("too_large", "", "")
    assert list(Path(settings.MEDIA_ROOT).rglob("*.jpg")) == []
    with for_business(talk.business_id):
        assert wordless.reply([row.message]) == wordless.TOO_LARGE
    assert pending(row)


def test_what_the_bridge_no_longer_has_is_gone(talk: Conversation, bridge: FakeBridge) -> None:
    assert attended(file_of(talk, source="m1")).refused == "gone"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"x" * 100,
        b"<html><script>alert(1)</script>",
        office("evil/"),
        office("word/", "word/vbaProject.bin"),
    ],
)
def test_what_could_do_harm_is_not_kept(talk: Conversation, bridge: FakeBridge, content: bytes) -> None:
    bridge.files["m1"] = ("image/jpeg", content)
    row = attended(file_of(talk, source="m1", mimetype="image/jpeg"))
    assert (row.refused, row.file.name) == ("type", "")
    with for_business(talk.business_id):
        assert wordless.reply([row.message]) == wordless.WRONG_TYPE


@pytest.mark.parametrize(
    ("content", "declared", "kind"),
    [
        (JPEG, "", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/avi", None),
        (b"\x00\x00\x00\x20ftypisom", "", "video/mp4"),
        (b"\x00\x00\x00\x20ftypM4A ", "", "audio/mp4"),
        (b"\x00\x00\x00\x20ftyp3gp4", "", "video/3gpp"),
        (b"\xff\xfb\x90\x00", "", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "", "audio/aac"),
        (OGG, "", "audio/ogg"),
        (PDF, "", "application/pdf"),
        (office("word/"), "", sniffing._OFFICE["word/"]),
        (b"PK\x03\x04 broken", "application/zip", None),
        ("שלום".encode(), "text/plain", "text/plain"),
        ("שלום".encode(), "text/html", None),
        (b"\xff\xfe\x00", "text/plain", None),
        (b"BEGIN:VCARD\r\nEND:VCARD", "text/x-vcard", "text/vcard"),
        (b"<svg onload=alert(1)>", "text/vcard", None),
        (b"<svg onload=alert(1)>", "image/svg+xml", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, declared: str, kind: str | None) -> None:
    assert sniffing.kind_of(io.BytesIO(content), declared) == kind


def test_a_file_at_twilio_is_fetched_from_our_own_account(talk: Conversation, settings: Settings) -> None:
    rest = CarrierRest(AUTH_TOKEN)
    message, file = rest.messages.keep_file(PDF, "application/pdf")
    twilio = ChannelFactory(business=talk.business, provider="twilio", is_current=False)
    row = file_of(
        ConversationFactory(business=talk.business, channel=twilio), kind="document", source=f"{message}/{file}"
    )
    gone = file_of(talk, source=f"{message}/ME0")
    with for_business(talk.business_id):
        Message.objects.filter(pk=gone.message_id).update(provider="twilio")
    with served_in_thread(rest) as settings.TWILIO_API_BASE_URL:
        assert content_of(attended(row)) == PDF
        assert attended(gone).refused == "gone"


def test_two_workers_fetch_a_file_once(talk: Conversation, bridge: FakeBridge) -> None:
    bridge.files["m1"] = ("image/jpeg", JPEG)
    row = file_of(talk, source="m1")
    bridge.answers.append("hang up")
    attended(row)
    attended(row, NOW + timedelta(seconds=1))  # comes too early
    assert len(bridge.requests) == 1
    with for_business(talk.business_id):
        assert media.claim_due(NOW + timedelta(seconds=5)) == [(row.business_id, row.pk)]


# --- voices -------------------------------------------------------------------------------------------
@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    stand_in = Provider(ProviderOptions(), Clock())
    settings.OPENAI_API_KEY, settings.OPENAI_TRANSCRIBE_MODELS = "test-key", ["gpt-transcribe", "gpt-4o-transcribe"]
    with served_in_thread(stand_in) as address:
        settings.OPENAI_BASE_URL = f"{address}/v1"
        yield stand_in


@pytest.fixture
def voice(talk: Conversation, bridge: FakeBridge) -> MessageMedia:
    bridge.files["v1"] = ("audio/ogg", OGG)
    return file_of(talk, kind="audio", source="v1", mimetype="audio/ogg; codecs=opus", seconds=7)


def test_a_voice_message_is_answered_as_if_it_was_written(voice: MessageMedia, provider: Provider) -> None:
    provider.options.voice_notes.append("אפשר תור ביום ראשון?")
    row = attended(voice)
    assert (row.message.text, row.transcript) == ("אפשר תור ביום ראשון?", "אפשר תור ביום ראשון?")
    assert pending(row)
    assert provider.voices[0]["file"] == OGG
    assert wordless.reply([row.message]) is None


def test_without_a_key_the_customer_is_asked_to_write(voice: MessageMedia, settings: Settings) -> None:
    settings.OPENAI_API_KEY = ""
    row = attended(voice)
    assert (row.message.text, content_of(row), pending(row)) == ("", OGG, True)
    with for_business(row.business_id):
        assert wordless.reply([row.message]) == wordless.CANNOT_LISTEN


def test_another_model_listens_where_one_is_gone(voice: MessageMedia, provider: Provider) -> None:
    provider.options.unknown_transcription_models = frozenset({"gpt-transcribe"})
    assert attended(voice).transcript
    assert [form["model"] for form in provider.voices] == [b"gpt-transcribe", b"gpt-4o-transcribe"]


def test_a_provider_that_fails_is_asked_again_and_then_left(voice: MessageMedia, provider: Provider) -> None:
    provider.options.voice_notes.extend([500] * 9)
    row = attended(voice)
    assert not pending(row)
    while row.due_at is not None:
        row = attended(row, row.due_at)
    assert (row.transcript, pending(row), len(provider.voices)) == ("", True, 4)


# --- words --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("text", "😀👍", wordless.GREETED),
        ("sticker", "", wordless.GREETED),
        ("location", "הסטודיו", wordless.SEEN[Message.Kind.LOCATION]),
        ("contact", "רועי", wordless.SEEN[Message.Kind.CONTACT]),
        ("unsupported", "", wordless.UNSUPPORTED),
        ("image", "", wordless.SEEN[Message.Kind.IMAGE]),
        ("text", "12", None),
        ("image", "זה הצבע", None),
    ],
)
def test_messages_without_words_get_an_answer_of_their_own(
    talk: Conversation, kind: str, text: str, words: str | None
) -> None:
    with for_business(talk.business_id):
        row = MessageFactory(business=talk.business, conversation=talk, kind=kind, text=text)
        assert wordless.reply([row]) == words


def test_words_anywhere_in_the_turn_are_what_is_answered(talk: Conversation) -> None:
    make: Callable[..., Message] = MessageFactory
    with for_business(talk.business_id):
        turn = [make(business=talk.business, conversation=talk, text=text) for text in ("אפשר תור?", "🙏")]
        assert wordless.reply(turn) is None
        assert wordless.reply([]) is None


# --- what we send -------------------------------------------------------------------------------------
def test_a_file_of_ours_is_given_to_whoever_has_its_address(talk: Conversation, settings: Settings) -> None:
    from django.core.files.base import ContentFile
    from django.utils import timezone

    sent = OutgoingFactory(business=talk.business, conversation=talk, kind="document", created_at=timezone.now())
    row = MessageMediaFactory(
        business=talk.business, message=sent, source="", mimetype="application/pdf", filename="הצעה.pdf", due_at=None
    )
    with for_business(talk.business_id):
        row.file.save("x.pdf", ContentFile(PDF))
    path = media_links.link(row).removeprefix(settings.PUBLIC_URL)
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"], b"".join(answer.streaming_content)) == (
        200,
        "application/pdf",
        PDF,
    )
    assert Client().get(path[:-1] + ("a" if path[-1] != "a" else "b")).status_code == 404
    theirs = file_of(talk)
    assert Client().get(media_links.link(theirs).removeprefix(settings.PUBLIC_URL)).status_code == 404
    with for_business(talk.business_id):
        Message.objects.filter(pk=sent.pk).update(created_at=timezone.now() - media_links.OPEN_FOR)
    assert Client().get(path).status_code == 404
