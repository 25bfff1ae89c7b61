"""What the Realtime API accepts: client events checked against the `openai` package's own types, and its errors.

Stricter than those types where the service is: a field they do not know is refused, as are values the
service refuses. Source: OpenAI's API reference, "Realtime: client events"; errors as seen in the wild.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, get_args

from openai.types.realtime import RealtimeClientEvent
from pydantic import BaseModel, ValidationError

Json = dict[str, Any]

VOICES = frozenset(("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"))
PCMU = {"type": "audio/pcmu"}
_LONGEST_ID = 32


@dataclass
class Refused(Exception):
    """The service answers a client event with an `error` event of these fields."""

    code: str
    message: str
    param: str | None = None


def _models() -> dict[str, type[BaseModel]]:
    union = get_args(RealtimeClientEvent)[0]
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}


CLIENT_EVENTS = _models()


def read_client_event(text: str) -> Json:
    """The event of one text frame. Raises Refused as the service would."""
    try:
        event = json.loads(text)
    except ValueError:
        raise Refused("invalid_json", "We could not parse the JSON body of your event.") from None
    kind = event.get("type") if isinstance(event, dict) else None
    if not isinstance(event, dict) or kind is None:
        raise Refused("missing_required_parameter", "Missing required parameter: 'type'.", "type")
    model = CLIENT_EVENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        message = f"Invalid value: '{kind}'. Supported values are: {sorted(CLIENT_EVENTS)}."
        raise Refused("invalid_value", message, "type")
    try:
        known = model.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise _refusal(error) from None
    if unknown := _unknown_field(known, ()):
        raise Refused("unknown_parameter", f"Unknown parameter: '{unknown}'.", unknown)
    return event


def event_id_of(text: str) -> str | None:
    """The client's own id of an event, which errors repeat; None where there is none to be read."""
    try:
        event_id = json.loads(text)["event_id"]
    except (ValueError, TypeError, KeyError):
        return None
    return event_id if isinstance(event_id, str) else None


def _refusal(error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_input=False)[0]
    # In a union the path also names the member that was tried; parameters are lower case.
    param = ".".join(str(part) for part in first["loc"] if str(part).islower() or isinstance(part, int))
    if first["type"] == "missing":
        return Refused("missing_required_parameter", f"Missing required parameter: '{param}'.", param)
    code = "invalid_value" if first["type"] == "literal_error" else "invalid_type"
    return Refused(code, f"Invalid value for '{param}': {first['msg']}.", param)


def _unknown_field(value: object, path: tuple[str, ...]) -> str | None:
    if isinstance(value, list):
        return next((found for i, each in enumerate(value) if (found := _unknown_field(each, (*path, str(i))))), None)
    if not isinstance(value, BaseModel):
        return None
    for name in value.model_extra or ():
        return ".".join((*path, name))
    fields = ((name, getattr(value, name)) for name in value.model_fields_set)
    return next((found for name, each in fields if (found := _unknown_field(each, (*path, name)))), None)


# --- the session's configuration ---------------------------------------------------------------------
def default_session(session_id: str, model: str, expires_at: int) -> Json:
    """What `session.created` shows before any update."""
    pcm = {"type": "audio/pcm", "rate": 24000}
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "expires_at": expires_at,
        "output_modalities": ["audio"],
        "instructions": "You are a helpful assistant.",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "include": None,
        "audio": {
            "input": {
                "format": dict(pcm),
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 200,
                    "idle_timeout_ms": None,
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": dict(pcm), "voice": "alloy", "speed": 1.0},
        },
    }


def updated_session(session: Json, update: Json, *, spoken: bool) -> Json:
    """The configuration after a `session.update`. `spoken`: audio went out already. Raises Refused."""
    _check_session(session, update, spoken=spoken)
    return _merged(session, update)


