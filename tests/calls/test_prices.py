"""What a response costs, by the provider's own count."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from agentlocator import checks
from calls import prices
from calls.prices import cost_microusd

MODEL = "gpt-realtime-2.1"


def usage(cached: Any = None, **out: int) -> dict[str, Any]:
    details = {"text_tokens": 1000, "audio_tokens": 500, "cached_tokens": 0, "cached_tokens_details": None}
    return {"input_token_details": details | (cached or {}), "output_token_details": out}


def test_each_kind_of_token_has_its_own_price() -> None:
    assert cost_microusd(MODEL, usage(text_tokens=50, audio_tokens=200)) == 1000 * 4 + 500 * 32 + 50 * 24 + 200 * 64


def test_what_was_cached_is_nearly_free() -> None:
    apart = {"cached_tokens": 1200, "cached_tokens_details": {"text_tokens": 900, "audio_tokens": 300}}

    assert cost_microusd(MODEL, usage(apart)) == round(100 * 4 + 900 * 0.4 + 200 * 32 + 300 * 0.4)


def test_cached_tokens_that_are_not_told_apart_are_the_instructions_first() -> None:
    assert cost_microusd(MODEL, usage({"cached_tokens": 1200})) == round(1000 * 0.4 + 300 * 32 + 200 * 0.4)


def test_a_dated_snapshot_costs_what_its_model_does_and_the_smaller_model_less() -> None:
    spoken = usage(audio_tokens=100)

    assert cost_microusd(f"{MODEL}-2026-09-01", spoken) == cost_microusd(MODEL, spoken) == 26_400
    assert cost_microusd(f"{MODEL}-mini", spoken) == round(1000 * 0.6 + 500 * 10 + 100 * 20)


@pytest.mark.parametrize("given", [None, "much", [], {"input_token_details": {"text_tokens": "many"}}, {}])
def test_a_usage_that_says_nothing_costs_nothing(given: Any) -> None:
    assert cost_microusd(MODEL, given) == 0


@pytest.mark.parametrize(
    ("model", "counted_as"), [("gpt-realtime-9", MODEL), ("gpt-realtime-9-mini", f"{MODEL}-mini"), ("other", MODEL)]
)
def test_a_model_without_a_price_counts_as_the_dearest_of_its_size_and_is_named_once(
    model: str, counted_as: str, caplog: pytest.LogCaptureFixture
) -> None:
    prices.price_of.cache_clear()
    with caplog.at_level(logging.WARNING):
        costs = [cost_microusd(model, usage(audio_tokens=100)) for _ in range(3)]

    assert costs == [cost_microusd(counted_as, usage(audio_tokens=100))] * 3
    assert [record.__dict__["model"] for record in caplog.records] == [model]


def test_a_configured_model_without_a_price_is_told_of_at_start_up(settings: Settings) -> None:
    settings.OPENAI_REALTIME_MODEL = "gpt-realtime-2.1-2026-09-01"
    assert checks.costs_can_be_counted(None) == []
    settings.OPENAI_REALTIME_MODEL = "gpt-realtime-9"
    [warning] = checks.costs_can_be_counted(None)
    assert (warning.id, "gpt-realtime-9" in warning.msg) == ("agentlocator.W002", True)
