"""The text model's reading of a sentence: parts of a date and a time, with the words they were read from.

The request is put together once and sent as it is: the SDK's typed way takes 5 ms of the loop that carries every
call's audio, a quarter of which is left here. Imported only where there is a key.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Literal
from weakref import WeakKeyDictionary

import httpx2
import msgspec
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from booking.hebrew import Parts
from calls.text_model import options_for
from calls.tls import tls_context

FAILURES = (httpx2.HTTPError, msgspec.MsgspecError, ValidationError)
TIMEOUT_S = 5.0  # of a connection that hangs; the caller waits for a fraction of it
INSTRUCTIONS = (
    "You read one Hebrew sentence of a caller who may be booking an appointment. Return the parts of the date and "
    "time the caller wants, as said, never computed. Null for what was not said. Weekdays count from Sunday = 0; "
    "numeric dates are day/month. Of a correction take the last value, of a refusal nothing. Hours as said, 1 to 24. "
    "spans: the literal words of the sentence that the parts come from, copied exactly."
)


class SaidParts(BaseModel):
    """The answer's schema; the same parts as `booking.hebrew.Parts`."""

    model_config = ConfigDict(extra="forbid")

    weekday: int | None = Field(ge=0, le=6)
    week: Literal["this", "next"] | None
    day: int | None = Field(ge=1, le=31)
    month: int | None = Field(ge=1, le=12)
    year: int | None = Field(ge=2000, le=2100)
    relative_days: int | None = Field(ge=-7, le=730)
    relative_minutes: int | None = Field(ge=0, le=20160)
    hour: int | None = Field(ge=0, le=24)
    minute: int | None = Field(ge=0, le=59)
    day_part: Literal["morning", "noon", "afternoon", "evening", "night", "dawn"] | None
    spans: list[str]


_SCHEMA = {"type": "json_schema", "name": "SaidParts", "strict": True, "schema": SaidParts.model_json_schema()}
_encode = msgspec.json.Encoder().encode


class _Content(msgspec.Struct):
    type: str = ""
    text: str = ""


class _Output(msgspec.Struct):
    content: list[_Content] | None = None  # a reasoning item has none


class _Answer(msgspec.Struct):
    output: list[_Output]


_decoder = msgspec.json.Decoder(_Answer)
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()


def _client() -> httpx2.AsyncClient:
    """One per event loop, which in a server is one per process."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = httpx2.AsyncClient(verify=tls_context(), timeout=TIMEOUT_S)
    return _clients[loop]


async def parts_of(text: str, now: datetime) -> Parts | None:
    """What the model read; None if it read nothing, or words that were never said. Raises FAILURES."""
    answer = await _client().post(
        f"{settings.OPENAI_BASE_URL.rstrip('/')}/responses",
        content=_encode(_question(text, now)),
        headers={"Authorization": f"Bearer {settings.OPENAI_API_KEY}", "Content-Type": "application/json"},
    )
    answer.raise_for_status()
    said = _said(answer.content)
    return None if said is None else believed(said, text)


def _question(text: str, now: datetime) -> dict[str, Any]:
    return {
        "instructions": INSTRUCTIONS,
        "input": f"Today is {now:%A %Y-%m-%d}, {now:%H:%M}.\nSentence: {text}",
        "text": {"format": _SCHEMA},
        "max_output_tokens": 200,
        **options_for(settings.OPENAI_TEXT_MODEL),
    }


def _said(body: bytes) -> SaidParts | None:
    """The parts in an answer; None if it holds no text, as when the model refuses. Raises what FAILURES names."""
    parts = [
        part.text for item in _decoder.decode(body).output for part in item.content or () if part.type == "output_text"
    ]
    return SaidParts.model_validate_json("".join(parts)) if parts else None


def believed(said: SaidParts, text: str) -> Parts | None:
    """The parts, if every span stands in the sentence and there is one at all."""
    spans = [span for span in said.spans if span.strip()]
    if not spans or any(" ".join(span.split()) not in " ".join(text.split()) for span in spans):
        return None
    return Parts(**said.model_dump(exclude={"spans"}), spans=tuple(spans))
