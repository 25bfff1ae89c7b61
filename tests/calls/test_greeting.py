"""The first word: in the assistant's own voice, and at once from the second call on."""

from __future__ import annotations

from pytest_django.fixtures import Settings

from calls.models import VoiceClip
from crm.models import Business
from crm.tenancy import for_business
from simulator.carrier import Call
from tests.support import virtual_time
from tests.support.telephone import House, open_house

AT_ONCE_S = 0.3


async def greeted(house: House) -> float:
    """A call whose greeting is heard to its end; seconds from the answer to its first word."""
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()
    await house.stored(call)
    return first_word_s(call)


def first_word_s(call: Call) -> float:
    answered_at = call.began_at + next(event.at_s for event in call.events if event.what == "answered")
    return float(call.listener.replies[0].started_at - answered_at)


def test_the_second_caller_hears_the_greeting_before_the_provider_is_there(salon: Business, settings: Settings) -> None:
    async def two_calls() -> tuple[float, float, int]:
        async with open_house(settings, virtual_time.VirtualClock()) as house:
            first = await greeted(house)
            house.options.session_created_delay_s = 1.5
            second = await greeted(house)
            asked = house.provider.provider.sessions[-1].recording.client_events
            return first, second, sum(event["type"] == "response.create" for event in asked)

    first, second, responses = virtual_time.run(two_calls())

    assert second <= AT_ONCE_S < first
    assert responses == 0
    with for_business(salon):
        [clip] = VoiceClip.objects.all()
        assert (clip.source, clip.text) == ("captured", "שלום, הגעתם אל המספרה של דנה. איך אפשר לעזור?")


def test_a_greeting_that_was_not_spoken_to_its_end_is_not_kept(salon: Business, settings: Settings) -> None:
    async def interrupted() -> None:
        async with open_house(settings, virtual_time.VirtualClock()) as house:
            house.options.speed = 1.0  # so that it is cut while it is being made
            call = house.ring()
            await house.until(lambda: call.listener.audible_ms > 500)
            await call.say("רגע, אני רוצה לקבוע תור")
            await house.heard(call, "מה השם המלא")
            call.hang_up()
            await house.stored(call)

    virtual_time.run(interrupted())

    with for_business(salon):
        assert not VoiceClip.objects.exists()