def _merged(old: Json, new: Json) -> Json:
    merged = dict(old)
    for name, value in new.items():
        known = merged.get(name)
        merged[name] = value
        if isinstance(known, dict) and isinstance(value, dict) and value.get("type") in (None, known.get("type")):
            merged[name] = _merged(known, value)  # of another type (semantic_vad) it would be another object
    return merged


def _check_session(session: Json, update: Json, *, spoken: bool) -> None:
    if update.get("type") != "realtime":
        raise Refused("invalid_value", "Passing a transcription session to a realtime session.", "session.type")
    if update.get("model", session["model"]) != session["model"]:
        raise Refused("invalid_value", "The session's model cannot be changed.", "session.model")
    if "reasoning" in update and "gpt-realtime-2" not in session["model"]:
        raise Refused("unknown_parameter", "Unknown parameter: 'session.reasoning'.", "session.reasoning")
    check_output(update, "session")
    audio = update.get("audio") or {}
    spoken_by = (audio.get("output") or {}).get("voice")
    if spoken and spoken_by is not None and spoken_by != session["audio"]["output"]["voice"]:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise Refused("cannot_update_voice", message, "session.audio.output.voice")
    _check_input(audio.get("input") or {})


def check_output(config: Json, path: str) -> None:
    """Rules that a session and a single response share. Raises Refused."""
    if config.get("output_modalities") not in (None, ["audio"], ["text"]):
        where = f"{path}.output_modalities"
        raise Refused("invalid_value", "Supported combinations are: ['text'] and ['audio'].", where)
    most = config.get("max_output_tokens", "inf")
    if isinstance(most, int) and not 1 <= most <= 4096:
        raise Refused("invalid_value", "max_output_tokens must be 1 to 4096 or 'inf'.", f"{path}.max_output_tokens")
    output = (config.get("audio") or {}).get("output") or {}
    voice = output.get("voice")
    if isinstance(voice, str) and voice not in VOICES:
        raise Refused("invalid_value", f"Invalid value: '{voice}'.", f"{path}.audio.output.voice")
    if not 0.25 <= (output.get("speed") or 1.0) <= 1.5:
        raise Refused("invalid_value", "speed must be 0.25 to 1.5.", f"{path}.audio.output.speed")


def _check_input(config: Json) -> None:
    detection = config.get("turn_detection") or {}
    if not 0.0 <= (detection.get("threshold") or 0.5) <= 1.0:
        where = "session.audio.input.turn_detection.threshold"
        raise Refused("invalid_value", "threshold must be 0 to 1.", where)
    transcription = config.get("transcription") or {}
    where = "session.audio.input.transcription"
    if transcription.get("language") and transcription.get("languages"):
        raise Refused("invalid_value", "Give either language or languages.", f"{where}.languages")
    newer = str(transcription.get("model", "")) in ("gpt-transcribe", "gpt-live-transcribe")
    if transcription and not newer and (transcription.get("languages") or transcription.get("keywords")):
        raise Refused("unknown_parameter", f"Unknown parameter: '{where}.languages'.", f"{where}.languages")


def check_new_item(item: Json, known_ids: set[str]) -> None:
    """Rules for `conversation.item.create` that the types cannot say. Raises Refused."""
    item_id = item.get("id")
    if item_id is not None and len(item_id) > _LONGEST_ID:
        raise Refused("string_above_max_length", f"'item.id' is longer than {_LONGEST_ID} characters.", "item.id")
    if item_id in known_ids:
        raise Refused("item_create_duplicate_item_id", "An item of this id exists already.", "item.id")
    kinds = {
        "system": {"input_text"},
        "user": {"input_text", "input_audio", "input_image"},
        "assistant": {"output_text"},
    }
    allowed = kinds.get(item.get("role", ""), set())
    if item.get("type") == "message" and any(part.get("type") not in allowed for part in item["content"]):
        raise Refused("invalid_value", f"Supported content types: {sorted(allowed)}.", "item.content[0].type")
