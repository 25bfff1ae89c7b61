"""How loud the caller is, read from µ-law frames. Fed only while the assistant can be heard."""

from __future__ import annotations

import binascii

LOUD_MS = 60  # shorter is a click
TELL_AGAIN_FRAMES = 50  # a second later
_BYTES_PER_MS = 8


def _linear(code: int) -> int:
    """A µ-law byte as a 16-bit sample (ITU-T G.711)."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - magnitude if code & 0x80 else magnitude - 0x84


_SQUARES = tuple(_linear(code) ** 2 for code in range(256))


def rms(ulaw: bytes) -> float:
    """Root mean square on the 16-bit scale; 0 for no audio."""
    return float((sum(map(_SQUARES.__getitem__, ulaw)) / len(ulaw)) ** 0.5) if ulaw else 0.0


class LevelMeter:
    """Says after 60 ms at or above `level` that the caller is loud, and not again for a second; `rest` arms it anew."""

    def __init__(self, level: int) -> None:
        self._power = level * level
        self._softer = bytes(code for code, square in enumerate(_SQUARES) if square < self._power)
        self._loud_bytes = 0
        self._told = False
        self._frames_since = 0

    def feed(self, payload: str) -> bool:
        """True for the frame (base64 µ-law) that completes 60 ms of loudness."""
        if self._told:
            self._frames_since += 1
            if self._frames_since < TELL_AGAIN_FRAMES:
                return False
            self.rest()
        try:
            audio = binascii.a2b_base64(payload)
        except binascii.Error:
            return False
        if self._is_soft(audio):
            self._loud_bytes = 0
            return False
        self._loud_bytes += len(audio)
        self._told = self._loud_bytes >= LOUD_MS * _BYTES_PER_MS
        return self._told

    def _is_soft(self, audio: bytes) -> bool:
        """Most frames hold no single loud sample, which is found out at once."""
        if audio and not audio.translate(None, self._softer):
            return True
        return sum(map(_SQUARES.__getitem__, audio)) < self._power * len(audio)

    def rest(self) -> None:
        """The assistant is not audible: forget what was loud."""
        self._told = False
        self._loud_bytes = self._frames_since = 0
