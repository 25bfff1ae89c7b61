"""The carrier plays what the business has in its own voice, and reads out the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from calls.capacity import capacity
from calls.models import VoiceClip
from calls.voice import at_the_carrier, clips, lines, sound
from crm.models import Business
from crm.tenancy import for_business
from tests.support.carrier_forms import INCOMING, SID, VOICE, call_form, document, post
from tests.support.factories import NOW, BusinessFactory, CallSessionFactory, PhoneLineFactory, VoiceClipFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, NUMBER, PUBLIC_URL

DANA = b"\x22" * 480


@pytest.fixture
def salon(db: None, settings: Settings) -> Business:
    settings.PUBLIC_URL, settings.SECURE_SSL_REDIRECT = PUBLIC_URL, False
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://carrier.invalid"
    business: Business = BusinessFactory(name="המספרה של דנה")
    PhoneLineFactory(business=business, number=NUMBER)
    return business


def recorded(business: Business, key: str, audio: bytes = DANA) -> VoiceClip:
    clip: VoiceClip = VoiceClipFactory(business=business, key=key, text=lines.BY_CARRIER[key], audio=audio)
    return clip


def address_of(business: Business, key: str) -> str:
    return at_the_carrier.addresses(business.pk)[key].removeprefix(PUBLIC_URL)


def verbs(path: str) -> list[tuple[str, str]]:
    return [(verb.tag, verb.text or "") for verb in document(post(path, call_form()))]


def test_without_own_clips_every_line_is_read_out(salon: Business) -> None:
    CallSessionFactory(business=salon, call_sid=SID, status="in-progress", next_step="voicemail")

    assert at_the_carrier.addresses(salon.pk) == {}
    assert at_the_carrier.addresses(None) == {}
    assert verbs(f"{VOICE}/after") == [
        ("Say", lines.BY_CARRIER["take_message"]),
        ("Record", ""),
        ("Say", lines.BY_CARRIER["no_message"]),
        ("Hangup", ""),
    ]


def test_what_dana_recorded_is_played_to_whoever_leaves_a_message(salon: Business) -> None:
    recorded(salon, "take_message")
    CallSessionFactory(business=salon, call_sid=SID, status="in-progress", next_step="voicemail")

    (play, address), (record, _), (say, _), _ = verbs(f"{VOICE}/after")

    assert (play, record, say) == ("Play", "Record", "Say")
    answer = Client().get(address.removeprefix(PUBLIC_URL))  # the carrier brings no cookie and no sign-in
    assert address.startswith(f"{PUBLIC_URL}{VOICE}/line/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
    assert answer.content == sound.to_telephone_wav(DANA)


def test_the_voice_that_the_assistant_captured_is_played_as_well(salon: Business) -> None:
    for key in ("message_saved", "voicemail"):
        VoiceClipFactory(
            business=salon,
            key=key,
            text=lines.BY_CARRIER[key],
            voice=clips.voice_fingerprint(),
            source=VoiceClip.Source.CAPTURED,
        )
    connect, say, play, *_ = document(post(INCOMING, call_form()))

    assert (connect.tag, say.text, play.tag) == ("Connect", "הגעתם אל המספרה של דנה.", "Play")
    assert [tag for tag, _ in verbs(f"{VOICE}/voicemail")] == ["Play", "Hangup"]


def test_a_full_house_says_so_in_danas_voice(salon: Business, settings: Settings) -> None:
    recorded(salon, "no_capacity")
    settings.MAX_CALLS = 0

    assert capacity.is_full
    assert verbs(INCOMING)[0][0] == "Play"


def test_a_recording_of_other_words_is_not_played(salon: Business) -> None:
    VoiceClipFactory(business=salon, key="take_message", text="אפשר להשאיר הודעה.")

    assert at_the_carrier.addresses(salon.pk) == {}


def test_an_address_is_nobody_elses_and_nothing_elses(salon: Business) -> None:
    next_door = BusinessFactory()
    recorded(next_door, "take_message", b"\x33" * 480)
    recorded(salon, "take_message")
    here, there = address_of(salon, "take_message"), address_of(next_door, "take_message")

    assert Client().get(here).content == sound.to_telephone_wav(DANA)
    assert Client().get(there).content == sound.to_telephone_wav(b"\x33" * 480)
    stem = f"{VOICE}/line/"
    forged = [
        here.replace(f"/{salon.pk}.", f"/{next_door.pk}."),
        here.replace("take_message", "message_saved"),
        here[:-5] + ("A" if here[-5] != "A" else "B") + ".wav",
        f"{stem}{salon.pk}.take_message.wav",
        f"{stem}x.wav",
    ]
    for address in forged:
        assert Client().get(address).status_code == 404
    assert Client().post(here).status_code == 405


def test_an_address_lives_as_long_as_a_call(salon: Business) -> None:
    recorded(salon, "take_message")
    with time_machine.travel(NOW, tick=False) as clock:
        address = address_of(salon, "take_message")
        clock.move_to(_later(at_the_carrier.LIFETIME_SECONDS))
        assert Client().get(address).status_code == 200
        clock.move_to(_later(at_the_carrier.LIFETIME_SECONDS + 1))
        assert Client().get(address).status_code == 404


def _later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_clip_that_was_deleted_meanwhile_is_unknown(salon: Business) -> None:
    recorded(salon, "take_message")
    address = address_of(salon, "take_message")
    with for_business(salon):
        assert clips.forget_recorded("take_message")

    assert Client().get(address).status_code == 404


def test_knowing_what_can_be_played_costs_one_query(salon: Business) -> None:
    for key in lines.BY_CARRIER:
        recorded(salon, key)
    with CaptureQueriesContext(connection) as queries:
        assert at_the_carrier.addresses(salon.pk).keys() == lines.BY_CARRIER.keys()
    assert len([query for query in queries if "voiceclip" in query["sql"]]) == 1
