"""What one process counts about its calls since it started, in Prometheus' text format. Pure: no database, no names.

Counters carry no business: who is called how often is that customer's own affair, and a label per customer grows
without end. Source of the format: Prometheus, "Exposition formats", 0.0.4.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from itertools import accumulate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)
STEPS = {
    "STT_FIRST_PARTIAL_MS": "stt_first_partial",
    "STT_FINAL_MS": "stt_final",
    "AI_FIRST_AUDIO_MS": "ai_first_audio",
    "TTS_READY_MS": "tts_ready",
    "FIRST_AUDIO_SENT_MS": "first_audio_sent",
    "TOTAL_LATENCY_MS": "total",
}
_HELP = {
    "calls_total": "Conversations that ended, by outcome; a call that came back from a person has had two.",
    "false_claims_total": "Things the assistant said that were not so, by kind.",
    "provider_losses_total": "Sessions of the voice provider that were lost or never came.",
    "barge_ins_total": "Answers that callers talked into.",
    "dropped_total": "What a full queue turned away, by queue.",
}


class _Histogram:
    """Observations in seconds, by bucket; the last bucket is everything above."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[next((at for at, bound in enumerate(BUCKETS_S) if seconds <= bound), len(BUCKETS_S))] += 1
        self.sum += seconds


class Measures:
    """Counters that only grow, and one histogram per step of an answer. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, dict[tuple[str, str] | None, int]] = {name: {} for name in _HELP}
        self._steps = {step: _Histogram() for step in STEPS.values()}

    # --- what happens in a call ------------------------------------------------------------------------
    def provider_lost(self) -> None:
        self._add("provider_losses_total")

    def false_claim(self, kind: str) -> None:
        self._add("false_claims_total", ("kind", kind))

    def call_ended(self, outcome: str) -> None:
        self._add("calls_total", ("outcome", outcome or "unknown"))

    def turn_measured(self, metrics: Mapping[str, int | str | bool]) -> None:
        """The timings of one answered turn, by the names of contract section 5."""
        with self._lock:
            for name, step in STEPS.items():
                if name in metrics:
                    self._steps[step].observe(int(metrics[name]) / 1000)
        if metrics.get("BARGE_IN_HIT"):
            self._add("barge_ins_total")

    def dropped(self, queue: str, count: int = 1) -> None:
        """So many frames, lines or events were turned away by a full queue."""
        if count > 0:
            self._add("dropped_total", ("queue", queue), count)

    def _add(self, name: str, label: tuple[str, str] | None = None, count: int = 1) -> None:
        with self._lock:
            counted = self._counters[name]
            counted[label] = counted.get(label, 0) + count

    # --- for Prometheus --------------------------------------------------------------------------------
    def text(self, *, live_calls: int) -> str:
        """Everything counted so far."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines(live_calls))

    def _lines(self, live_calls: int) -> Iterator[str]:
        yield "# HELP agentlocator_live_calls Calls on the line in this process."
        yield "# TYPE agentlocator_live_calls gauge"
        yield f"agentlocator_live_calls {live_calls}"
        for name, words in _HELP.items():
            yield f"# HELP agentlocator_{name} {words}"
            yield f"# TYPE agentlocator_{name} counter"
            labelled = self._counters[name] or ({} if name in _LABELLED else {None: 0})
            for label, count in sorted(labelled.items(), key=lambda pair: pair[0] or ("", "")):
                yield f"agentlocator_{name}{_braces(label)} {count}"
        yield "# HELP agentlocator_turn_seconds From the end of the caller's speech to each step of the answer."
        yield "# TYPE agentlocator_turn_seconds histogram"
        for step, histogram in self._steps.items():
            totals = list(accumulate(histogram.counts))
            for bound, total in zip((*map(str, BUCKETS_S), "+Inf"), totals, strict=True):
                yield f'agentlocator_turn_seconds_bucket{{step="{step}",le="{bound}"}} {total}'
            yield f'agentlocator_turn_seconds_sum{{step="{step}"}} {histogram.sum:.3f}'
            yield f'agentlocator_turn_seconds_count{{step="{step}"}} {totals[-1]}'


_LABELLED = frozenset(("calls_total", "false_claims_total", "dropped_total"))


def _braces(label: tuple[str, str] | None) -> str:
    if label is None:
        return ""
    name, value = label
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{{name}="{escaped}"}}'


measures = Measures()
