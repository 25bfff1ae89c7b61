"""The caller's side of a Realtime session: voice activity, turns, and the transcripts that come when they come."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from simulator import ulaw, vad
from simulator.audio import Ear
from simulator.realtime_items import Item, new_id
from simulator.realtime_protocol import PCMU, Refused

if TYPE_CHECKING:
    from simulator.realtime_session import Session


class Hearing:
    """Listens for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._voice = vad.VoiceActivity()
        self._item_id = new_id("item")  # of the utterance that comes next
        self._twice = False  # this utterance's events
        self.configure()

    def configure(self) -> None:
        """Take over the session's turn detection."""
        self._voice.configure(self._session.config["audio"]["input"]["turn_detection"])

    def clear(self) -> None:
        self._voice.take()

    async def append(self, audio: str) -> None:
        try:
            sound = base64.b64decode(audio, validate=True)
        except binascii.Error:
            raise Refused("invalid_value", "Invalid 'audio'. Expected base64-encoded audio.", "audio") from None
        if self._session.config["audio"]["input"]["format"]["type"] != PCMU["type"]:
            return  # this ear knows µ-law only; whoever forgets to ask for it is not heard
        for event in self._voice.feed(sound):
            if isinstance(event, vad.SpeechStarted):
                await self._started(event)
            else:
                await self._stopped(event)

    async def commit_by_hand(self) -> None:
        sound = self._voice.take()
        if not sound:
            message = "Error committing input audio buffer: buffer too small."
            raise Refused("input_audio_buffer_commit_empty", message)
        await self._commit(sound)

    # --- turns ----------------------------------------------------------------------------------------
    async def _tell(self, kind: str, **fields: Any) -> None:
        for _ in range(2 if self._twice else 1):
            await self._session.emit(f"input_audio_buffer.{kind}", **fields)

    async def _started(self, event: vad.SpeechStarted) -> None:
        session = self._session
        self._twice = session.options.once("double_vad")
        await self._tell("speech_started", audio_start_ms=event.audio_start_ms, item_id=self._item_id)
        if self._detects("interrupt_response") and session.response is not None:
            session.response.cancel("turn_detected")

    async def _stopped(self, event: vad.SpeechStopped) -> None:
        session = self._session
        await self._tell("speech_stopped", audio_end_ms=event.audio_end_ms, item_id=self._item_id)
        await self._commit(event.sound)
        if session.response is None and (self._detects("create_response") or session.options.once("uninvited")):
            await session.create_response({})

    def _detects(self, name: str) -> bool:
        detection = self._session.config["audio"]["input"]["turn_detection"]
        return bool(detection and detection.get(name, True))

    async def _commit(self, sound: bytes) -> None:
        session = self._session
        item_id, self._item_id = self._item_id, new_id("item")
        previous = session.items[-1].id if session.items else None
        await self._tell("committed", item_id=item_id, previous_item_id=previous)
        content = [{"type": "input_audio", "transcript": None}]
        wire = {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content}
        item = Item(wire, words=words_in(sound))
        await session.add_item(item)
        await session.emit("conversation.item.done", item=item.wire, previous_item_id=previous)
        if session.config["audio"]["input"]["transcription"]:
            session.start(self._transcribe(item, len(sound) / ulaw.SAMPLE_RATE))

    async def _transcribe(self, item: Item, seconds: float) -> None:
        """The transcript comes when it comes: before, during or after the answer."""
        session, kind = self._session, "conversation.item.input_audio_transcription"
        where = {"item_id": item.id, "content_index": 0}
        text = session.options.hears(item.words)
        await session.clock.sleep(session.options.next_transcription_delay_s())
        if text is None:
            error = {"type": "server_error", "code": "transcription_failed", "message": "Failed.", "param": None}
            await session.emit(f"{kind}.failed", **where, error=error)
            return
        for piece in _pieces(text):
            await session.emit(f"{kind}.delta", **where, delta=piece)
        if session.options.once("untold_transcripts"):
            return
        item.wire["content"][0]["transcript"] = text
        usage = {"type": "duration", "seconds": round(seconds, 2)}
        await session.emit(f"{kind}.completed", **where, transcript=text, usage=usage)


def words_in(sound: bytes) -> str:
    """The words spoken in a stretch of audio; empty for noise, and for what cannot be made out."""
    ear = Ear()
    ear.feed(sound)
    return " ".join(words for heard in ear.utterances if (words := heard.text))


def _pieces(text: str) -> list[str]:
    words = text.split(" ")
    return [word if i == 0 else f" {word}" for i, word in enumerate(words) if word]
