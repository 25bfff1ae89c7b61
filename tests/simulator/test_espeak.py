"""Hebrew speech where espeak-ng is installed: here a program of that name that hums."""

import sys

import pytest

from simulator import audio, espeak, ulaw

HUMS = f"""#!{sys.executable}
import array, math, sys, wave
words = sys.stdin.read()
assert sys.argv[1:3] == ["-v", "he"], sys.argv
loud = [int(9000 * math.sin(i / 12)) for i in range(22050)]
with wave.open(sys.stdout.buffer, "wb") as out:
    out.setnchannels(1), out.setsampwidth(2), out.setframerate(22050)
    out.writeframes(array.array("h", [0] * 11025 + loud + [0] * 22050 + loud).tobytes())
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    def install(program):
        path = tmp_path / "espeak-ng"
        path.write_text(program)
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        espeak.speak.cache_clear()

    yield install
    espeak.speak.cache_clear()


def test_its_voice_carries_the_words(installed):
    installed(HUMS)
    sound = audio.speech("שלום לכולם")
    ear = audio.Ear()
    ear.feed(sound)
    assert ear.utterances[0].text == "שלום לכולם"
    # Two seconds of humming, the pause between them cut to 200 ms and the silence before them gone.
    assert len(sound) / ulaw.BYTES_PER_MS == pytest.approx(2200, abs=40)
    assert ulaw.rms(sound[:1600]) == pytest.approx(9000 / 2**0.5, rel=0.05)


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho no sound\n"])
def test_where_it_fails_the_synthetic_voice_speaks(installed, program):
    installed(program)
    assert espeak.speak("שלום", 50) is None
    assert len(audio.speech("שלום")) == audio.SHORTEST_MS * ulaw.BYTES_PER_MS


def test_silence_needs_no_program(installed):
    installed(HUMS)
    assert espeak.speak("  ", 50) is None
