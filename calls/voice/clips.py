"""Who speaks a line for a business: a person of theirs, else the assistant's own voice, else what is shipped.

A clip counts only as long as its words are the line's words of today: other words may name other keys.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from calls.models import VoiceClip
from calls.voice import lines, shipped, sound
from crm.models import Business
from crm.tenancy import for_business

if TYPE_CHECKING:
    from calls.services import CallSetup

KEPT_GREETINGS = 4  # of a business: drafts that are tried have greetings too
LONGEST_GREETING_MS = 15_000
_KEPT_VOICES = 32  # businesses whose clips this process remembers, at most some 1.5 MB each


def voice_fingerprint() -> str:
    """Tells apart whose voice a captured clip is: the model's, at the provider it was asked of."""
    where = "practice" if settings.PRACTICE_MODE else settings.OPENAI_BASE_URL
    whole = "\n".join((settings.OPENAI_REALTIME_MODEL, settings.OPENAI_VOICE, where))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def greeting_key(text: str, prompt_version: str) -> str:
    """The greeting's clip: other words, or other instructions on how to speak, are another clip."""
    digest = hashlib.sha256("\n".join((prompt_version, text)).encode()).hexdigest()[:24]
    return f"{lines.GREETING}:{digest}"


@dataclass(frozen=True)
class Voice:
    """All that a call may say without the provider. `own`: the business's clips, better than the shipped ones."""

    own: Mapping[str, bytes] = field(default_factory=dict)
    greeting_key: str = ""

    @property
    def has_greeting(self) -> bool:
        return self.greeting_key in self.own

    def line(self, key: str, values: Mapping[str, str]) -> bytes | None:
        """The line as µ-law at 8 kHz in whole frames; None if there is no such line, or its values are no good."""
        if key == lines.GREETING:
            return self.own.get(self.greeting_key)
        try:
            spoken = lines.fragments(key, values)
        except (KeyError, ValueError):
            return None
        pieces = [self._piece(fragment.key) for fragment in spoken]
        pauses = [sound.silence(fragment.pause_ms) for fragment in spoken[:-1]]
        return pieces[0] + b"".join(pause + piece for pause, piece in zip(pauses, pieces[1:], strict=True))

    def _piece(self, key: str) -> bytes:
        return self.own.get(key) or shipped.clips()[key]


@dataclass(frozen=True)
class _Kept:
    stamp: tuple[datetime | None, int]
    own: Mapping[str, bytes]


_kept: OrderedDict[tuple[int, str], _Kept] = OrderedDict()
_lock = Lock()  # calls are loaded in threads


def load_voice(business: Business, *, greeting: str, prompt_version: str) -> Voice:
    """A business's voice as it is now, in its scope. One query while nothing has changed, two after a change."""
    shipped.clips()  # read here, in a thread: the audio path opens no file
    fingerprint = voice_fingerprint()
    clips = _of(fingerprint)
    counted = clips.aggregate(newest=Max("created_at"), count=Count("pk"))
    stamp = (counted["newest"], counted["count"])
    name = (business.pk, fingerprint)
    with _lock:
        kept = _kept.get(name)
    if kept is None or kept.stamp != stamp:
        kept = _Kept(stamp, _best(clips) if counted["count"] else {})
    with _lock:
        _kept[name] = kept
        _kept.move_to_end(name)
        while len(_kept) > _KEPT_VOICES:
            _kept.popitem(last=False)
    return Voice(kept.own, greeting_key(greeting, prompt_version))


def _of(fingerprint: str) -> QuerySet[VoiceClip]:
    return VoiceClip.objects.filter(
        Q(source=VoiceClip.Source.RECORDED, voice="") | Q(source=VoiceClip.Source.CAPTURED, voice=fingerprint)
    )


def _best(clips: QuerySet[VoiceClip]) -> dict[str, bytes]:
    own: dict[str, bytes] = {}
    # Captured first: what people recorded then takes its place.
    for clip in clips.order_by("source"):
        if clip.key.startswith(f"{lines.GREETING}:") or lines.TEXTS.get(clip.key) == clip.text:
            own[clip.key] = bytes(clip.audio)
    return own


# --- keeping -----------------------------------------------------------------------------------------
def keep_greeting(setup: CallSetup, text: str, audio: bytes) -> None:
    """Keep the greeting as the assistant has just spoken it, whole and in these words, for the calls to come."""
    too_long = not 0 < sound.duration_ms(audio) <= LONGEST_GREETING_MS
    if too_long or text != setup.facts.greeting or setup.voice.has_greeting:
        return
    with for_business(setup.business):
        keep_captured(setup.voice.greeting_key, text, audio)
        greetings = VoiceClip.objects.filter(key__startswith=f"{lines.GREETING}:")
        kept = list(greetings.order_by("-created_at").values_list("pk", flat=True)[:KEPT_GREETINGS])
        greetings.exclude(pk__in=kept).delete()


def keep_captured(key: str, text: str, audio: bytes) -> None:
    """The assistant's voice has said these words. In the scope of the business."""
    _keep(key, text, audio, voice=voice_fingerprint(), source=VoiceClip.Source.CAPTURED)


def keep_recorded(key: str, audio: bytes) -> None:
    """A person of the business has recorded a line's words. In the scope of the business."""
    _keep(key, lines.TEXTS[key], audio, voice="", source=VoiceClip.Source.RECORDED)


def _keep(key: str, text: str, audio: bytes, *, voice: str, source: VoiceClip.Source) -> None:
    VoiceClip.objects.update_or_create(
        key=key,
        voice=voice,
        defaults={"text": text, "audio": sound.whole_frames(audio), "source": source, "created_at": timezone.now()},
    )


def speakers(keys: Iterable[str]) -> dict[str, str]:
    """Who says each of these that the business has a clip of: a `VoiceClip.Source`. In the business's scope."""
    rows = _of(voice_fingerprint()).filter(key__in=list(keys)).order_by("source").values_list("key", "text", "source")
    return {key: source for key, text, source in rows if lines.TEXTS.get(key) == text}


def outdated() -> set[str]:
    """The lines that somebody recorded in words that have changed since. In the scope of the business."""
    rows = VoiceClip.objects.filter(source=VoiceClip.Source.RECORDED).values_list("key", "text")
    return {key for key, text in rows if key in lines.TEXTS and lines.TEXTS[key] != text}


def sound_of(key: str) -> bytes | None:
    """How a fragment sounds in a call today; None where the carrier reads it. In the scope of the business."""
    return _best(_of(voice_fingerprint()).filter(key=key)).get(key) or shipped.clips().get(key)


def forget_recorded(key: str) -> bool:
    """Back to the assistant's voice, or the shipped one; false if nobody had recorded it."""
    deleted, _ = VoiceClip.objects.filter(key=key, source=VoiceClip.Source.RECORDED).delete()
    return deleted > 0


def missing() -> list[str]:
    """The fragments that the assistant's present voice has not said, phrases first. In the scope of the business."""
    said = VoiceClip.objects.filter(source=VoiceClip.Source.CAPTURED, voice=voice_fingerprint())
    have = dict(said.values_list("key", "text"))
    return [key for key, text in lines.TEXTS.items() if have.get(key) != text]


def forget_other_voices() -> None:
    """Drop what an earlier voice of the assistant's has said. In the scope of the business."""
    VoiceClip.objects.filter(source=VoiceClip.Source.CAPTURED).exclude(voice=voice_fingerprint()).delete()
