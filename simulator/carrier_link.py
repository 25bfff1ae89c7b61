"""A call's link to the carrier's REST stand-in, which may run in another process."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

_REGISTERED_WITHIN_S = 5.0

Take = Callable[[dict[str, str]], Awaitable[None]]


class Link:
    """The open line to the REST side."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def put_recording(self, sid: str, tracks: list[bytes]) -> None:
        """Leave a recording there, a µ-law track for each channel, for whoever has the account's password."""
        sounds = [base64.b64encode(track).decode() for track in tracks]
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"event": "recording", "sid": sid, "tracks": sounds}))


@contextlib.asynccontextmanager
async def linked(rest: str, facts: dict[str, str], take: Take) -> AsyncIterator[Link | None]:
    """Let the REST side at `rest` know of a call for the length of the block; `take` gets the updates made there.

    Without an address, or where nobody answers, the call simply has no REST side: None.
    """
    socket = await _registered(rest, facts) if rest else None
    if socket is None:
        yield None
        return
    updates = asyncio.ensure_future(_take_updates(socket, take))
    try:
        yield Link(socket)
    finally:
        updates.cancel()
        await asyncio.gather(updates, return_exceptions=True)
        with contextlib.suppress(ConnectionClosed):
            await socket.send(json.dumps({"event": "status", "status": "completed"}))
        await socket.close()


async def _registered(rest: str, facts: dict[str, str]) -> ClientConnection | None:
    parts = urlsplit(rest)
    scheme = {"http": "ws", "https": "wss"}[parts.scheme]
    url = parts._replace(scheme=scheme, path=parts.path.rstrip("/") + "/link").geturl()
    try:
        socket = await connect(url, compression=None, proxy=None)
    except (OSError, TimeoutError, InvalidHandshake):
        return None
    try:
        await socket.send(json.dumps({"event": "call", "status": "in-progress", **facts}))
        await asyncio.wait_for(socket.recv(), _REGISTERED_WITHIN_S)
    except (TimeoutError, ConnectionClosed):
        await socket.close()
        return None
    return socket


async def _take_updates(socket: ClientConnection, take: Take) -> None:
    async for message in socket:
        update = json.loads(message)
        await take(update["params"])
        await socket.send(json.dumps({"event": "updated", "id": update["id"]}))
