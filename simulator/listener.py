"""What the caller's telephone plays, understood: which words were heard, when, and whether to their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from calls.clock import Clock
from simulator.audio import Ear, Heard


@dataclass
class Reply:
    """One utterance of the assistant as the caller heard it. Times are the clock's."""

    heard: Heard
    started_at: float
    last_at: float
    told: bool = False

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
        self._clock = clock
        self._note = note
        self._ear = Ear()

    def hear(self, sound: bytes, audible_bytes: int) -> None:
        now = self._clock.now()
        self.last_sound_at = now
        self.audible_ms += audible_bytes / 8
        heard = self._ear.feed(sound)
        if heard is None:
            return
        reply = next((reply for reply in self.replies if reply.heard is heard), None)
        if reply is None:
            self.close()
            reply = Reply(heard, now, now)
            self.replies.append(reply)
        reply.last_at = now
        if reply.complete:
            self._tell(reply)

    def close(self) -> None:
        """Whatever was being said is not continued."""
        for reply in self.replies:
            self._tell(reply)

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
