"""A bare bridge between the carrier and the voice provider: no booking, no turns, no truth.

The baseline of `make bench`: what every sample of the trade does in its plainest form, one task per direction.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

INSTRUCTIONS = (
    'greeting -> "שלום, איך אפשר לעזור?"\nno_event -> "בשמחה. איזה יום ושעה נוחים?"\ngoodbye -> "תודה, יום נעים!"'
)
FORMAT = {"format": {"type": "audio/pcmu"}}
DETECTION = {"type": "server_vad", "threshold": 0.6, "silence_duration_ms": 500, "interrupt_response": False}
SESSION = {
    "type": "realtime",
    "instructions": INSTRUCTIONS,
    "audio": {"input": FORMAT | {"turn_detection": DETECTION}, "output": FORMAT | {"voice": "marin"}},
}


class Passthrough:
    """An ASGI application between the provider's `realtime_url` and the `media_url` to which the carrier streams."""

    def __init__(self, realtime_url: str, api_key: str, media_url: str = "") -> None:
        self.realtime_url, self.api_key, self.media_url = realtime_url, api_key, media_url

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._bridge(receive, send)
        elif scope["type"] == "http":
            stream = f'<Response><Connect><Stream url="{self.media_url}"/></Connect></Response>'
            body = stream if scope["path"].endswith("/incoming") else "<Response/>"
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/xml")]})
            await send({"type": "http.response.body", "body": body.encode()})

    async def _bridge(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        headers = {"Authorization": f"Bearer {self.api_key}"}
        async with connect(self.realtime_url, additional_headers=headers, compression=None, proxy=None) as provider:
            await provider.send(json.dumps({"type": "session.update", "session": SESSION}))
            await provider.send(json.dumps({"type": "response.create"}))
            await _both_ways(receive, send, provider)


async def _both_ways(receive: Receive, send: Send, provider: ClientConnection) -> None:
    stream_sid = ""
    back: asyncio.Task[None] | None = None
    while (message := await receive())["type"] == "websocket.receive":
        frame = json.loads(message["text"])
        if frame["event"] == "media":
            audio = frame["media"]["payload"]
            await provider.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        elif frame["event"] == "start":
            stream_sid = frame["start"]["streamSid"]
            back = asyncio.create_task(_to_carrier(provider, send, stream_sid))
    if back is not None:
        back.cancel()
        await asyncio.gather(back, return_exceptions=True)


async def _to_carrier(provider: ClientConnection, send: Send, stream_sid: str) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for text in provider:
            event = json.loads(text)
            if event["type"] == "response.output_audio.delta":
                media = {"event": "media", "streamSid": stream_sid, "media": {"payload": event["delta"]}}
                await send({"type": "websocket.send", "text": json.dumps(media)})
