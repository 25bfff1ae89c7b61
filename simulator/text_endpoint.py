"""The provider's text side: `/v1/responses` and `/v1/models`."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

Json = dict[str, Any]

# Every model on offer, and the day on which it is shut down, as far as one was announced.
MODELS: dict[str, str | None] = {
    "gpt-realtime-2.1": None,
    "gpt-realtime-2.1-mini": None,
    "gpt-realtime": "2027-01-20",
    "gpt-transcribe": None,
    "gpt-4o-transcribe": "2027-02-26",
    "gpt-6-luna": None,
    "text-embedding-3-small": None,
}
_LONGEST_ANSWER = 300


def models(gone: Collection[str] = (), shutdown_dates: Mapping[str, str] | None = None) -> Json:
    """Body of `GET /v1/models`, without those that are `gone`; further shutdown dates are YYYY-MM-DD."""
    dates = {**MODELS, **(shutdown_dates or {})}
    return {"object": "list", "data": [_model(name, date) for name, date in dates.items() if name not in gone]}


def _model(name: str, shutdown_date: str | None) -> Json:
    model = {"id": name, "object": "model", "created": 1780000000, "owned_by": "system"}
    return model | ({"shutdown_date": shutdown_date} if shutdown_date else {})


def response(body: Json, scripted: Callable[[Json], Any] | None) -> Json:
    """Body of `POST /v1/responses`. `scripted` answers with text, or with an object that is given as JSON.

    Without it the answer is derived from the request alone: an object that the asked schema allows and that says
    nothing, or the request's own last words.
    """
    answer = scripted(body) if scripted else _plausible(body)
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    tokens_in, tokens_out = len(json.dumps(body)) // 4, len(text) // 4
    return {
        "id": f"resp_{secrets.token_hex(16)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": body.get("model"),
        "output": [
            {
                "id": f"msg_{secrets.token_hex(16)}",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": content,
            }
        ],
        "parallel_tool_calls": True,
        "temperature": body.get("temperature"),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": {
            "input_tokens": tokens_in,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": tokens_out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens_in + tokens_out,
        },
    }


def _plausible(body: Json) -> Any:
    format_ = (body.get("text") or {}).get("format") or {}
    if format_.get("type") == "json_schema":
        schema = format_["schema"]
        return _empty(schema, schema.get("$defs", {}))
    return _last_words(body.get("input"))[-_LONGEST_ANSWER:]


def _empty(schema: Json, definitions: Json) -> Any:
    """The value that says least among those a strict schema allows."""
    if "$ref" in schema:
        return _empty(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "const" in schema:
        return schema["const"]
    if options := schema.get("enum"):
        return "none" if "none" in options else options[0]
    if options := schema.get("anyOf"):
        if any(option.get("type") == "null" for option in options):
            return None
        return _empty(options[0], definitions)
    match schema.get("type"):
        case "object":
            return {name: _empty(each, definitions) for name, each in schema.get("properties", {}).items()}
        case "array":
            return []
        case "string":
            return ""
        case "boolean":
            return False
        case "integer" | "number":
            return schema.get("minimum", 0)
    return None


def _last_words(given: Any) -> str:
    if isinstance(given, str):
        return given
    for item in reversed(given or []):
        content = item.get("content", "")
        if isinstance(content, str):
            return content
        words = " ".join(part.get("text", "") for part in content)
        if words:
            return words
    return ""
