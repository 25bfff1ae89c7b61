"""OpenAI Realtime (GA) on the wire: what we hear. Pure and total.

Server events outside the tables below are ignored on purpose: the conversation needs nothing from them
(item and content bookkeeping, deltas of our own text, WebRTC and SIP events), and kinds that do not exist yet
must not end a call. Source: reference of the `openai` package's GA types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from calls import prices
from calls.conversation import events
from calls.conversation.events import AnyEvent

BYTES_PER_MS = 8  # µ-law at 8 kHz


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
    """The provider is listening; the session still has its defaults. It ends at `expires_at`, in Unix seconds."""

    expires_at: int = 0


class SessionUpdated(msgspec.Struct, frozen=True):
    """Our settings hold."""


class Refused(msgspec.Struct, frozen=True):
    """An `error` event. `param` names the field that was wrong, if one was."""

    code: str
    event_id: str = ""
    param: str = ""


class Limit(msgspec.Struct, frozen=True):
    """How much of one allowance is left, and in how many seconds it is whole again."""

    name: str
    remaining: int = 0
    reset_seconds: float = 0.0


class RateLimits(msgspec.Struct, frozen=True):
    limits: tuple[Limit, ...]


Heard = Audio | SessionCreated | SessionUpdated | Refused | RateLimits | AnyEvent


class _Error(msgspec.Struct):
    type: str | None = None
    code: str | None = None
    event_id: str | None = None
    param: str | None = None


class _Details(msgspec.Struct):
    error: _Error | None = None


class _Response(msgspec.Struct):
    """`status_details` has been seen as an object, null and a bare string; nothing here depends on it."""

    id: str = ""
    status: str | None = None
    status_details: Any = None
    metadata: Any = None
    usage: Any = None


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
    session: Any = None
    rate_limits: Any = None


_decoder = msgspec.json.Decoder(_Wire)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class Ear:
    """Turns server events into the conversation's.

    Remembers when each utterance began and was first heard, and how long the assistant's item is so far.
    """

    def __init__(self, vad_silence_ms: int, model: str = "") -> None:
        self.silence_ms = vad_silence_ms  # that ends a turn
        self._model = model
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

    # --- the session ----------------------------------------------------------------------------------
    def session_created(self, wire: _Wire, at_ms: int) -> Heard | None:
        expires_at = wire.session.get("expires_at") if isinstance(wire.session, dict) else None
        return SessionCreated(expires_at if isinstance(expires_at, int) else 0)

    def session_updated(self, wire: _Wire, at_ms: int) -> Heard | None:
        """From here on the silence that ends a turn is this one."""
        silence_ms = _dug(wire.session, "audio", "input", "turn_detection", "silence_duration_ms")
        if isinstance(silence_ms, int):
            self.silence_ms = silence_ms
        return SessionUpdated()

    # --- the assistant --------------------------------------------------------------------------------
    def audio(self, wire: _Wire, at_ms: int) -> Heard | None:
        if not _BASE64.fullmatch(wire.delta) or len(wire.delta) % 4:  # it is spliced into the carrier's JSON as it is
            return None
        before = self._item_bytes if wire.item_id == self._item_id else 0
        self._item_id, self._item_bytes = wire.item_id, before + len(wire.delta) * 3 // 4 - wire.delta.count("=", -2)
        grown_ms = self._item_bytes // BYTES_PER_MS - before // BYTES_PER_MS
        return Audio(wire.response_id, wire.item_id, wire.content_index, wire.delta, grown_ms)

    def words(self, wire: _Wire, at_ms: int) -> Heard | None:
        return events.ReplyWords(at_ms, wire.item_id, wire.delta) if wire.delta else None

    def response_done(self, wire: _Wire, at_ms: int) -> Heard | None:
        response = _response(wire)
        cost = prices.cost_microusd(self._model, response.usage)
        return events.ResponseDone(at_ms, response.id, response.status or "failed", _failure(response), cost)

    # --- the caller -----------------------------------------------------------------------------------
    def speech_started(self, wire: _Wire, at_ms: int) -> Heard | None:
        if len(self._speech_from) > 50:  # utterances that never stopped
            self._speech_from.clear()
        self._speech_from[wire.item_id] = wire.audio_start_ms
        return events.SpeechStarted(at_ms, wire.item_id)

    def speech_stopped(self, wire: _Wire, at_ms: int) -> Heard | None:
        # The start includes the provider's padding, so a short word measures long: its transcript decides then.
        began = self._speech_from.pop(wire.item_id, wire.audio_end_ms)
        return events.SpeechStopped(at_ms, wire.item_id, max(0, wire.audio_end_ms - began - self.silence_ms))

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


def _dug(value: Any, *names: str) -> Any:
    """What lies under these names, one inside the other; None where something else does."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _response(wire: _Wire) -> _Response:
    try:
        return msgspec.convert(wire.response, _Response)
    except msgspec.ValidationError:
        return _Response()


def _intent(response: _Response) -> str:
    intent = _dug(response.metadata, "intent_id")
    return intent if isinstance(intent, str) else ""


def _failure(response: _Response) -> str:
    """Why a response failed, as the provider's code; empty where it does not say."""
    try:
        error = msgspec.convert(response.status_details, _Details).error
    except msgspec.ValidationError:
        return ""
    return (error.code or error.type or "") if error is not None else ""


def _refused(wire: _Wire) -> Refused:
    try:
        error = msgspec.convert(wire.error, _Error)
    except msgspec.ValidationError:
        error = _Error()
    return Refused(error.code or error.type or "unknown", error.event_id or "", error.param or "")


def _rate_limits(wire: _Wire) -> RateLimits | None:
    try:
        return RateLimits(tuple(msgspec.convert(wire.rate_limits, list[Limit])))
    except msgspec.ValidationError:
        return None


_HANDLERS: dict[str, Callable[[Ear, _Wire, int], Heard | None]] = {
    "session.created": Ear.session_created,
    "session.updated": Ear.session_updated,
    "error": lambda ear, wire, at: _refused(wire),
    "rate_limits.updated": lambda ear, wire, at: _rate_limits(wire),
    "input_audio_buffer.speech_started": Ear.speech_started,
    "input_audio_buffer.speech_stopped": Ear.speech_stopped,
    "input_audio_buffer.committed": lambda ear, wire, at: events.TurnCommitted(at, wire.item_id),
    "conversation.item.input_audio_transcription.delta": Ear.transcript_delta,
    "conversation.item.input_audio_transcription.completed": Ear.transcript_completed,
    "conversation.item.input_audio_transcription.failed": Ear.transcript_failed,
    "response.created": lambda ear, wire, at: events.ResponseCreated(at, _response(wire).id, _intent(_response(wire))),
    "response.output_audio.delta": Ear.audio,
    "response.output_audio.done": lambda ear, wire, at: events.ReplyAudioDone(at, wire.item_id),
    "response.output_audio_transcript.delta": Ear.words,
    "response.output_audio_transcript.done": lambda ear, wire, at: events.ReplyText(
        at, wire.item_id, wire.transcript or ""
    ),
    "response.done": Ear.response_done,
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
        "response.output_item.added",
        "response.output_item.done",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.delta",
        "response.output_text.done",
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
