"""What the caller's telephone plays, understood: which words were heard, when, and whether to their end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from calls.clock import Clock
from simulator.audio import Ear, Heard
from simulator.local_lines import Line
from simulator.ulaw import FRAME_MS

_PAUSE_S = 0.1
_ECHO_FRAMES = 150  # three seconds


@dataclass
class Reply:
    """One utterance of the assistant as the caller heard it. Times are the clock's."""

    heard: Heard | Line
    started_at: float
    last_at: float
    told: bool = False
    longest_gap_s: float = 0.0  # of silence between two sounds of it

    @property
    def words(self) -> str:
        return self.heard.text

    @property
    def complete(self) -> bool:
        return self.heard.complete


class Listener:
    """Fed with every audible frame as it is played. `note` is told of each reply when it is over."""

    def __init__(self, clock: Clock, note: Callable[[str, str], None]) -> None:
        self.replies: list[Reply] = []
        self.last_sound_at: float | None = None
        self.audible_ms = 0.0
        self.sounds: list[tuple[float, float]] = []  # from when to when something was audible without a pause
        self._lately: deque[bytes] = deque(maxlen=_ECHO_FRAMES)
        self._clock = clock
        self._note = note
        self._ear = Ear()

    def hear(self, sound: bytes, audible_bytes: int) -> None:
        now = self._clock.now()
        if self.quiet_for() > _PAUSE_S:
            self.sounds.append((now, now))
        self.sounds[-1] = (self.sounds[-1][0], now)
        self.last_sound_at = now
        self._lately.append(sound)
        self.audible_ms += audible_bytes / 8
        heard = self._ear.feed_any(sound)
        if heard is None:
            return
        reply = next((reply for reply in self.replies if reply.heard is heard), None)
        if reply is None:
            self.close()
            reply = Reply(heard, now, now)
            self.replies.append(reply)
        reply.longest_gap_s = max(reply.longest_gap_s, now - reply.last_at)
        reply.last_at = now
        if reply.complete:
            self._tell(reply)

    def close(self) -> None:
        """Whatever was being said is not continued."""
        for reply in self.replies:
            self._tell(reply)

    def last_sounds(self, ms: int) -> bytes:
        """The newest of what was heard, as a microphone would catch it from the loudspeaker."""
        frames = list(self._lately)[-max(1, ms // FRAME_MS) :]
        return b"".join(frames)

    def quiet_for(self) -> float:
        """Seconds since the last sound; endless before the first."""
        return float("inf") if self.last_sound_at is None else self._clock.now() - self.last_sound_at

    @property
    def words(self) -> list[str]:
        """Everything that was heard, utterance by utterance."""
        return [reply.words for reply in self.replies if reply.words]

    def _tell(self, reply: Reply) -> None:
        if not reply.told:
            reply.told = True
            self._note("assistant" if reply.complete else "cut", reply.words)
