"""The provider is called while the carrier is still dialling back, so that it listens before the caller does.

The voice webhook says `begin`; the media socket takes over with `claim` what it finds, or begins itself. Nothing
depends on the two meeting: a socket in another process begins anew, and what nobody claims is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from calls import services
from calls.clock import Clock
from calls.provider import provider_address
from calls.realtime import SessionSettings
from calls.services import CallSetup
from calls.sessions import Sessions
from calls.threads import off_loop
from calls.tokens import Claim
from calls.transcribers import Transcribers

logger = logging.getLogger(__name__)

UNCLAIMED_SECONDS = 10.0
MOST_WAITING = 50

Application = Callable[[Any, Any, Any], Awaitable[None]]


def settings_of(setup: CallSetup) -> SessionSettings:
    """The session that a call needs."""
    return SessionSettings(
        model=settings.OPENAI_REALTIME_MODEL,
        voice=settings.OPENAI_VOICE,
        instructions=setup.prompt,
        transcribe_model="",
        transcribe_hint=setup.business.name,
        vad_threshold=settings.VAD_THRESHOLD,
        vad_silence_ms=setup.facts.vad_silence_ms,
    )


class Prepared:
    """A call's facts and its line to the provider, both on their way. Made on the loop that will carry the call."""

    def __init__(self, claim: Claim, clock: Clock) -> None:
        self.claim = claim
        self.sessions = Sessions(
            clock=clock,
            model=settings.OPENAI_REALTIME_MODEL,
            safety_id=claim.safety_id,
            address=provider_address,
            transcribers=Transcribers(settings.OPENAI_TRANSCRIBE_MODELS, settings.OPENAI_BASE_URL),
        )
        loop = asyncio.get_running_loop()
        self.loop = loop
        self._loading: asyncio.Task[CallSetup] = loop.create_task(self._load())
        self._first: asyncio.Task[None] = loop.create_task(self.sessions.open(1))
        self._beginning: asyncio.Task[CallSetup] | None = None
        self._noting: asyncio.Task[None] | None = None

    @property
    def setup(self) -> Awaitable[CallSetup]:
        """The call's facts. Whoever stops waiting for them takes them from nobody else, also after the end."""
        return asyncio.shield(self._beginning or self._loading)

    def begin(self, now: datetime, *, waited: bool) -> None:
        """The media stream has begun. `waited`: the facts were asked for before it."""
        self._beginning = self.loop.create_task(self._begin(now, waited))

    async def watch(self) -> None:
        """Until the first session serves or was reported lost. Raises what broke."""
        await asyncio.gather(self.setup, self._first)
        if self._noting is not None:
            await asyncio.shield(self._noting)

    @property
    def failed(self) -> bool:
        """It came to nothing, for now."""
        if self._loading.done() and self._loading.exception() is not None:
            return True
        return self._first.done() and not self.sessions.serves

    def close(self) -> None:
        """The call is over, or never came."""
        for task in filter(None, (self._loading, self._first, self._beginning)):
            task.add_done_callback(_look_at)  # nobody else may ask for it any more
        self._first.cancel()
        self.sessions.close()

    async def _load(self) -> CallSetup:
        setup = await off_loop(services.load_call, self.claim)
        self.sessions.configure(settings_of(setup))
        return setup

    async def _begin(self, now: datetime, waited: bool) -> CallSetup:
        setup = await asyncio.shield(self._loading)
        if waited and self.claim.part:  # the stream before it may have said and done more since
            setup = await off_loop(services.load_call, self.claim)
        self._noting = self.loop.create_task(_note(setup))
        return services.stream_began(setup, now)


class WaitingRoom:
    """What was prepared for calls whose media socket has not come yet. `counts`: what became of it."""

    def __init__(self) -> None:
        self._prepared: dict[str, Prepared] = {}
        self._expiries: dict[str, asyncio.Task[None]] = {}
        self.counts: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return len(self._prepared)

    def prepare(self, claim: Claim, clock: Clock) -> None:
        """Begin, once however often the carrier repeats its webhook."""
        waiting = self._prepared.get(claim.call_sid)
        if waiting is not None and waiting.claim == claim:
            return
        if waiting is None and len(self._prepared) >= MOST_WAITING:
            self.counts["refused"] += 1
            return
        self._leave(claim.call_sid, "replaced")
        self._prepared[claim.call_sid] = Prepared(claim, clock)
        self._expiries[claim.call_sid] = asyncio.get_running_loop().create_task(self._expire(claim.call_sid, clock))
        self.counts["begun"] += 1

    def take(self, claim: Claim) -> Prepared | None:
        """What is ready or under way for this call, out of the room; None where there is nothing of use."""
        prepared = self._prepared.get(claim.call_sid)
        if prepared is None or prepared.loop is not asyncio.get_running_loop():
            return None
        if prepared.claim != claim or prepared.failed:
            self._leave(claim.call_sid, "useless")
            return None
        del self._prepared[claim.call_sid]
        self._expiries.pop(claim.call_sid).cancel()
        self.counts["claimed"] += 1
        return prepared

    def empty(self) -> None:
        """Let go of everything that waits."""
        for call_sid in list(self._prepared):
            self._leave(call_sid, "expired")

    async def _expire(self, call_sid: str, clock: Clock) -> None:
        await clock.sleep(UNCLAIMED_SECONDS)
        logger.info("A prepared call was not claimed", extra={"call_sid": call_sid})
        self._leave(call_sid, "expired")

    def _leave(self, call_sid: str, why: str) -> None:
        prepared = self._prepared.pop(call_sid, None)
        if prepared is None:
            return
        self.counts[why] += 1
        prepared.close()
        expiry = self._expiries.pop(call_sid)
        if expiry is not asyncio.current_task():
            expiry.cancel()


async def _note(setup: CallSetup) -> None:
    """Nobody waits for it, and the call can do without."""
    try:
        await off_loop(services.note_answered, setup)
    except DatabaseError as error:
        extra = {"call_sid": setup.call_sid, "error": type(error).__name__}
        logger.warning("That a call was answered could not be noted", extra=extra)


def _look_at(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


waiting_room = WaitingRoom()
_here: ContextVar[tuple[asyncio.AbstractEventLoop, Clock] | None] = ContextVar("where media is served", default=None)


def beside(application: Application, clock: Clock) -> Application:
    """The HTTP application that shares its loop and clock with the media socket: its webhook can call ahead."""

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        _here.set((asyncio.get_running_loop(), clock))
        await application(scope, receive, send)

    return noted


def begin(claim: Claim) -> None:
    """Prepare for this call's media socket, from whichever thread answers; does nothing under a server without one."""
    here = _here.get()
    if here is None:
        return
    loop, clock = here
    loop.call_soon_threadsafe(waiting_room.prepare, claim, clock)


def claim(whose: Claim, clock: Clock) -> Prepared:
    """What the webhook has begun for this call, else a new beginning. The call's media stream has begun."""
    waiting = waiting_room.take(whose)
    prepared = waiting or Prepared(whose, clock)
    prepared.begin(timezone.now(), waited=waiting is not None)
    return prepared
