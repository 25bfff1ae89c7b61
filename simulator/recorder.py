"""The carrier's recordings of one call: messages after the beep, and the call itself.

Source: Twilio, "TwiML Record", "TwiML Recording", "Recording status callbacks".
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from calls.clock import Clock
from simulator import twiml
from simulator.carrier_link import Link
from simulator.carrier_office import Line, Office
from simulator.tape import CALLER, OTHER, Tape, wav

_POLL_S = 0.1


@dataclass(frozen=True)
class Taken:
    """A finished recording. `tracks` are µ-law."""

    sid: str
    kind: str  # voicemail call
    seconds: int
    tracks: list[bytes]

    @property
    def wav(self) -> bytes:
        return wav(self.tracks)


class Recorder:
    """Listens to both sides. `link` is where finished recordings are put for REST to serve."""

    def __init__(self, line: Line, office: Office, clock: Clock, note: Callable[[str, str], None]) -> None:
        self.taken: list[Taken] = []
        self.link: Link | None = None
        self._line, self._office, self._clock, self._note = line, office, clock, note
        self._message: Tape | None = None
        self._call: tuple[Tape, twiml.Start] | None = None
        self._deliveries: list[asyncio.Future[None]] = []

    @property
    def takes_message(self) -> bool:
        """The caller is speaking after the beep."""
        return self._message is not None

    def caller(self, sound: bytes) -> None:
        if self._message is not None:
            self._message.hear(CALLER, sound)
        if self._call is not None:
            self._call[0].hear(CALLER, sound)

    def assistant(self, sound: bytes) -> None:
        if self._call is not None:
            self._call[0].hear(OTHER, sound)

    # --- the call itself ------------------------------------------------------------------------------
    def start(self, verb: twiml.Start) -> None:
        if verb.what == "Recording":
            self._call = (Tape(self._clock), verb)

    def stop(self) -> None:
        """The call is over, and with it the recording of it."""
        if self._call is None:
            return
        (tape, verb), self._call = self._call, None
        tracks = [tape.track(CALLER), tape.track(OTHER)]
        callback = verb.attributes.get("recordingStatusCallback")
        events = tuple(verb.attributes.get("recordingStatusCallbackEvent", "completed").split())
        taken = self._take("call", [] if tape.is_blank else tracks, max(1, round(tape.seconds)))
        self._report(taken, callback, events, "StartCallRecordingTwiML")

    # --- a message ------------------------------------------------------------------------------------
    async def message(self, verb: twiml.Record, keys: asyncio.Queue[str]) -> dict[str, str] | None:
        """What to tell the verb's action; None if nothing was said, which leads to the next verb."""
        if verb.beeps:
            self._note("beep", "")
        tape = self._message = Tape(self._clock)
        ended_by = "hangup"  # should the caller not wait for its end
        try:
            ended_by = await self._until_over(verb, tape, keys)
        finally:
            self._message = None
            sound = tape.track(CALLER, trimmed=True)
            taken = self._take("voicemail", [sound] if sound else [], max(1, round(len(sound) / 8000)))
            self._report(taken, verb.status_callback, verb.status_events, "RecordVerb")
            if sound and ended_by == "hangup" and verb.action:
                self._office.report(verb.action, self._fields(taken) | {"Digits": "hangup"})
        return self._fields(taken) | {"Digits": ended_by} if sound else None

    async def _until_over(self, verb: twiml.Record, tape: Tape, keys: asyncio.Queue[str]) -> str:
        """The key that ended it; empty when silence or the longest length did."""
        while tape.seconds < verb.max_length_s and self._clock.now() - tape.last_sound_at < verb.timeout_s:
            with contextlib.suppress(asyncio.QueueEmpty):
                if (key := keys.get_nowait()) in verb.finish_on_key:
                    return key
            await self._clock.sleep(_POLL_S)
        return ""

    # --- afterwards -----------------------------------------------------------------------------------
    async def settle(self) -> None:
        """Everything recorded is with REST, and told."""
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    def _take(self, kind: str, tracks: list[bytes], seconds: int) -> Taken:
        taken = Taken(f"RE{secrets.token_hex(16)}", kind, seconds if tracks else 0, tracks)
        if tracks:
            self.taken.append(taken)
            self._note("recorded", str(taken.seconds))
        return taken

    def _fields(self, taken: Taken) -> dict[str, str]:
        base = (self._line.rest or self._line.base).rstrip("/")
        return {
            "RecordingSid": taken.sid,
            "RecordingUrl": f"{base}/2010-04-01/Accounts/{self._line.account_sid}/Recordings/{taken.sid}",
            "RecordingDuration": str(taken.seconds),
        }

    def _report(self, taken: Taken, callback: str | None, events: tuple[str, ...], source: str) -> None:
        status = "completed" if taken.tracks else "absent"
        fields = self._fields(taken) | {
            "RecordingStatus": status,
            "RecordingChannels": str(len(taken.tracks) or 1),
            "RecordingSource": source,
        }
        if not taken.tracks:
            fields["RecordingUrl"], fields["RecordingDuration"] = "", "0"
        told = callback if status in events else None
        self._deliveries.append(asyncio.ensure_future(self._deliver(taken, told, fields)))

    async def _deliver(self, taken: Taken, callback: str | None, fields: dict[str, str]) -> None:
        if self.link is not None and taken.tracks:
            await self.link.put_recording(taken.sid, taken.tracks)
        if callback:
            await self._office.request(callback, fields)
