"""OpenAI Realtime (GA) on the wire: what we say and what we hear. Pure and total.

Server events outside the tables below are ignored on purpose: the conversation needs nothing from them
(item and content bookkeeping, deltas of our own text, rate limits, WebRTC and SIP events), and kinds that do
not exist yet must not end a call. Source: reference of the `openai` package's GA types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from calls.conversation import events
from calls.conversation.events import AnyEvent

PREFIX_MS = 300  # audio the provider keeps from before speech was detected
MAX_OUTPUT_TOKENS = 1200  # about a minute of speech: a bound on cost, never a way to keep replies short
BYTES_PER_MS = 8  # µ-law at 8 kHz


# --- what we say -------------------------------------------------------------------------------------
class SessionSettings(msgspec.Struct, frozen=True):
    """What `session.update` is made of."""

    model: str
    voice: str
    instructions: str
    transcribe_model: str
    transcribe_hint: str = ""  # words worth knowing, such as the business's name
    vad_threshold: float = 0.6
    vad_silence_ms: int = 500
    reasoning: bool = True  # off once the model has refused it


def _json(message: Mapping[str, Any]) -> str:
    return msgspec.json.encode(message).decode()


def _transcription(settings: SessionSettings) -> dict[str, Any]:
    name = settings.transcribe_model
    if name.startswith(("gpt-transcribe", "gpt-live-transcribe")):
        wanted: dict[str, Any] = {"model": name, "languages": ["he"]}
        if settings.transcribe_hint:
            wanted["keywords"] = [settings.transcribe_hint]
        return wanted
    return {"model": name, "language": "he"}


def session_update(event_id: str, settings: SessionSettings) -> str:
    """The whole session as we want it: µ-law through and through, and no response but those we ask for."""
    pcmu = {"type": "audio/pcmu"}
    session: dict[str, Any] = {
        "type": "realtime",
        "instructions": settings.instructions,
        "output_modalities": ["audio"],
        "max_output_tokens": MAX_OUTPUT_TOKENS,
        "tracing": None,
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": 0.8,
            "token_limits": {"post_instructions": 16000},
        },
        "audio": {
            "input": {
                "format": pcmu,
                "noise_reduction": {"type": "near_field"},
                "transcription": _transcription(settings),
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": settings.vad_threshold,
                    "prefix_padding_ms": PREFIX_MS,
                    "silence_duration_ms": settings.vad_silence_ms,
                    "create_response": False,
                    "interrupt_response": False,
                },
            },
            "output": {"format": pcmu, "voice": settings.voice},
        },
    }
    if settings.reasoning and "gpt-realtime-2" in settings.model:
        # A model that does not reason refuses the whole update over this field.
        session["reasoning"] = {"effort": "minimal"}
    return _json({"type": "session.update", "event_id": event_id, "session": session})


def append(payload: str) -> str:
    """One frame of caller audio; `payload` is base64 as the carrier sent it."""
    return f'{{"type":"input_audio_buffer.append","audio":"{payload}"}}'


def create_response(intent_id: str) -> str:
    return _json({"type": "response.create", "event_id": intent_id, "response": {"metadata": {"intent_id": intent_id}}})


def server_item(item_id: str, text: str) -> str:
    content = [{"type": "input_text", "text": text}]
    item = {"id": item_id, "type": "message", "role": "system", "content": content}
    return _json({"type": "conversation.item.create", "event_id": item_id, "item": item})


def delete_item(event_id: str, item_id: str) -> str:
    return _json({"type": "conversation.item.delete", "event_id": event_id, "item_id": item_id})


def cancel_response(event_id: str, response_id: str) -> str:
    return _json({"type": "response.cancel", "event_id": event_id, "response_id": response_id})


def truncate(event_id: str, item_id: str, content_index: int, heard_ms: int) -> str:
    return _json(
        {
            "type": "conversation.item.truncate",
            "event_id": event_id,
            "item_id": item_id,
            "content_index": content_index,
            "audio_end_ms": heard_ms,
        }
    )


# --- what we hear ------------------------------------------------------------------------------------
class Audio(msgspec.Struct, frozen=True):
    """A piece of the assistant's voice, base64 µ-law.

    `audio_ms` is by how many whole milliseconds its item grew: the pieces of an item add up to its length.
    """

    response_id: str
    item_id: str
    content_index: int
    delta: str
    audio_ms: int


class SessionCreated(msgspec.Struct, frozen=True):
    """The provider is listening; the session still has its defaults."""


class SessionUpdated(msgspec.Struct, frozen=True):
    """Our settings hold."""


class Refused(msgspec.Struct, frozen=True):
    """An `error` event. `param` names the field that was wrong, if one was."""

    code: str
    event_id: str = ""
    param: str = ""


Heard = Audio | SessionCreated | SessionUpdated | Refused | AnyEvent


class _Error(msgspec.Struct):
    type: str | None = None
    code: str | None = None
    event_id: str | None = None
    param: str | None = None


class _Response(msgspec.Struct):
    """`status_details` has been seen as an object, null and a bare string; nothing here depends on it."""

    id: str = ""
    status: str | None = None
    metadata: Any = None


class _Wire(msgspec.Struct):
    """The fields of all server events together; which are filled depends on `type`."""

    type: str
    item_id: str = ""
    response_id: str = ""
    content_index: int = 0
    delta: str = ""
    transcript: str | None = None
    audio_start_ms: int = 0
    audio_end_ms: int = 0
    error: Any = None
    response: Any = None


_decoder = msgspec.json.Decoder(_Wire)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class Ear:
    """Turns server events into the conversation's.

    Remembers when each utterance began and was first heard, and how long the assistant's item is so far.
    """

    def __init__(self, vad_silence_ms: int) -> None:
        self._silence_ms = vad_silence_ms
        self._speech_from: dict[str, int] = {}
        self._partial: set[str] = set()
        self._item_id, self._item_bytes = "", 0  # of the assistant's voice

    def hear(self, data: bytes, at_ms: int) -> Heard | None:
        """What a server event says; None for kinds that mean nothing to us and for malformed ones."""
        try:
            wire = _decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeError):
            return None
        handler = _HANDLERS.get(wire.type)
        return handler(self, wire, at_ms) if handler else None

    def audio(self, wire: _Wire, at_ms: int) -> Heard | None:
        if not _BASE64.fullmatch(wire.delta) or len(wire.delta) % 4:  # it is spliced into the carrier's JSON as it is
            return None
        before = self._item_bytes if wire.item_id == self._item_id else 0
        self._item_id, self._item_bytes = wire.item_id, before + len(wire.delta) * 3 // 4 - wire.delta.count("=", -2)
        grown_ms = self._item_bytes // BYTES_PER_MS - before // BYTES_PER_MS
        return Audio(wire.response_id, wire.item_id, wire.content_index, wire.delta, grown_ms)

    def speech_started(self, wire: _Wire, at_ms: int) -> Heard | None:
        if len(self._speech_from) > 50:  # utterances that never stopped
            self._speech_from.clear()
        self._speech_from[wire.item_id] = wire.audio_start_ms
        return events.SpeechStarted(at_ms, wire.item_id)

    def speech_stopped(self, wire: _Wire, at_ms: int) -> Heard | None:
        # The start includes the provider's padding, so a short word measures long: its transcript decides then.
        began = self._speech_from.pop(wire.item_id, wire.audio_end_ms)
        return events.SpeechStopped(at_ms, wire.item_id, max(0, wire.audio_end_ms - began - self._silence_ms))

    def transcript_delta(self, wire: _Wire, at_ms: int) -> Heard | None:
        if wire.item_id in self._partial:
            return None
        self._partial.add(wire.item_id)
        return events.TranscriptStarted(at_ms, wire.item_id, wire.delta)

    def transcript_completed(self, wire: _Wire, at_ms: int) -> Heard | None:
        self._partial.discard(wire.item_id)
        return events.CallerTranscript(at_ms, wire.item_id, wire.transcript or "")

    def transcript_failed(self, wire: _Wire, at_ms: int) -> Heard | None:
        self._partial.discard(wire.item_id)
        return events.TranscriptFailed(at_ms, wire.item_id)


def _response(wire: _Wire) -> _Response:
    try:
        return msgspec.convert(wire.response, _Response)
    except msgspec.ValidationError:
        return _Response()


def _intent(response: _Response) -> str:
    intent = response.metadata.get("intent_id") if isinstance(response.metadata, dict) else None
    return intent if isinstance(intent, str) else ""


def _refused(wire: _Wire) -> Refused:
    try:
        error = msgspec.convert(wire.error, _Error)
    except msgspec.ValidationError:
        error = _Error()
    return Refused(error.code or error.type or "unknown", error.event_id or "", error.param or "")


_HANDLERS: dict[str, Callable[[Ear, _Wire, int], Heard | None]] = {
    "session.created": lambda ear, wire, at: SessionCreated(),
    "session.updated": lambda ear, wire, at: SessionUpdated(),
    "error": lambda ear, wire, at: _refused(wire),
    "input_audio_buffer.speech_started": Ear.speech_started,
    "input_audio_buffer.speech_stopped": Ear.speech_stopped,
    "input_audio_buffer.committed": lambda ear, wire, at: events.TurnCommitted(at, wire.item_id),
    "conversation.item.input_audio_transcription.delta": Ear.transcript_delta,
    "conversation.item.input_audio_transcription.completed": Ear.transcript_completed,
    "conversation.item.input_audio_transcription.failed": Ear.transcript_failed,
    "response.created": lambda ear, wire, at: events.ResponseCreated(at, _response(wire).id, _intent(_response(wire))),
    "response.output_audio.delta": Ear.audio,
    "response.output_audio.done": lambda ear, wire, at: events.ReplyAudioDone(at, wire.item_id),
    "response.output_audio_transcript.done": lambda ear, wire, at: events.ReplyText(
        at, wire.item_id, wire.transcript or ""
    ),
    "response.done": lambda ear, wire, at: events.ResponseDone(
        at, _response(wire).id, _response(wire).status or "failed"
    ),
}

# Known kinds that we ignore; a test holds the two lists against the `openai` package's.
IGNORED = frozenset(
    {
        "conversation.created",
        "conversation.item.created",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.deleted",
        "conversation.item.retrieved",
        "conversation.item.truncated",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.cleared",
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.dtmf_event_received",
        "output_audio_buffer.started",
        "output_audio_buffer.stopped",
        "output_audio_buffer.cleared",
        "rate_limits.updated",
        "response.output_item.added",
        "response.output_item.done",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.output_audio_transcript.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done",
        "response.mcp_call.in_progress",
        "response.mcp_call.completed",
        "response.mcp_call.failed",
        "mcp_list_tools.in_progress",
        "mcp_list_tools.completed",
        "mcp_list_tools.failed",
    }
)
HANDLED = frozenset(_HANDLERS)
