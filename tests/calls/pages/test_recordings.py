"""Recordings are heard on the page of their call, whole or by stretches; never another business's."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django.fixtures import Settings

from calls import sound_page
from calls.models import CallSession, Recording
from crm.models import Business
from crm.tenancy import for_business
from tests.support.calls import a_call, page_of, said
from tests.support.factories import BusinessFactory, RecordingFactory
from tests.support.pages import text_of

SOUND = bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def call(salon: Business) -> CallSession:
    return a_call(salon)


def recorded(call: CallSession, **facts: object) -> Recording:
    row: Recording = RecordingFactory(business=call.business, call=call, **facts)
    with for_business(call.business_id):
        row.file.save(f"{call.business_id}/unguessable.mp3", ContentFile(SOUND), save=False)
        row.status = str(facts.get("status", Recording.Status.STORED))
        row.save()
    return row


def sound_of(recording: Recording) -> str:
    return page_of(recording.call, "recordings", recording.pk)


def test_a_message_is_heard_on_the_calls_page(call: CallSession, noa: Client) -> None:
    recording = recorded(call)
    page = noa.get(page_of(call)).content.decode()
    assert f'src="{sound_of(recording)}"' in page
    answer = noa.get(sound_of(recording))
    assert b"".join(answer.streaming_content) == SOUND
    assert (answer["Content-Type"], answer["Accept-Ranges"]) == ("audio/mpeg", "bytes")
    assert answer["Content-Disposition"] == f'inline; filename="voicemail-{recording.pk}.mp3"'
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-", 0, 2047), ("bytes=100-199", 100, 199), ("bytes=2000-9999", 2000, 2047), ("bytes=-48", 2000, 2047)],
)
def test_a_player_asks_for_a_stretch(call: CallSession, noa: Client, asked: str, start: int, end: int) -> None:
    answer = noa.get(sound_of(recorded(call)), headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {start}-{end}/2048")
    assert answer.content == SOUND[start : end + 1]


def test_a_long_stretch_is_sent_piece_by_piece(call: CallSession, noa: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_page, "PIECE", 1000)
    answer = noa.get(sound_of(recorded(call)), headers={"Range": "bytes=500-"})
    assert (answer["Content-Range"], len(answer.content)) == ("bytes 500-1499/2048", 1000)


@pytest.mark.parametrize("asked", ["bytes=2048-", "bytes=9-3", "bytes=-0"])
def test_what_is_not_there_cannot_be_had(call: CallSession, noa: Client, asked: str) -> None:
    answer = noa.get(sound_of(recorded(call)), headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */2048")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-"])
def test_an_unknown_kind_of_range_gets_the_whole(call: CallSession, noa: Client, asked: str) -> None:
    answer = noa.get(sound_of(recorded(call)), headers={"Range": asked})
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, SOUND)


def test_recordings_are_the_businesss_own(call: CallSession, noa: Client) -> None:
    """Noa asks for another business's recording, also under the number of a call of her own."""
    other = recorded(a_call(BusinessFactory()))
    assert noa.get(sound_of(other)).status_code == 404
    assert noa.get(page_of(call, "recordings", other.pk)).status_code == 404
    stranger = Client().get(sound_of(recorded(call)))
    assert (stranger.status_code, "/accounts/login/" in stranger["Location"]) == (302, True)


def test_what_has_not_come_yet_is_said(call: CallSession, noa: Client) -> None:
    waiting = recorded(call, status="waiting")
    page = noa.get(page_of(call))
    assert "<audio" not in page.content.decode()
    assert "בדרך" in text_of(page)
    assert noa.get(sound_of(waiting)).status_code == 404


def test_a_file_that_is_gone_is_not_found(call: CallSession, noa: Client) -> None:
    recording = recorded(call)
    recording.file.storage.delete(recording.file.name)
    assert noa.get(sound_of(recording)).status_code == 404


@pytest.mark.parametrize(
    ("status", "told"),
    [("absent", "לא הוקלט דבר"), ("failed", "לא נשלפה")],
)
def test_what_cannot_be_heard_is_named(call: CallSession, noa: Client, status: str, told: str) -> None:
    RecordingFactory(business=call.business, call=call, kind="call", status=status)
    page = noa.get(page_of(call))
    assert told in text_of(page)
    assert "<audio" not in page.content.decode()


def test_a_recording_that_is_gone_is_said_to_be(call: CallSession, noa: Client) -> None:
    recording = recorded(call)
    recording.file.storage.delete(recording.file.name)
    assert "ההקלטה כבר לא שמורה" in text_of(noa.get(page_of(call)))


def test_the_calls_own_recording_follows_the_transcript(call: CallSession, noa: Client) -> None:
    said(call, 3, "caller", "שלום")
    recorded(call, kind="voicemail", duration_s=7)
    own = recorded(call, kind="call", duration_s=100)

    html = noa.get(page_of(call)).content.decode()

    assert html.count("data-player") == 2
    assert html.count("data-follows") == 1
    assert f'href="{sound_of(own)}#t=15"' in html
    assert '<rect class="caller" x="150" width="849"' in html


def test_a_recording_is_saved_under_its_name(call: CallSession, noa: Client) -> None:
    recording = recorded(call)
    answer = noa.get(f"{sound_of(recording)}?download")
    assert answer["Content-Disposition"] == f'attachment; filename="voicemail-{recording.pk}.mp3"'
    answer.close()
