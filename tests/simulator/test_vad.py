"""Turns found by energy, on the sound itself."""

from simulator import audio, ulaw
from simulator.vad import SpeechStarted, SpeechStopped, VoiceActivity


def listen(sound: bytes, piece: int = 160, **detection: float):
    ear = VoiceActivity()
    ear.configure({"type": "server_vad", "threshold": 0.6, "silence_duration_ms": 500, **detection})
    return [event for start in range(0, len(sound), piece) for event in ear.feed(sound[start : start + piece])]


def test_a_turn_begins_with_its_padding_and_ends_after_the_silence():
    speech = audio.noise(1000)
    started, stopped = listen(ulaw.SILENCE * 50 + speech + ulaw.SILENCE * 50)
    assert started == SpeechStarted(audio_start_ms=1000 - 300)
    assert isinstance(stopped, SpeechStopped)
    assert (stopped.audio_start_ms, stopped.audio_end_ms) == (700, 2500)
    assert stopped.sound == ulaw.SILENCE * 15 + speech + ulaw.SILENCE * 25


def test_pieces_of_any_size_are_the_same_audio():
    sound = ulaw.SILENCE * 50 + audio.noise(1000) + ulaw.SILENCE * 50
    assert listen(sound, 7) == listen(sound, 4000) == listen(sound)


def test_a_short_pause_does_not_end_the_turn():
    sound = audio.noise(400) + ulaw.SILENCE * 20 + audio.noise(400) + ulaw.SILENCE * 40
    assert len(listen(sound)) == 2
    assert len(listen(sound, silence_duration_ms=200)) == 4


def test_the_threshold_decides_what_is_loud():
    quiet = bytes([ulaw.encode(300), ulaw.encode(-300)]) * 80 * 20
    assert listen(quiet, threshold=0.6) == []
    assert listen(quiet, threshold=0.4) == [SpeechStarted(audio_start_ms=0)]


def test_forty_milliseconds_are_a_click():
    assert listen(audio.noise(40) + ulaw.SILENCE * 50) == []


def test_without_detection_the_sound_only_gathers():
    ear = VoiceActivity()
    ear.configure(None)
    assert ear.feed(audio.noise(1000)) == []
    assert len(ear.take()) == 8000
    assert ear.take() == b""
