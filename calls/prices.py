"""What a response costs, from the provider's own count of its tokens.

Source: OpenAI's price list for the Realtime models, in dollars per million tokens, which is micro-dollars per token.
"""

from __future__ import annotations

import logging
from datetime import date
from functools import cache
from typing import Any

import msgspec

logger = logging.getLogger(__name__)

AS_OF = date(2026, 11, 21)


class Price(msgspec.Struct, frozen=True):
    """Micro-dollars per token."""

    audio_in: float
    audio_cached: float
    audio_out: float
    text_in: float
    text_cached: float
    text_out: float


PRICES = {
    "gpt-realtime-2.1": Price(32, 0.40, 64, 4, 0.40, 24),
    "gpt-realtime-2.1-mini": Price(10, 0.30, 20, 0.60, 0.06, 2.40),
}


class _Tokens(msgspec.Struct):
    """A side of the bill; which kinds are counted apart differs from model to model."""

    text_tokens: int = 0
    audio_tokens: int = 0
    cached_tokens: int = 0
    cached_tokens_details: _Tokens | None = None


class Usage(msgspec.Struct):
    """The part of a response's `usage` that is billed."""

    input_token_details: _Tokens = msgspec.field(default_factory=_Tokens)
    output_token_details: _Tokens = msgspec.field(default_factory=_Tokens)


def known_price(model: str) -> Price | None:
    """A model's price on the list; a dated snapshot costs what its model does."""
    for name, price in PRICES.items():
        if model == name or model.startswith(f"{name}-20"):
            return price
    return None


@cache
def price_of(model: str) -> Price:
    """What a model's tokens are counted at. One that is not on the list counts as the dearest of its size.

    A limit on what a call may cost must hold for a new model, too: too early rather than never.
    """
    if (price := known_price(model)) is not None:
        return price
    logger.warning("The price of a voice model is not known: it counts as the dearest", extra={"model": model})
    alike = [price for name, price in PRICES.items() if ("-mini" in name) == ("-mini" in model)]
    return max(alike, key=lambda price: price.audio_out)


def cost_microusd(model: str, usage: Any) -> int:
    """What a response with this `usage` costs; 0 where the usage is not understood."""
    price = price_of(model)
    if usage is None:
        return 0
    try:
        used = msgspec.convert(usage, Usage)
    except msgspec.ValidationError:
        return 0
    given, made = used.input_token_details, used.output_token_details
    cached_text, cached_audio = _cached(given)
    return round(
        cached_text * price.text_cached
        + cached_audio * price.audio_cached
        + max(0, given.text_tokens - cached_text) * price.text_in
        + max(0, given.audio_tokens - cached_audio) * price.audio_in
        + max(0, made.text_tokens) * price.text_out
        + max(0, made.audio_tokens) * price.audio_out
    )


def _cached(given: _Tokens) -> tuple[int, int]:
    """Cached tokens of text and of audio. Where they are not told apart, the instructions are what was cached."""
    details = given.cached_tokens_details
    if details is not None and details.text_tokens + details.audio_tokens:
        return max(0, details.text_tokens), max(0, details.audio_tokens)
    text = min(given.cached_tokens, given.text_tokens)
    return max(0, text), max(0, given.cached_tokens - text)
