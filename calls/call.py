"""One live call: an inbox, a loop over the conversation's actions, and a task group that lives as long as the call.

Readers only put. The loop alone touches the conversation and performs its actions, so they cannot interleave.
Caller audio goes from the carrier's frame to the provider's without a stop; the assistant's goes through
`Outgoing`. Neither meets a database, a lock or a log line.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from calls import carrier, corrections, preconnect, services
from calls.call_end import CallEnd
from calls.clock import Clock
from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Journal
from calls.conversation.machine import Conversation
from calls.greeting import GreetingCatcher
from calls.inbound import Inbound
from calls.levels import LevelMeter
from calls.live.feed import CallFeed
from calls.measures import measures
from calls.orders import Orders
from calls.outgoing import Outgoing
from calls.realtime_ear import BYTES_PER_MS, Audio
from calls.services import CallSetup
from calls.stream_watch import silent
from calls.threads import off_loop
from calls.timers import Rung, Timers
from calls.tokens import Claim
from calls.transcript import Transcript
from calls.voice import lines
from calls.voice.clips import keep_greeting
from calls.voice.lines import GREETING
from calls.workers import Errand, Workers

logger = logging.getLogger(__name__)

INBOX = 2000  # events; a minute of the provider's fastest speech is 300
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
        self._inbound = Inbound()
        self._meter = LevelMeter(settings.BARGE_IN_RMS)
        self._prepared = preconnect.claim(claim, clock)  # since the ring, if this process took it
        self._sessions = self._prepared.sessions
        self._orders = Orders(self._sessions)
        self._greeting = GreetingCatcher()
        self._setup: CallSetup | None = None
        self._discarded: set[str] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._alive: set[asyncio.Task[None]] = set()
        self._timers = Timers(clock, self._timer_rang)
        self._workers = Workers(clock=clock, now_ms=self.now_ms, spawn=self._spawn, put=self.put)
        self._carrier_frames = 0  # of any kind
        self._transcript = Transcript()
        self._unknown_frames = 0
        self._feed: CallFeed | None = None  # for those who watch the call
        self._end = CallEnd()

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

    def caller_audio(self, media: carrier.Media) -> None:
        """One frame of the caller's: the hot path."""
        for payload in self._inbound.feed(media):
            self._sessions.append(payload)
        if self._conversation.wants_loudness:
            if self._meter.feed(media.payload):
                self.put(ev.CallerLoud(self.now_ms()))
        else:
            self._meter.rest()

    def frame(self, frame: carrier.Frame) -> None:
        """Any frame of the carrier's after `start`."""
        self._carrier_frames += 1
        match frame:
            case carrier.Media():
                self.caller_audio(frame)
            case carrier.Mark(name=name):
                self.put(ev.MarkReturned(self.now_ms(), name))
            case carrier.Key(key=key):
                self.put(ev.KeyPressed(self.now_ms(), key))
            case carrier.Text(text=text) if self._claim.from_browser:
                self.put(ev.CallerTyped(self.now_ms(), text))
            case carrier.Stopped():
                self._end.stream_stopped()
                self.hung_up()
            case _:
                self._unknown_frames += 1

    def hung_up(self) -> None:
        self.put(ev.CallerHungUp(self.now_ms()))

    def stream_closed(self) -> None:
        self._end.stream_closed()
        self.hung_up()

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
                self._spawn(self._prepared.watch())
                self._spawn(self._load())
                await self._loop()
                for task in self._alive - self._workers.at_desk:
                    task.cancel()
                await self._workers.finish()
        finally:
            if self._feed is not None:
                self._end.tell(self._feed)
            self._timers.close()
            self._prepared.close()

    async def leave_carrier(self) -> bool:
        """Tell the carrier how the call goes on; False if the stream's close shall say it."""
        if self._setup is None or self._claim.from_browser:  # in the practice page the stream is all there is
            return False
        return await self._end.leave_carrier(self._setup, self._started.account_sid, self._feed)

    async def store(self, failure: str | None) -> None:
        """Keep the log and how it ended. `failure`: what broke the call, if something did."""
        if self._setup is None:  # it was over before the facts were there
            self._setup = await self._prepared.setup
        await self._transcript.stored()
        ending = self._end.ending(failure)
        journal = await off_loop(self._journal.packed)
        await off_loop(services.finish_call, self._setup, ending, journal)
        measures.dropped("caller_audio", self._sessions.dropped_frames)
        measures.dropped("reply_audio", self._outgoing.refused_frames)
        logger.info(
            "The call ended",
            extra={
                "call_sid": self._setup.call_sid,
                "outcome": ending.outcome,
                "reason": ending.reason,
                "seconds": self.now_ms() // 1000,
                "dropped_caller_frames": self._sessions.dropped_frames + self._inbound.dropped,
                "filled_caller_ms": self._inbound.filled_ms,
                "refused_reply_frames": self._outgoing.refused_frames,
                "unknown_frames": self._unknown_frames,
            },
        )
        await self._keep_greeting(self._setup)

    async def _loop(self) -> None:
        while not self._conversation.ended:
            event, audio, rung = await self._inbox.get()
            if rung is not None and not self._timers.take(rung):
                continue  # stopped while it waited here
            discarded = isinstance(event, ev.ReplyAudio) and event.response_id in self._discarded
            actions = self._conversation.handle(event)
            self._journal.add(event, actions)
            for action in actions:
                await self._perform(action)
            if self._feed is not None:
                self._feed.happened(event, self._conversation)
            if self._greeting.listening:
                self._greeting.happened(event, audio)
            if isinstance(event, ev.ReplyAudio) and not any(isinstance(action, do.Ignored) for action in actions):
                if not discarded:  # until now: what the conversation has counted is played
                    self._outgoing.add(event.item_id, audio)
            elif isinstance(event, ev.ReplyAudioDone):
                self._outgoing.finish(event.item_id)
            elif isinstance(event, ev.ResponseDone | ev.ProviderLost):
                self._outgoing.finish_all()
                if isinstance(event, ev.ProviderLost):
                    measures.provider_lost()

    async def _watch(self) -> None:
        await self._broken

    async def _watch_stream(self) -> None:
        await silent(
            frames=lambda: self._carrier_frames,
            now_ms=self.now_ms,
            clock=self._clock,
            inbound=self._inbound,
            sessions=self._sessions,
        )
        logger.warning("The carrier's stream went silent", extra={"call_sid": self._claim.call_sid})
        self._end.stream_stalled()
        self.hung_up()
        await self._clock.sleep(FAREWELL_SECONDS)
        raise StreamStalled  # the loop itself waits for the carrier to read

    async def _load(self) -> None:
        self._setup = setup = await self._prepared.setup
        self._meter = LevelMeter(setup.barge_in_level)
        self._greeting.begin(setup.facts)
        self._feed = CallFeed(setup, now_ms=self.now_ms, put=self.put)
        self.put(ev.CallAnswered(self.now_ms(), setup.facts))
        self._sessions.attach(now_ms=self.now_ms, on_event=self.put, on_audio=self._audio_came)

    async def _keep_greeting(self, setup: CallSetup) -> None:
        """The next caller hears the greeting at once, in the same voice."""
        sound = await off_loop(self._greeting.take)
        if sound:
            await off_loop(keep_greeting, setup, self._greeting.text, sound)

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
            case do.PlayLine():
                self._play_line(action)
            case do.OpenSession(number=number):
                self._spawn(self._sessions.open(number))
            case do.NoteFalseClaim():
                measures.false_claim(action.kind)
                self._workers.see_through(self._note_false_claim(action))
            case do.HandOver():
                self._end.hand_over = action
            case do.AnswerStaff():
                if self._feed is not None:
                    self._feed.answered(action)
            case do.HangUp():
                self._end.hangs_up = True
            case do.FinishCall():
                self._end.finish = action
            case do.Ignored():
                pass  # it stands in the journal
            case action if isinstance(action, Errand):
                assert self._setup is not None  # the conversation asks nothing before CallAnswered
                self._workers.send(action, self._setup)
            case do.CreateResponse():
                self._greeting.performed(action, self._conversation.turns.purpose)
                self._orders.give(action)
            case _:
                self._orders.give(action)

    def _play_line(self, line: do.PlayLine) -> None:
        """A line without the provider: its sound is in memory, and goes the way of every reply."""
        assert self._setup is not None  # nothing is said before CallAnswered
        sound = self._setup.voice.line(line.key, line.values)
        if sound is None:
            self.put(ev.LineQueued(self.now_ms(), line.item_id, 0))
            return
        self._outgoing.add(line.item_id, base64.b64encode(sound).decode(), aside=True)
        self._outgoing.finish(line.item_id)
        words = self._setup.facts.greeting if line.key == GREETING else lines.text(line.key, line.values)
        self.put(ev.LineQueued(self.now_ms(), line.item_id, len(sound) // BYTES_PER_MS, words))

    async def _note_false_claim(self, claim: do.NoteFalseClaim) -> None:
        assert self._setup is not None  # nothing is said before CallAnswered
        await off_loop(
            corrections.note_false_claim,
            business=self._setup.business,
            call_sid=self._setup.call_sid,
            kind=claim.kind,
            heard=claim.heard,
            now=timezone.now(),
        )

    def _save(self, turn: do.SaveTurn) -> None:
        if self._setup is None:
            return
        self._transcript.save(self._setup, turn)
        if self._feed is not None:
            self._feed.line(turn)

    # --- tasks ------------------------------------------------------------------------------------------
    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None  # within `run`
        task = self._tasks.create_task(work)
        self._alive.add(task)
        task.add_done_callback(self._alive.discard)
        return task
