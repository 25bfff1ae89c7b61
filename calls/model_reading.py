"""The text model's reading of a sentence: parts of a date and a time, with the words they were read from.

Imported only where there is a key: the SDK weighs 58 MB.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Literal
from weakref import WeakKeyDictionary

from django.conf import settings
from openai import AsyncOpenAI, DefaultAsyncHttpx2Client, OpenAIError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from booking.hebrew import Parts
from calls.text_model import options_for
from calls.tls import tls_context

FAILURES = (OpenAIError, ValidationError)
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


_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()


def _client() -> AsyncOpenAI:
    """One per event loop, which in a server is one per process."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = AsyncOpenAI(
            api_key=settings.OPENAI_API_KEY,
            base_url=settings.OPENAI_BASE_URL,
            max_retries=0,
            http_client=DefaultAsyncHttpx2Client(verify=tls_context()),
        )
    return _clients[loop]


async def parts_of(text: str, now: datetime) -> Parts | None:
    """What the model read; None if it read nothing, or words that were never said. Raises FAILURES."""
    answer = await _client().responses.parse(
        instructions=INSTRUCTIONS,
        input=f"Today is {now:%A %Y-%m-%d}, {now:%H:%M}.\nSentence: {text}",
        text_format=SaidParts,
        max_output_tokens=200,
        **options_for(settings.OPENAI_TEXT_MODEL),
    )
    said = answer.output_parsed
    return None if said is None else believed(said, text)


def believed(said: SaidParts, text: str) -> Parts | None:
    """The parts, if every span stands in the sentence and there is one at all."""
    spans = [span for span in said.spans if span.strip()]
    if not spans or any(" ".join(span.split()) not in " ".join(text.split()) for span in spans):
        return None
    return Parts(**said.model_dump(exclude={"spans"}), spans=tuple(spans))


def warm_up() -> None:
    """The SDK loads its resources on first use, 0.3 s of a busy processor; this is that first use."""
    client = AsyncOpenAI(api_key="unused", http_client=DefaultAsyncHttpx2Client(verify=tls_context()))
    getattr(client.responses, "parse")  # noqa: B009  # the look-up is what loads it
    SaidParts.model_json_schema()
