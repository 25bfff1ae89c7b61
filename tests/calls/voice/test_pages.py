"""Dana listens to the local lines, records one herself, and takes the recording back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls.models import VoiceClip
from calls.voice import clips, lines, shipped, sound
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, VoiceClipFactory
from tests.support.pages import platform_admin, signed_in, text_of

PAGE = "/admin/calls/voiceclip/"
HELLO = sound.to_wav(shipped.clips()["farewell"])


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory()
    return business


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER)


def record(client: Client, data: bytes = HELLO, key: str = "goodbye") -> HttpResponse:
    file = SimpleUploadedFile("line.wav", data, "audio/wav")
    return client.post(f"{PAGE}{key}/", {"file": file, "_record": "1"}, follow=True)


def heard(client: Client, key: str = "goodbye") -> bytes:
    response = client.get(f"{PAGE}{key}/listen.wav")
    assert response.status_code == 200
    assert response["Content-Type"] == "audio/wav"
    samples, rate = sound.read_wav(response.content)
    assert rate == 8000
    return sound.encode(samples)


def test_the_page_shows_every_line_and_its_voice(dana: Client, salon: Business):
    VoiceClipFactory(business=salon)
    page = dana.get(PAGE)
    assert page.status_code == 200
    shown = text_of(page)
    assert all(text in shown for text in lines.TEXTS.values())
    assert shown.count("הוקלט בעסק") == 1
    assert shown.count("הקול של המערכת") >= len(lines.OURS) - 1
    assert shown.count("קול מחברת הטלפון") == len(lines.BY_CARRIER)


def test_the_page_asks_as_little_with_many_clips_as_with_one(dana: Client, salon: Business):
    VoiceClipFactory(business=salon)
    with CaptureQueriesContext(connection) as one:
        dana.get(PAGE)
    for key in ("trouble", "moment"):
        VoiceClipFactory(business=salon, key=key, text=lines.TEXTS[key])
    with CaptureQueriesContext(connection) as three:
        dana.get(PAGE)
    assert len(three) == len(one)


def test_a_recording_takes_the_place_of_the_shipped_voice_until_it_is_deleted(dana: Client, salon: Business):
    assert heard(dana) == shipped.clips()["goodbye"]
    page = record(dana)
    assert "ההקלטה נשמרה" in text_of(page)
    recording = heard(dana)
    assert abs(sound.duration_ms(recording) - sound.duration_ms(shipped.clips()["farewell"])) < 100
    with for_business(salon):
        assert clips.load_voice(salon, greeting="", prompt_version="1").line("goodbye", {}) == recording
    assert "מחיקת ההקלטה" in text_of(dana.get(f"{PAGE}goodbye/"))
    page = dana.post(f"{PAGE}goodbye/", {"_forget": "1"}, follow=True)
    assert "ההקלטה נמחקה" in text_of(page)
    assert heard(dana) == shipped.clips()["goodbye"]


def test_what_the_carrier_reads_out_is_heard_here_once_somebody_has_recorded_it(dana: Client, salon: Business):
    assert dana.get(f"{PAGE}take_message/listen.wav").status_code == 404
    page = dana.get(f"{PAGE}take_message/")
    assert "חברת הטלפון מקריאה את המשפט הזה בקול שלה" in text_of(page)
    assert "<audio" not in page.content.decode()

    record(dana, key="take_message")

    assert sound.duration_ms(heard(dana, "take_message")) > 500
    assert "<audio" in dana.get(f"{PAGE}take_message/").content.decode()


def test_recording_again_replaces_the_recording(dana: Client, salon: Business):
    record(dana)
    record(dana, sound.to_wav(shipped.clips()["trouble"]))
    with for_business(salon):
        [clip] = VoiceClip.objects.all()
    assert bytes(clip.audio) == heard(dana)


def test_a_bad_file_is_refused_in_words_and_nothing_is_stored(dana: Client, salon: Business):
    page = record(dana, b"ID3\x03 an mp3")
    assert "זה לא קובץ WAV" in text_of(page)
    page = record(dana, sound.to_wav(sound.silence(1000)))
    assert "לא נשמע דבר בהקלטה" in text_of(page)
    page = record(dana, sound.to_wav(shipped.clips()["goodbye"][: 200 * sound.BYTES_PER_MS]))
    assert "ההקלטה קצרה מדי" in text_of(page)
    page = dana.post(f"{PAGE}goodbye/", {"_record": "1"})
    assert page.status_code == 200
    with for_business(salon):
        assert not VoiceClip.objects.exists()


def test_a_recording_of_earlier_words_is_pointed_out_and_not_played(dana: Client, salon: Business):
    VoiceClipFactory(business=salon, text="להתראות.")
    assert "הנוסח של המשפט השתנה" in text_of(dana.get(f"{PAGE}goodbye/"))
    assert "הוקלט בנוסח קודם" in text_of(dana.get(PAGE))
    assert heard(dana) == shipped.clips()["goodbye"]


def test_an_unknown_line_does_not_exist(dana: Client):
    assert dana.get(f"{PAGE}no_such_line/").status_code == 404
    assert dana.get(f"{PAGE}no_such_line/listen.wav").status_code == 404
    assert dana.get(f"{PAGE}greeting/").status_code == 404


@pytest.mark.parametrize("address", ["", "goodbye/", "goodbye/listen.wav"])
def test_only_owners_may_be_here(salon: Business, address: str):
    assert signed_in(salon, Role.STAFF).get(f"{PAGE}{address}").status_code == 403
    assert Client().get(f"{PAGE}{address}").status_code == 302  # to the sign-in page
    assert platform_admin().get(f"{PAGE}{address}").url == "/"  # who works in no business


def test_staff_records_and_deletes_nothing(salon: Business):
    VoiceClipFactory(business=salon)
    noa = signed_in(salon, Role.STAFF)
    assert record(noa).status_code == 403
    assert noa.post(f"{PAGE}goodbye/", {"_forget": "1"}).status_code == 403
    with for_business(salon):
        assert bytes(VoiceClip.objects.get().audio) == VoiceClipFactory.build(business=salon).audio


def test_the_neighbours_lines_are_neither_heard_nor_touched(dana: Client, salon: Business):
    next_door = BusinessFactory()
    VoiceClipFactory(business=next_door)
    assert "הוקלט בעסק" not in text_of(dana.get(PAGE))
    assert heard(dana) == shipped.clips()["goodbye"]
    dana.post(f"{PAGE}goodbye/", {"_forget": "1"})
    record(dana)
    with for_business(next_door):
        assert bytes(VoiceClip.objects.get().audio) == VoiceClipFactory.build(business=next_door).audio
