"""How long each answer of a call took, step by step, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from calls.latency import SLOW_MS
from calls.models import Turn

SCALE_MIN_MS = 2000  # bars of a quick call are not blown up
SCALE_UNITS = 1000  # width of the drawing
STEP_NAMES = {
    "hearing": gettext_lazy("speech recognition"),
    "thinking": gettext_lazy("understanding and checks"),
    "wording": gettext_lazy("wording"),
    "playing": gettext_lazy("first audio"),
}
_REASONS = {"vad": gettext_noop("a pause"), "keypad": gettext_noop("keys"), "typed": gettext_noop("in writing")}


@dataclass(frozen=True)
class Part:
    """A stretch of an answer's bar, in drawing units from the left; the bar itself begins at the right."""

    kind: str
    x: int
    width: int
    ms: int

    @property
    def name(self) -> str:
        return str(STEP_NAMES[self.kind])


@dataclass(frozen=True)
class Timing:
    """The steps of one answer in milliseconds from the end of the caller's speech; None where unknown."""

    number: int
    first_partial_ms: int | None
    final_ms: int | None
    checked_ms: int | None  # when the server had told what it found
    first_audio_ms: int | None
    ready_ms: int | None
    sent_ms: int | None
    total_ms: int | None
    barge_in: bool
    reason: str
    parts: tuple[Part, ...]
    index: int = 0  # of the caller's line

    @property
    def total_s(self) -> str:
        return "" if self.total_ms is None else f"{self.total_ms / 1000:.2f}"

    @property
    def is_slow(self) -> bool:
        return self.total_ms is not None and self.total_ms > SLOW_MS


def timings_of(turns: Iterable[Turn]) -> list[Timing]:
    """One entry per answered utterance, on a scale common to the call. The turns are in order."""
    rows = list(turns)
    asked = [at for at, turn in enumerate(rows) if turn.speaker == Turn.Speaker.CALLER and turn.metrics]
    scale_ms = max([SCALE_MIN_MS, *(rows[at].metrics.get("TOTAL_LATENCY_MS") or 0 for at in asked)])
    return [_timing(number, rows[at], _checked_ms(rows, at), scale_ms) for number, at in enumerate(asked, start=1)]


def reason_in_words(reason: str) -> str:
    """What ended the caller's turn; a word that is not known here is shown as it is."""
    return _(_REASONS[reason]) if reason in _REASONS else reason


def _timing(number: int, turn: Turn, checked_ms: int | None, scale_ms: int) -> Timing:
    metrics = turn.metrics
    return Timing(
        number=number,
        first_partial_ms=metrics.get("STT_FIRST_PARTIAL_MS"),
        final_ms=metrics.get("STT_FINAL_MS"),
        checked_ms=checked_ms,
        first_audio_ms=metrics.get("AI_FIRST_AUDIO_MS"),
        ready_ms=metrics.get("TTS_READY_MS"),
        sent_ms=metrics.get("FIRST_AUDIO_SENT_MS"),
        total_ms=metrics.get("TOTAL_LATENCY_MS"),
        barge_in=bool(metrics.get("BARGE_IN_HIT")),
        reason=reason_in_words(str(metrics.get("EOU_REASON") or "")),
        parts=tuple(_parts(metrics, checked_ms, scale_ms)),
        index=turn.index,
    )


def _checked_ms(rows: Sequence[Turn], at: int) -> int | None:
    """When the server had told what it found, before the answer to this utterance began; None if it told nothing.

    The answer's own line begins when its first audio arrives, which is measured from the end of the caller's speech.
    So that end is known in the call's time, and with it how long after it the server's item came.
    """
    told = None
    for later in (rows[place] for place in range(at + 1, len(rows))):
        if later.speaker == Turn.Speaker.CALLER:
            return None
        if later.speaker == Turn.Speaker.SERVER:
            told = later.at_ms
        elif later.speaker == Turn.Speaker.ASSISTANT:
            first_audio = rows[at].metrics.get("AI_FIRST_AUDIO_MS")
            if told is None or first_audio is None:
                return None
            checked = told - (later.at_ms - first_audio)
            return int(checked) if 0 < checked <= first_audio else None
    return None


def _parts(metrics: dict[str, Any], checked_ms: int | None, scale_ms: int) -> Iterator[Part]:
    steps = (
        ("hearing", metrics.get("STT_FINAL_MS")),
        ("thinking", checked_ms),
        ("wording", metrics.get("AI_FIRST_AUDIO_MS")),
        ("playing", metrics.get("TOTAL_LATENCY_MS")),
    )
    start_ms = 0
    for kind, end_ms in steps:
        if end_ms is None or end_ms <= start_ms:
            continue
        left = SCALE_UNITS - end_ms * SCALE_UNITS // scale_ms
        yield Part(kind, left, (end_ms - start_ms) * SCALE_UNITS // scale_ms, end_ms - start_ms)
        start_ms = end_ms
