"""Recordings become telephone sound: any plain WAV in, µ-law at 8 kHz out."""

from __future__ import annotations

import io
import math
import struct
import wave

import pytest

from calls.voice import sound


def tone(hz: float, *, seconds: float = 1.0, rate: int = 8000, loudness: int = 3000) -> list[int]:
    return [round(loudness * math.sin(2 * math.pi * hz * n / rate)) for n in range(int(seconds * rate))]


def wav(samples: list[int], rate: int = 8000, *, width: int = 2, channels: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        shift = 8 * (width - 2)
        for sample in samples:
            one = (
                bytes([(sample >> 8) + 128]) if width == 1 else (sample << shift).to_bytes(width, "little", signed=True)
            )
            file.writeframesraw(one * channels)
    return out.getvalue()


def strength(samples: list[int], hz: float) -> float:
    """How much of a tone there is, as its amplitude."""
    waves = [
        (math.cos(2 * math.pi * hz * n / 8000), math.sin(2 * math.pi * hz * n / 8000)) for n in range(len(samples))
    ]
    across = sum(s * c for s, (c, _) in zip(samples, waves, strict=True))
    along = sum(s * d for s, (_, d) in zip(samples, waves, strict=True))
    return 2 * math.hypot(across, along) / len(samples)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_a_tone_keeps_its_pitch_and_loudness_at_every_rate(rate: int):
    result = sound.resampled(tone(1000, rate=rate, seconds=0.5), rate)
    assert len(result) in (3999, 4000)
    assert strength(result[400:3600], 1000) == pytest.approx(3000, rel=0.03)


def test_what_a_telephone_cannot_carry_does_not_fold_back():
    result = sound.resampled(tone(6500, rate=48000, seconds=0.5), 48000)
    assert strength(result[400:3600], 1500) < 30  # where it would be heard


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_any_width_and_both_channels_are_read(width: int, channels: int):
    samples, rate = sound.read_wav(wav(tone(500), width=width, channels=channels))
    assert rate == 8000
    assert strength(samples, 500) == pytest.approx(3000, rel=0.05)


def test_fifteen_seconds_are_taken_whole():
    assert sound.duration_ms(sound.from_wav(wav(tone(400, seconds=15)))) == 15_000


def test_a_word_of_a_third_of_a_second_is_long_enough():
    assert sound.duration_ms(sound.from_wav(wav([0] * 800 + tone(400, seconds=0.32) + [0] * 800))) >= 320


def test_what_a_carrier_fetches_is_the_line_itself_as_it_goes_over_the_wire():
    line = sound.encode(tone(400, seconds=0.1))
    file = sound.to_telephone_wav(line)
    riff, size, kind, *form = struct.unpack("<4sI4s4xIHHIIHHH", file[:38])
    assert (riff, size, kind) == (b"RIFF", len(file) - 8, b"WAVE")
    assert form == [18, 7, 1, 8000, 8000, 1, 8, 0]  # µ-law, one channel, 8 kHz, a byte each
    assert file[38:50] == b"fact" + struct.pack("<II", 4, len(line))
    assert file[50:] == b"data" + struct.pack("<I", len(line)) + line


def test_a_recording_becomes_a_line_as_loud_as_the_others_without_silence_around_it():
    quiet = [0] * 8000
    line = sound.from_wav(wav(quiet + tone(400, seconds=2, loudness=300) + quiet))
    assert len(line) % sound.FRAME == 0
    assert 2000 <= sound.duration_ms(line) <= 2100
    assert sound.rms(sound.decode(line)) == pytest.approx(sound.SPEECH_RMS, rel=0.05)


def test_a_loud_recording_is_not_clipped():
    spikes = [n % 800 < 8 and 32000 or 200 * (n % 2) for n in range(16000)]
    assert max(map(abs, sound.decode(sound.from_wav(wav(spikes))))) < 30000


def test_the_ends_fade():
    line = sound.decode(sound.from_wav(wav(tone(400))))
    assert abs(line[0]) < 50
    assert abs(line[-1]) < 50


def test_what_is_listened_to_is_what_callers_hear():
    line = sound.from_wav(wav(tone(700)))
    samples, rate = sound.read_wav(sound.to_wav(line))
    assert rate == 8000
    assert sound.encode(samples) == line


def test_every_code_survives_its_sample():
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is a second zero
    assert sound.encode(sound.decode(codes)) == codes


def test_silent_frames_around_captured_speech_go_and_the_speech_stays_as_it_is():
    speech = sound.encode(tone(400))
    assert sound.without_ends(sound.silence(500) + speech + sound.silence(500)) == (
        sound.silence(20) + speech + sound.silence(20)
    )
    assert sound.without_ends(sound.silence(500)) == b""


def _compressed() -> bytes:
    plain = bytearray(wav(tone(400)))
    plain[20:22] = struct.pack("<H", 7)  # µ-law
    return bytes(plain)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_wav"),
        (b"ID3\x03 an mp3 of our song", "not_wav"),
        (wav(tone(400))[:30], "not_wav"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", "not_wav"),
        (_compressed(), "compressed"),
        (wav(tone(400), rate=4000), "rate"),
        (wav(tone(400), rate=96000), "rate"),
        (wav(tone(400), channels=6), "rate"),
        (wav([0] * 8000), "silent"),
        (wav([0] * 8000 + tone(400, seconds=0.27) + [0] * 8000), "short"),
        (wav(tone(400, seconds=0.01)), "short"),
        (wav([]), "silent"),
        (wav(tone(400, seconds=16)), "length"),
        (b"RIFF" + bytes(sound.LARGEST_FILE), "size"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_by_name(data: bytes, code: str):
    with pytest.raises(sound.BadSound) as refusal:
        sound.from_wav(data)
    assert refusal.value.code == code
