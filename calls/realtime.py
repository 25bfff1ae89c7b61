"""OpenAI Realtime (GA) on the wire: what we say. Pure. Source: reference of the `openai` package's GA types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

PREFIX_MS = 300  # audio the provider keeps from before speech was detected
HISTORY_ROLES = {
    "caller": ("user", "input_text"),
    "assistant": ("assistant", "output_text"),
    "server": ("system", "input_text"),
}
MAX_OUTPUT_TOKENS = 1200  # about a minute of speech: a bound on cost, never a way to keep replies short


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


def _turn_detection(settings: SessionSettings) -> dict[str, Any]:
    """All of it each time: what an update leaves out of this object may fall back to its default."""
    return {
        "type": "server_vad",
        "threshold": settings.vad_threshold,
        "prefix_padding_ms": PREFIX_MS,
        "silence_duration_ms": settings.vad_silence_ms,
        "create_response": False,
        "interrupt_response": False,
    }


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
                "turn_detection": _turn_detection(settings),
            },
            "output": {"format": pcmu, "voice": settings.voice},
        },
    }
    if settings.reasoning and "gpt-realtime-2" in settings.model:
        # A model that does not reason refuses the whole update over this field.
        session["reasoning"] = {"effort": "minimal"}
    return _json({"type": "session.update", "event_id": event_id, "session": session})


def _input_update(event_id: str, **fields: Any) -> str:
    session = {"type": "realtime", "audio": {"input": fields}}
    return _json({"type": "session.update", "event_id": event_id, "session": session})


def patience(event_id: str, settings: SessionSettings) -> str:
    """How long a pause ends a turn, from now on; nothing else changes."""
    return _input_update(event_id, turn_detection=_turn_detection(settings))


def no_transcription(event_id: str) -> str:
    """Nobody writes down what the caller says. Goes before another model: the fields of two models do not mix."""
    return _input_update(event_id, transcription=None)


def transcription(event_id: str, settings: SessionSettings) -> str:
    """Who writes down what the caller says, from the next turn on."""
    return _input_update(event_id, transcription=_transcription(settings))


def append(payload: str) -> str:
    """One frame of caller audio; `payload` is base64 as the carrier sent it."""
    return f'{{"type":"input_audio_buffer.append","audio":"{payload}"}}'


def create_response(intent_id: str) -> str:
    return _json({"type": "response.create", "event_id": intent_id, "response": {"metadata": {"intent_id": intent_id}}})


def server_item(item_id: str, text: str) -> str:
    content = [{"type": "input_text", "text": text}]
    item = {"id": item_id, "type": "message", "role": "system", "content": content}
    return _json({"type": "conversation.item.create", "event_id": item_id, "item": item})


def caller_item(item_id: str, text: str) -> str:
    """What the caller wrote, as their turn."""
    item = {"id": item_id, "type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return _json({"type": "conversation.item.create", "event_id": item_id, "item": item})


def history_item(item_id: str, speaker: str, text: str, after: str = "root") -> str:
    """What caller or assistant said, or the server told, in an earlier session; behind `after` ("root": in front)."""
    role, kind = HISTORY_ROLES[speaker]
    item = {"id": item_id, "type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    return _json({"type": "conversation.item.create", "event_id": item_id, "previous_item_id": after, "item": item})


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
