"""Sound as the telephone has it: µ-law at 8 kHz. From WAV, to WAV, trimmed, levelled, in whole frames. Pure."""

from __future__ import annotations

import array
import io
import math
import operator
import struct
import sys
import wave
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

RATE: Final = 8000
BYTES_PER_MS: Final = 8
FRAME: Final = 160  # 20 ms
SILENT: Final = 0xFF
SPEECH_RMS: Final = 2000  # about what a telephone voice has
SHORTEST_MS: Final = 300  # of sound: what is shorter is a click, and no word
LONGEST_S: Final = 15  # twice the longest line; what a request can resample in a fraction of a second
LARGEST_FILE: Final = 6_000_000  # of that length at the highest rate, in the widest samples
_RATES: Final = range(8000, 48001)
_PEAK: Final = 28000
_QUIET_RMS: Final = 60
_KEPT_MS: Final = 30  # of quiet before and after the sound
_FADE_MS: Final = 5


class BadSound(ValueError):
    """A file that cannot become a line. `code`: not_wav compressed rate length short silent size."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- µ-law (ITU-T G.711) -----------------------------------------------------------------------------
def _decoded(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - magnitude if code & 0x80 else magnitude - 0x84


def _encoded(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = magnitude.bit_length() - 8
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF


_SAMPLES: Final = tuple(map(_decoded, range(256)))


@lru_cache(maxsize=1)
def _codes() -> bytes:
    """The code of every sample a quarter of the finest step apart, from -32768 on."""
    return bytes(map(_encoded, range(-32768, 32768, 4)))


def encode(samples: Sequence[int]) -> bytes:
    """16-bit samples at 8 kHz as µ-law."""
    codes = _codes()
    return bytes(codes[(min(max(sample, -32768), 32767) + 32768) >> 2] for sample in samples)


def decode(ulaw: bytes) -> list[int]:
    return [_SAMPLES[code] for code in ulaw]


# --- shape -------------------------------------------------------------------------------------------
def whole_frames(ulaw: bytes) -> bytes:
    """Filled up with silence to the end of its last frame."""
    return ulaw + bytes([SILENT]) * (-len(ulaw) % FRAME)


def silence(ms: int) -> bytes:
    """Whole frames of it."""
    return whole_frames(bytes([SILENT]) * (ms * BYTES_PER_MS))


def duration_ms(ulaw: bytes) -> int:
    return len(ulaw) // BYTES_PER_MS


def rms(samples: Sequence[int]) -> float:
    return math.sqrt(sum(map(operator.mul, samples, samples)) / len(samples)) if samples else 0.0


def as_line(samples: Sequence[int]) -> bytes:
    """8 kHz samples as a line is stored: no silence around it, as loud as speech, no click at its ends.

    Raises BadSound if there is nothing to hear.
    """
    trimmed = _trimmed(samples)
    if not trimmed:
        raise BadSound("silent")
    loud = [block for block in _blocks(trimmed) if rms(block) > _QUIET_RMS * 3]
    level = math.sqrt(sum(rms(block) ** 2 for block in loud) / len(loud)) if loud else rms(trimmed)
    gain = min(SPEECH_RMS / level, _PEAK / max(map(abs, trimmed)))
    return whole_frames(encode(_faded([round(sample * gain) for sample in trimmed])))


def without_ends(ulaw: bytes) -> bytes:
    """Without the silent frames before and after the sound, one of each kept; otherwise untouched."""
    whole = whole_frames(ulaw)
    frames = [whole[at : at + FRAME] for at in range(0, len(whole), FRAME)]
    loud = [number for number, frame in enumerate(frames) if rms(decode(frame)) >= _QUIET_RMS]
    return b"".join(frames[max(0, loud[0] - 1) : loud[-1] + 2]) if loud else b""


def _blocks(samples: Sequence[int]) -> list[Sequence[int]]:
    return [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]


def _trimmed(samples: Sequence[int]) -> Sequence[int]:
    began, ended = _sounding(samples)
    kept = _KEPT_MS * BYTES_PER_MS
    return samples[max(0, began - kept) : ended + kept] if ended else []


def _sounding(samples: Sequence[int]) -> tuple[int, int]:
    """From which sample to which there is something to hear, in whole blocks; (0, 0) if there is nothing."""
    loud = [number for number, block in enumerate(_blocks(samples)) if rms(block) >= _QUIET_RMS]
    return (loud[0] * FRAME, min((loud[-1] + 1) * FRAME, len(samples))) if loud else (0, 0)


def _faded(samples: list[int]) -> list[int]:
    length = min(_FADE_MS * BYTES_PER_MS, len(samples) // 2)
    for at in range(length):
        samples[at] = samples[at] * at // length
        samples[-1 - at] = samples[-1 - at] * at // length
    return samples


# --- WAV ---------------------------------------------------------------------------------------------
def from_wav(data: bytes) -> bytes:
    """A recording, PCM of 8, 16, 24 or 32 bits at 8 to 48 kHz, mono or stereo, as a line. Raises BadSound."""
    if len(data) > LARGEST_FILE:
        raise BadSound("size")
    samples = resampled(*read_wav(data))
    began, ended = _sounding(samples)
    if 0 < ended - began < SHORTEST_MS * BYTES_PER_MS:
        raise BadSound("short")
    return as_line(samples)


def read_wav(data: bytes) -> tuple[list[int], int]:
    """16-bit samples of one channel, the mean of all, and their rate. Raises BadSound."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            raw = file.readframes(min(file.getnframes(), LARGEST_FILE))
    except wave.Error as error:
        raise BadSound("compressed" if "unknown format" in str(error) else "not_wav") from error
    except (EOFError, struct.error, ValueError, OverflowError, RuntimeError, ZeroDivisionError) as error:
        raise BadSound("not_wav") from error
    if rate not in _RATES or channels not in (1, 2) or width not in (1, 2, 3, 4):
        raise BadSound("rate")
    if len(raw) > LONGEST_S * rate * width * channels:
        raise BadSound("length")
    one = _samples(raw[: len(raw) // (width * channels) * width * channels], width)
    return (one if channels == 1 else [(a + b) // 2 for a, b in zip(one[::2], one[1::2], strict=True)]), rate


def _samples(raw: bytes, width: int) -> list[int]:
    """Little-endian PCM of any width as 16-bit samples; of one byte it is unsigned."""
    if width == 1:
        return [(byte - 128) << 8 for byte in raw]
    # The two highest bytes of each sample are all that µ-law can tell.
    high = bytearray(len(raw) // width * 2)
    high[::2], high[1::2] = raw[width - 2 :: width], raw[width - 1 :: width]
    words = array.array("h", bytes(high))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tolist()


def to_wav(ulaw: bytes) -> bytes:
    """As a WAV file of 16-bit PCM, which every browser plays."""
    samples = array.array("h", decode(ulaw))
    if sys.byteorder == "big":
        samples.byteswap()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def to_telephone_wav(ulaw: bytes) -> bytes:
    """As a WAV file of µ-law, which carriers play without converting it. Source: RFC 2361, WAVE_FORMAT_MULAW."""
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    chunks = (b"fmt ", form), (b"fact", struct.pack("<I", len(ulaw))), (b"data", ulaw)
    body = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


# --- rates -------------------------------------------------------------------------------------------
_CROSSINGS: Final = 6  # of the filter's sinc, to each side
_CUTOFF: Final = 0.45  # of 8 kHz: what telephones carry


def resampled(samples: Sequence[int], rate: int) -> list[int]:
    """At 8 kHz, without what would fold back into it: a windowed sinc, one set of weights per phase."""
    if rate == RATE:
        return list(samples)
    step = rate / RATE
    reach = math.ceil(_CROSSINGS * step)
    quiet = [0.0] * (reach + 1)
    padded = [*quiet[1:], *map(float, samples), *quiet]  # floats throughout: mixed with integers it takes longer
    phases = RATE // math.gcd(rate, RATE)
    weights = [_weights((rate * phase % RATE) / RATE, step, reach) for phase in range(min(phases, 640))]
    result = []
    for number in range(len(samples) * RATE // rate):
        at = number * rate // RATE
        window = weights[number % phases if phases <= 640 else 0]
        result.append(round(sum(map(operator.mul, window, padded[at : at + 2 * reach + 1]))))
    return result


def _weights(fraction: float, step: float, reach: int) -> list[float]:
    """Of the neighbours of an output sample that lies `fraction` after its first input sample."""
    raw = []
    for offset in range(-reach, reach + 1):
        x = (offset - fraction) / step
        sinc = 2 * _CUTOFF if x == 0 else math.sin(2 * math.pi * _CUTOFF * x) / (math.pi * x)
        raw.append(sinc * (0.5 + 0.5 * math.cos(math.pi * x / (_CROSSINGS + 1))) if abs(x) <= _CROSSINGS else 0.0)
    total = sum(raw)
    return [weight / total for weight in raw]
