"""Whose voice a call's local lines are spoken in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from calls.models import VoiceClip
from calls.voice import clips, lines, shipped, sound
from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, VoiceClipFactory

ASSISTANT, DANA = b"\x11" * 320, b"\x22" * 480
GREETING = "שלום, הגעתם למספרה של דנה. איך אפשר לעזור?"


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(name="המספרה של דנה")
    return business


def voice_of(business: Business, greeting: str = GREETING, version: str = "1") -> clips.Voice:
    with for_business(business):
        return clips.load_voice(business, greeting=greeting, prompt_version=version)


def said_by_assistant(business: Business, key: str, audio: bytes = ASSISTANT, **changes: str) -> None:
    values = {"voice": clips.voice_fingerprint(), "text": lines.TEXTS[key]} | changes
    VoiceClipFactory(business=business, key=key, audio=audio, source=VoiceClip.Source.CAPTURED, **values)


def recorded(business: Business, key: str, audio: bytes = DANA, **changes: str) -> None:
    values = {"text": lines.TEXTS[key]} | changes
    VoiceClipFactory(business=business, key=key, audio=audio, source=VoiceClip.Source.RECORDED, **values)


def test_at_first_every_line_is_spoken_by_the_shipped_voice(salon: Business):
    voice = voice_of(salon)
    assert voice.line("goodbye", {}) == shipped.clips()["goodbye"]
    values = {"start": "2026-11-26 18:15", "today": "2026-11-24", "phone": "0520000147"}
    for key in lines.LINES:
        audio = voice.line(key, values)
        assert audio is not None
        assert len(audio) % sound.FRAME == 0


def test_the_assistants_voice_goes_before_the_shipped_one_and_a_person_before_both(salon: Business):
    said_by_assistant(salon, "goodbye")
    assert voice_of(salon).line("goodbye", {}) == ASSISTANT
    recorded(salon, "goodbye")
    assert voice_of(salon).line("goodbye", {}) == DANA
    with for_business(salon):
        assert clips.forget_recorded("goodbye")
    assert voice_of(salon).line("goodbye", {}) == ASSISTANT


def test_each_part_of_a_line_is_spoken_in_the_best_voice_there_is(salon: Business):
    recorded(salon, "farewell")
    line = voice_of(salon).line("offline_booked", {"start": "2026-11-25 10:00", "today": "2026-11-24"})
    assert line is not None
    assert line.startswith(shipped.clips()["booked"])
    assert line.endswith(DANA)
    assert shipped.clips()["tomorrow"] in line


def test_what_another_voice_said_is_not_played(salon: Business, settings: Settings):
    said_by_assistant(salon, "goodbye")
    settings.OPENAI_VOICE = "another"
    assert voice_of(salon).line("goodbye", {}) == shipped.clips()["goodbye"]


def test_what_was_said_in_other_words_is_not_played(salon: Business):
    recorded(salon, "phone_invalid", text="המספר לא נקלט. מקישים תשע.")
    assert voice_of(salon).line("phone_invalid", {}) == shipped.clips()["phone_invalid"]
    with for_business(salon):
        assert clips.outdated() == {"phone_invalid"}


def test_the_neighbours_voice_stays_next_door(salon: Business):
    next_door = BusinessFactory()
    recorded(next_door, "goodbye")
    assert voice_of(next_door).line("goodbye", {}) == DANA
    assert voice_of(salon).line("goodbye", {}) == shipped.clips()["goodbye"]
    with for_business(salon):
        assert not clips.forget_recorded("goodbye")
        assert clips.sound_of("goodbye") == shipped.clips()["goodbye"]
    assert voice_of(next_door).line("goodbye", {}) == DANA


def test_a_call_asks_the_database_once_while_nothing_changes(salon: Business):
    recorded(salon, "goodbye")
    voice_of(salon)
    with CaptureQueriesContext(connection) as queries:
        assert voice_of(salon).line("goodbye", {}) == DANA
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("no_such_line", {}),
        ("trouble", {}),
        ("offline_slots", {}),
        ("offline_slots", {"start": "tomorrow"}),
        ("phone_readback", {"phone": "052-000"}),
        ("greeting", {}),
    ],
)
def test_a_line_that_cannot_be_said_is_none_and_no_error(salon: Business, key: str, values: dict[str, str]):
    assert voice_of(salon).line(key, values) is None


# --- the greeting --------------------------------------------------------------------------------------
class _Setup:
    """The parts of a call's setup that keeping a greeting needs."""

    def __init__(self, business: Business, version: str = "1") -> None:
        self.business = business
        self.voice = voice_of(business, version=version)
        self.facts = type("Facts", (), {"greeting": GREETING})


Keep = Callable[..., None]


@pytest.fixture
def keep(salon: Business) -> Keep:
    def keep(text: str = GREETING, audio: bytes = ASSISTANT, version: str = "1") -> None:
        clips.keep_greeting(_Setup(salon, version), text, audio)  # type: ignore[arg-type]

    return keep


def test_the_next_call_has_the_greeting_at_hand(salon: Business, keep: Keep):
    assert not voice_of(salon).has_greeting
    keep()
    voice = voice_of(salon)
    assert voice.has_greeting
    assert voice.line("greeting", {}) == ASSISTANT


def test_other_words_other_instructions_or_another_voice_are_another_greeting(
    salon: Business, keep: Keep, settings: Settings
):
    keep()
    assert not voice_of(salon, greeting="שלום, איך אפשר לעזור?").has_greeting
    assert not voice_of(salon, version="2").has_greeting
    settings.OPENAI_VOICE = "another"
    assert not voice_of(salon).has_greeting


def test_a_greeting_is_kept_only_as_it_was_meant(salon: Business, keep: Keep):
    keep(text="שלום, הגעתם למספרה.")
    keep(audio=b"")
    keep(audio=b"\x11" * 8 * (clips.LONGEST_GREETING_MS + 1))
    assert not voice_of(salon).has_greeting


def test_the_first_greeting_that_was_kept_stays(salon: Business, keep: Keep):
    keep()
    keep(audio=DANA)
    assert voice_of(salon).line("greeting", {}) == ASSISTANT


def test_old_greetings_do_not_pile_up(salon: Business, keep: Keep):
    for version in range(10):
        keep(version=str(version))
    with for_business(salon):
        assert VoiceClip.objects.count() == clips.KEPT_GREETINGS
    assert voice_of(salon, version="9").has_greeting
