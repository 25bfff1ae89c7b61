"""Voice messages in words, where there is a key: by the configured models, best first."""

from __future__ import annotations

from django.conf import settings

from calls.transcribers import Transcribers
from whatsapp.models import Message, MessageMedia
from whatsapp.sniffing import EXTENSIONS
from whatsapp.text import clean

SECONDS = 45.0
LONGEST_SECONDS = 20 * 60  # a longer one is left to people's ears


class NotNow(Exception):
    """It did not come about; the text says why, and holds nothing of what was said."""


def is_wanted(media: MessageMedia) -> bool:
    """A customer's voice that is here, not written down, and can be."""
    is_voice = media.message.kind == Message.Kind.AUDIO and media.message.direction == Message.Direction.IN
    is_short = (media.seconds or 0) <= LONGEST_SECONDS
    return bool(settings.OPENAI_API_KEY and is_voice and is_short and media.file and not media.transcript)


def transcript(media: MessageMedia) -> str:
    """Raises NotNow. A model that is refused is not asked again for a while; the next one is."""
    import openai  # noqa: PLC0415 -- half a second and 60 MB, for workers that listen

    choice = Transcribers(settings.OPENAI_TRANSCRIBE_MODELS, settings.OPENAI_BASE_URL)
    name = f"voice{EXTENSIONS[media.mimetype]}"
    with openai.OpenAI(
        api_key=settings.OPENAI_API_KEY, base_url=settings.OPENAI_BASE_URL, timeout=SECONDS, max_retries=0
    ) as client:
        while True:
            try:
                with media.file.open("rb") as sound:
                    heard = client.audio.transcriptions.create(model=choice.current, file=(name, sound.read()))
            except (openai.NotFoundError, openai.PermissionDeniedError) as refusal:
                if not choice.refused():
                    raise NotNow(type(refusal).__name__) from refusal
            except (openai.OpenAIError, OSError) as trouble:
                raise NotNow(type(trouble).__name__) from trouble
            else:
                return clean(heard.text).strip()
