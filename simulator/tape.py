"""What a recording catches: each side of the call on its own track, with the silences between."""

from __future__ import annotations

import array
import io
import wave

from calls.clock import Clock
from simulator import ulaw

LONGEST_MS = 10 * 60_000  # the stand-in keeps no more
_SEAM = 300 * ulaw.BYTES_PER_MS  # frames are played a little early or late; nearer than this, one follows the other
_SAMPLES = array.array("h", (ulaw.decode(code) for code in range(256)))

CALLER, OTHER = 0, 1


class Tape:
    """Runs from the moment it is made. `hear` takes sound that begins now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._sounds: list[tuple[int, int, bytes]] = []  # track, its byte, sound
        self._ends: dict[int, int] = {}  # track -> the byte after its latest sound
        self.last_sound_at = self._began  # the end of the latest sound, which may lie ahead

    def hear(self, track: int, sound: bytes) -> None:
        start = int((self._clock.now() - self._began) * 1000) * ulaw.BYTES_PER_MS
        end = self._ends.get(track, -_SEAM)
        start = end if abs(start - end) < _SEAM else start
        if start + len(sound) > LONGEST_MS * ulaw.BYTES_PER_MS:
            return
        self._sounds.append((track, start, sound))
        self._ends[track] = start + len(sound)
        self.last_sound_at = max(self.last_sound_at, self._clock.now() + len(sound) / ulaw.BYTES_PER_MS / 1000)

    @property
    def is_blank(self) -> bool:
        return not self._sounds

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return self._clock.now() - self._began

    def track(self, number: int, *, trimmed: bool = False) -> bytes:
        """One side as µ-law; trimmed: without the silence before the first and after the last sound."""
        sounds = [(start, sound) for track, start, sound in self._sounds if track == number]
        end = max((start + len(sound) for start, sound in sounds), default=0)
        laid = bytearray([ulaw.SILENT_CODE]) * end
        for start, sound in sounds:
            laid[start : start + len(sound)] = sound
        return bytes(laid[min((start for start, _ in sounds), default=0) if trimmed else 0 :])


def wav(tracks: list[bytes]) -> bytes:
    """16-bit PCM at 8 kHz, one channel a track."""
    longest = max(map(len, tracks), default=0)
    samples = array.array("h", bytes(2 * longest * len(tracks)))
    for number, track in enumerate(tracks):
        samples[number : number + len(track) * len(tracks) : len(tracks)] = array.array(
            "h", map(_SAMPLES.__getitem__, track)
        )
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(len(tracks))
        file.setsampwidth(2)
        file.setframerate(ulaw.SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return made.getvalue()
