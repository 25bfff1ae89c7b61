"""The carrier stand-in: a telephone call from the webhook to the last callback.

It does what the server's TwiML says and nothing it was not told. Source: Twilio, "TwiML for Programmable Voice",
"Media Streams", "Call status callbacks".
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from websockets.exceptions import ConnectionClosed

from calls.clock import Clock
from simulator import audio, twiml, ulaw
from simulator.carrier_link import linked
from simulator.carrier_office import Line, Office
from simulator.listener import Listener
from simulator.media_stream import MediaStream
from simulator.person import OtherLeg, Person
from simulator.recorder import Recorder, Taken

__all__ = ["Call", "Happened", "Line", "Person"]

_KEY_PAUSE_S = 0.12


@dataclass(frozen=True)
class Happened:
    """One line of the call's protocol. `at_s` counts from the dialling."""

    at_s: float
    what: str  # ringing answered caller keys assistant cut carrier beep recorded dial person bridged dialled
    # rejected warning error ended
    text: str = ""


@dataclass
class _Interruption:
    """What ends the running document: the caller, or the server through REST."""

    ended_by: str = ""  # empty: go on with `verbs`
    verbs: list[twiml.Verb] = field(default_factory=list)


class Call:
    """A call that is being made. Steer it with `say`, `press` and `hang_up` while `run` is running.

    `person` is whoever the server has the carrier ring; `status_callback` says what becomes of the last callback:
    sent, never, or first (before the media stream is over).
    """

    def __init__(
        self,
        line: Line,
        *,
        to: str,
        from_: str,
        clock: Clock | None = None,
        on_event: Callable[[Happened], None] | None = None,
        person: Person | None = None,
    ) -> None:
        self.line = line
        self.person = person or Person()
        self.status_callback = "sent"
        self.clock = clock or Clock()
        self.sid = f"CA{secrets.token_hex(16)}"
        self.office = Office(line, call_sid=self.sid, to=to, from_=from_)
        self.events: list[Happened] = []
        self.listener = Listener(self.clock, self._note)
        self.streams: list[MediaStream] = []
        self.ended_by = ""  # caller, server (REST), document, error
        self._on_event = on_event
        self._began = self.clock.now()
        self._interruptions: asyncio.Queue[_Interruption] = asyncio.Queue()
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._utterances = secrets.randbelow(256)
        self._recorder = Recorder(line, self.office, self.clock, self._note)
        self._other_leg: OtherLeg | None = None
        self._final_status = "completed"
        self._end_told = False

    # --- the caller -----------------------------------------------------------------------------------
    @property
    def stream(self) -> MediaStream | None:
        """The newest media stream."""
        return self.streams[-1] if self.streams else None

    @property
    def is_answered(self) -> bool:
        """A media stream is open."""
        return self.stream is not None and self.stream.open

    @property
    def began_at(self) -> float:
        """When it rang, on the clock; `at_s` of its events counts from here."""
        return self._began

    @property
    def is_recording(self) -> bool:
        """The beep has sounded: what the caller says now is kept as a message."""
        return self._recorder.takes_message

    @property
    def is_bridged(self) -> bool:
        """The caller talks to a person."""
        return self._other_leg is not None and self._other_leg.bridged

    @property
    def recordings(self) -> list[Taken]:
        return self._recorder.taken

    async def say(self, words: str) -> None:
        """Speak; returns when the words are out."""
        self._note("caller", words)
        self._utterances += 1
        await self.sound(await asyncio.to_thread(audio.speech, words, audio.CALLER, self._utterances))

    async def sound(self, ulaw_audio: bytes) -> None:
        """Send any sound; returns when it is out, or nobody listens any more."""
        self._recorder.caller(ulaw_audio)
        stream = self.stream
        if stream is None or not stream.open:
            if self.is_recording or self.is_bridged:
                await self.clock.sleep(len(ulaw_audio) / ulaw.SAMPLE_RATE)
            return
        stream.outgoing.extend(audio.frames(ulaw_audio))
        while stream.outgoing and stream.open:
            await self.clock.sleep(0.02)

    async def press(self, keys: str) -> None:
        """Press keys one after the other."""
        self._note("keys", keys)
        for key in keys:
            if self.stream is not None and self.stream.open:
                with contextlib.suppress(ConnectionClosed):
                    await self.stream.press(key)
            else:
                self._keys.put_nowait(key)
            await self.clock.sleep(_KEY_PAUSE_S)

    def hang_up(self) -> None:
        """The caller has had enough."""
        self._interruptions.put_nowait(_Interruption(ended_by="caller"))

    def drop_stream(self) -> None:
        """The media socket dies under the call, without a `stop`."""
        if self.stream is not None:
            self.stream.drop()

    # --- the carrier ----------------------------------------------------------------------------------
    async def run(self) -> None:
        """The whole call: webhook, document after document, last callback."""
        office = self.office
        facts = {"sid": self.sid, "account_sid": self.line.account_sid, "to": office.to, "from": office.from_}
        try:
            async with linked(self.line.rest, facts, self._take_update) as self._recorder.link:
                await self._documents()
                self._recorder.stop()
                await self._recorder.settle()
            await self._tell_end()
        finally:
            await office.close()

    async def _tell_end(self) -> None:
        if self._end_told or self.status_callback == "never":
            return
        self._end_told = True
        if not await self.office.call_ended(self.clock.now() - self._began, self._final_status):
            self._note("warning", "the status callback was not taken")

    async def _documents(self) -> None:
        self._began = self.clock.now()
        self._note("ringing", f"{self.office.from_} -> {self.office.to}")
        try:
            verbs: list[twiml.Verb] | None = await self.office.fetch(self.line.base + self.line.voice_path)
            self.office.status = "in-progress"
            while verbs is not None:
                verbs = await self._follow(verbs)
        except twiml.BadTwiml as error:
            self._finish("error", str(error))

    async def _follow(self, verbs: Sequence[twiml.Verb]) -> list[twiml.Verb] | None:
        """Perform one document until it ends, leads to another one, or is interrupted."""
        document = asyncio.ensure_future(self._perform(verbs))
        interruption = asyncio.ensure_future(self._interruptions.get())
        try:
            await asyncio.wait({document, interruption}, return_when=asyncio.FIRST_COMPLETED)
            if not interruption.done():
                return document.result()
            interrupted = interruption.result()
            if interrupted.ended_by:
                if self.status_callback == "first":
                    await self._tell_end()
                self._finish(interrupted.ended_by)
                return None
            return interrupted.verbs
        finally:
            for task in (document, interruption):
                task.cancel()
            await asyncio.gather(document, interruption, return_exceptions=True)

    async def _perform(self, verbs: Sequence[twiml.Verb]) -> list[twiml.Verb] | None:
        for verb in verbs:
            following: list[twiml.Verb] | None = None
            match verb:
                case twiml.Reject(reason=reason):
                    self._final_status = "busy" if reason == "busy" else "no-answer"
                    self._note("rejected", reason)
                    self._finish("document", "Reject")
                    return None
                case twiml.Hangup():
                    self._finish("document", "Hangup")
                    return None
                case twiml.Redirect():
                    return await self.office.fetch(verb.url, method=verb.method)
                case twiml.Connect():
                    following = await self._connect(verb)
                case twiml.Gather():
                    following = await self._gather(verb)
                case twiml.Record():
                    following = await self._record(verb)
                case twiml.Dial():
                    following = await self._dial(verb)
                case twiml.Start():
                    self._recorder.start(verb)
                case _:
                    await self._speak(verb)
            if following is not None:
                return following
        self._finish("document", "no more verbs")
        return None

    async def _connect(self, verb: twiml.Connect) -> list[twiml.Verb] | None:
        stream = MediaStream(
            account_sid=self.line.account_sid,
            call_sid=self.sid,
            clock=self.clock,
            opened=lambda: self._opened(verb),
            played=self._hear,
            noticed=self._note,
        )
        self.streams.append(stream)
        try:
            reached = await stream.run(self.line.reachable(verb.url), verb.parameters, self.line.signed(verb.url, {}))
            if not reached:
                self._report(verb, "stream-error")
        finally:
            self.listener.close()
            if stream.was_open:
                self._report(verb, "stream-stopped")
        return await self.office.fetch(verb.action, method=verb.method) if verb.action else None

    def _opened(self, verb: twiml.Connect) -> None:
        self._note("answered")
        self._report(verb, "stream-started")

    def _report(self, verb: twiml.Connect, event: str) -> None:
        """Tell the stream's callback."""
        if verb.status_callback is None:
            return
        sid = self.streams[-1].sid
        fields = {"StreamSid": sid, "StreamName": sid, "StreamEvent": event}
        fields["Timestamp"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        if event == "stream-error":
            fields["StreamError"] = "31920"
        self.office.report(verb.status_callback, fields)

    async def _speak(self, verb: twiml.Verb) -> None:
        match verb:
            case twiml.Say(text=text):
                self._note("carrier", text)
                await self.clock.sleep(audio.duration_ms(text) / 1000)
            case twiml.Play(url=url):
                self._note("carrier", f"(plays {url})")
            case twiml.Pause(length_s=length_s):
                await self.clock.sleep(length_s)

    async def _gather(self, verb: twiml.Gather) -> list[twiml.Verb] | None:
        for prompt in verb.prompts:
            await self._speak(prompt)
        digits = ""
        with contextlib.suppress(TimeoutError):
            while verb.num_digits is None or len(digits) < verb.num_digits:
                key = await asyncio.wait_for(self._keys.get(), verb.timeout_s / self.clock.rate)
                if key == verb.finish_on_key:
                    break
                digits += key
        if not digits:
            return None
        url = verb.action or self.line.base + self.line.voice_path
        return await self.office.fetch(url, {"Digits": digits}, method=verb.method)

    async def _record(self, verb: twiml.Record) -> list[twiml.Verb] | None:
        told = await self._recorder.message(verb, self._keys)
        if told is None or verb.action is None:
            return None
        return await self.office.fetch(verb.action, told, method=verb.method)

    async def _dial(self, verb: twiml.Dial) -> list[twiml.Verb] | None:
        self._note("dial", verb.number)
        parent, clock = self.office, self.clock
        leg = self._other_leg = OtherLeg(self.line, verb, self.person, parent=parent, clock=clock, note=self._note)
        dialled = await leg.run()
        self._note("dialled", dialled.status)
        fields = {"DialCallSid": leg.sid, "DialCallStatus": dialled.status, "DialBridged": str(dialled.bridged).lower()}
        if dialled.status == "completed":
            fields["DialCallDuration"] = str(round(dialled.seconds))
        return await self.office.fetch(verb.action, fields, method=verb.method) if verb.action else None

    def _hear(self, sound: bytes, audible_bytes: int) -> None:
        self._recorder.assistant(sound)
        self.listener.hear(sound, audible_bytes)

    # --- REST -----------------------------------------------------------------------------------------
    async def _take_update(self, params: dict[str, str]) -> None:
        """The server asked for something else through REST."""
        interruption = _Interruption(ended_by="server")
        try:
            if "Twiml" in params:
                interruption = _Interruption(verbs=twiml.parse(params["Twiml"]))
            elif "Url" in params:
                method = params.get("Method", "POST").upper()
                interruption = _Interruption(verbs=await self.office.fetch(params["Url"], method=method))
        except twiml.BadTwiml as error:
            self._note("error", str(error))
            interruption = _Interruption(ended_by="error")
        self._interruptions.put_nowait(interruption)

    # --- notes ----------------------------------------------------------------------------------------
    def _finish(self, ended_by: str, why: str = "") -> None:
        self.ended_by = self.ended_by or ended_by
        self.listener.close()
        self._note("error" if ended_by == "error" else "ended", why or ended_by)

    def _note(self, what: str, text: str = "") -> None:
        happened = Happened(round(self.clock.now() - self._began, 2), what, text)
        self.events.append(happened)
        if self._on_event is not None:
            self._on_event(happened)
