"""The media socket: lets a carrier's stream in by its token, and hands its frames to the call.

A plain ASGI application. Channels' own dispatch would pass every frame through the one thread that all of
Django's async code shares, where a slow query stalls every caller (reference: the measurements behind it
stand in the decision on the media path).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import redis

from calls import carrier, tokens, warmup
from calls.call import LiveCall
from calls.capacity import capacity
from calls.clock import Clock

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

START_SECONDS = 5.0
MAX_FRAME = 64 * 1024
MAX_MALFORMED = 20

NORMAL, INTERNAL_ERROR, BAD_FRAMES, NOT_ADMITTED = 1000, 1011, 4400, 4401


class BadFrames(Exception):
    """The carrier's side does not speak Media Streams, or too much at once."""


class MediaSocket:
    """The ASGI application behind `/ws/twilio/media`; one instance serves all calls."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        warmup.start()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        await _Stream(self._clock, receive, send).serve()


class _Stream:
    """One socket, from its handshake to its close."""

    def __init__(self, clock: Clock, receive: Receive, send: Send) -> None:
        self._clock = clock
        self._receive = receive
        self._asgi_send = send
        self._open = False
        self._malformed = 0
        self._binary = 0
        self._call: LiveCall | None = None

    async def serve(self) -> None:
        if (await self._receive())["type"] != "websocket.connect":
            return
        await self._asgi_send({"type": "websocket.accept"})
        self._open = True
        with ExitStack() as place:
            admitted = await self._admit(place)
            if not isinstance(admitted, int):
                await self._carry(*admitted)
                return
        await self._close(admitted)

    # --- before the call ------------------------------------------------------------------------------
    async def _admit(self, place: ExitStack) -> tuple[carrier.Started, tokens.Claim] | int:
        """The stream's start and what its token is good for; the code to close with if it may not come in.

        A token is used up by asking about it; of two streams with tokens for the same place only one gets this far.
        """
        started: carrier.Started | None = None
        try:
            async with asyncio.timeout(START_SECONDS / self._clock.rate):
                started = await self._first_frames()
            if started is not None:
                async with asyncio.timeout(START_SECONDS):  # the broker knows no clock but the wall's
                    claim = await tokens.redeem(started.token, started.call_sid)
                if claim and place.enter_context(capacity.occupied_by(started.call_sid, claim.part)):
                    return started, claim
        except BadFrames:
            return BAD_FRAMES
        except (redis.RedisError, TimeoutError):
            if started is not None:  # else it is the start that did not come
                logger.exception("The token of a media stream could not be checked")
                return INTERNAL_ERROR
        logger.warning("A media stream without a valid start was refused")
        return NOT_ADMITTED

    async def _first_frames(self) -> carrier.Started | None:
        """The `start`; nothing but `connected` may come before it."""
        while (text := await self._next_text()) is not None:
            match self._parse(text):
                case carrier.Started() as started:
                    return started
                case carrier.Connected() | None:
                    continue
                case _:
                    return None
        return None

    # --- the call -------------------------------------------------------------------------------------
    async def _carry(self, started: carrier.Started, claim: tokens.Claim) -> None:
        call = self._call = LiveCall(clock=self._clock, started=started, claim=claim, send=self._send)
        failure: str | None = None
        code = NORMAL
        try:
            await call.run(self._read(call))
        except* BadFrames:
            failure, code = "bad frames", BAD_FRAMES
            logger.warning("A media stream was closed for its frames", extra={"call_sid": claim.call_sid})
        except* Exception as errors:  # the call's outermost door: the carrier's fallback takes over
            failure, code = ", ".join(sorted({type(error).__name__ for error in errors.exceptions})), INTERNAL_ERROR
            logger.exception("A call broke", extra={"call_sid": claim.call_sid, "reason": failure})
        finally:
            # Shielded: a server that shuts down cancels us, and the log of the call must not die with it.
            await asyncio.shield(asyncio.ensure_future(self._end(call, failure, code)))

    async def _end(self, call: LiveCall, failure: str | None, code: int) -> None:
        """The caller's side first, our records second; neither can keep the other from happening."""
        try:
            if failure is None:
                await call.leave_carrier()
        except Exception:  # the last door of a call: once the stream is closed the carrier asks what to do
            logger.exception("The carrier could not be told how the call goes on")
        await self._close(code)
        try:
            await call.store(failure)
        except Exception:  # the last door of a call: the sweep of forgotten calls finds what is missing
            logger.exception("The end of a call was not stored")

    async def _read(self, call: LiveCall) -> None:
        """Frame by frame into the call. Touches nothing but the socket: this is the path of the audio."""
        while (text := await self._next_text()) is not None:
            frame = self._parse(text)
            if frame is not None:
                call.frame(frame)
        call.stream_closed()

    # --- the socket -----------------------------------------------------------------------------------
    async def _next_text(self) -> str | None:
        """The next text frame; None when the socket is closed. Raises BadFrames."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._open = False
                return None
            text = message.get("text")
            if text is None:
                self._binary += 1
                if len(message.get("bytes") or b"") > MAX_FRAME or self._binary > MAX_MALFORMED:
                    raise BadFrames
                continue
            if len(text) > MAX_FRAME:
                raise BadFrames
            return str(text)

    def _parse(self, text: str) -> carrier.Frame | None:
        frame = carrier.parse(text)
        if frame is None:
            self._malformed += 1
            if self._malformed > MAX_MALFORMED:
                raise BadFrames
        return frame

    async def _send(self, text: str) -> None:
        """Waits while the carrier does not read: that is our back-pressure."""
        if not self._open:
            return
        try:
            await self._asgi_send({"type": "websocket.send", "text": text})
        except OSError:  # the server's way to say that the client has gone
            self._open = False
            if self._call is not None:
                self._call.stream_closed()

    async def _close(self, code: int) -> None:
        if not self._open:
            return
        self._open = False
        try:
            await self._asgi_send({"type": "websocket.close", "code": code})
        except OSError:
            return
