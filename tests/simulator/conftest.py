"""A fast clock, the provider on a real socket, and a client that says exactly what a test wants it to say."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from calls.clock import Clock
from simulator import audio, ulaw
from simulator.provider import Served, running_provider, serve_app
from simulator.provider_options import ProviderOptions
from tests.simulator.carrier_server import ring, server  # noqa: F401 -- fixtures of the folder

TABLE = """\
greeting -> "שלום, הגעתם למספרה. איך אפשר לעזור?"
no_event -> "בשמחה. איזה יום ושעה נוחים?"
not_understood -> "לא בטוח ששמעתי טוב, אפשר לחזור על זה?"
goodbye -> "תודה על השיחה, יום נעים!"
[SERVER] slot_available -> "מעולה, הזמן הזה פנוי. רוצה שאקבע אותו עכשיו?"
"""
SESSION: dict[str, Any] = {
    "type": "realtime",
    "instructions": TABLE,
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "gpt-transcribe", "languages": ["he"]},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.6,
                "silence_duration_ms": 500,
                "create_response": False,
                "interrupt_response": False,
            },
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
}


class Wire:
    """A client of the Realtime socket. `events` is everything that came, `heard` the words in the audio of it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.ear = audio.Ear()
        self._came = asyncio.Condition()
        self._reader = asyncio.ensure_future(self._read())

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def configure(self, **changes: Any) -> None:
        await self.send("session.update", session={**SESSION, **changes})
        await self.until("session.updated")

    async def speak(self, words: str, silence_ms: int = 700) -> None:
        await self.sound(audio.speech(words) + ulaw.SILENCE * (silence_ms // 20))

    async def sound(self, sound: bytes) -> None:
        for frame in audio.frames(sound):
            await self.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())

    async def until(self, kind: str, *, count: int = 1) -> dict[str, Any]:
        """The event of this type, the so-many-th of the session."""
        async with self._came, asyncio.timeout(20):
            await self._came.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def heard(self) -> list[str]:
        return [utterance.text for utterance in self.ear.utterances]

    async def close(self) -> None:
        await self.socket.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                event = json.loads(text)
                if event["type"] == "response.output_audio.delta":
                    self.ear.feed(base64.b64decode(event["delta"]))
                async with self._came:
                    self.events.append(event)
                    self._came.notify_all()
        async with self._came:
            self.events.append({"type": "(closed)", "code": self.socket.close_code})
            self._came.notify_all()


@pytest.fixture
def clock() -> Clock:
    return Clock(rate=20)


@pytest.fixture
def options() -> ProviderOptions:
    return ProviderOptions()


@pytest_asyncio.fixture
async def provider(clock: Clock, options: ProviderOptions) -> AsyncIterator[Served]:
    async with running_provider(clock=clock, options=options) as served:
        yield served


@pytest_asyncio.fixture
async def dial(provider: Served) -> AsyncIterator[Callable[..., Awaitable[Wire]]]:
    """Open a Realtime session; keyword arguments are further headers."""
    wires: list[Wire] = []

    async def open_(model: str = "gpt-realtime-2.1", **headers: str) -> Wire:
        url = provider.base_url.replace("http", "ws") + f"/realtime?model={model}"
        given = {"Authorization": "Bearer secret", **{name.replace("_", "-"): value for name, value in headers.items()}}
        wires.append(Wire(await connect(url, additional_headers=given, compression=None, proxy=None)))
        return wires[-1]

    yield open_
    for wire in wires:
        await wire.close()


@pytest_asyncio.fixture
async def wire(dial: Callable[..., Awaitable[Wire]]) -> Wire:
    """A session that is configured for a call."""
    opened = await dial()
    await opened.configure()
    return opened


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[[Any], Awaitable[str]]]:
    """Serve an ASGI application on a free port; its address."""
    running: list[tuple[Any, asyncio.Task[None]]] = []

    async def start(app: Any) -> str:
        uvicorn, task, port = await serve_app(app)
        running.append((uvicorn, task))
        return f"http://127.0.0.1:{port}"

    yield start
    for uvicorn, task in running:
        uvicorn.should_exit = uvicorn.force_exit = True
        await task
