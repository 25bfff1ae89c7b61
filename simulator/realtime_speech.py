"""One item of the assistant's speech: audio in deltas, faster than it plays, and its words a little ahead of it."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from simulator import audio, ulaw
from simulator.realtime_items import Item, new_id
from simulator.realtime_protocol import Json

if TYPE_CHECKING:
    from simulator.realtime_response import Response


class SpokenItem:
    """Says `words`, unless its response ends before. `said`: the words that were generated so far."""

    def __init__(self, response: Response, output_index: int, words: str) -> None:
        self.id = new_id("item")
        self.said = ""
        self.generated_ms = 0
        self._response = response
        self._session = response.session
        self._words = words
        self._indexes = {"output_index": output_index, "content_index": 0}
        self._output_index = output_index
        self._item = Item(self.wire("in_progress"))

    def wire(self, status: str) -> Json:
        """The item as the service shows it."""
        content = [{"type": "output_audio", "transcript": self.said}] if self.said else []
        return {
            "id": self.id,
            "object": "realtime.item",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    async def speak(self, *, endless: bool, stall_s: float) -> None:
        """All events of the item. `stall_s`: how long it is silent in mid-sentence."""
        session, where = self._session, self._where()
        await self._added()
        await session.add_item(self._item)
        part = {"type": "audio", "transcript": ""}
        await session.emit("response.content_part.added", **where, part=part)
        sound = await asyncio.to_thread(audio.speech, self._words, audio.ASSISTANT, self._response.utterance)
        await self._play(sound, stall_s)
        while endless and self._response.goes_on:
            await self._play(sound, 0.0)
        await session.emit("response.output_audio.done", **where)
        await session.emit("response.output_audio_transcript.done", **where, transcript=self.said)
        self._item.words = self.said
        await self._done(beside=False)

    async def write(self) -> None:
        """The same words as text, beside the conversation."""
        await self._added()
        self.said = self._words
        await self._session.emit("response.output_text.delta", **self._where(), delta=self._words)
        await self._session.emit("response.output_text.done", **self._where(), text=self._words)
        await self._done(beside=True)

    async def _play(self, sound: bytes, stall_s: float) -> None:
        session, response, where = self._session, self._response, self._where()
        at, told, before = 0, "", f"{self.said} " if self.said else ""
        while at < len(sound) and response.goes_on:
            size = max(ulaw.BYTES_PER_MS, session.options.next_delta_bytes())
            piece = sound[at : at + size]
            at += size
            worded = at - session.options.words_late_ms * ulaw.BYTES_PER_MS if at < len(sound) else len(sound)
            upto = self._words[: len(self._words) * max(0, worded) // len(sound)]
            if upto != told:
                new = (before if not told else "")[-1:] + upto[len(told) :]
                told, self.said = upto, before + upto
                await session.emit("response.output_audio_transcript.delta", **where, delta=new)
            self.generated_ms += len(piece) // ulaw.BYTES_PER_MS
            response.generated_ms += len(piece) // ulaw.BYTES_PER_MS
            self._item.audio_ms, self._item.words = self.generated_ms, self.said
            await session.emit("response.output_audio.delta", **where, delta=base64.b64encode(piece).decode())
            await response.pause(len(piece) / ulaw.SAMPLE_RATE / session.options.speed)
            if stall_s and at >= len(sound) // 2:
                await response.pause(stall_s)
                stall_s = 0.0

    async def _added(self) -> None:
        where = {"response_id": self._response.id, "output_index": self._output_index}
        await self._session.emit("response.output_item.added", **where, item=self._item.wire)

    async def _done(self, *, beside: bool) -> None:
        session = self._session
        part = {"type": "audio", "transcript": self.said}
        await session.emit("response.content_part.done", **self._where(), part=part)
        self._item.wire.update(self.wire(self._response.status_of_items))
        if not beside:
            await session.emit("conversation.item.done", item=self._item.wire, previous_item_id=None)
        where = {"response_id": self._response.id, "output_index": self._output_index}
        await session.emit("response.output_item.done", **where, item=self._item.wire)

    def _where(self) -> Json:
        return {"response_id": self._response.id, "item_id": self.id, **self._indexes}


def halves(words: str) -> list[str]:
    """The words in two parts, at the end of a sentence where there is one in the middle."""
    pieces = words.split(" ")
    if len(pieces) < 2:
        return [words]
    middle = len(pieces) // 2
    ends = [at for at, piece in enumerate(pieces[:-1], 1) if piece[-1:] in ".?!"]
    cut = min(ends, key=lambda at: abs(at - middle), default=middle)
    return [" ".join(pieces[:cut]), " ".join(pieces[cut:])]
