"""A Realtime provider by script: the events of a session in the service's order, at fixed delays."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

from benchmarks.lean import stamps
from benchmarks.lean.tally import Tally
from benchmarks.lean.wire import Connection

Json = dict[str, Any]

TRANSCRIPT_S, FIRST_AUDIO_S = 0.3, 0.5  # after the turn's end; after response.create
DELTA_S = 0.05  # 200 ms of audio each, so four times as fast as it plays
DELTAS = 20
SILENT_FRAMES = 25  # end a turn
LOUD_FRAMES = 3  # begin one
REPLY = "בסדר גמור, הנה תשובה של ארבע שניות בערך. מה עוד נוח לך?"
# By the number of the turn. Nothing here is an agreement, so nothing is booked; times are asked for again and again.
SENTENCES = (
    "שלום, אני רוצה לקבוע תור מחר בשש בערב",
    "רגע, אולי עדיף ביום חמישי בעשר בבוקר",
    "כמה עולה אצלכם תספורת?",
    "ומה לגבי יום ראשון בחמש אחר הצהריים?",
    "צריך לחשוב על זה עוד קצת",
    "יש אולי משהו מחרתיים באחת עשרה בבוקר?",
)


class Session:
    """One call's session."""

    def __init__(self, send: Callable[[str], None], tally: Tally) -> None:
        self._send_text = send
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._ids = itertools.count(1)
        self._config: Json = {}
        self._call = 0
        self._turn = 0
        self._frames = 0
        self._loud = self._quiet = 0
        self._speaking = False
        self._item = ""
        self._upstream_ms = 0.0  # how long the frame that ended the turn was on its way
        self._transcribed_us: int | None = None  # of a turn that is not answered yet
        self._reply: _Reply | None = None
        self._send("session.created", session={"id": self._id("sess"), "type": "realtime"})

    def closed(self) -> None:
        self._reply = None

    def receive(self, message: bytes) -> None:
        """One client event."""
        at = message.find(stamps.SIGN, 30, 80)
        if at > 0:
            self._hear(stamps.read(message, at))
            return
        event = json.loads(message)
        match event["type"]:
            case "session.update":
                self._config = _merged(self._config, event["session"])
                self._send("session.updated", session=self._config)
            case "response.create":
                self._asked_to_answer((event.get("response") or {}).get("metadata"))
            case "response.cancel":
                self._cancel(event)
            case "conversation.item.create":
                self._added({"id": self._id("item"), **event["item"]})
            case "conversation.item.truncate":
                named = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
                self._send("conversation.item.truncated", **named)
            case "conversation.item.delete":
                self._send("conversation.item.deleted", item_id=event["item_id"])

    # --- the caller -----------------------------------------------------------------------------------
    def _hear(self, stamp: stamps.Stamp) -> None:
        late_ms = (stamps.now_us() - stamp.sent_us) / 1000
        self._call = stamp.call
        self._frames += 1
        self._tally.frames_received += 1
        if self._tally.measuring:
            self._tally.up.append(late_ms)
        if stamp.loud:
            self._quiet = 0
            self._loud += 1
            if self._loud == LOUD_FRAMES and not self._speaking:
                self._speaking, self._turn, self._item = True, stamp.number, self._id("item")
                start_ms = max(0, self._frames * 20 - 360)
                self._send("input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=self._item)
            return
        self._loud = 0
        self._quiet += 1
        if self._speaking and self._quiet == SILENT_FRAMES:
            self._speaking, self._upstream_ms = False, late_ms
            self._commit()

    def _commit(self) -> None:
        item = self._item
        self._send("input_audio_buffer.speech_stopped", audio_end_ms=self._frames * 20, item_id=item)
        self._send("input_audio_buffer.committed", item_id=item, previous_item_id=None)
        self._added({"id": item, "type": "message", "role": "user", "content": [{"type": "input_audio"}]})
        heard = (self._config.get("audio") or {}).get("input") or {}
        if heard.get("transcription"):
            self._loop.call_later(TRANSCRIPT_S, self._transcribe, item, SENTENCES[self._turn % len(SENTENCES)])
        if (heard.get("turn_detection") or {}).get("create_response", True):
            self._answer(None)

    def _transcribe(self, item: str, text: str) -> None:
        where = {"item_id": item, "content_index": 0}
        for word in text.split():
            self._send("conversation.item.input_audio_transcription.delta", **where, delta=f"{word} ")
        self._send("conversation.item.input_audio_transcription.completed", **where, transcript=text)
        self._transcribed_us = stamps.now_us()

    def _added(self, item: Json) -> None:
        self._send("conversation.item.added", item=item, previous_item_id=None)
        self._send("conversation.item.done", item=item, previous_item_id=None)

    # --- the assistant --------------------------------------------------------------------------------
    def _asked_to_answer(self, metadata: Json | None) -> None:
        if self._reply is not None:
            error = {"type": "invalid_request_error", "code": "conversation_already_has_active_response"}
            self._send("error", error=error)
            return
        if self._transcribed_us is not None:
            decided_ms = (stamps.now_us() - self._transcribed_us) / 1000
            self._tally.before_answer[self._call] = self._upstream_ms + decided_ms
            self._transcribed_us = None
        self._answer(metadata)

    def _answer(self, metadata: Json | None) -> None:
        if self._reply is None:
            reply = self._reply = _Reply(self._id("resp"), self._id("item"), metadata)
            self._send("response.created", response=reply.wire("in_progress"))
            self._send("rate_limits.updated", rate_limits=[])
            self._loop.call_later(FIRST_AUDIO_S, self._begin, reply)

    def _begin(self, reply: _Reply) -> None:
        if reply is self._reply:
            item = {"id": reply.item, "type": "message", "role": "assistant", "content": []}
            self._send("response.output_item.added", response_id=reply.id, output_index=0, item=item)
            self._added(item)
            self._send("response.content_part.added", **reply.where, part={"type": "audio", "transcript": ""})
            self._speak(reply, 0)

    def _speak(self, reply: _Reply, number: int) -> None:
        if reply is not self._reply:
            return
        if number == DELTAS:
            self._finish(reply, "completed")
            return
        words = REPLY[len(REPLY) * number // DELTAS : len(REPLY) * (number + 1) // DELTAS]
        self._send("response.output_audio_transcript.delta", **reply.where, delta=words)
        sound = stamps.delta(number=number, call=self._call)
        self._send("response.output_audio.delta", **reply.where, delta=sound)
        self._loop.call_later(DELTA_S, self._speak, reply, number + 1)

    def _cancel(self, event: Json) -> None:
        if self._reply is None:
            error = {"type": "invalid_request_error", "code": "response_cancel_not_active"}
            self._send("error", error=error | {"event_id": event.get("event_id")})
            return
        self._finish(self._reply, "cancelled")

    def _finish(self, reply: _Reply, status: str) -> None:
        self._reply = None
        self._send("response.output_audio.done", **reply.where)
        self._send("response.output_audio_transcript.done", **reply.where, transcript=REPLY)
        self._send("response.content_part.done", **reply.where, part={"type": "audio", "transcript": REPLY})
        self._send("response.output_item.done", response_id=reply.id, output_index=0, item={"id": reply.item})
        self._send("response.done", response=reply.wire(status))

    # --- the wire -------------------------------------------------------------------------------------
    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._ids)}"

    def _send(self, kind: str, **fields: Any) -> None:
        self._send_text(json.dumps({"type": kind, "event_id": self._id("event"), **fields}, ensure_ascii=False))


def _merged(old: Json, new: Json) -> Json:
    """An update changes what it names."""
    changed = {name: _merged(old[name], value) if _both(old.get(name), value) else value for name, value in new.items()}
    return old | changed


def _both(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)


class _Reply:
    def __init__(self, response_id: str, item_id: str, metadata: Json | None) -> None:
        self.id, self.item, self._metadata = response_id, item_id, metadata
        self.where = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}

    def wire(self, status: str) -> Json:
        return {"id": self.id, "object": "realtime.response", "status": status, "metadata": self._metadata}


def text_answer(body: bytes) -> Json:
    """What the text model says to a sentence, at once: it read nothing out of it."""
    request = json.loads(body)
    fields = request["text"]["format"]["schema"]["properties"]
    said = json.dumps({name: [] if name == "spans" else None for name in fields})
    content = [{"type": "output_text", "text": said, "annotations": []}]
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": content}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": request["model"],
        "status": "completed",
        "output": [message],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
    }


async def serve(port: int, tally: Tally) -> asyncio.Server:
    """Listen for sessions and for questions to the text model."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Connection(lambda send: Session(send, tally), text_answer), "127.0.0.1", port, reuse_address=True
    )
