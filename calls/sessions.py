"""A call's line to the provider: one session after the other, of which the caller notices as little as can be.

A session that is lost, or about to end, is replaced by another. Whoever holds a `Sessions` speaks to "the
provider"; which session that is, and what it has to be told about the caller's words in between, is decided here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from calls import realtime
from calls.clock import Clock
from calls.conversation import events
from calls.conversation.events import AnyEvent
from calls.open_turns import OpenTurns
from calls.provider import NoProvider, ProviderAddress
from calls.realtime import SessionSettings
from calls.realtime_client import UNREACHABLE, WAITING_FRAMES, RealtimeClient, rejection
from calls.realtime_ear import Audio, Limit
from calls.transcribers import Transcribers

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0  # for both attempts together
FIRST_ATTEMPT_SECONDS = 1.2
READY_SECONDS = 4.0  # from connected and told what we want, to configured
AGAIN_SECONDS = 3.4  # from the loss to configured: the caller has nobody to talk to
SWAP_SECONDS = 8.0  # that a session which is in the middle of something may keep its successor waiting
STUCK_SECONDS = 2.0  # without a word from it, it is in the middle of nothing
LEAST_SECONDS = 1.0  # of real time, however fast the clock runs: sockets do not run faster
WAITING_EVENTS = 200  # before somebody listens
REPEATED_FRAMES = 40  # 0.8 s before the provider noticed an utterance: its padding, and the way there and back

Listener = Callable[[AnyEvent], None]


@dataclass(frozen=True)
class _Opening:
    """A session on its way. `told`: what became of it; None when nobody wants it any more."""

    client: RealtimeClient
    told: asyncio.Future[events.ProviderReady | events.ProviderLost | None]

    def tell(self, event: events.ProviderReady | events.ProviderLost | None) -> None:
        if not self.told.done():
            self.told.set_result(event)


class Sessions:
    """All methods belong to the event loop; none raises for what the provider does.

    `address` is asked for each session. Until `attach` events wait, and caller audio until a session is ready.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        model: str,
        safety_id: str,
        address: Callable[[], Awaitable[ProviderAddress]],
        transcribers: Transcribers,
    ) -> None:
        self._clock = clock
        self._model = model
        self._safety_id = safety_id
        self._address = address
        self._transcribers = transcribers
        self._settings: SessionSettings | None = None
        self._configured = asyncio.Event()
        self._current: RealtimeClient | None = None
        self._next: _Opening | None = None
        self._closed = False
        self._turns = OpenTurns(forget_after_frames=WAITING_FRAMES)
        self._frames: deque[str] = deque(maxlen=WAITING_FRAMES)  # the last 5 s of the caller
        self._heard = 0  # frames so far
        self._unheard_from = 0  # first frame that the next session must hear, while none serves
        self._told_at = 0.0  # when the session that serves said something last
        self._last_history = ""
        self._now_ms: Callable[[], int] = lambda: 0
        self._on_event: Listener | None = None
        self._on_audio: Callable[[Audio], None] = lambda audio: None
        self._waiting: deque[AnyEvent] = deque(maxlen=WAITING_EVENTS)
        self._dropped = 0
        self.number = 0  # of the session asked for last

    # --- who listens ----------------------------------------------------------------------------------
    def attach(self, *, now_ms: Callable[[], int], on_event: Listener, on_audio: Callable[[Audio], None]) -> None:
        """From now on report here; first what happened before, in order, as of now."""
        self._now_ms, self._on_event, self._on_audio = now_ms, on_event, on_audio
        waiting, self._waiting = self._waiting, deque(maxlen=WAITING_EVENTS)
        for event in waiting:
            on_event(msgspec.structs.replace(event, at_ms=now_ms()))

    @property
    def serves(self) -> bool:
        """There is a session that listens."""
        return self._current is not None

    @property
    def caller_speaking(self) -> bool:
        """As the provider hears it."""
        return self._turns.speaking

    @property
    def rate_limits(self) -> dict[str, Limit]:
        """As last told, by name."""
        return self._current.rate_limits if self._current is not None else {}

    @property
    def transcription_switches(self) -> int:
        return self._transcribers.switches

    @property
    def dropped_frames(self) -> int:
        """Of the caller's, that no session heard."""
        return self._dropped + (self._current.dropped_frames if self._current is not None else 0)

    # --- what is said ---------------------------------------------------------------------------------
    def append(self, payload: str) -> None:
        """One frame of the caller's, base64 as it came. While no session serves, the last 5 s are kept."""
        self._frames.append(payload)
        self._heard += 1
        if self._current is not None:
            self._current.append(payload)

    def send(self, message: str) -> None:
        """A client event for the session that serves; lost where none does, like all that it was told."""
        if self._current is not None:
            self._current.send(message)

    def add_history(self, item_id: str, speaker: str, text: str) -> None:
        """What was said in an earlier session, one call per line, oldest first.

        It goes in front of what the caller may have said to the new session already.
        """
        self.send(realtime.history_item(item_id, speaker, text, after=self._last_history or "root"))
        self._last_history = item_id

    def set_patience(self, silence_ms: int) -> None:
        """How long a pause ends the caller's turn, in this session and those that follow."""
        if self._settings is not None:
            self._settings = msgspec.structs.replace(self._settings, vad_silence_ms=silence_ms)
        for client in self._alive():
            client.be_patient(silence_ms)

    def configure(self, settings: SessionSettings) -> None:
        """What every session is to be like."""
        self._settings = settings
        self._configured.set()
        if self._next is not None:
            self._next.client.configure(settings, self._transcribers)

    def close(self) -> None:
        """Leave without a word to the conversation."""
        self._closed = True
        self._dropped = self.dropped_frames
        for client in self._alive():
            client.close()
        if self._next is not None:
            self._next.tell(None)
        self._current = self._next = None

    # --- one session after the other ------------------------------------------------------------------
    async def open(self, number: int) -> None:
        """Bring up this session; returns when it serves, or when its failure has been reported.

        `ProviderReady` is reported when it serves. Until then its predecessor does, if it is alive.
        """
        if self._closed:
            return
        self.number = number
        told = await self._bring_up(number)
        if self._is_over(number) or told is None:
            return
        if isinstance(told, events.ProviderReady):
            await self._quiet()
            if self._is_over(number):
                return
            if self._next is not None and not self._next.client.is_lost:
                self._swap(self._next.client, told)
                return
            told = events.ProviderLost(0, "disconnected")
        self._failed(told)

    async def _bring_up(self, number: int) -> events.ProviderReady | events.ProviderLost | None:
        """Two attempts to connect, the second at once; then the provider has to agree to what we want."""
        began = self._clock.now()
        for attempt in (1, 2):
            left = CONNECT_SECONDS - (self._clock.now() - began)
            opening = self._begin()
            error = await self._connect(opening.client, FIRST_ATTEMPT_SECONDS if attempt == 1 else left)
            if opening is not self._next:
                opening.client.close()
                return None
            if error is None:
                return await self._agreed(opening, began)
            why = rejection(error) or ("no provider" if isinstance(error, NoProvider) else "")
            extra = {"session": number, "attempt": attempt, "error": why or type(error).__name__}
            logger.warning("The voice provider could not be reached", extra=extra)
            if why:
                return events.ProviderLost(0, why, fatal=True)
        return events.ProviderLost(0, "unreachable")

    def _begin(self) -> _Opening:
        if self._next is not None:
            self._next.client.close()
            self._next.tell(None)
        client = RealtimeClient(
            now_ms=lambda: self._now_ms(),
            on_event=lambda event: self._event(client, event),
            on_audio=lambda audio: self._audio(client, audio),
            model=self._model,
            rate=self._clock.rate,
        )
        self._next = _Opening(client, asyncio.get_running_loop().create_future())
        if self._settings is not None:
            client.configure(self._settings, self._transcribers)
        return self._next

    async def _connect(self, client: RealtimeClient, seconds: float) -> Exception | None:
        try:
            async with asyncio.timeout(max(LEAST_SECONDS, seconds / self._clock.rate)):
                address = await self._address()
                url = address.realtime_url(self._model)
                await client.connect(url, api_key=address.api_key, safety_id=self._safety_id)
        except (NoProvider, *UNREACHABLE) as error:
            return error
        return None

    async def _agreed(self, opening: _Opening, began: float) -> events.ProviderReady | events.ProviderLost | None:
        """The session's end or beginning, once it could know what we want."""
        configured = asyncio.ensure_future(self._configured.wait())
        either: set[asyncio.Future[Any]] = {configured, opening.told}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            configured.cancel()
        lost = self.number > 1 and self._current is None
        seconds = AGAIN_SECONDS - (self._clock.now() - began) if lost else READY_SECONDS
        if not await self._within(seconds, asyncio.shield(opening.told), least=LEAST_SECONDS):
            return events.ProviderLost(0, "not ready")
        return opening.told.result()

    async def _quiet(self) -> None:
        """Until the session that serves is in the middle of nothing, or is not worth waiting for."""
        until = self._clock.now() + SWAP_SECONDS
        while (now := self._clock.now()) < until:
            stuck_at = until if self._turns.speaking else self._told_at + STUCK_SECONDS
            if stuck_at <= now or await self._within(min(until, stuck_at) - now, self._turns.quiet.wait()):
                return

    def _swap(self, client: RealtimeClient, ready: events.ProviderReady) -> None:
        """The new session serves from now on, and hears first what its predecessor did not get to read."""
        if self._current is not None:
            self._hear_again()
            self._dropped += self._current.dropped_frames
            self._current.close()
        self._current, self._next, self._last_history = client, None, ""
        self._turns.clear()
        oldest = self._heard - len(self._frames)
        self._dropped += max(0, oldest - self._unheard_from)
        for payload in islice(self._frames, max(0, self._unheard_from - oldest), None):
            client.append(payload)
        self._report(msgspec.structs.replace(ready, at_ms=self._now_ms()))

    def _hear_again(self) -> None:
        first = self._turns.first_frame(self._heard)
        self._unheard_from = self._heard if first is None else max(0, first - REPEATED_FRAMES)

    def _failed(self, lost: events.ProviderLost) -> None:
        if self._next is not None:
            self._next.client.close()
            self._next = None
        if self._current is None:
            self._report(msgspec.structs.replace(lost, at_ms=self._now_ms()))
            return
        logger.warning("A session could not be renewed", extra={"session": self.number, "reason": lost.reason})
        self._report(events.ProviderError(self._now_ms(), "renewal_failed"))

    # --- what is heard --------------------------------------------------------------------------------
    def _event(self, client: RealtimeClient, event: AnyEvent) -> None:
        if client is self._current:
            self._turns.happens(event, self._heard)
            self._told_at = self._clock.now()
            if isinstance(event, events.ProviderLost):
                self._hear_again()
                self._turns.clear()
                self._dropped += client.dropped_frames
                self._current = None
            self._report(event)
        elif self._next is None or client is not self._next.client:
            return  # a session that was replaced
        elif isinstance(event, events.ProviderReady | events.ProviderLost):
            self._next.tell(event)

    def _audio(self, client: RealtimeClient, audio: Audio) -> None:
        if client is self._current:
            self._on_audio(audio)

    def _report(self, event: AnyEvent) -> None:
        if self._on_event is None:
            self._waiting.append(event)
        else:
            self._on_event(event)

    # --- odds and ends --------------------------------------------------------------------------------
    def _alive(self) -> list[RealtimeClient]:
        clients = (self._current, self._next.client if self._next is not None else None)
        return [client for client in clients if client is not None]

    def _is_over(self, number: int) -> bool:
        """Closed, or a later session was asked for."""
        return self._closed or self.number != number

    async def _within(self, seconds: float, what: Awaitable[object], *, least: float = 0.0) -> bool:
        try:
            async with asyncio.timeout(max(least, seconds / self._clock.rate)):
                await what
        except TimeoutError:
            return False
        return True
