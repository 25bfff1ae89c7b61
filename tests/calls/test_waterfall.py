"""How long each answer took, as bars on one scale."""

from __future__ import annotations

from calls.models import Turn
from calls.waterfall import SCALE_UNITS, timings_of


def test_bars_begin_at_the_right_on_a_common_scale() -> None:
    quick = Turn(speaker="caller", metrics={"STT_FINAL_MS": 400, "AI_FIRST_AUDIO_MS": 1000, "TOTAL_LATENCY_MS": 1200})
    slow = Turn(speaker="caller", metrics={"STT_FINAL_MS": 1000, "AI_FIRST_AUDIO_MS": 3000, "TOTAL_LATENCY_MS": 4000})
    unanswered = Turn(speaker="caller", metrics={"STT_FINAL_MS": 400, "BARGE_IN_HIT": False})
    assistant = Turn(speaker="assistant", metrics={})

    timings = timings_of([quick, assistant, slow, unanswered])

    assert [timing.number for timing in timings] == [1, 2, 3]
    assert [(part.kind, part.x, part.width) for part in timings[1].parts] == [
        ("hearing", 750, 250),
        ("wording", 250, 500),
        ("playing", 0, 250),
    ]
    assert timings[0].parts[0].x + timings[0].parts[0].width == SCALE_UNITS
    assert [timing.is_slow for timing in timings] == [False, True, False]
    assert timings[2].total_ms is None


def test_what_the_server_told_before_the_answer_is_a_part_of_its_own() -> None:
    metrics = {"STT_FINAL_MS": 400, "AI_FIRST_AUDIO_MS": 1000, "TOTAL_LATENCY_MS": 1200}
    asked = Turn(speaker="caller", at_ms=5_000, metrics=metrics)
    found = Turn(speaker="server", at_ms=8_600)
    answer = Turn(speaker="assistant", at_ms=9_000)  # its first audio; so the caller had stopped at 8 000

    [timing] = timings_of([asked, found, answer])

    assert timing.checked_ms == 600
    assert [(part.kind, part.ms) for part in timing.parts] == [
        ("hearing", 400),
        ("thinking", 200),
        ("wording", 400),
        ("playing", 200),
    ]


def test_what_came_with_another_sentence_is_no_part_of_this_one() -> None:
    metrics = {"STT_FINAL_MS": 400, "AI_FIRST_AUDIO_MS": 1000, "TOTAL_LATENCY_MS": 1200}
    asked, again = (Turn(speaker="caller", at_ms=at, metrics=metrics) for at in (1_000, 2_000))
    late = Turn(speaker="server", at_ms=9_500)
    answer = Turn(speaker="assistant", at_ms=9_000)

    assert [timing.checked_ms for timing in timings_of([asked, again, answer, late])] == [None, None]
    assert timings_of([asked, late, answer])[0].checked_ms is None  # it came after the first audio
    assert timings_of([asked, late])[0].checked_ms is None
