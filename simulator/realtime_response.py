"""One response of the Realtime service: its events in the order in which the service sends them."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from simulator import assistant, audio, ulaw
from simulator.realtime_items import Item, new_id
from simulator.realtime_protocol import PCMU, Json, Refused, check_output

if TYPE_CHECKING:
    from simulator.realtime_session import Session

_MS_PER_TOKEN = 50
_INDEXES = {"output_index": 0, "content_index": 0}


class Response:
    """Speaks one reply, unless it is cancelled, cut or made to fail. `asked` is the client's `response` object."""

    def __init__(self, session: Session, asked: Json, utterance: int) -> None:
        check_output(asked, "response")
        metadata = asked.get("metadata") or {}
        if len(metadata) > 16 or any(len(k) > 64 or len(v) > 512 for k, v in metadata.items()):
            raise Refused("invalid_value", "metadata: at most 16 pairs of 64 and 512 characters.", "response.metadata")
        self.id = new_id("resp")
        self._session = session
        self._asked = asked
        self._utterance = utterance
        self._item_id = new_id("item")
        self._cancelled: str | None = None
        self._stop = asyncio.Event()
        self._generated_ms = 0
        self._said = ""
        self._failed: str | None = None

    def cancel(self, reason: str) -> None:
        """Stop as soon as possible; `response.done` follows."""
        self._cancelled = self._cancelled or reason
        self._stop.set()

    async def announce(self) -> None:
        await self._session.emit("response.created", response=self._wire("in_progress"))

    async def run(self) -> None:
        """Everything from the limits to `response.done`."""
        session = self._session
        limits = [{"name": "tokens", "limit": 800000, "remaining": 799000, "reset_seconds": 0.1}]
        await session.emit("rate_limits.updated", rate_limits=limits)
        if await self._pause(session.options.first_audio_delay_s):
            if session.options.fail_responses:
                self._failed = session.options.fail_responses.popleft()
            elif self._audio_format() != PCMU:
                self._failed = "unsupported_format_in_the_stand_in"
            else:
                await self._speak()
        session.response_over(self)
        await session.emit("response.done", response=self._wire(self._status()))

    # --- speaking -------------------------------------------------------------------------------------
    async def _speak(self) -> None:
        session, where = self._session, {"response_id": self.id, "item_id": self._item_id}
        words = self._words()
        item = Item(self._item("in_progress"))
        await session.emit("response.output_item.added", response_id=self.id, output_index=0, item=item.wire)
        if self._beside:
            await self._write(words, where)
        else:
            await session.add_item(item)
            part = {"type": "audio", "transcript": ""}
            await session.emit("response.content_part.added", **where, **_INDEXES, part=part)
            sound = await asyncio.to_thread(audio.speech, words, audio.ASSISTANT, self._utterance)
            await self._play(item, sound, words, where)
            await session.emit("response.output_audio.done", **where, **_INDEXES)
            await session.emit("response.output_audio_transcript.done", **where, **_INDEXES, transcript=self._said)
        part = {"type": "audio", "transcript": self._said}
        await session.emit("response.content_part.done", **where, **_INDEXES, part=part)
        item.words = self._said
        item.wire.update(self._item("incomplete" if self._cancelled else "completed"))
        if not self._beside:
            await session.emit("conversation.item.done", item=item.wire, previous_item_id=None)
        await session.emit("response.output_item.done", response_id=self.id, output_index=0, item=item.wire)

    async def _play(self, item: Item, sound: bytes, words: str, where: Json) -> None:
        """Audio in deltas, faster than it plays, and the words that belong to it a little ahead."""
        session = self._session
        at = 0
        while at < len(sound) and not self._stop.is_set():
            size = max(ulaw.BYTES_PER_MS, session.options.next_delta_bytes())
            piece = sound[at : at + size]
            at += size
            upto = words[: len(words) * min(at, len(sound)) // len(sound)]
            if upto != self._said:
                new, self._said = upto[len(self._said) :], upto
                await session.emit("response.output_audio_transcript.delta", **where, **_INDEXES, delta=new)
            self._generated_ms += len(piece) // ulaw.BYTES_PER_MS
            item.audio_ms = self._generated_ms
            item.words = self._said
            await session.emit(
                "response.output_audio.delta", **where, **_INDEXES, delta=base64.b64encode(piece).decode()
            )
            await self._pause(len(piece) / ulaw.SAMPLE_RATE / session.options.speed)

    async def _write(self, words: str, where: Json) -> None:
        """A text answer beside the conversation."""
        self._said = words
        await self._session.emit("response.output_text.delta", **where, **_INDEXES, delta=words)
        await self._session.emit("response.output_text.done", **where, **_INDEXES, text=words)

    async def _pause(self, seconds: float) -> bool:
        """False if the response was cancelled meanwhile."""
        try:
            await asyncio.wait_for(self._stop.wait(), max(0.0, seconds) / self._session.clock.rate)
        except TimeoutError:
            return True
        return False

    def _words(self) -> str:
        session = self._session
        if session.options.lies:
            return session.options.lies.popleft()
        # Instructions of a response stand in place of the session's, they do not add to them.
        instructions = self._asked.get("instructions") or session.config["instructions"]
        return assistant.reply(instructions, session.conversation())

    # --- shapes ---------------------------------------------------------------------------------------
    @property
    def _beside(self) -> bool:
        return self._asked.get("conversation") == "none"

    def _audio_format(self) -> Json:
        asked = ((self._asked.get("audio") or {}).get("output") or {}).get("format")
        return dict(asked or self._session.config["audio"]["output"]["format"])

    def _status(self) -> str:
        if self._failed:
            return "failed"
        return "cancelled" if self._cancelled else "completed"

    def _item(self, status: str) -> Json:
        content = [{"type": "output_audio", "transcript": self._said}] if self._said else []
        return {
            "id": self._item_id,
            "object": "realtime.item",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def _wire(self, status: str) -> Json:
        session = self._session
        details: Json | None = None
        if status == "cancelled":
            details = {"type": "cancelled", "reason": self._cancelled}
        elif status == "failed":
            error = {"type": "server_error", "code": self._failed, "message": "The response failed."}
            details = {"type": "failed", "error": error}
        over = status != "in_progress"
        spoke = over and self._generated_ms > 0
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [self._item("incomplete" if self._cancelled else "completed")] if spoke else [],
            "conversation_id": None if self._beside else "conv_1",
            "output_modalities": self._asked.get("output_modalities") or session.config["output_modalities"],
            "max_output_tokens": self._asked.get("max_output_tokens") or session.config["max_output_tokens"],
            "audio": {"output": {"format": self._audio_format(), "voice": session.config["audio"]["output"]["voice"]}},
            "metadata": self._asked.get("metadata"),
            "usage": self._usage() if over else None,
        }

    def _usage(self) -> Json:
        text_in = len(self._session.config["instructions"]) // 4
        audio_out, text_out = self._generated_ms // _MS_PER_TOKEN, len(self._said) // 2
        return {
            "total_tokens": text_in + audio_out + text_out,
            "input_tokens": text_in,
            "output_tokens": audio_out + text_out,
            "input_token_details": {"text_tokens": text_in, "audio_tokens": 0, "cached_tokens": 0},
            "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
        }
