"""G.711 µ-law arithmetic: codes to samples and back, and how loud a stretch of audio is."""

from __future__ import annotations

SAMPLE_RATE = 8000
BYTES_PER_MS = 8
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS
SILENT_CODE = 0xFF
SILENCE = bytes([SILENT_CODE]) * FRAME_BYTES

_BIAS = 0x84
_CLIP = 32635


def decode(code: int) -> int:
    """A µ-law code as a 16-bit sample."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 7)
    return _BIAS - magnitude if code & 0x80 else magnitude - _BIAS


def encode(sample: int) -> int:
    """A 16-bit sample as a µ-law code."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | (exponent << 4) | mantissa) & 0xFF


_POWER = tuple(decode(code) ** 2 for code in range(256))


def power(audio: bytes) -> float:
    """Mean square on the 16-bit scale; 0 for no audio."""
    if not audio or audio.count(SILENT_CODE) == len(audio):
        return 0.0
    return sum(map(_POWER.__getitem__, audio)) / len(audio)


def rms(audio: bytes) -> float:
    """Root mean square on the 16-bit scale."""
    return float(power(audio) ** 0.5)
