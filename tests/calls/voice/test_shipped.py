"""The audio that comes with the product: all of it there, made from what is written, fit for a telephone."""

from __future__ import annotations

import re

import pytest

from calls.voice import lines, render, shipped, sound


def test_every_fragment_has_its_audio_from_the_phonemes_as_they_are_written():
    assert {key: piece.source for key, piece in shipped.pieces().items()} == {
        key: source.digest for key, source in render.sources().items()
    }


def test_the_phonemes_are_those_that_the_machine_voice_has():
    sounds = re.compile(r"(?:'?[aeiou]|ts|[bdfghjklmnprstvxzRS?])+[,.?]?")
    for key, source in render.sources().items():
        assert all(sounds.fullmatch(word) for word in source.phonemes.split()), key


def test_every_word_that_is_said_alone_has_one_stress():
    written = render.sources()
    said = [written[key].phonemes for key in lines.WORDS if key.startswith(("number", "month", "and", "today"))]
    assert [phonemes for phonemes in said if phonemes.count("'") != len(phonemes.split())] == []


def test_all_of_it_stays_small():
    assert shipped.SOUND.stat().st_size < 1_600_000
    assert sum(piece.length for piece in shipped.pieces().values()) == shipped.SOUND.stat().st_size


@pytest.mark.parametrize("key", sorted(lines.OURS))
def test_a_fragment_sounds_like_speech(key: str):
    clip = shipped.clips()[key]
    samples = sound.decode(clip)
    letters = len(re.sub(r"[^א-ת]", "", lines.OURS[key]))
    assert len(clip) % sound.FRAME == 0
    assert 1500 < sound.rms(samples) < 2400  # as loud as the next one
    assert max(map(abs, samples)) < 30000  # nothing clipped
    assert abs(samples[0]) < 200  # no click at its beginning
    assert abs(samples[-1]) < 200  # nor at its end
    assert 75 * letters < sound.duration_ms(clip) < 150 * letters + 300
