"""The provider's file side of hearing: `/v1/audio/transcriptions`."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from email.message import Message
from email.parser import BytesParser
from typing import Any

Json = dict[str, Any]


def fields_of(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a multipart form by their names."""
    parsed = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts: dict[str, bytes] = {}
    for part in parsed.get_payload() if parsed.is_multipart() else ():
        name = part.get_param("name", header="content-disposition") if isinstance(part, Message) else None
        if isinstance(name, str) and isinstance(part, Message):
            content = part.get_payload(decode=True)
            parts[name] = content if isinstance(content, bytes) else b""
    return parts


def transcription(
    fields: dict[str, bytes], notes: deque[str | int], unknown_models: Collection[str]
) -> tuple[int, Json]:
    """HTTP status and body. `notes`: what the next voices say, or the status with which they are refused."""
    model = fields.get("model", b"").decode()
    if model in unknown_models:
        return 404, _error("model_not_found", f"The model '{model}' does not exist.")
    if not model or not fields.get("file"):
        return 400, _error("missing_required_parameter", "Missing required parameter.")
    note = notes.popleft() if notes else "אפשר תור מחר בשתים עשרה?"
    if isinstance(note, int):
        return note, _error("server_error", "Refused on request.")
    seconds = {"type": "duration", "seconds": max(1, len(fields["file"]) // 2000)}
    return 200, {"text": note, "usage": seconds}


def _error(code: str, message: str) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
