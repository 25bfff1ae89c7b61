"""One call, prepared for reading: the lines of the transcript and how long each answer took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.chips import Chip, chip_of
from calls.models import Turn

SLOW_MS = 3000  # from here on a total stands out
SCALE_MIN_MS = 2000  # bars of a quick call are not blown up
SCALE_UNITS = 1000  # width of the drawing
_STEPS = (
    ("hearing", "STT_FINAL_MS"),
    ("wording", "AI_FIRST_AUDIO_MS"),
    ("sending", "FIRST_AUDIO_SENT_MS"),
    ("playing", "TOTAL_LATENCY_MS"),
)
# What the conversation, the shell and the webhooks write as `end_reason`; what follows a colon differs.
_ENDINGS = {
    "caller hung up": gettext_noop("the caller hung up"),
    "the caller said goodbye": gettext_noop("the caller said goodbye"),
    "the caller needs nothing more": gettext_noop("the caller needed nothing more"),
    "the caller was silent": gettext_noop("the caller was silent"),
    "the call's limit was reached": gettext_noop("the call's limit was reached"),
    "booked by keys": gettext_noop("booked by keys"),
    "handed over: transfer": gettext_noop("handed over to a person"),
    "handed over: voicemail": gettext_noop("handed over to take a message"),
    "no capacity": gettext_noop("all lines were busy"),
    "provider lost": gettext_noop("a fault of the voice provider"),
    "the provider is unreachable": gettext_noop("a fault of the voice provider"),
    "the provider's session did not begin": gettext_noop("a fault of the voice provider"),
    "stream lost": gettext_noop("the connection to the carrier broke"),
    "stream went silent": gettext_noop("the connection to the carrier broke"),
    "bad frames": gettext_noop("the connection to the carrier broke"),
}
MICROUSD = 1_000_000
_REASONS = {"vad": gettext_noop("a pause"), "keypad": gettext_noop("keys")}


@dataclass(frozen=True)
class Line:
    """Speech with what was heard of it, or a chip for a deed of the server."""

    speaker: str
    at_s: int
    heard: str = ""
    unheard: str = ""
    cut_off: bool = False
    chip: Chip | None = None


@dataclass(frozen=True)
class Part:
    """A stretch of an answer's bar, in drawing units from the left; the bar itself begins at the right."""

    kind: str
    x: int
    width: int


@dataclass(frozen=True)
class Timing:
    """The steps of one answer in milliseconds from the end of the caller's speech; None where unknown."""

    number: int
    first_partial_ms: int | None
    final_ms: int | None
    first_audio_ms: int | None
    ready_ms: int | None
    sent_ms: int | None
    total_ms: int | None
    barge_in: bool
    reason: str
    parts: tuple[Part, ...]

    @property
    def is_slow(self) -> bool:
        return self.total_ms is not None and self.total_ms > SLOW_MS


def lines_of(turns: Iterable[Turn], *, today: date, zone: ZoneInfo) -> Iterator[Line]:
    """The transcript from first to last; empty lines (noise that was left out) are not shown."""
    for turn in turns:
        at_s = turn.at_ms // 1000
        if turn.speaker == Turn.Speaker.SERVER:
            yield Line(turn.speaker, at_s, chip=chip_of(turn.text, today=today, zone=zone))
        elif turn.text:
            heard, unheard = split_heard(turn.text, turn.heard_fraction)
            yield Line(turn.speaker, at_s, heard=heard, unheard=unheard, cut_off=bool(unheard))


def split_heard(text: str, fraction: float) -> tuple[str, str]:
    """The words that were heard and those that were not; the cut falls between words."""
    if fraction >= 1:
        return text, ""
    words = text.split(" ")
    kept = round(len(words) * max(0.0, fraction))
    return " ".join(words[:kept]), " ".join(words[kept:])


def timings_of(turns: Iterable[Turn]) -> list[Timing]:
    """One entry per answered utterance, on a scale common to the call."""
    measured = [turn.metrics for turn in turns if turn.speaker == Turn.Speaker.CALLER and turn.metrics]
    scale_ms = max([SCALE_MIN_MS, *(metrics.get("TOTAL_LATENCY_MS") or 0 for metrics in measured)])
    return [
        Timing(
            number=number,
            first_partial_ms=metrics.get("STT_FIRST_PARTIAL_MS"),
            final_ms=metrics.get("STT_FINAL_MS"),
            first_audio_ms=metrics.get("AI_FIRST_AUDIO_MS"),
            ready_ms=metrics.get("TTS_READY_MS"),
            sent_ms=metrics.get("FIRST_AUDIO_SENT_MS"),
            total_ms=metrics.get("TOTAL_LATENCY_MS"),
            barge_in=bool(metrics.get("BARGE_IN_HIT")),
            reason=reason_in_words(str(metrics.get("EOU_REASON") or "")),
            parts=tuple(_parts(metrics, scale_ms)),
        )
        for number, metrics in enumerate(measured, start=1)
    ]


def reason_in_words(reason: str) -> str:
    """What ended the caller's turn; a word that is not known here is shown as it is."""
    return _(_REASONS[reason]) if reason in _REASONS else reason


def ending_in_words(reason: str) -> str:
    """How a call ended; empty for what is not known here, which is for the log."""
    known = _ENDINGS.get(reason) or _ENDINGS.get(reason.partition(":")[0])
    return _(known) if known else ""


def cost_in_dollars(microusd: int) -> str:
    """As "$0.12"; a cost that would round to nothing as "<$0.01", none at all as nothing."""
    if not microusd:
        return ""
    return "<$0.01" if microusd < MICROUSD // 100 else f"${microusd / MICROUSD:.2f}"


def _parts(metrics: dict[str, int], scale_ms: int) -> Iterator[Part]:
    start_ms = 0
    for kind, name in _STEPS:
        end_ms = metrics.get(name)
        if end_ms is None or end_ms <= start_ms:
            continue
        left = SCALE_UNITS - end_ms * SCALE_UNITS // scale_ms
        yield Part(kind, left, (end_ms - start_ms) * SCALE_UNITS // scale_ms)
        start_ms = end_ms
