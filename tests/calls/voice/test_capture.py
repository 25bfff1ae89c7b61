"""The assistant says the local lines once, and calls play them in its voice from then on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import StringIO

import pytest
import redis
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from calls.clock import Clock
from calls.models import VoiceClip
from calls.tasks import capture_lines
from calls.threads import off_loop
from calls.voice import capture, clips, lines
from crm.models import Business
from crm.tenancy import for_business
from simulator.audio import Ear
from simulator.provider import running_provider
from simulator.provider_options import ProviderOptions
from tests.support.factories import BusinessFactory, VoiceClipFactory

FEW = ("goodbye", "booked", "number_6")


@pytest.fixture
def salon(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="dana")
    return business


@pytest.fixture
async def provider(settings: Settings) -> AsyncIterator[ProviderOptions]:
    """The provider, hasty: nobody listens while it speaks."""
    async with running_provider(clock=Clock(500), options=ProviderOptions(api_key="test-key")) as served:
        settings.OPENAI_API_KEY, settings.PRACTICE_MODE = "test-key", False
        settings.OPENAI_BASE_URL = served.base_url
        yield served.provider.options


@pytest.fixture
def few_are_missing(salon: Business, settings: Settings, provider: ProviderOptions) -> None:
    for key in lines.TEXTS.keys() - set(FEW):
        VoiceClipFactory(
            business=salon,
            key=key,
            text=lines.TEXTS[key],
            voice=clips.voice_fingerprint(),
            source=VoiceClip.Source.CAPTURED,
        )


def heard_in(audio: bytes) -> str | None:
    ear = Ear()
    ear.feed(audio)
    [heard] = ear.utterances
    return heard.text


def kept(business: Business) -> dict[str, str | None]:
    with for_business(business):
        rows = VoiceClip.objects.filter(key__in=FEW, source=VoiceClip.Source.CAPTURED)
        return {clip.key: heard_in(bytes(clip.audio)) for clip in rows}


async def test_every_line_is_said_word_for_word_and_played_from_then_on(salon: Business, provider: ProviderOptions):
    done = await off_loop(capture.capture, salon.pk)
    assert (done.kept, done.refused, done.left) == (len(lines.TEXTS), 0, 0)
    assert await off_loop(kept, salon) == {key: lines.TEXTS[key] for key in FEW}

    def line() -> bytes | None:
        with for_business(salon):
            voice = clips.load_voice(salon, greeting="", prompt_version="1")
        return voice.line("offline_booked", {"start": "2026-11-25 10:00", "today": "2026-11-24"})

    ear = Ear()
    ear.feed(await off_loop(line) or b"")
    assert [heard.text for heard in ear.utterances] == [
        "התור נקבע בהצלחה:",
        "מחר",
        "בשעה",
        "עשר",
        "בבוקר",
        "להתראות.",
    ]


@pytest.mark.usefixtures("few_are_missing")
async def test_only_what_is_missing_is_said(salon: Business, provider: ProviderOptions):
    done = await off_loop(capture.capture, salon.pk)
    assert done.kept == len(FEW)
    assert (await off_loop(capture.capture, salon.pk)).kept == 0


@pytest.mark.usefixtures("few_are_missing")
async def test_a_line_said_otherwise_is_asked_for_once_more(salon: Business, provider: ProviderOptions):
    provider.lies.append("בטח, הנה המשפט.")
    done = await off_loop(capture.capture, salon.pk)
    assert (done.kept, done.refused) == (len(FEW), 0)


@pytest.mark.usefixtures("few_are_missing")
async def test_a_line_said_otherwise_twice_is_not_kept(salon: Business, provider: ProviderOptions):
    provider.lies.extend(["בטח, הנה המשפט.", "הנה שוב."])
    done = await off_loop(capture.capture, salon.pk)
    assert (done.kept, done.refused, done.left) == (len(FEW) - 1, 1, 1)
    assert len(await off_loop(kept, salon)) == len(FEW) - 1


@pytest.mark.usefixtures("few_are_missing")
async def test_what_was_said_before_the_provider_broke_is_kept(salon: Business, provider: ProviderOptions):
    provider.drop_after_deltas.append(8)
    assert 0 < (await off_loop(capture.capture, salon.pk)).left < len(FEW)
    assert (await off_loop(capture.capture, salon.pk)).left == 0


async def test_a_provider_that_cannot_be_reached_is_an_error_that_says_so(salon: Business, settings: Settings):
    settings.OPENAI_API_KEY, settings.PRACTICE_MODE = "test-key", False
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(capture.NoSpeech, match="cannot be reached"):
        await off_loop(capture.capture, salon.pk)


@pytest.mark.usefixtures("few_are_missing")
async def test_what_an_earlier_voice_said_is_dropped(salon: Business, settings: Settings, provider: ProviderOptions):
    with_old_voice = {"voice": "an earlier one", "source": VoiceClip.Source.CAPTURED}
    await off_loop(lambda: VoiceClipFactory(business=salon, key="goodbye", **with_old_voice))
    await off_loop(capture.capture, salon.pk)

    def voices() -> set[str]:
        with for_business(salon):
            return set(VoiceClip.objects.values_list("voice", flat=True))

    assert await off_loop(voices) == {clips.voice_fingerprint()}


@pytest.mark.usefixtures("few_are_missing")
async def test_the_command_captures_one_business(salon: Business, provider: ProviderOptions):
    said = StringIO()
    await off_loop(call_command, "capture_voice", "dana", stdout=said)
    assert said.getvalue() == f"{len(FEW)} lines captured, 0 left as they were.\n"
    with pytest.raises(CommandError, match="There is no business ruth"):
        await off_loop(call_command, "capture_voice", "ruth")


@pytest.mark.usefixtures("few_are_missing")
async def test_the_task_is_asked_for_once_a_day_until_nothing_is_missing(salon: Business, settings: Settings):
    assert await off_loop(capture.is_due, salon.pk)
    assert not await off_loop(capture.is_due, salon.pk)
    await off_loop(capture_lines, salon.pk)
    redis.Redis.from_url(settings.REDIS_URL).flushdb()  # a day goes by
    assert not await off_loop(capture.is_due, salon.pk)


def test_practice_mode_captures_nothing_by_itself(salon: Business, settings: Settings):
    settings.PRACTICE_MODE = True
    assert not capture.is_due(salon.pk)
