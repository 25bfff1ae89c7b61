"""One Realtime session as the service keeps it: configuration, conversation, turn detection, one response at a time."""

from __future__ import annotations

import asyncio
import base64
import binascii
import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from calls.clock import Clock
from simulator import ulaw, vad
from simulator.assistant import Said
from simulator.audio import Ear
from simulator.provider_options import ProviderOptions
from simulator.realtime_items import Item, Recording, new_id
from simulator.realtime_protocol import (
    PCMU,
    Json,
    Refused,
    check_new_item,
    default_session,
    event_id_of,
    read_client_event,
    updated_session,
)
from simulator.realtime_response import Response

_SESSION_S = 3600


class Session:
    """The service's side of one socket. `send` puts one server event on the wire."""

    def __init__(
        self, model: str, options: ProviderOptions, clock: Clock, send: Callable[[Json], Awaitable[None]]
    ) -> None:
        self.options = options
        self.clock = clock
        self.recording = Recording(model=model)
        self.config = default_session(new_id("sess"), model, int(time.time()) + _SESSION_S)
        self.items: list[Item] = []
        self.response: Response | None = None  # the one that writes to the conversation
        self._send = send
        self._voice = vad.VoiceActivity()
        self._voice.configure(self.config["audio"]["input"]["turn_detection"])
        self._input_item = new_id("item")
        self._tasks: set[asyncio.Task[None]] = set()
        self._utterances = itertools.count(secrets.randbelow(256))

    # --- to the wire ----------------------------------------------------------------------------------
    async def emit(self, kind: str, **fields: Any) -> None:
        """Send one server event."""
        event = {"type": kind, "event_id": new_id("event"), **fields}
        if kind != "response.output_audio.delta" or self.options.record_audio:
            self.recording.server_events.append(event)
        await self._send(event)

    async def begin(self) -> None:
        await self.emit("session.created", session=self.config)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the socket's reader, for as long as the session lives at most."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- from the wire --------------------------------------------------------------------------------
    async def receive(self, text: str) -> None:
        """Act on one client event; what the service refuses becomes an `error` event."""
        try:
            event = read_client_event(text)
            self._record(event)
            if code := self.options.refusal_of(event):
                raise Refused(code, f"Refused on request: {code}.")
            await self._handle(event)
        except Refused as refused:
            await self.error(refused.code, refused.message, param=refused.param, event_id=event_id_of(text))

    async def error(self, code: str, message: str, *, param: str | None = None, event_id: str | None = None) -> None:
        details = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": param,
            "event_id": event_id,
        }
        self.recording.errors.append(details)
        await self.emit("error", error=details)

    def _record(self, event: Json) -> None:
        if event["type"] == "input_audio_buffer.append":
            self.recording.appended += 1
            if not self.options.record_audio:
                return
        self.recording.client_events.append(event)

    async def _handle(self, event: Json) -> None:
        match event["type"]:
            case "input_audio_buffer.append":
                await self._append(event["audio"])
            case "input_audio_buffer.commit":
                await self._commit_by_hand()
            case "input_audio_buffer.clear":
                self._voice.take()
                await self.emit("input_audio_buffer.cleared")
            case "session.update":
                await self._update(event["session"])
            case "conversation.item.create":
                await self._create_item(event)
            case "conversation.item.delete":
                self.items.remove(self.item(event["item_id"], "item_delete_invalid_item_id"))
                await self.emit("conversation.item.deleted", item_id=event["item_id"])
            case "conversation.item.retrieve":
                item = self.item(event["item_id"], "item_retrieve_invalid_item_id")
                await self.emit("conversation.item.retrieved", item=item.wire)
            case "conversation.item.truncate":
                await self._truncate(event)
            case "response.create":
                await self.create_response(event.get("response") or {})
            case "response.cancel":
                await self._cancel(event.get("response_id"))
            case kind:
                raise Refused("invalid_value", f"'{kind}' is not supported over WebSocket.", "type")

    async def _update(self, update: Json) -> None:
        transcription = ((update.get("audio") or {}).get("input") or {}).get("transcription") or {}
        if transcription.get("model") in self.options.unknown_transcription_models:
            where = "session.audio.input.transcription.model"
            raise Refused("invalid_value", f"Invalid value: '{transcription['model']}'.", where)
        self.config = updated_session(self.config, update, spoken=any(item.audio_ms for item in self.items))
        self._voice.configure(self.config["audio"]["input"]["turn_detection"])
        await self.emit("session.updated", session=self.config)
        for stray in self.options.strays:
            await self._send({"event_id": new_id("event"), **stray})

    # --- the caller's audio ---------------------------------------------------------------------------
    async def _append(self, audio: str) -> None:
        try:
            sound = base64.b64decode(audio, validate=True)
        except binascii.Error:
            raise Refused("invalid_value", "Invalid 'audio'. Expected base64-encoded audio.", "audio") from None
        if self.config["audio"]["input"]["format"]["type"] != PCMU["type"]:
            return  # this ear knows µ-law only; whoever forgets to ask for it is not heard
        for event in self._voice.feed(sound):
            if isinstance(event, vad.SpeechStarted):
                await self._speech_started(event)
            else:
                await self._speech_stopped(event)

    async def _speech_started(self, event: vad.SpeechStarted) -> None:
        await self.emit(
            "input_audio_buffer.speech_started", audio_start_ms=event.audio_start_ms, item_id=self._input_item
        )
        if self._detection("interrupt_response") and self.response is not None:
            self.response.cancel("turn_detected")

    async def _speech_stopped(self, event: vad.SpeechStopped) -> None:
        await self.emit("input_audio_buffer.speech_stopped", audio_end_ms=event.audio_end_ms, item_id=self._input_item)
        await self._commit(event.sound)
        if self._detection("create_response") and self.response is None:
            await self.create_response({})

    def _detection(self, name: str) -> bool:
        detection = self.config["audio"]["input"]["turn_detection"]
        return bool(detection and detection.get(name, True))

    async def _commit_by_hand(self) -> None:
        sound = self._voice.take()
        if not sound:
            message = "Error committing input audio buffer: buffer too small."
            raise Refused("input_audio_buffer_commit_empty", message)
        await self._commit(sound)

    async def _commit(self, sound: bytes) -> None:
        item_id, self._input_item = self._input_item, new_id("item")
        previous = self.items[-1].id if self.items else None
        await self.emit("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        content = [{"type": "input_audio", "transcript": None}]
        wire = {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content}
        item = Item(wire, words=words_in(sound))
        await self.add_item(item)
        await self.emit("conversation.item.done", item=item.wire, previous_item_id=previous)
        if self.config["audio"]["input"]["transcription"]:
            self.start(self._transcribe(item, len(sound) / ulaw.SAMPLE_RATE))

    async def _transcribe(self, item: Item, seconds: float) -> None:
        """The transcript comes when it comes: before, during or after the answer."""
        where = {"item_id": item.id, "content_index": 0}
        await self.clock.sleep(self.options.transcription_delay_s)
        text = self.options.hears(item.words)
        if text is None:
            error = {"type": "server_error", "code": "transcription_failed", "message": "Failed.", "param": None}
            await self.emit("conversation.item.input_audio_transcription.failed", **where, error=error)
            return
        for piece in _pieces(text):
            await self.emit("conversation.item.input_audio_transcription.delta", **where, delta=piece)
        item.wire["content"][0]["transcript"] = text
        usage = {"type": "duration", "seconds": round(seconds, 2)}
        await self.emit("conversation.item.input_audio_transcription.completed", **where, transcript=text, usage=usage)

    # --- the conversation -----------------------------------------------------------------------------
    def item(self, item_id: str, code: str) -> Item:
        """The item of an id; refuses with `code` where there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise Refused(code, f"Item with item_id not found: '{item_id}'.", "item_id")

    def conversation(self) -> list[Said]:
        """What the model sees: a reply of which nothing was heard was never said."""
        return [
            Said(str(item.wire.get("role", "")), item.words, heard=item.heard)
            for item in self.items
            if item.wire.get("type") == "message"
        ]

    async def add_item(self, item: Item, after: str | None = None) -> None:
        """Put an item at the end, or behind another one ("root": at the front), and tell the client."""
        place = len(self.items)
        if after is not None:
            place = 0
            if after != "root":
                place = self.items.index(self.item(after, "item_create_invalid_previous_item_id")) + 1
        previous = self.items[place - 1].id if place else None
        self.items.insert(place, item)
        await self.emit("conversation.item.added", item=item.wire, previous_item_id=previous)

    async def _create_item(self, event: Json) -> None:
        given = event["item"]
        check_new_item(given, {item.id for item in self.items})
        words = " ".join(part.get("text") or "" for part in given.get("content", ()))
        wire = {"id": new_id("item"), "object": "realtime.item", "status": "completed", **given}
        item = Item(wire, words=words)
        await self.add_item(item, event.get("previous_item_id"))
        place = self.items.index(item)
        previous = self.items[place - 1].id if place else None
        await self.emit("conversation.item.done", item=item.wire, previous_item_id=previous)

    async def _truncate(self, event: Json) -> None:
        item = self.item(event["item_id"], "item_truncate_invalid_item_id")
        end_ms, index = event["audio_end_ms"], event["content_index"]
        if item.wire.get("role") != "assistant" or not item.audio_ms or index != 0:
            raise Refused("unsupported_content_type", "Only model output audio messages can be truncated.")
        if end_ms > item.audio_ms:
            message = f"Audio content of {item.audio_ms}ms is already shorter than {end_ms}ms"
            raise Refused("invalid_value", message, "audio_end_ms")
        if end_ms < 0:
            raise Refused("integer_below_min_value", "audio_end_ms is below 0.", "audio_end_ms")
        item.kept_ms = end_ms
        for part in item.wire["content"]:
            part.pop("transcript", None)  # the service forgets the words of what it truncates
        await self.emit("conversation.item.truncated", item_id=item.id, content_index=index, audio_end_ms=end_ms)

    # --- responses ------------------------------------------------------------------------------------
    async def create_response(self, asked: Json) -> None:
        """Begin one response. Raises Refused while another one writes to the conversation."""
        if self.options.swallows("response.create"):
            return
        beside = asked.get("conversation") == "none"
        if self.response is not None and not beside:
            message = (
                f"Conversation already has an active response in progress: {self.response.id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise Refused("conversation_already_has_active_response", message)
        response = Response(self, asked, utterance=next(self._utterances))
        if not beside:
            self.response = response
        await response.announce()
        self.start(response.run())

    def response_over(self, response: Response) -> None:
        if self.response is response:
            self.response = None

    async def _cancel(self, response_id: str | None) -> None:
        if self.response is None or response_id not in (None, self.response.id):
            raise Refused("response_cancel_not_active", "Cancellation failed: no active response found")
        self.response.cancel("client_cancelled")


def words_in(sound: bytes) -> str:
    """The words spoken in a stretch of audio; empty for noise, and for what cannot be made out."""
    ear = Ear()
    ear.feed(sound)
    return " ".join(words for heard in ear.utterances if (words := heard.text))


def _pieces(text: str) -> list[str]:
    words = text.split(" ")
    return [word if i == 0 else f" {word}" for i, word in enumerate(words) if word]
