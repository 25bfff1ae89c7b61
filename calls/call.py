"""One live call: an inbox, a loop over the conversation's actions, and a task group that lives as long as the call.

Readers only put. The loop alone touches the conversation and performs its actions, so they cannot interleave.
Caller audio goes from the carrier's frame to the provider's without a stop; the assistant's goes through
`Outgoing`. Neither meets a database, a lock or a log line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

from django.conf import settings

from calls import carrier, carrier_api, desk, realtime, services, understanding
from calls.clock import Clock
from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Journal
from calls.conversation.machine import Conversation
from calls.levels import LevelMeter
from calls.outgoing import Outgoing
from calls.provider import NoProvider, provider_address
from calls.realtime import Audio, SessionSettings
from calls.realtime_client import UNREACHABLE, RealtimeClient
from calls.services import CallSetup, Ending
from calls.threads import off_loop
from calls.timers import Rung, Timers
from calls.tokens import Claim
from calls.writer import Line, log_turn, turn_writer

logger = logging.getLogger(__name__)

INBOX = 2000  # events; a minute of the provider's fastest speech is 300
LAST_ANSWER_SECONDS = 10.0  # what the calendar is being asked when the caller hangs up is waited for
STREAM_DEAD_SECONDS = 60.0  # without a frame, of which a living stream brings fifty a second
FAREWELL_SECONDS = 5.0  # for a call to end by itself once its stream is dead


class InboxFull(RuntimeError):
    """Events come faster than the conversation takes them; the call cannot go on."""


class StreamStalled(RuntimeError):
    """The carrier neither sends nor reads any more."""


class Queued(NamedTuple):
    """What waits in the inbox: an event, with the sound it tells of or the timer it came from."""

    event: ev.AnyEvent
    audio: str = ""
    rung: Rung | None = None


class LiveCall:
    """The shell around one `Conversation`."""

    def __init__(
        self, *, clock: Clock, started: carrier.Started, claim: Claim, send: Callable[[str], Awaitable[None]]
    ) -> None:
        self._clock = clock
        self._began_ms = clock.now_ms()
        self._started = started
        self._claim = claim
        self._conversation = Conversation()
        self._journal = Journal()
        self._inbox: asyncio.Queue[Queued] = asyncio.Queue(INBOX)
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outgoing = Outgoing(
            clock=clock, writer=carrier.Writer(started.stream_sid), send=send, on_sent=self._audio_sent
        )
        self._meter = LevelMeter(settings.BARGE_IN_RMS)
        self._provider = RealtimeClient(
            vad_silence_ms=settings.VAD_SILENCE_MS, now_ms=self.now_ms, on_event=self.put, on_audio=self._audio_came
        )
        self._setup: CallSetup | None = None
        self._discarded: set[str] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._alive: set[asyncio.Task[None]] = set()
        self._at_desk: set[asyncio.Task[None]] = set()  # questions to the calendar; each may leave a row
        self._desk = asyncio.Lock()  # one after the other: the time asked about last is the one that stays held
        self._timers = Timers(clock, self._spawn, self._timer_rang)
        self._heard_carrier_ms = 0
        self._seen_turns: set[int] = set()
        self._client_events = 0
        self._unknown_frames = 0
        self._finish: do.FinishCall | None = None
        self.hangs_up = False  # the conversation asked for the call to be ended
        self.left = False  # the conversation gave up, or the stream is dead: the carrier's fallback shall go on
        self._stalled = False

    # --- what readers call ----------------------------------------------------------------------------
    def now_ms(self) -> int:
        """Milliseconds since the media stream began."""
        return self._clock.now_ms() - self._began_ms

    def put(self, event: ev.AnyEvent, audio: str = "", rung: Rung | None = None) -> None:
        """Queue an event for the loop; a full inbox ends the call."""
        try:
            self._inbox.put_nowait(Queued(event, audio, rung))
        except asyncio.QueueFull:
            if not self._broken.done():
                self._broken.set_exception(InboxFull())

    def caller_audio(self, payload: str) -> None:
        """One frame of the caller's: the hot path."""
        self._provider.append(payload)
        if self._conversation.playback.audible:
            if self._meter.feed(payload):
                self.put(ev.CallerLoud(self.now_ms()))
        else:
            self._meter.rest()

    def frame(self, frame: carrier.Frame) -> None:
        """Any frame of the carrier's after `start`."""
        self._heard_carrier_ms = self.now_ms()
        match frame:
            case carrier.Media(payload=payload):
                self.caller_audio(payload)
            case carrier.Mark(name=name):
                self.put(ev.MarkReturned(self.now_ms(), name))
            case carrier.Key(key=key):
                self.put(ev.KeyPressed(self.now_ms(), key))
            case carrier.Stopped():
                self.hung_up()
            case _:
                self._unknown_frames += 1

    def hung_up(self) -> None:
        self.put(ev.CallerHungUp(self.now_ms()))

    def _audio_came(self, audio: Audio) -> None:
        """In line with the other events, so that a cut and what came after it stay in order."""
        event = ev.ReplyAudio(self.now_ms(), audio.response_id, audio.item_id, audio.content_index, audio.audio_ms)
        self.put(event, audio.delta)

    def _audio_sent(self, item_id: str, sent_ms: int) -> None:
        self.put(ev.AudioSent(self.now_ms(), item_id, sent_ms))

    def _timer_rang(self, rung: Rung) -> None:
        self.put(ev.TimerFired(self.now_ms(), rung.name), rung=rung)

    # --- the call -------------------------------------------------------------------------------------
    async def run(self, read_carrier: Coroutine[Any, Any, None]) -> None:
        """The whole conversation. Returns when it is over; raises what broke it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._spawn(read_carrier)
                self._spawn(self._watch())
                self._spawn(self._watch_stream())
                self._spawn(self._outgoing.run())
                self._spawn(self._connect())
                self._spawn(self._load())
                await self._loop()
                for task in self._alive - self._at_desk:
                    task.cancel()
                if self._at_desk:
                    await asyncio.wait(self._at_desk, timeout=LAST_ANSWER_SECONDS)
                for task in self._at_desk:
                    task.cancel()
        finally:
            self._provider.close()

    async def hang_up(self) -> None:
        """End the call at the carrier. If that fails, closing the stream has the same effect through `after`."""
        if self._setup is not None:
            await off_loop(services.mark_ended, self._setup)
            await carrier_api.hang_up(self._setup, self._started.account_sid)

    async def store(self, failure: str | None) -> None:
        """Keep the log and how it ended. `failure`: what broke the call, if something did."""
        if self._setup is None:  # it was over before the facts were there
            self._setup = await off_loop(services.load_call, self._claim)
        await asyncio.wrap_future(turn_writer.flush())
        finish = self._finish or do.FinishCall("failed", failure or "unknown", 0)
        on_purpose = failure is None and not self.left
        reason = failure or ("stream went silent" if self._stalled else finish.reason)
        ending = Ending(finish.outcome, reason, finish.dead_air_ms, on_purpose, finish.call_back)
        journal = await off_loop(self._journal.packed)
        await off_loop(services.finish_call, self._setup, ending, journal)
        logger.info(
            "The call ended",
            extra={
                "call_sid": self._setup.call_sid,
                "outcome": finish.outcome,
                "reason": ending.reason,
                "seconds": self.now_ms() // 1000,
                "dropped_caller_frames": self._provider.dropped_frames,
                "refused_reply_frames": self._outgoing.refused_frames,
                "unknown_frames": self._unknown_frames,
            },
        )

    async def _loop(self) -> None:
        while not self._conversation.ended:
            event, audio, rung = await self._inbox.get()
            if rung is not None and not self._timers.take(rung):
                continue  # stopped while it waited here
            actions = self._conversation.handle(event)
            self._journal.add(event, actions)
            for action in actions:
                await self._perform(action)
            if isinstance(event, ev.ReplyAudio) and not any(isinstance(action, do.Ignored) for action in actions):
                if event.response_id not in self._discarded:
                    self._outgoing.add(event.item_id, audio)
            elif isinstance(event, ev.ReplyAudioDone):
                self._outgoing.finish(event.item_id)
            elif isinstance(event, ev.ResponseDone):
                self._outgoing.finish_all()

    async def _watch(self) -> None:
        await self._broken

    async def _watch_stream(self) -> None:
        """A stream that has gone silent is dead: it must keep neither its place nor the provider's session."""
        while (quiet := (self.now_ms() - self._heard_carrier_ms) / 1000) < STREAM_DEAD_SECONDS:
            await self._clock.sleep(STREAM_DEAD_SECONDS - quiet)
        logger.warning("The carrier's stream went silent", extra={"call_sid": self._claim.call_sid})
        self.left = self._stalled = True  # should the caller still be there, the carrier's fallback speaks
        self.hung_up()
        await self._clock.sleep(FAREWELL_SECONDS)
        raise StreamStalled  # the loop itself waits for the carrier to read

    async def _connect(self) -> None:
        """Open the provider's socket while the facts are being loaded."""
        try:
            address = await provider_address()
            await self._provider.connect(
                address.realtime_url(settings.OPENAI_REALTIME_MODEL),
                api_key=address.api_key,
                safety_id=self._claim.safety_id,
            )
        except (NoProvider, *UNREACHABLE) as error:
            logger.warning(
                "The voice provider could not be reached",
                extra={"call_sid": self._claim.call_sid, "error": type(error).__name__},
            )
            self.put(ev.ProviderLost(self.now_ms(), "unreachable"))

    async def _load(self) -> None:
        setup = await off_loop(services.load_call, self._claim)
        self._setup = setup
        self.put(ev.CallAnswered(self.now_ms(), setup.facts))
        wanted = SessionSettings(
            model=settings.OPENAI_REALTIME_MODEL,
            voice=settings.OPENAI_VOICE,
            instructions=setup.prompt,
            transcribe_model="",
            transcribe_hint=setup.business.name,
            vad_threshold=settings.VAD_THRESHOLD,
            vad_silence_ms=settings.VAD_SILENCE_MS,
        )
        self._provider.configure(wanted, settings.OPENAI_TRANSCRIBE_MODELS)

    # --- performing -----------------------------------------------------------------------------------
    async def _perform(self, action: do.Action) -> None:
        match action:
            case do.PausePlayback(generation=generation):
                await self._outgoing.pause(generation)
            case do.ResumePlayback(generation=generation, item_id=item_id, from_ms=from_ms):
                self._outgoing.resume(generation, item_id, from_ms)
            case do.StopPlayback(generation=generation):
                await self._outgoing.stop(generation)
            case do.DiscardReply(response_id=response_id):
                self._discarded.add(response_id)
            case do.StartTimer(name=name, after_ms=after_ms):
                self._timers.start(name, after_ms)
            case do.StopTimer(name=name):
                self._timers.stop(name)
            case do.SaveTurn():
                self._save(action)
            case do.RunUnderstanding():
                self._spawn(self._understand(action))
            case do.CheckSlot() | do.BookAppointment():
                self._at_desk.add(self._spawn(self._ask_desk(action)))
            case do.HangUp():
                self.hangs_up = True
            case do.LeaveCall():
                self.left = True
            case do.FinishCall():
                self._finish = action
            case do.Ignored(event=event, why=why):
                logger.debug("Ignored an event", extra={"call_sid": self._claim.call_sid, "event": event, "why": why})
            case _:
                self._tell_provider(action)

    def _tell_provider(self, action: do.Action) -> None:
        self._client_events += 1
        event_id = f"ev_{self._client_events}"
        match action:
            case do.CreateResponse(intent_id=intent_id):
                self._provider.send(realtime.create_response(intent_id))
            case do.AddServerItem(item_id=item_id, text=text):
                self._provider.send(realtime.server_item(item_id, text))
            case do.DeleteItem(item_id=item_id):
                self._provider.send(realtime.delete_item(event_id, item_id))
            case do.CancelResponse(response_id=response_id):
                self._provider.send(realtime.cancel_response(event_id, response_id))
            case do.TruncateReply(item_id=item_id, content_index=content_index, heard_ms=heard_ms):
                self._provider.send(realtime.truncate(event_id, item_id, content_index, heard_ms))
            case _:
                raise TypeError(f"nobody performs {type(action).__name__}")

    async def _understand(self, question: do.RunUnderstanding) -> None:
        assert self._setup is not None  # the conversation asks nothing before CallAnswered
        reading = await understanding.understand(self._setup, question, clock=self._clock, at_ms=self.now_ms())
        self.put(ev.Understood(self.now_ms(), question.request_id, reading))

    async def _ask_desk(self, question: do.CheckSlot | do.BookAppointment) -> None:
        assert self._setup is not None  # the conversation asks nothing before CallAnswered
        async with self._desk:
            if isinstance(question, do.CheckSlot):
                answer = await off_loop(desk.check_slot, self._setup, question)
                self.put(ev.SlotChecked(self.now_ms(), question.request_id, answer))
            else:
                answer = await off_loop(desk.book, self._setup, question)
                self.put(ev.BookingAnswered(self.now_ms(), question.request_id, answer))

    def _save(self, turn: do.SaveTurn) -> None:
        if self._setup is None:
            return
        turn_writer.put(Line(self._setup.business.pk, self._setup.call_id, turn))
        if turn.metrics:
            # A caller's line is saved when it is said, and again with its timings when the answer was heard.
            if turn.index in self._seen_turns:
                log_turn(self._setup.call_sid, turn)
            self._seen_turns.add(turn.index)

    # --- tasks ------------------------------------------------------------------------------------------
    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None  # within `run`
        task = self._tasks.create_task(work)
        self._alive.add(task)
        task.add_done_callback(self._alive.discard)
        return task
