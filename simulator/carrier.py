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
from simulator import audio, twiml
from simulator.carrier_link import linked
from simulator.carrier_office import Line, Office
from simulator.listener import Listener
from simulator.media_stream import MediaStream

__all__ = ["Call", "Happened", "Line"]

_KEY_PAUSE_S = 0.12


@dataclass(frozen=True)
class Happened:
    """One line of the call's protocol. `at_s` counts from the dialling."""

    at_s: float
    what: str  # ringing answered caller keys assistant cut carrier warning error ended
    text: str = ""


@dataclass
class _Interruption:
    """What ends the running document: the caller, or the server through REST."""

    ended_by: str = ""  # empty: go on with `verbs`
    verbs: list[twiml.Verb] = field(default_factory=list)


class Call:
    """A call that is being made. Steer it with `say`, `press` and `hang_up` while `run` is running."""

    def __init__(
        self,
        line: Line,
        *,
        to: str,
        from_: str,
        clock: Clock | None = None,
        on_event: Callable[[Happened], None] | None = None,
    ) -> None:
        self.line = line
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

    # --- the caller -----------------------------------------------------------------------------------
    @property
    def stream(self) -> MediaStream | None:
        """The newest media stream."""
        return self.streams[-1] if self.streams else None

    @property
    def is_answered(self) -> bool:
        """A media stream is open."""
        return self.stream is not None and self.stream.open

    async def say(self, words: str) -> None:
        """Speak; returns when the words are out."""
        self._note("caller", words)
        self._utterances += 1
        await self.sound(await asyncio.to_thread(audio.speech, words, audio.CALLER, self._utterances))

    async def sound(self, ulaw_audio: bytes) -> None:
        """Send any sound; returns when it is out, or nobody listens any more."""
        stream = self.stream
        if stream is None:
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

    # --- the carrier ----------------------------------------------------------------------------------
    async def run(self) -> None:
        """The whole call: webhook, document after document, last callback."""
        office = self.office
        facts = {"sid": self.sid, "account_sid": self.line.account_sid, "to": office.to, "from": office.from_}
        try:
            async with linked(self.line.rest, facts, self._take_update):
                await self._documents()
            if not await office.call_ended(self.clock.now() - self._began):
                self._note("warning", "the status callback was not taken")
        finally:
            await office.close()

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
                case twiml.Hangup() | twiml.Reject() | twiml.Dial():
                    self._finish("document", type(verb).__name__)
                    return None
                case twiml.Redirect():
                    return await self.office.fetch(verb.url, method=verb.method)
                case twiml.Connect():
                    following = await self._connect(verb)
                case twiml.Gather():
                    following = await self._gather(verb)
                case twiml.Record():
                    following = await self._record(verb)
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
            played=self.listener.hear,
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
        await self.clock.sleep(min(verb.timeout_s, verb.max_length_s))  # nobody speaks: silence ends it
        fields = {"RecordingUrl": f"{self.line.base}/recordings/{self.sid}", "RecordingDuration": "0"}
        return await self.office.fetch(verb.action, fields, method=verb.method) if verb.action else None

    # --- REST -----------------------------------------------------------------------------------------
    async def _take_update(self, params: dict[str, str]) -> None:
        """The server asked for something else through REST."""
        interruption = _Interruption(ended_by="server")
        try:
            if "Twiml" in params:
                interruption = _Interruption(verbs=twiml.parse(params["Twiml"]))
            elif "Url" in params:
                interruption = _Interruption(verbs=await self.office.fetch(params["Url"]))
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
