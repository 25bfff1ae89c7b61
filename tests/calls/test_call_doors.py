"""From a call's page: its recordings are heard, its caller is blocked and let in again. Never another business's."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django.fixtures import Settings

from calls import sound_page
from calls.models import BlockedNumber, CallSession, Recording
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.support.factories import (
    BusinessFactory,
    CallSessionFactory,
    FollowUpFactory,
    RecordingFactory,
)
from tests.support.pages import signed_in, text_of

SOUND = bytes(range(256)) * 8
DANA = "+972521234567"


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(name="המספרה של דנה")
    return business


@pytest.fixture
def call(salon: Business) -> CallSession:
    row: CallSession = CallSessionFactory(business=salon, from_number=DANA)
    return row


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF)


def recorded(call: CallSession, **facts: object) -> Recording:
    row: Recording = RecordingFactory(business=call.business, call=call, **facts)
    with for_business(call.business_id):
        row.file.save(f"{call.business_id}/unguessable.mp3", ContentFile(SOUND), save=False)
        row.status = facts.get("status", Recording.Status.STORED)
        row.save()
    return row


def page_of(call: CallSession) -> str:
    return f"/admin/calls/callsession/{call.pk}/"


def sound_of(recording: Recording) -> str:
    return f"{page_of(recording.call)}recordings/{recording.pk}/"


# --- recordings --------------------------------------------------------------------------------------
def test_a_message_is_heard_on_the_calls_page(call: CallSession, noa: Client) -> None:
    recording = recorded(call)
    page = noa.get(f"{page_of(call)}change/").content.decode()
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
    other = recorded(CallSessionFactory(business=BusinessFactory()))
    assert noa.get(sound_of(other)).status_code == 404
    assert noa.get(f"{page_of(call)}recordings/{other.pk}/").status_code == 404
    stranger = Client().get(sound_of(recorded(call)))
    assert (stranger.status_code, "/admin/login/" in stranger["Location"]) == (302, True)


def test_what_has_not_come_yet_is_said(call: CallSession, noa: Client) -> None:
    waiting = recorded(call, status="waiting")
    page = noa.get(f"{page_of(call)}change/")
    assert "<audio" not in page.content.decode()
    assert "בדרך" in text_of(page)
    assert noa.get(sound_of(waiting)).status_code == 404


def test_a_file_that_is_gone_is_not_found(call: CallSession, noa: Client) -> None:
    recording = recorded(call)
    recording.file.storage.delete(recording.file.name)
    assert noa.get(sound_of(recording)).status_code == 404


# --- blocking ----------------------------------------------------------------------------------------
def blocked(business: Business) -> list[tuple[str, str]]:
    with for_business(business):
        return [(row.number, row.blocked_by.username) for row in BlockedNumber.objects.select_related("blocked_by")]


@pytest.mark.parametrize("role", [Role.OWNER, Role.STAFF])
def test_a_caller_is_blocked_from_the_call_and_let_in_again(salon: Business, call: CallSession, role: Role) -> None:
    client = signed_in(salon, role)
    assert "חסימת המספר" in text_of(client.get(f"{page_of(call)}change/"))
    for _ in range(2):
        assert client.post(f"{page_of(call)}block/")["Location"] == f"{page_of(call)}change/"
    [(number, by)] = blocked(salon)
    assert (number, by != "") == (DANA, True)
    assert "ביטול החסימה" in text_of(client.get(f"{page_of(call)}change/"))
    client.post(f"{page_of(call)}unblock/")
    assert blocked(salon) == []


def test_a_withheld_number_cannot_be_blocked(salon: Business, noa: Client) -> None:
    call = CallSessionFactory(business=salon, from_number="anonymous")
    assert "חסימת המספר" not in text_of(noa.get(f"{page_of(call)}change/"))
    assert noa.post(f"{page_of(call)}block/").status_code == 403


def test_blocking_needs_a_post_and_ones_own_call(call: CallSession, noa: Client) -> None:
    other = CallSessionFactory(business=BusinessFactory(), from_number=DANA)
    assert noa.get(f"{page_of(call)}block/").status_code == 405
    assert noa.post(f"{page_of(other)}block/").status_code == 404
    assert blocked(other.business) == []


def test_the_list_of_blocked_callers_takes_numbers_as_people_write_them(salon: Business, noa: Client) -> None:
    noa.post("/admin/calls/blockednumber/add/", {"number": "052-123-4567", "reason": "הטרדות"})
    again = noa.post("/admin/calls/blockednumber/add/", {"number": "0521234567", "reason": ""})
    assert [number for number, _ in blocked(salon)] == [DANA]
    assert again.status_code == 200  # the form again, with the clash named


# --- what is owed ------------------------------------------------------------------------------------
def test_a_follow_up_leads_to_its_call(salon: Business, call: CallSession, noa: Client) -> None:
    owed = FollowUpFactory(business=salon, key=f"call:{call.call_sid}")
    other = FollowUpFactory(business=salon, key="call:CA_gone")
    assert f'href="{page_of(call)}change/"' in noa.get(f"/admin/crm/followup/{owed.pk}/change/").content.decode()
    assert noa.get(f"/admin/crm/followup/{other.pk}/change/").status_code == 200
