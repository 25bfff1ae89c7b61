"""The provider's text side: `/v1/responses`, `/v1/embeddings` and `/v1/models`."""

from __future__ import annotations

import base64
import json
import math
import re
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from simulator import text_tools

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


def response(body: Json, scripted: Callable[[Json], Any] | None, *, steps: Any = None, whole: bool = True) -> Json:
    """Body of `POST /v1/responses`. `scripted` answers with text, or with an object that is given as JSON.

    Without it the answer is derived from the request alone: an object that the asked schema allows and that says
    nothing, what a receptionist with the request's tools would do, or the request's own last words. `steps` says
    itself what comes, as `text_tools` has it; not `whole`: the tokens were used up.
    """
    if steps is not None:
        output = text_tools.outputs(steps)
    elif scripted is None and body.get("tools"):
        output = text_tools.plausible(body)
    else:
        answer = scripted(body) if scripted else _plausible(body)
        output = [text_tools.message(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))]
    text = json.dumps(output, ensure_ascii=False)
    tokens_in, tokens_out = len(json.dumps(body)) // 4, len(text) // 4
    return {
        "id": f"resp_{secrets.token_hex(16)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed" if whole else "incomplete",
        "error": None,
        "incomplete_details": None if whole else {"reason": "max_output_tokens"},
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": body.get("model"),
        "output": output,
        "parallel_tool_calls": True,
        "temperature": body.get("temperature"),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
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


# --- embeddings --------------------------------------------------------------------------------------
MOST_INPUTS = 2048
_DIMENSIONS = 1536
_WORD = re.compile(r"\w+")


class Refused(ValueError):
    """A request that the provider answers with 400; the text is its message."""


def embeddings(body: Json) -> Json:
    """Body of `POST /v1/embeddings`: like texts have like vectors, as pieces of words point in fixed directions."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise Refused("'$.input' is invalid. Please check the API reference.")
    if len(texts) > MOST_INPUTS:
        raise Refused(f"'input' array must be at most {MOST_INPUTS} items.")
    dimensions = body.get("dimensions", _DIMENSIONS)
    if not isinstance(dimensions, int) or not 0 < dimensions <= _DIMENSIONS:
        raise Refused("Invalid value for 'dimensions'.")
    is_packed = body.get("encoding_format", "float") == "base64"
    vectors = [_vector(text, dimensions) for text in texts]
    tokens = sum(len(text) // 2 + 1 for text in texts)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _packed(vector) if is_packed else vector}
            for index, vector in enumerate(vectors)
        ],
        "model": body.get("model"),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _vector(text: str, dimensions: int) -> list[float]:
    """Of length one. The direction of a piece depends on nothing but the piece."""
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()):
        marked = f"^{word}$"
        for size in (2, 3, 4):
            for at in range(len(marked) - size + 1):
                number = zlib.crc32(marked[at : at + size].encode())
                vector[number % dimensions] += 1.0 if number >> 16 & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else [1.0, *vector[1:]]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
