"""A carrier's media stream written by hand, frame by frame, so that a test can send what no carrier would."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from simulator.audio import CALLER, Ear, frames, speech
from tests.support.telephone import House

SID = "CA" + "7" * 32
CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
QUIET = b"\xff" * 160


class RawCall:
    """Counts its frames as Twilio does, and returns no mark unless it is told to."""

    def __init__(self, house: House, socket: ClientConnection) -> None:
        self.house, self.socket = house, socket
        self.marks: list[str] = []  # as the server asked for them
        self._ear = Ear()
        self._frames = 0

    async def send(self, event: str, **fields: Any) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(json.dumps({"event": event, "streamSid": "MZ1", **fields}))

    async def media(self, sound: bytes = QUIET, **fields: Any) -> None:
        """20 ms of the caller; `fields` take the place of what belongs there."""
        payload = base64.b64encode(sound).decode()
        media = {"track": "inbound", "chunk": str(self._frames + 1), "timestamp": str(self._frames * 20)}
        await self.send("media", media=media | {"payload": payload} | fields)
        self._frames += 1
        await self.house.clock.sleep(0.02)

    async def seconds_pass(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            await self.media()

    async def say(self, words: str) -> None:
        for frame in frames(speech(words, CALLER)):
            await self.media(frame)

    async def listen(self) -> None:
        """Take everything the server sends, until it closes."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                frame = json.loads(await self.socket.recv())
                if frame["event"] == "media":
                    self._ear.feed(base64.b64decode(frame["media"]["payload"]))
                elif frame["event"] == "mark":
                    self.marks.append(frame["mark"]["name"])

    @property
    def heard(self) -> str:
        """All words that were sent for the caller's ear."""
        return " ".join(each.whole_text or "" for each in self._ear.utterances)

    @property
    def is_open(self) -> bool:
        return self.socket.close_code is None


@contextlib.asynccontextmanager
async def raw_call(house: House, token: str) -> AsyncIterator[RawCall]:
    """A stream that has begun, and that somebody listens to; closed at the end of the block."""
    async with connect(house.media_url, compression=None, proxy=None, max_size=None) as socket:
        call = RawCall(house, socket)
        await socket.send(CONNECTED)
        facts = {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": SID,
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": token},
        }
        await call.send("start", start=facts)
        listening = asyncio.ensure_future(call.listen())
        try:
            yield call
        finally:
            await socket.close()
            await listening
