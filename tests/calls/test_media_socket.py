"""Who may open the media socket, and what may come through it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from calls import services, tokens
from calls.capacity import capacity
from calls.threads import off_loop
from calls.tokens import Claim
from crm.models import Business
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
