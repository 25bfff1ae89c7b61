"""How loud 60 ms are."""

from __future__ import annotations

import base64

import pytest

from calls.levels import LevelMeter, rms

SILENCE = b"\xff" * 160
LOUD = b"\x80" * 160  # full scale


def frame(ulaw: bytes) -> str:
    return base64.b64encode(ulaw).decode()


@pytest.mark.parametrize(
    ("ulaw", "level"), [(b"", 0), (SILENCE, 0), (LOUD, 32124), (b"\x00" * 160, 32124), (b"\x7f", 0), (b"\xef" * 9, 132)]
)
def test_level_of_a_frame(ulaw: bytes, level: int) -> None:
    assert round(rms(ulaw)) == level


def test_sixty_milliseconds_of_loudness_are_told_once() -> None:
    meter = LevelMeter(260)

    assert [meter.feed(frame(LOUD)) for _ in range(5)] == [False, False, True, False, False]


def test_a_click_is_not_loudness() -> None:
    meter = LevelMeter(260)
    frames = [LOUD, LOUD, SILENCE, LOUD, LOUD, SILENCE]

    assert not any(meter.feed(frame(each)) for each in frames)


def test_after_a_rest_it_tells_again() -> None:
    meter = LevelMeter(260)
    for _ in range(3):
        meter.feed(frame(LOUD))
    meter.rest()

    assert [meter.feed(frame(LOUD)) for _ in range(3)] == [False, False, True]


def test_what_is_no_audio_is_not_loud() -> None:
    assert LevelMeter(260).feed("a") is False
