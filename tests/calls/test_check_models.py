"""`manage.py check_models` against the provider's own list, served by the stand-in."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from simulator.provider import running_provider
from simulator.provider_options import ProviderOptions

TODAY = "2026-11-21T10:00:00Z"


@pytest.fixture
async def options(settings: Settings) -> AsyncIterator[ProviderOptions]:
    options = ProviderOptions(api_key="the key")
    async with running_provider(options=options) as provider:
        settings.OPENAI_BASE_URL = provider.base_url
        settings.OPENAI_API_KEY = "the key"
        settings.OPENAI_REALTIME_MODEL = "gpt-realtime-2.1"
        settings.OPENAI_TEXT_MODEL = "gpt-6-luna"
        settings.OPENAI_TRANSCRIBE_MODELS = ["gpt-transcribe", "gpt-4o-transcribe"]
        settings.OPENAI_EMBEDDING_MODEL = "text-embedding-3-small"
        yield options


async def run(today: str = TODAY) -> tuple[int, list[str], str]:
    """Exit code, the lines of its output, and what it complained about."""
    out, complaints = io.StringIO(), io.StringIO()

    def command() -> int:
        try:
            call_command("check_models", stdout=out, stderr=complaints)
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    with time_machine.travel(today, tick=True):
        code = await asyncio.to_thread(command)
    return code, out.getvalue().splitlines(), complaints.getvalue()


async def test_every_configured_model_is_listed_with_what_the_provider_says(options: ProviderOptions) -> None:
    code, lines, complaints = await run()

    assert (code, complaints) == (0, "")
    assert [" ".join(line.split()) for line in lines] == [
        "OPENAI_REALTIME_MODEL gpt-realtime-2.1 offered",
        "OPENAI_TEXT_MODEL gpt-6-luna offered",
        "OPENAI_TRANSCRIBE_MODELS gpt-transcribe offered",
        "OPENAI_TRANSCRIBE_MODELS gpt-4o-transcribe offered; shutdown on 2027-02-26, in 97 days",
        "OPENAI_EMBEDDING_MODEL text-embedding-3-small offered",
    ]


async def test_a_shutdown_within_sixty_days_is_a_warning(options: ProviderOptions) -> None:
    options.shutdown_dates["gpt-6-luna"] = "2027-01-19"
    code, lines, _ = await run()

    assert code == 0
    assert "WARNING: shutdown on 2027-01-19, in 59 days" in lines[1]
    assert [line for line in lines if "WARNING" in line] == [lines[1]]


async def test_a_model_that_is_gone_fails(options: ProviderOptions) -> None:
    options.gone_models = frozenset({"gpt-realtime-2.1"})
    code, lines, complaints = await run()

    assert code == 1
    assert lines[0].endswith("GONE: the provider does not offer it")
    assert "gone" in complaints


async def test_a_model_past_its_day_is_gone_though_it_is_listed_still(options: ProviderOptions) -> None:
    code, lines, _ = await run(today="2027-02-26T10:00:00Z")

    assert code == 1
    assert lines[3].endswith("GONE: shut down on 2027-02-26")


async def test_a_refused_key_is_no_verdict_on_models(options: ProviderOptions, settings: Settings) -> None:
    settings.OPENAI_API_KEY = "another key"
    with pytest.raises(CommandError, match="the provider answered 401") as refused:
        await run()

    assert refused.value.returncode == 2
    assert "another key" not in str(refused.value)


async def test_a_provider_that_does_not_answer_is_said_to(options: ProviderOptions, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(CommandError, match="could not be reached"):
        await run()


async def test_without_a_key_nothing_is_asked(options: ProviderOptions, settings: Settings) -> None:
    settings.OPENAI_API_KEY = ""
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    code, lines, _ = await run()

    assert code == 0
    assert "OPENAI_API_KEY is not set" in lines[-1]
    assert len(lines) == 6
