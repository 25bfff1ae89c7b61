"""Whole calls that leave the assistant: to a person and back, to voicemail, over a stream that breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from calls import fetching, people, services
from calls.carrier_api import redirect
from calls.models import CallSession, Recording
from calls.services import CallSetup
from calls.threads import off_loop
from calls.tokens import Claim
from calls.voice.lines import BY_CARRIER
from crm.models import Business, BusinessSettings, FollowUp
from crm.tenancy import for_business, for_everyone
from simulator.carrier import Call, Person
from tests.support.telephone import ACCOUNT, House

OWNER = "+972529999999"


@pytest.fixture
def staffed(salon: Business) -> Business:
    with for_business(salon):
        BusinessSettings.objects.update(transfer_to=OWNER, allow_24_7=True)
    return salon


def spoken(call: Call) -> list[str]:
    return [event.text for event in call.events if event.what == "carrier"]


def row_of(call: Call) -> CallSession:
    with for_everyone("a look at one call"):
        return CallSession.objects.get(call_sid=call.sid)


async def handed_over(house: House, call: Call, to: str, topic: str = "") -> CallSetup:
    """What the shell does when the conversation gives the caller away."""
    await house.heard(call, "איך אפשר לעזור?")
    row = await off_loop(row_of, call)
    setup = await off_loop(services.load_call, Claim(call.sid, row.business_id))
    await off_loop(people.hand_over, setup, to, topic)
    assert await redirect(setup, ACCOUNT)
    return setup


async def test_a_person_takes_the_call_and_it_ends_with_them(staffed: Business, house: House) -> None:
    call = house.ring()
    call.person = Person("answers", after_s=2, talks_s=4)
    await handed_over(house, call, "transfer", "שאלה על צבע")
    await house.until(lambda: call.is_bridged)
    await house.until(lambda: house.is_over(call))

    row = await off_loop(row_of, call)
    assert (row.outcome, row.next_step, row.status) == ("transferred", "", "completed")
    [heard] = [event.text for event in call.events if event.what == "person"]
    assert "בעניין שאלה על צבע" in heard
    assert call.ended_by == "document"


@pytest.mark.parametrize("kind", ["no_answer", "rejects"])
async def test_a_caller_whom_nobody_takes_talks_to_the_assistant_again(
    staffed: Business, house: House, kind: str
) -> None:
    call = house.ring()
    call.person = Person(kind, after_s=2)
    await handed_over(house, call, "transfer")
    await house.until(lambda: len(call.streams) == 2 and call.is_answered)
    before = len(call.listener.replies)
    await house.until(lambda: len(call.listener.replies) > before)  # the assistant speaks first
    call.hang_up()
    await house.until(lambda: house.is_over(call))

    row = await off_loop(row_of, call)
    assert (row.streams, row.next_step) == (2, "")


async def test_a_message_is_recorded_reaches_the_staff_and_is_fetched(
    staffed: Business, house: House, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    call = house.ring()
    await handed_over(house, call, "voicemail")
    await house.until(lambda: call.is_recording)
    await call.say("שלום, מדברת דנה, אשמח שתחזרו אליי")
    await call.press("#")
    await house.until(lambda: house.is_over(call))

    def kept() -> tuple[list[str], str]:
        with for_business(staffed):
            return [each.reason for each in FollowUp.objects.all()], row_of(call).outcome

    def fetched() -> tuple[str, str, bytes]:
        with for_business(staffed):
            row = Recording.objects.get(recording_sid=call.recordings[0].sid)
            fetching.fetch(staffed.pk, row.pk, now=row.due_at)
            row.refresh_from_db()
            with row.file.open() as sound:
                return row.kind, row.status, sound.read()

    assert await off_loop(kept) == (["להאזין להודעה הקולית ולחזור ללקוח"], "message")
    assert await off_loop(fetched) == ("voicemail", "stored", call.recordings[0].wav)
    assert spoken(call) == [BY_CARRIER["take_message"], BY_CARRIER["message_saved"]]


async def test_a_stream_that_breaks_is_opened_again_and_the_second_time_a_message_is_taken(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.drop_stream()
    await house.until(lambda: len(call.streams) == 2 and call.is_answered)
    await house.until(lambda: len(call.listener.replies) > 1)
    call.drop_stream()
    await house.until(lambda: call.is_recording)
    call.hang_up()
    await house.until(lambda: house.is_over(call))

    assert len(call.streams) == 2
    assert spoken(call) == [BY_CARRIER["cut_off"]]
    assert call.ended_by == "caller"


async def test_a_caller_who_hangs_up_is_not_called_back_by_the_carrier(house: House) -> None:
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()
    row = await house.stored(call)
    assert (len(call.streams), row.streams) == (1, 1)
    assert row.ended_at is not None


async def test_the_last_callback_may_come_first(house: House) -> None:
    call = house.ring()
    call.status_callback = "first"
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()
    row = await house.stored(call)
    assert (row.status, row.end_reason != "") == ("completed", True)


async def test_a_recorded_call_leaves_both_sides_at_the_carrier(
    house: House, salon: Business, settings: Settings
) -> None:
    def recording_on() -> None:
        with for_business(salon):
            BusinessSettings.objects.update(record_calls=True)

    await off_loop(recording_on)
    call = house.ring()
    await house.until(lambda: call.is_answered)
    await house.until(lambda: call.listener.replies and call.listener.replies[0].complete)
    await call.say("אני רוצה לקבוע תור")
    call.hang_up()
    await house.stored(call)

    def kept() -> list[tuple[str, int, str]]:
        with for_business(salon):
            return list(Recording.objects.values_list("kind", "channels", "status"))

    assert await off_loop(kept) == [("call", 2, "waiting")]
    assert [taken.kind for taken in call.recordings] == ["call"]
