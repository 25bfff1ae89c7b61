"""Voice activity by energy, on the audio itself: when the caller speaks, and when the turn is over."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import ulaw

_STARTS_AFTER_FRAMES = 3  # 60 ms: a click is no speech
_LEVEL_OF_FULL_THRESHOLD = 600  # rms on the 16-bit scale that `threshold` 1.0 asks for


@dataclass(frozen=True)
class SpeechStarted:
    audio_start_ms: int  # with the padding before it


@dataclass(frozen=True)
class SpeechStopped:
    audio_start_ms: int
    audio_end_ms: int  # with the silence that ended it
    sound: bytes  # all of it


class VoiceActivity:
    """Feed it µ-law audio in any pieces. Positions count milliseconds of audio since the session began."""

    def __init__(self) -> None:
        self.configure({})
        self.buffer = bytearray()  # what a manual commit would take
        self.speaking = False
        self._rest = b""
        self._heard_ms = 0
        self._loud = 0
        self._quiet = 0
        self._start_ms = 0

    @property
    def position_ms(self) -> int:
        return self._heard_ms

    def configure(self, turn_detection: dict[str, object] | None) -> None:
        """Take over a session's `turn_detection`; None turns detection off."""
        given = {name: value for name, value in (turn_detection or {}).items() if isinstance(value, int | float)}
        self._detecting = turn_detection is not None
        self._power = (given.get("threshold", 0.5) * _LEVEL_OF_FULL_THRESHOLD) ** 2
        self._padding_ms = int(given.get("prefix_padding_ms", 300))
        self._silence_ms = int(given.get("silence_duration_ms", 500))

    def feed(self, sound: bytes) -> list[SpeechStarted | SpeechStopped]:
        """Listen to some more audio."""
        sound = self._rest + sound
        whole = len(sound) - len(sound) % ulaw.FRAME_BYTES
        self._rest = sound[whole:]
        frames = (sound[start : start + ulaw.FRAME_BYTES] for start in range(0, whole, ulaw.FRAME_BYTES))
        return [event for frame in frames if (event := self._frame(frame)) is not None]

    def take(self) -> bytes:
        """What is in the buffer, which is empty from now on."""
        sound = bytes(self.buffer)
        self.buffer.clear()
        self.speaking = False
        self._loud = self._quiet = 0
        return sound

    def _frame(self, frame: bytes) -> SpeechStarted | SpeechStopped | None:
        self._heard_ms += ulaw.FRAME_MS
        self.buffer += frame
        if not self._detecting:
            return None
        loud = ulaw.power(frame) >= self._power
        if self.speaking:
            return self._while_speaking(loud)
        self._loud = self._loud + 1 if loud else 0
        if self._loud < _STARTS_AFTER_FRAMES:
            self._keep_padding()
            return None
        self.speaking, self._quiet = True, 0
        self._start_ms = self._heard_ms - len(self.buffer) // ulaw.BYTES_PER_MS
        return SpeechStarted(self._start_ms)

    def _while_speaking(self, loud: bool) -> SpeechStopped | None:
        self._quiet = 0 if loud else self._quiet + ulaw.FRAME_MS
        if self._quiet < self._silence_ms:
            return None
        return SpeechStopped(self._start_ms, self._heard_ms, self.take())

    def _keep_padding(self) -> None:
        kept = (self._padding_ms + self._loud * ulaw.FRAME_MS) * ulaw.BYTES_PER_MS
        del self.buffer[: max(0, len(self.buffer) - kept)]
