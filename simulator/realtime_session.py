"""One Realtime session as the service keeps it: configuration, conversation, turn detection, one response at a time."""

from __future__ import annotations

import asyncio
import itertools
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from calls.clock import Clock
from simulator.assistant import Said
from simulator.provider_options import ProviderOptions
from simulator.realtime_hearing import Hearing
from simulator.realtime_items import Item, Recording, new_id
from simulator.realtime_protocol import (
    Json,
    Refused,
    check_new_item,
    default_session,
    event_id_of,
    read_client_event,
    updated_session,
)
from simulator.realtime_response import Response

_GOING_AWAY = 1001


class Session:
    """The service's side of one socket. `send` puts one server event on the wire, `close` ends it with a code."""

    def __init__(
        self,
        model: str,
        options: ProviderOptions,
        clock: Clock,
        send: Callable[[Json], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
    ) -> None:
        self.options = options
        self.clock = clock
        self.recording = Recording(model=model)
        expires_at = math.ceil(time.time() + options.expires_after_s / clock.rate)
        self.config = default_session(new_id("sess"), model, expires_at)
        self.items: list[Item] = []
        self.response: Response | None = None  # the one that writes to the conversation
        self._send = send
        self._close = close
        self._hearing = Hearing(self)
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
        await self.clock.sleep(self.options.session_created_delay_s)
        await self.emit("session.created", session=self.config)
        self.start(self._expire())

    async def _expire(self) -> None:
        await self.clock.sleep(self.options.expires_after_s - self.options.session_created_delay_s)
        await self.error("session_expired", "Your session hit the maximum duration of 60 minutes.")
        await self._close(_GOING_AWAY)

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
            if not self.options.swallows(event["type"]):
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
                await self._hearing.append(event["audio"])
            case "input_audio_buffer.commit":
                await self._hearing.commit_by_hand()
            case "input_audio_buffer.clear":
                self._hearing.clear()
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
        self._hearing.configure()
        await self.emit("session.updated", session=self.config)
        for stray in self.options.strays:
            await self._send({"event_id": new_id("event"), **stray})

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
        response = self.response
        if response is not None and response.announced and response_id in (None, response.id):
            if not self.options.once("cancel_races"):
                response.cancel("client_cancelled")
                return
            response.hurry()
            await response.over.wait()
        raise Refused("response_cancel_not_active", "Cancellation failed: no active response found")
