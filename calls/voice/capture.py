"""Having the assistant say the local lines once, so that they sound like the rest of the call."""

from __future__ import annotations

import asyncio
import binascii
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from calls import realtime
from calls.conversation import events
from calls.conversation.events import AnyEvent
from calls.provider import NoProvider, provider_address, safety_identifier
from calls.realtime import SessionSettings
from calls.realtime_client import UNREACHABLE, RealtimeClient
from calls.realtime_ear import Audio
from calls.transcribers import Transcribers
from calls.voice import clips, lines, sound
from crm.tenancy import for_business

logger = logging.getLogger(__name__)

RUN_SECONDS = 80.0  # of one task, which may last two minutes; the rest is for the next one
ANSWER_SECONDS = 30.0
ATTEMPTS = 2
ONCE_IN_SECONDS = 24 * 3600
SLOWEST_MS_A_LETTER = 400  # more is not this sentence alone
_SHORTEST_CLIP_MS = 2500
INSTRUCTIONS = """\
You record the announcements of a business's phone, one at a time, in Hebrew: warm, clear, always at the same pace.
Each [SERVER] line carries the words of one announcement. Say exactly these words, once, and nothing before or after.
Words without a full stop are the middle of a sentence: do not let the voice fall.
[SERVER] line -> "{text}"
"""


class NoSpeech(RuntimeError):
    """The provider could not be asked, or stopped answering; the message says why."""


@dataclass(frozen=True)
class Captured:
    """What came of one run: how many lines were said as written, refused as said otherwise, and are still missing."""

    kept: int
    refused: int
    left: int


def is_due(business_id: int) -> bool:
    """Whether lines are missing in the assistant's present voice; says so at most once a day for each business."""
    if settings.PRACTICE_MODE:
        return False  # the shipped voice is better than the stand-in's
    with for_business(business_id):
        wanted = bool(clips.missing())
    return wanted and cache.add(f"voice-capture:{business_id}:{clips.voice_fingerprint()}", True, ONCE_IN_SECONDS)


def capture(business_id: int, *, seconds: float = RUN_SECONDS) -> Captured:
    """Have the missing lines said, as many as fit, and keep those that were said as written. Raises NoSpeech."""
    with for_business(business_id):
        wanted = {key: lines.TEXTS[key] for key in clips.missing()}
    if not wanted:
        return Captured(0, 0, 0)
    said, refused = asyncio.run(_say_all(wanted, business_id, seconds))
    with for_business(business_id):
        for key, audio in said.items():
            clips.keep_captured(key, wanted[key], audio)
        clips.forget_other_voices()
    left = len(wanted) - len(said)
    logger.info("Lines were captured", extra={"kept": len(said), "refused": refused, "left": left})
    return Captured(len(said), refused, left)


async def _say_all(wanted: Mapping[str, str], business_id: int, seconds: float) -> tuple[dict[str, bytes], int]:
    """The audio of the lines that were said as written, by key; how many were said otherwise."""
    until = time.monotonic() + seconds
    said: dict[str, bytes] = {}
    refused = 0
    speaker = _Speaker()
    try:
        await speaker.begin(safety_identifier(f"business {business_id}"))
        for key, text in wanted.items():
            if time.monotonic() > until:
                break
            audio = await speaker.say(text)
            if audio:
                said[key] = audio
            else:
                refused += 1
    except NoSpeech:
        if not said:
            raise
        logger.warning("The voice provider stopped in the middle of a capture", extra={"kept": len(said)})
    finally:
        speaker.close()
    return said, refused


class _Speaker:
    """One session that says what it is given."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[AnyEvent | Audio] = asyncio.Queue()
        self._client = RealtimeClient(
            now_ms=lambda: round(time.monotonic() * 1000),
            on_event=self._heard.put_nowait,
            on_audio=self._heard.put_nowait,
        )
        self._lines = 0

    async def begin(self, safety_id: str) -> None:
        try:
            address = await provider_address()
            url = address.realtime_url(settings.OPENAI_REALTIME_MODEL)
            await self._client.connect(url, api_key=address.api_key, safety_id=safety_id)
        except (*UNREACHABLE, NoProvider) as error:
            raise NoSpeech("the voice provider cannot be reached") from error
        models = settings.OPENAI_TRANSCRIBE_MODELS
        wanted = SessionSettings(
            model=settings.OPENAI_REALTIME_MODEL,
            voice=settings.OPENAI_VOICE,
            instructions=INSTRUCTIONS,
            transcribe_model=models[0],
        )
        self._client.configure(wanted, Transcribers(models, address.base_url))
        while not isinstance(await self._next(), events.ProviderReady):
            pass

    async def say(self, text: str) -> bytes | None:
        """These words as µ-law; None if they came out otherwise, twice."""
        for _ in range(ATTEMPTS):
            audio, words = await self._once(text)
            longest = max(_SHORTEST_CLIP_MS, len(text) * SLOWEST_MS_A_LETTER)
            if _letters(words) == _letters(text) and 0 < sound.duration_ms(audio) <= longest:
                return audio
        return None

    async def _once(self, text: str) -> tuple[bytes, str]:
        self._lines += 1
        order, answer = f"line_{self._lines}", ""
        self._client.send(realtime.server_item(order, f"[SERVER] line: {text}"))
        self._client.send(realtime.create_response(f"say_{self._lines}"))
        audio, words = bytearray(), ""
        while True:
            match await self._next():
                case Audio(item_id=item_id, delta=delta):
                    answer = item_id
                    audio += binascii.a2b_base64(delta)
                case events.ReplyText(text=said):
                    words = said
                case events.ResponseDone(status=status):
                    break
        for item in filter(None, (order, answer)):  # each line stands for itself, and costs nothing later
            self._client.send(realtime.delete_item(f"delete_{item}", item))
        return (sound.without_ends(bytes(audio)), words) if status == "completed" else (b"", "")

    def close(self) -> None:
        self._client.close()

    async def _next(self) -> AnyEvent | Audio:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                heard = await self._heard.get()
        except TimeoutError as error:
            raise NoSpeech("the voice provider does not answer") from error
        if isinstance(heard, events.ProviderLost):
            raise NoSpeech(heard.reason)
        return heard


def _letters(text: str) -> str:
    """What of a sentence must be the same: its Hebrew letters, whatever the marks and spaces."""
    return re.sub(r"[^א-ת0-9a-z]+", "", text.casefold())
