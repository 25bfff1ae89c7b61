"""What callers hear when something breaks under them."""

from __future__ import annotations

import asyncio
import threading

from asgiref.sync import sync_to_async
from django.db import connection
from pytest_django.fixtures import Settings

from calls import twiml
from calls.threads import off_loop
from tests.support.telephone import House, appointment_of


async def test_a_provider_that_dies_in_mid_sentence_is_called_again_and_the_sentence_said_again(house: House) -> None:
    house.options.drop_after_deltas.append(5)
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("אני רוצה לקבוע תור")
    await house.heard(call, "מה השם המלא")
    call.hang_up()
    row = await house.stored(call)

    assert len(house.provider.provider.sessions) == 2
    assert row.end_reason == "caller hung up"


async def test_a_provider_that_cannot_be_reached_gives_way_to_the_keys(house: House, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"  # nobody listens on this port
    call = house.ring()
    await house.heard(call, "יש תקלה זמנית")
    await call.press("2")
    await house.until(lambda: call.is_recording)
    call.hang_up()
    row = await house.stored(call)

    assert row.next_step == "voicemail"


async def test_a_refused_key_gives_way_to_the_keys(house: House) -> None:
    house.options.api_key = "another key"
    call = house.ring()
    await house.heard(call, "יש תקלה זמנית")
    call.hang_up()

    assert (await house.stored(call)).outcome == "failed"


async def test_a_transcription_model_that_is_gone_gives_way_to_the_next(house: House) -> None:
    house.options.unknown_transcription_models = frozenset({"gpt-transcribe"})
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    session = house.provider.provider.sessions[-1]
    call.hang_up()
    await house.stored(call)

    assert session.config["audio"]["input"]["transcription"] == {"model": "gpt-4o-transcribe", "language": "he"}


async def test_unknown_events_of_the_provider_do_no_harm(house: House) -> None:
    house.options.strays = [{"type": "some.future.event", "delta": {"x": 1}}, {"type": "rate_limits.updated"}]
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    call.hang_up()

    assert (await house.stored(call)).outcome == "abandoned"


async def test_a_hang_up_the_carrier_refuses_happens_by_closing_the_stream(house: House, settings: Settings) -> None:
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    await call.say("להתראות")
    await house.heard(call, "יום נעים")
    await house.stored(call)

    assert (call.ended_by, call.events[-1].text) == ("document", "Hangup")
    assert twiml.CUT_OFF not in [event.text for event in call.events]


async def test_a_slow_query_elsewhere_touches_no_frame_of_a_call(house: House) -> None:
    """The mechanism, not its time: while the one thread all async Django code shares is held, a call goes on."""
    released = threading.Event()

    def slow_query() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        released.wait(60)
        connection.close()

    call = house.ring()
    await house.heard(call, "איך אפשר לעזור?")
    held = asyncio.ensure_future(sync_to_async(slow_query, thread_sensitive=True)())
    await call.say("אני רוצה לקבוע תור מחר בשש בערב")
    await house.heard(call, "הזמן הזה פנוי")
    await call.say("כן, על שם דנה לוי")
    await house.heard(call, "מספר טלפון")
    await call.press("0521234567#")
    await house.heard(call, "התור נקבע בהצלחה")
    assert not held.done()

    released.set()
    await held
    call.hang_up()
    assert (await off_loop(appointment_of, await house.stored(call))).customer_name == "דנה לוי"
