"""Who may open the media socket, and what may come through it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from calls import services, tokens
from calls.capacity import capacity
from calls.models import CallSession
from calls.threads import off_loop
from calls.tokens import Claim
from crm.models import Business
from crm.tenancy import for_everyone
from tests.support.telephone import DANA, NUMBER, House

SID = "CA" + "7" * 32
CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
SILENCE = json.dumps({"event": "media", "media": {"track": "inbound", "payload": "/" * 212 + "//8="}})


def start(token: str, call_sid: str = SID) -> str:
    facts = {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": token},
    }
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": facts})


@contextlib.asynccontextmanager
async def socket(house: House, *frames: str | bytes) -> AsyncIterator[ClientConnection]:
    async with connect(house.media_url, compression=None, proxy=None, max_size=None) as carrier:
        for frame in frames:
            await carrier.send(frame)
        yield carrier


async def close_code(carrier: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await carrier.recv()
    return carrier.close_code


@pytest.fixture
async def token(house: House, salon: Business) -> str:
    """Of a call that has rung."""
    await off_loop(services.receive_call, call_sid=SID, called=NUMBER, caller=DANA, to_number=NUMBER)
    return await off_loop(tokens.mint, Claim(SID, salon.pk))


async def greeting(carrier: ClientConnection) -> dict[str, Any]:
    """The first audio of the assistant."""
    async for text in carrier:
        if (frame := json.loads(text))["event"] == "media":
            return dict(frame)
    raise AssertionError("closed before a word was said")


async def test_a_stream_with_its_token_is_served(house: House, token: str) -> None:
    async with socket(house, CONNECTED, start(token)) as carrier:
        assert (await greeting(carrier))["streamSid"] == "MZ1"
        assert capacity.is_live(SID)


async def test_a_token_opens_one_stream_only(house: House, token: str) -> None:
    async with socket(house, CONNECTED, start(token)) as carrier:
        await greeting(carrier)
    await house.until(lambda: capacity.live == 0)
    async with socket(house, CONNECTED, start(token)) as carrier:
        assert await close_code(carrier) == 4401


async def test_a_call_has_one_stream_at_a_time(house: House, token: str, salon: Business) -> None:
    another = await off_loop(tokens.mint, Claim(SID, salon.pk))
    async with socket(house, CONNECTED, start(token)) as carrier:
        await greeting(carrier)
        async with socket(house, CONNECTED, start(another)) as second:
            assert await close_code(second) == 4401


@pytest.mark.parametrize("guess", ["", "guess", "x" * 500])
async def test_a_stream_without_a_valid_token_is_refused(house: House, token: str, guess: str) -> None:
    async with socket(house, CONNECTED, start(guess)) as carrier:
        assert await close_code(carrier) == 4401


async def test_a_token_is_bound_to_its_call(house: House, token: str) -> None:
    async with socket(house, CONNECTED, start(token, "CA_other")) as carrier:
        assert await close_code(carrier) == 4401


async def test_a_start_that_never_comes_is_not_waited_for(house: House) -> None:
    began = house.clock.now()
    async with socket(house, CONNECTED) as carrier:
        assert await close_code(carrier) == 4401
    assert house.clock.now() - began >= 5


@pytest.mark.parametrize("first", [SILENCE, json.dumps({"event": "stop"}), json.dumps({"event": "dance"})])
async def test_nothing_but_connected_may_come_before_the_start(house: House, token: str, first: str) -> None:
    async with socket(house, CONNECTED, first, start(token)) as carrier:
        assert await close_code(carrier) == 4401


async def test_a_stream_of_another_format_is_refused_at_once(house: House, token: str) -> None:
    frame = start(token).replace("audio/x-mulaw", "audio/x-l16")
    began = house.clock.now()
    async with socket(house, CONNECTED, frame) as carrier:
        assert await close_code(carrier) == 4401
    assert house.clock.now() - began < 5


async def test_a_malformed_frame_is_ignored(house: House, token: str) -> None:
    async with socket(house, CONNECTED, "{", start(token), "not json", '{"event": "media"}', b"\x00") as carrier:
        assert await greeting(carrier)


async def test_a_flood_of_malformed_frames_closes_the_stream(house: House, token: str) -> None:
    async with socket(house, CONNECTED, start(token), *["{"] * 30) as carrier:
        assert await close_code(carrier) == 4400


async def test_a_flood_before_the_start_closes_it_as_well(house: House) -> None:
    async with socket(house, *[b"\x00"] * 30) as carrier:
        assert await close_code(carrier) == 4400


@pytest.mark.parametrize("frame", ["x" * 70_000, b"x" * 70_000])
async def test_an_oversized_frame_closes_the_stream(house: House, token: str, frame: str | bytes) -> None:
    async with socket(house, CONNECTED, start(token), frame) as carrier:
        assert await close_code(carrier) == 4400


async def test_a_caller_who_hangs_up_leaves_nothing_running(house: House, token: str) -> None:
    tasks_before = len(asyncio.all_tasks())
    async with socket(house, CONNECTED, start(token)) as carrier:
        await greeting(carrier)
    await house.until(lambda: capacity.live == 0)
    await house.until(lambda: len(asyncio.all_tasks()) <= tasks_before)


async def test_a_call_whose_facts_cannot_be_loaded_is_left_to_the_carriers_fallback(
    house: House, salon: Business, caplog: pytest.LogCaptureFixture
) -> None:
    nobodys = await off_loop(tokens.mint, Claim("CA_without_a_row", salon.pk))
    async with socket(house, CONNECTED, start(nobodys, "CA_without_a_row")) as carrier:
        assert await close_code(carrier) == 1011

    await house.until(lambda: "The end of a call was not stored" in caplog.messages)
    assert [record.reason for record in caplog.records if record.message == "A call broke"] == ["DoesNotExist"]


async def test_of_two_streams_that_begin_together_only_one_is_let_in(house: House, token: str, salon: Business) -> None:
    another = await off_loop(tokens.mint, Claim(SID, salon.pk))
    async with socket(house, CONNECTED) as first, socket(house, CONNECTED) as second:
        await asyncio.gather(first.send(start(token)), second.send(start(another)))
        answers = await asyncio.gather(*(first_word(carrier) for carrier in (first, second)))

    assert sorted(answers) == ["4401", "media"]


async def first_word(carrier: ClientConnection) -> str:
    """The kind of the first frame, or the code of the close that came instead."""
    try:
        return str(json.loads(await carrier.recv())["event"])
    except ConnectionClosed:
        return str(carrier.close_code)


async def test_a_refused_stream_gives_the_calls_place_back(house: House, token: str) -> None:
    async with socket(house, CONNECTED, start("guess")) as carrier:
        assert await close_code(carrier) == 4401
    async with socket(house, CONNECTED, start(token)) as carrier:
        assert await greeting(carrier)


async def test_a_broker_that_does_not_answer_is_not_waited_for(house: House, token: str, settings: Settings) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    broker, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:{}/0"
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        settings.REDIS_URL = settings.REDIS_URL.format(server.sockets[0].getsockname()[1])
        try:
            async with socket(house, CONNECTED, start(token)) as carrier:
                assert await close_code(carrier) == 1011
        finally:
            settings.REDIS_URL = broker
    assert capacity.live == 0


@pytest.mark.parametrize("rate", [20.0])
async def test_a_stream_that_goes_silent_is_given_up(
    house: House, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    began = house.clock.now()
    async with socket(house, CONNECTED, start(token), SILENCE) as carrier:
        with caplog.at_level(logging.WARNING, "calls"):
            assert await close_code(carrier) in (1000, 1011)
    assert house.clock.now() - began >= 20
    await house.until(lambda: capacity.live == 0)

    assert "The carrier's stream went silent" in caplog.messages
    assert await off_loop(end_of_call) == ("stream went silent", None)  # the carrier's fallback is not held back


def end_of_call() -> tuple[str, object]:
    with for_everyone("a look at one call"):
        row = CallSession.objects.get(call_sid=SID)
        return row.end_reason, row.ended_at
